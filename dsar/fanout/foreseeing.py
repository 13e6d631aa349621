"""What an erasure would do in one system, asked before a person approves it. Nothing is changed."""

from collections.abc import Callable
from datetime import datetime

from dsar.contract import ConnectorError, Erase, NeedsPerson, Session
from dsar.domain import approving
from dsar.domain.case import Decision, State
from dsar.domain.planning import How, counted
from dsar.domain.profile import LoadedProfile
from dsar.domain.work import Again, ByHand, Done, End, Step, StepOutcome
from dsar.fanout.failing import after_error, taken_out
from dsar.fanout.subject import Subject, load, session_of
from dsar.outbound import Systems, facts
from dsar.store import Connection, Database, cases, plans, systems
from dsar.store.findings import MatchRow
from dsar.store.plans import NewPlan
from dsar.vault import Vault


class Foreseeing:
    """Handler of `fanout.foresee`."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        profile: LoadedProfile,
        open_systems: Systems,
        now: Callable[[], datetime],
    ) -> None:
        self._db = db
        self._vault = vault
        self._profile = profile
        self._systems = open_systems
        self._now = now

    async def foresee(self, step: Step) -> None:
        """Ask for each subject, and keep counts and grounds; a system that cannot say is named in the plan."""
        subject = await load(self._db, self._vault, step)
        if subject.system is None:
            await self._settle(step, taken_out(), [])
            return
        made: list[NewPlan] = []
        try:
            async with session_of(self._systems, self._vault, subject.system) as session:
                made = [await self._of_match(subject, session, match) for match in subject.counted]
            end: End = Done(StepOutcome.DONE, {"matches": len(made)})
        except ConnectorError as error:
            end = _never_a_task(
                after_error(step, subject.system, error, self._now(), subject.case.strict_due_date), error
            )
        await self._settle(step, end, made)

    async def _of_match(self, subject: Subject, session: Session, match: MatchRow) -> NewPlan:
        plan = await session.foresee(subject.ref_of(match), subject.case.scope, Erase())
        profile = self._profile.profile
        today = profile.jurisdiction(subject.case.residence).place.local_date(self._now())
        erased, kept = counted(plan, profile, today)
        return NewPlan(match.id, plan.digest, erased, kept)

    async def _settle(self, step: Step, end: End, made: list[NewPlan]) -> None:
        now = self._now()
        async with self._db.settle(step, end, now) as tx:
            if not isinstance(end, Again):
                await self._keep(tx, step, made, now)

    async def _keep(self, tx: Connection, step: Step, made: list[NewPlan], now: datetime) -> None:
        case = await cases.lock(tx, step.case_id)
        if case.state is State.CLOSED:
            return
        await plans.replace(tx, case.id, str(step.payload["system"]), made, now)
        drawn = await plans.drawn(tx, case, facts(await systems.enabled(tx)))
        if not drawn.keys(How.BEING_MADE):
            await cases.apply(tx, case, Decision(events=(approving.made(drawn),)), now)


def _never_a_task(end: End, error: ConnectorError) -> End:
    """Nobody can look ahead in a system's place: the plan says that it was not foreseen, or that a person erases."""
    if not isinstance(end, ByHand):
        return end
    by_hand = isinstance(error, NeedsPerson)
    return Done(StepOutcome.MANUAL if by_hand else StepOutcome.GAP, end.detail)
