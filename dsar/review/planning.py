"""The plan of an erasure: shown to staff, made anew, and approved for what it says and nothing else."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from dsar.contract import OrderKind
from dsar.domain import approving
from dsar.domain.approving import is_changed
from dsar.domain.case import Case, Decision, State
from dsar.domain.errors import NotFound, NotNow
from dsar.domain.history import NewEvent
from dsar.domain.planning import Drawn, How
from dsar.domain.searching import able
from dsar.domain.systems import SystemFacts
from dsar.domain.work import StepKind, StepState
from dsar.outbound import facts
from dsar.review.acting import Actor
from dsar.store import Connection, Database, cases, findings, plans, steps, systems
from dsar.store.steps import StepRow


class Approval(Struct, frozen=True, forbid_unknown_fields=True):
    """What staff approves: the plan that they looked at, or None for the one that stands.

    `accept_unforeseen` says that systems may be ordered which did not say what they would erase. `content` is the
    digest of the copy that they looked at, without which none is approved.
    """

    plan: str | None = None
    content: str | None = None
    accept_unforeseen: bool = False


AS_IT_STANDS = Approval()


class Shown(Struct, frozen=True):
    """A plan and whether it is too old to be approved. `waiting` are the systems whose order waits for a new one."""

    drawn: Drawn
    stale: bool
    waiting: tuple[str, ...]


class Planning:
    """Staff's look ahead."""

    def __init__(self, db: Database, now: Callable[[], datetime], wake: Callable[[], None]) -> None:
        self._db = db
        self._now = now
        self._wake = wake

    async def shown(self, case_id: UUID) -> Shown:
        """The plan as it stands; raises NotFound for a case that erases nothing."""
        async with self._db.read() as connection:
            return await self._of(connection, await cases.one(connection, case_id))

    async def anew(self, actor: Actor, case_id: UUID) -> Shown:
        """Have the systems say once more what they would do."""
        now = self._now()
        async with self._db.write() as tx:
            case = await cases.lock(tx, case_id)
            _erases(case)
            keys = await _askable(tx, case)
            await steps.foresee_anew(tx, case_id, keys, now)
            event = NewEvent("plan.asked", actor.name, {"systems": keys})
            await cases.apply(tx, case, Decision(events=(event,)), now)
            shown = await self._of(tx, case)
        self._wake()
        return shown

    async def _of(self, connection: Connection, case: Case) -> Shown:
        _erases(case)
        drawn = await plans.drawn(connection, case, facts(await systems.enabled(connection)))
        waiting = [str(step.payload["system"]) for step in await changed_orders(connection, case)]
        return Shown(drawn, drawn.is_stale(self._now()), tuple(waiting))


def _erases(case: Case) -> None:
    if not case.right.erases:
        raise NotFound("the case erases nothing, and has no plan")


async def _askable(tx: Connection, case: Case) -> list[str]:
    """The systems that can be asked before they are ordered, or whose order waits for another approval."""
    if case.state in {State.SEARCHING, State.IN_REVIEW}:
        found = [row.found for row in await findings.matches_of_case(tx, case.id)]
        return sorted(able(found, facts(await systems.enabled(tx)), OrderKind.ERASE))
    if waiting := await changed_orders(tx, case):
        return [str(step.payload["system"]) for step in waiting]
    raise NotNow("case", f"is {case.state.value}.", "A plan is made before the erasure is ordered.")


async def changed_orders(connection: Connection, case: Case) -> list[StepRow]:
    """The orders that met something else than what was approved, and wait."""
    if case.state is not State.ACTING:
        return []
    return [
        step
        for step in await steps.of_case(connection, case.id)
        if step.kind is StepKind.ORDER and step.state is StepState.MANUAL and is_changed(step.detail)
    ]


async def approve_plan(
    tx: Connection,
    actor: Actor,
    case: Case,
    wanted: Approval,
    configured: Sequence[SystemFacts],
    now: datetime,
) -> tuple[tuple[NewEvent, ...], list[str]]:
    """Approve the plan as it stands: the entry for the history, and the systems that are ordered by it."""
    if not case.right.erases or not (approving.needs_plan(case) or wanted.plan is not None):
        return (), []
    drawn = await plans.drawn(tx, case, configured)
    approving.check(drawn, wanted.plan, now, accept_unforeseen=wanted.accept_unforeseen)
    await _write(tx, actor, drawn, now)
    await steps.drop_foresights(tx, case.id, now)
    return (approving.approved(drawn, actor.name),), drawn.keys(How.FORESEEN)


async def approve_again(
    tx: Connection, actor: Actor, case: Case, wanted: Approval, waiting: Sequence[StepRow], now: datetime
) -> None:
    """Approve what the plan, made anew, says of the systems whose order waits, and let the orders go on."""
    whole = await plans.drawn(tx, case, facts(await systems.enabled(tx)))
    keys = {str(step.payload["system"]) for step in waiting}
    drawn = whole.only(keys)
    if any(system.is_approved for system in drawn.systems):
        raise NotNow("plan", "has changed since.", "Have it made anew, look at it, and approve that.")
    approving.check_name(whole, wanted.plan)
    approving.check(drawn, None, now, accept_unforeseen=False)
    await _write(tx, actor, drawn, now)
    for step in waiting:
        await steps.retry(tx, step.id, case.id, now)
    await cases.apply(tx, case, Decision(events=(approving.approved(drawn, actor.name),)), now)


async def _write(tx: Connection, actor: Actor, drawn: Drawn, now: datetime) -> None:
    foreseen = [one for system in drawn.systems for one in system.foreseen]
    await plans.approve(tx, foreseen, actor.id, now)
