"""Writes the answer: the letter of the right, from what was really done, and the way to it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from dsar.delivery.facts import Facts, gather
from dsar.delivery.keeping import keep
from dsar.delivery.on_behalf import OnBehalf, on_behalf
from dsar.domain.case import AnswerTo, Case, Decision, Notice, Outcome, State
from dsar.domain.history import NewEvent
from dsar.domain.identity import CHANNEL_OF, IdentityKind
from dsar.domain.profile import LoadedProfile
from dsar.domain.proof import DAY, TOO_WEAK, may_write
from dsar.domain.rights import Right
from dsar.domain.searching import outcome_of
from dsar.domain.telling import BUNDLE_READY, STATUS_CHANGED, WEBHOOK
from dsar.domain.work import Done, NewStep, Step, StepKind, StepOutcome
from dsar.render import Letter, Letters
from dsar.settings import Settings
from dsar.store import Connection, Database, cases, deliveries, identities, outbox
from dsar.store.identities import IdentityRow
from dsar.vault import CaseKey, Vault
from dsar.vault.keys import new_token, token_digest


class Answering:
    """Handler of `delivery.answer`."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        letters: Letters,
        profile: LoadedProfile,
        settings: Settings,
        now: Callable[[], datetime],
    ) -> None:
        self._db = db
        self._vault = vault
        self._letters = letters
        self._profile = profile
        self._settings = settings
        self._now = now

    async def answer(self, step: Step) -> None:
        """Load what was done, decide the outcome, and write letter, link, message and history together."""
        now = self._now()
        async with self._db.settle(step, Done(StepOutcome.DONE), now) as tx:
            case = await cases.lock(tx, step.case_id)
            if case.state is not State.ANSWERING:
                return
            key = self._vault.case_key(case.wrapped_key)
            facts = await gather(tx, case, key, self._profile.profile)
            outcome = self._outcome(case, facts)
            kind = "refusal" if outcome is Outcome.REFUSED else case.right.value
            letter = self._letter(case, kind, facts, outcome, await on_behalf(tx, case), now)
            letter_id, written = await keep(tx, case, key, kind, letter, now)
            answered = NewEvent("case.answered", data={"outcome": outcome.value, "gaps": facts.gaps})
            to_person = await self._to_person(tx, case, key, facts, letter_id, now)
            notices = to_person or _to_controller(case, facts)
            meant = case.controller_id is None or case.answer_to is AnswerTo.PERSON
            silent = (NewEvent("message.held_back"),) if meant and not to_person else ()
            decision = Decision(
                state=State.DELIVERED,
                outcome=outcome,
                events=(written, answered, *silent),
                steps=self._closing(case, outcome, now),
                notices=notices,
            )
            await cases.apply(tx, case, decision, now)

    def _closing(self, case: Case, outcome: Outcome, now: datetime) -> tuple[NewStep, ...]:
        """The case's own copy goes when its time is over; a restriction stands until it is lifted, GDPR 18(3)."""
        if case.right is Right.RESTRICTION and outcome not in {Outcome.REFUSED, Outcome.NOTHING_HELD}:
            return ()
        keep = timedelta(days=self._profile.profile.delivery.close_after_days)
        return (NewStep(StepKind.CLOSE, due_at=now + keep),)

    def _outcome(self, case: Case, facts: Facts) -> Outcome:
        if case.outcome is Outcome.REFUSED:
            return Outcome.REFUSED
        found = facts.done_by_hand or any(result.found for result in facts.systems)
        weak = any(part.ground == TOO_WEAK for part in facts.withheld)
        kept = bool(facts.holds or facts.refused_parts or weak)
        return outcome_of(case.right, found=found, gaps=bool(facts.gaps), kept=kept)

    def _letter(
        self,
        case: Case,
        kind: str,
        facts: Facts,
        outcome: Outcome,
        business: OnBehalf | None,
        now: datetime,
    ) -> Letter:
        return self._letters.write(
            kind,
            case=case,
            facts=facts,
            on_behalf=business,
            outcome=outcome.value,
            operator=self._profile.profile.operator,
            profile=self._profile.profile,
            authority=self._profile.profile.jurisdiction(case.residence).authority,
            status_url=f"{self._settings.public_url}/requests/{case.reference}",
            verify_url=f"{self._settings.public_url}/verify/{case.reference}",
            language=case.language,
            until=now + timedelta(days=self._profile.profile.delivery.link_days),
        )

    async def _to_person(
        self, tx: Connection, case: Case, key: CaseKey, facts: Facts, letter_id: UUID, now: datetime
    ) -> tuple[Notice, ...]:
        """A link on one proven channel, e-mail before telephone; to a business's caller only as it instructed."""
        if case.controller_id is not None and case.answer_to is not AnswerTo.PERSON:
            return ()
        reachable = _reachable(case, await identities.of_case(tx, case.id))
        if reachable is None or not await _may_write(tx, reachable, now):
            return ()
        delivery = self._profile.profile.delivery
        token = new_token()
        await deliveries.add_download(
            tx,
            case_id=case.id,
            bundle_id=facts.bundle.id if facts.bundle else None,
            letter_id=letter_id,
            identity_id=reachable.id,
            token_digest=token_digest(token),
            downloads=delivery.downloads,
            expires_at=now + timedelta(days=delivery.link_days),
            now=now,
        )
        inside: dict[str, Any] = {"link": f"{self._settings.public_url}/download/{token}"}
        sealed = key.seal(msgspec.json.encode(inside), "notice")
        return (Notice(CHANNEL_OF[reachable.kind], "answer_ready", identity_id=reachable.id, sealed=sealed),)


def _to_controller(case: Case, facts: Facts) -> tuple[Notice, ...]:
    """Its answer for it to fetch: as it wanted, or because the person can be reached in no way that is proven."""
    if case.controller_id is None:
        return ()
    event_type = BUNDLE_READY if facts.bundle else STATUS_CHANGED
    return (Notice(WEBHOOK, event_type, controller_id=case.controller_id),)


async def _may_write(tx: Connection, row: IdentityRow, now: datetime) -> bool:
    """An address that nobody has proven is flooded by nobody who asks in its name."""
    return row.proven_at is not None or may_write(await outbox.unproven_since(tx, row.blind_index, now - DAY))


def _reachable(case: Case, rows: list[IdentityRow]) -> IdentityRow | None:
    # An answer that needs no proof holds no data: it may go to the address as it was given.
    may = [row for row in rows if row.proven_at is not None or not case.right.needs_proof]
    proven = [row for row in may if row.kind in CHANNEL_OF]
    return min(proven, key=lambda row: row.kind is not IdentityKind.EMAIL, default=None)
