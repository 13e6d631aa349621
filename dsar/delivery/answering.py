"""Writes the answer: the letter of the right, from what was really done, and the way to it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from dsar.contract import Role
from dsar.delivery.results import SystemResult, gaps, results
from dsar.domain.case import Case, Decision, Notice, Outcome, State
from dsar.domain.history import NewEvent
from dsar.domain.identity import CHANNEL_OF, IdentityKind
from dsar.domain.profile import Category, LoadedProfile
from dsar.domain.rights import Right
from dsar.domain.searching import outcome_of
from dsar.domain.work import Done, NewStep, Step, StepKind, StepOutcome
from dsar.render import Letters
from dsar.settings import Settings
from dsar.store import Connection, Database, cases, deliveries, events, findings, identities, steps, systems
from dsar.store.deliveries import BundleRow
from dsar.store.findings import HoldCount
from dsar.store.identities import IdentityRow
from dsar.vault import CaseKey, Vault
from dsar.vault.keys import new_token, token_digest


class Facts(Struct, frozen=True):
    """What was really done, as the letter tells it."""

    systems: list[SystemResult]
    categories: list[Category]
    gaps: list[str]
    holds: list[HoldCount]
    records: int
    bundle: BundleRow | None
    refusal_ground: str | None
    refusal_text: str | None


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
            facts = await self._facts(tx, case)
            outcome = self._outcome(case, facts)
            letter_id, digest = await self._letter(tx, case, key, facts, outcome, now)
            written = NewEvent("letter.written", data={"letter": str(letter_id), "sha256": digest.hex()})
            answered = NewEvent("case.answered", data={"outcome": outcome.value, "gaps": facts.gaps})
            notices = await self._notices(tx, case, key, facts, letter_id, now)
            keep = timedelta(days=self._profile.profile.delivery.close_after_days)
            decision = Decision(
                state=State.DELIVERED,
                outcome=outcome,
                events=(written, answered),
                steps=(NewStep(StepKind.CLOSE, due_at=now + keep),),
                notices=notices,
            )
            await cases.apply(tx, case, decision, now)

    async def _facts(self, tx: Connection, case: Case) -> Facts:
        done = await steps.of_case(tx, case.id)
        configured = {row.key: row for row in await systems.enabled(tx)}
        found = [row.found for row in await findings.matches_of_case(tx, case.id)]
        counts = await findings.counts_of_case(tx, case.id)
        refusal = next(
            (e for e in reversed(await events.of_case(tx, case.id)) if e.type == "case.refused"), None
        )
        return Facts(
            systems=results(case.right, done, found, counts, configured),
            categories=self._categories({str(row["category"]) for row in counts}),
            gaps=gaps(done, configured),
            holds=await findings.holds_of_case(tx, case.id),
            records=sum(int(row["records"]) + int(row["attachments"]) for row in counts),
            bundle=await deliveries.bundle_of_case(tx, case.id),
            refusal_ground=refusal.data.get("ground") if refusal else None,
            refusal_text=_reasons(case, refusal.data, self._vault) if refusal else None,
        )

    def _categories(self, found: set[str]) -> list[Category]:
        """What the profile says of the categories that were found, in its order, GDPR 15(1)."""
        return [category for key, category in self._profile.profile.categories.items() if key in found]

    def _outcome(self, case: Case, facts: Facts) -> Outcome:
        if case.outcome is Outcome.REFUSED:
            return Outcome.REFUSED
        found = any(result.found for result in facts.systems)
        return outcome_of(case.right, found=found, gaps=bool(facts.gaps), kept=bool(facts.holds))

    async def _letter(
        self, tx: Connection, case: Case, key: CaseKey, facts: Facts, outcome: Outcome, now: datetime
    ) -> tuple[UUID, bytes]:
        kind = "refusal" if outcome is Outcome.REFUSED else letter_kind(case.right)
        letter = self._letters.write(
            kind,
            case=case,
            facts=facts,
            outcome=outcome.value,
            operator=self._profile.profile.operator,
            profile=self._profile.profile,
            language=case.language,
            until=now + timedelta(days=self._profile.profile.delivery.link_days),
        )
        plain = msgspec.json.encode({"subject": letter.subject, "text": letter.text, "html": letter.html})
        digest = sha256(plain).digest()
        sealed = key.seal(plain, "letter")
        return await deliveries.add_letter(tx, case.id, kind, case.language, sealed, digest, now), digest

    async def _notices(
        self, tx: Connection, case: Case, key: CaseKey, facts: Facts, letter_id: UUID, now: datetime
    ) -> tuple[Notice, ...]:
        """To the controller its webhook; to the person a link on one proven channel, e-mail before telephone."""
        if case.controller_id is not None and case.role is Role.PROCESSOR:
            event_type = "bundle.ready" if facts.bundle else "case.status_changed"
            return (Notice("webhook", event_type, controller_id=case.controller_id),)
        reachable = _reachable(await identities.of_case(tx, case.id))
        if reachable is None:
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


def letter_kind(right: Right) -> str:
    """The letter of a right: those that a person carried out share one."""
    return "by_hand" if right.by_hand else right.value


def _reasons(case: Case, data: dict[str, Any], vault: Vault) -> str:
    return vault.case_key(case.wrapped_key).open(bytes.fromhex(data["sealed_reasons"]), "refusal").decode()


def _reachable(rows: list[IdentityRow]) -> IdentityRow | None:
    proven = [row for row in rows if row.proven_at is not None and row.kind in CHANNEL_OF]
    return min(proven, key=lambda row: row.kind is not IdentityKind.EMAIL, default=None)
