"""Writes the answer: the letter of the right, from what was really done, and the way to it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from dsar.delivery.drafting import Drafting
from dsar.delivery.facts import Facts, gather
from dsar.delivery.linking import Linking, unsent
from dsar.domain.case import Case, Decision, Notice, Outcome, State
from dsar.domain.history import NewEvent
from dsar.domain.profile import LoadedProfile
from dsar.domain.rights import Right
from dsar.domain.supplementing import ANSWERED, may_supplement
from dsar.domain.telling import BUNDLE_READY, STATUS_CHANGED, WEBHOOK
from dsar.domain.work import Done, NewStep, Step, StepKind, StepOutcome
from dsar.render import Letters
from dsar.settings import Settings
from dsar.store import Connection, Database, cases, supplements
from dsar.vault import CaseKey, Vault


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
        self._drafting = Drafting(letters, profile, settings)
        self._profile = profile
        self._settings = settings
        self._now = now
        self._linking = Linking(profile, settings)

    async def answer(self, step: Step) -> None:
        """Load what was done, decide the outcome, and write letter, link, message and history together."""
        now = self._now()
        async with self._db.settle(step, Done(StepOutcome.DONE), now) as tx:
            case = await cases.lock(tx, step.case_id)
            if case.state is not State.ANSWERING:
                return
            key = self._vault.case_key(case.wrapped_key)
            facts = await gather(tx, case, key, self._profile.profile)
            letter_id, outcome, written = await self._letter(tx, case, key, facts, step, now)
            answered = await self._answered(tx, case, outcome, facts)
            bundle_id = facts.bundle.id if facts.bundle else None
            to_person = await self._linking.to_person(tx, case, key, bundle_id, letter_id, now)
            notices = to_person or _to_controller(case, facts)
            decision = Decision(
                state=State.DELIVERED,
                outcome=outcome,
                events=(*written, answered, *unsent(case, to_person)),
                steps=self._closing(case, outcome, now),
                notices=notices,
            )
            await cases.apply(tx, case, decision, now)
            await self._go_on(tx, case.id, now)

    async def _answered(self, tx: Connection, case: Case, outcome: Outcome, facts: Facts) -> NewEvent:
        """`missing` is what a supplement may bring; what came in since the archive was written is missing in it."""
        data: dict[str, Any] = {"outcome": outcome.value, "gaps": facts.gaps}
        if case.right.copies:
            came = {one.system_key for one in await supplements.fresh(tx, case.id)}
            data["missing"] = sorted(came | await supplements.missing(tx, case.id))
        return NewEvent(ANSWERED, data=data)

    async def _go_on(self, tx: Connection, case_id: UUID, now: datetime) -> None:
        """What was left open for the answer is searched on; what came in too late for it is sent after it."""
        case = await cases.lock(tx, case_id)
        if may_supplement(case):
            await supplements.go_on(tx, case_id, now)
            await cases.apply(tx, case, await supplements.look(tx, case, self._profile.profile, now), now)

    def _closing(self, case: Case, outcome: Outcome, now: datetime) -> tuple[NewStep, ...]:
        """The case's own copy goes when its time is over; a restriction stands until it is lifted, GDPR 18(3)."""
        if case.right is Right.RESTRICTION and outcome not in {Outcome.REFUSED, Outcome.NOTHING_HELD}:
            return ()
        keep = timedelta(days=self._profile.profile.delivery.close_after_days)
        return (NewStep(StepKind.CLOSE, due_at=now + keep),)

    async def _letter(
        self, tx: Connection, case: Case, key: CaseKey, facts: Facts, step: Step, now: datetime
    ) -> tuple[UUID, Outcome, tuple[NewEvent, ...]]:
        """The letter that lies in the archive already, where there is one: a person reads the same in both places."""
        enclosed = step.payload.get("letter")
        if enclosed is not None:
            return UUID(str(enclosed)), Outcome(str(step.payload["outcome"])), ()
        drafted = await self._drafting.of(tx, case, facts, now)
        letter_id, written = await self._drafting.keep(tx, case, key, drafted, now)
        return letter_id, Outcome(drafted.outcome), (written,)


def _to_controller(case: Case, facts: Facts) -> tuple[Notice, ...]:
    """Its answer for it to fetch: as it wanted, or because the person can be reached in no way that is proven."""
    if case.controller_id is None:
        return ()
    event_type = BUNDLE_READY if facts.bundle else STATUS_CHANGED
    return (Notice(WEBHOOK, event_type, controller_id=case.controller_id),)
