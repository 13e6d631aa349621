"""Whether somebody who was found is the person: decided by staff, and decided otherwise until the answer leaves."""

from datetime import datetime
from uuid import UUID

from dsar.domain.case import Case, State
from dsar.domain.errors import NotNow
from dsar.domain.work import NewStep, StepKind
from dsar.review.acting import Actor
from dsar.store import Connection, findings, steps
from dsar.store.findings import MatchRow


async def decided_match(
    tx: Connection, actor: Actor, case: Case, match_id: UUID, decision: str, now: datetime
) -> tuple[NewStep, ...]:
    """Write the decision; the step that then collects the match, if any does. The case is locked."""
    was = next((row for row in await findings.matches_of_case(tx, case.id) if row.id == match_id), None)
    if was is not None and was.decision is not None and case.state not in {State.SEARCHING, State.IN_REVIEW}:
        was = None
    if was is None or not await findings.decide_match(tx, match_id, case.id, decision, actor.id, now):
        raise NotNow("match", "is sure, decided already or not of this case.", "Look at the case's matches.")
    if not case.right.copies:
        return ()
    if was.decision == "accepted":
        await _forget(tx, case, was, now)
    return (_collect(case, was),) if decision == "accepted" else ()


def _collect(case: Case, match: MatchRow) -> NewStep:
    key = f"{match.system_key}:{match.id}"
    again = "" if match.decision is None else f":{case.event_count}"
    payload: dict[str, str | int | bool] = {
        "system": match.system_key,
        "export": True,
        "match": str(match.id),
    }
    return NewStep(StepKind.SEARCH, f"{key}{again}", payload)


async def _forget(tx: Connection, case: Case, match: MatchRow, now: datetime) -> None:
    """What was collected of somebody else is nobody's to look at any more."""
    ended = await steps.take_back(tx, case.id, match.id, now)
    if ended is None:
        raise NotNow("match", "is being collected just now.", "Wait a moment, and decide again.")
    for step_id in ended:
        await findings.forget_step(tx, step_id)
