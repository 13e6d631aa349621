"""What staff does around a case: assign it, note something, try a step again, finish a task by hand."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from dsar.contract import Role
from dsar.domain import information, searching
from dsar.domain.case import Case, Decision, State
from dsar.domain.errors import FieldError, InvalidInput, NotFound, NotNow
from dsar.domain.history import NewEvent
from dsar.domain.profile import LoadedProfile
from dsar.domain.proof import IDENTITY_TASK
from dsar.domain.resolving import may_lift_from, task_of
from dsar.domain.rights import Right
from dsar.domain.supplementing import REVIEW, may_supplement
from dsar.domain.text import required
from dsar.domain.uploads import Purpose
from dsar.domain.work import FINISHED_BY_HAND, NewStep, StepKind, StepOutcome
from dsar.review.acting import Actor, look_again, look_at_orders
from dsar.review.finding import Gathering, fits, nothing_waits
from dsar.review.informing import answer_came
from dsar.review.lasting import remember_by_hand
from dsar.review.releasing import release_by_hand
from dsar.store import (
    Connection,
    Database,
    cases,
    deliveries,
    findings,
    health,
    outbox,
    parties,
    steps,
    supplements,
    systems,
)
from dsar.store.outbox import Arrival
from dsar.store.steps import StepRow
from dsar.vault import Vault

# A person's own task has nothing to try again, and a case's closing comes when its time is over, not before.
NOT_RETRIED = frozenset({StepKind.BY_HAND, StepKind.CLOSE})


# How a person may end a task.
ENDS = {
    "found": StepOutcome.FOUND,
    "done": StepOutcome.DONE,
    "no_match": StepOutcome.NO_MATCH,
    "gap": StepOutcome.GAP,
}
# What comes when the case may be closed for long.
LATE = frozenset({StepKind.RELEASE, StepKind.RECHECK})
LATE_NOTE = "late note"  # the purpose of a note that is sealed when the case's key is gone


class Tasks:
    """Staff's work around a case. Each act loads and locks the case, and is an event in its history."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        profile: LoadedProfile,
        gathering: Gathering,
        now: Callable[[], datetime],
        wake: Callable[[], None],
    ) -> None:
        self._db = db
        self._vault = vault
        self._profile = profile
        self._gathering = gathering
        self._now = now
        self._wake = wake

    async def assign(self, actor: Actor, case_id: UUID, staff_id: UUID | None) -> None:
        """Give the case to somebody, or to nobody."""
        async with self._db.write() as tx:
            case = await cases.lock(tx, case_id)
            if staff_id is not None and not await parties.staff_exists(tx, staff_id):
                raise InvalidInput(
                    FieldError("staff_id", "is nobody who works here.", "Name an active staff member.")
                )
            await cases.assign(tx, case_id, staff_id)
            event = NewEvent("case.assigned", actor.name, {"to": str(staff_id) if staff_id else None})
            await cases.apply(tx, case, Decision(events=(event,)), self._now())

    async def note(self, actor: Actor, case_id: UUID, text: str) -> UUID:
        """Keep a note, sealed; the history says only that there is one."""
        required("text", text)
        async with self._db.write() as tx:
            case = await cases.lock(tx, case_id)
            note_id = await self._keep(tx, actor, case, text)
            event = NewEvent("note.added", actor.name, {"note": str(note_id)})
            await cases.apply(tx, case, Decision(events=(event,)), self._now())
        return note_id

    async def _keep(self, tx: Connection, actor: Actor, case: Case, text: str, *, late: bool = False) -> UUID:
        """What a person writes may name the person of the case: it is sealed, and goes with the case's key.

        `late` is what shows a release, or a late look, which come days or years after: there may be the operator's
        key alone.
        """
        if late and case.wrapped_key is None:
            sealed = self._vault.seal(text.encode(), LATE_NOTE)
        else:
            sealed = self._vault.case_key(case.wrapped_key).seal(text.encode(), "note")
        return await deliveries.add_note(tx, case.id, actor.id, sealed, self._now())

    async def retry(self, actor: Actor, case_id: UUID, step_id: UUID) -> None:
        """Try a step again, now and with all its attempts; a paused system is asked again too."""
        now = self._now()
        async with self._db.write() as tx:
            case = await cases.lock(tx, case_id)
            step = await steps.one(tx, step_id, case_id)
            if step is None:
                raise NotFound("no such step")
            if step.kind in NOT_RETRIED or not await _again(tx, case, step, now):
                raise _not_waiting(case, step)
            _in_time(step, now)
            await nothing_waits(tx, step)
            for key in await _asked(tx, step):
                await health.resume(tx, key, actor.name, now)
            event = NewEvent("step.retried", actor.name, {"kind": step.kind.value, "key": step.key})
            await cases.apply(tx, case, Decision(events=(event,)), now)
        self._wake()

    async def finish(self, actor: Actor, case_id: UUID, step_id: UUID, outcome: str, evidence: str) -> None:
        """End a person's task: found or done, nothing found, or a gap that the answer will name."""
        if outcome not in ENDS:
            raise InvalidInput(
                FieldError("outcome", "is unknown.", "Use one of: {ends}.", ends=", ".join(ENDS))
            )
        gathered = await self._gathering.load(case_id, step_id)
        if evidence.strip() or not gathered.of(Purpose.EVIDENCE):
            required("evidence", evidence)
        now = self._now()
        async with self._db.write() as tx:
            case = await cases.lock(tx, case_id)
            step = await steps.one(tx, step_id, case_id)
            if step is None:
                raise NotFound("no such step")
            if step.kind not in FINISHED_BY_HAND:
                raise NotNow("step", "is the service's own work.", "Retry it; no person can do it instead.")
            await _may_finish(tx, case, step, outcome, now)
            await fits(tx, step, gathered, outcome)
            if (number := information.number_of(step.key)) is not None:
                required("evidence", evidence)  # it is the answer that the business waits for
            detail: dict[str, str] = {"by": actor.name}
            if evidence.strip():
                note = await self._keep(tx, actor, case, evidence, late=step.kind in LATE)
                detail["evidence"] = str(note)
            if not await steps.finish_by_hand(tx, step_id, case_id, ENDS[outcome], detail, now):
                raise NotNow(
                    "step", "is not a person's task.", "Only a step in the state manual can be finished."
                )
            await self._gathering.write(tx, case, step, gathered, outcome, now)
            event = NewEvent("task.finished", actor.name, {**_ended(step, outcome), **gathered.listed})
            await cases.apply(tx, case, Decision(events=(event,)), now)
            await remember_by_hand(tx, case, step, outcome, now)
            if number is not None and step.kind is StepKind.BY_HAND:
                await answer_came(tx, self._vault, case_id, number, ENDS[outcome], evidence, actor, now)
            elif step.kind is StepKind.RELEASE:
                await release_by_hand(tx, actor, step, gone=outcome != "gap", now=now)
            else:
                await self._after_task(tx, case_id, step.kind, now)
        self._wake()

    async def _after_task(self, tx: Connection, case_id: UUID, kind: StepKind, now: datetime) -> None:
        if kind is StepKind.SEARCH:
            await look_again(tx, case_id, self._profile.profile, now)
            return
        if kind in {StepKind.SEND, StepKind.DELIVER, StepKind.RECHECK}:
            return  # neither a message nor a late look moves a case
        await look_at_orders(tx, case_id, now)
        case = await cases.lock(tx, case_id)
        ended = await steps.ended(tx, case_id, StepKind.BY_HAND)
        if case.state is State.IN_REVIEW and case.right.by_hand and not searching.unfinished(ended):
            answer = Decision(State.ANSWERING, steps=(NewStep(StepKind.ANSWER),))
            await cases.apply(tx, case, answer, now)


async def _again(tx: Connection, case: Case, step: StepRow, now: datetime) -> bool:
    """What waits is tried at once; a search that the answer named as a gap is taken up where it ended."""
    if may_supplement(case) and await supplements.reopen(tx, step.id, case.id, now):
        return True
    return await steps.retry(tx, step.id, case.id, now)


def _not_waiting(case: Case, step: StepRow) -> NotNow:
    if step.kind is StepKind.SEARCH and case.state is State.CLOSED:
        return NotNow("case", "is closed.", "What is still missing takes a new request.")
    return NotNow("step", "is not waiting.", "Only a step that waits or failed can be tried again.")


def _ended(step: StepRow, outcome: str) -> dict[str, str]:
    return {"kind": step.kind.value, "key": step.key, "outcome": outcome}


def _in_time(step: StepRow, now: datetime) -> None:
    """GDPR 18(3): a restriction ends on the day that the person was told, whoever is in a hurry."""
    begins = may_lift_from(step.payload)
    if begins is not None and now < begins:
        raise NotNow("step", "has a day of its own.", f"A restriction is lifted from {begins.date()} on.")
    if step.kind is StepKind.BEGIN and now < step.due_at:
        raise NotNow("step", "has a time of its own.", "Its controller may cancel the request until then.")
    if step.kind in LATE and not step.detail and now < step.due_at:
        raise NotNow("step", "has a day of its own.", "What it is about is not due before.")


async def _may_finish(tx: Connection, case: Case, step: StepRow, outcome: str, now: datetime) -> None:
    """What a person may not end by their word alone."""
    _in_time(step, now)
    if may_lift_from(step.payload) is not None:
        if await outbox.arrival(tx, case.id, outbox.LIFTING) is Arrival.WAITING:
            raise NotNow("step", "comes before the letter.", "The person is told first; look again later.")
    elif step.kind is StepKind.BY_HAND and step.key.startswith(REVIEW):
        raise NotNow(
            "step", "is an approval.", "Look at what would leave, and approve it; the task ends by it."
        )
    elif step.kind is StepKind.BY_HAND and step.key == IDENTITY_TASK:
        raise NotNow("step", "is a check of identity.", "Say how it was checked; the task ends by it.")
    elif step.kind is not StepKind.BY_HAND or step.key != task_of(case):
        return
    elif case.right is Right.OBJECTION and case.role is Role.CONTROLLER:
        # GDPR 21(1): the controller shows its grounds, so the weighing is on record
        raise NotNow("step", "is a decision.", "Take it with its outcome and reasons; the task ends by it.")
    elif outcome == "no_match" and any(
        row.found.counts for row in await findings.matches_of_case(tx, case.id)
    ):
        raise NotNow("outcome", "does not fit: the person was found.", "Decide the case, or refuse it.")


async def _asked(tx: Connection, step: StepRow) -> list[str]:
    """The systems that a step asks: the look-up asks all, every other step its own."""
    if step.kind is StepKind.LOOK_UP:
        return [row.key for row in await systems.enabled(tx)]
    return [str(step.payload.get("system", step.key))]
