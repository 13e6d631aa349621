"""A release that a person carried out, because the system could not."""

from datetime import datetime

from dsar.domain.case import Decision
from dsar.domain.releasing import release_of, released
from dsar.review.acting import Actor
from dsar.store import Connection, cases, holds
from dsar.store.steps import StepRow


async def release_by_hand(tx: Connection, actor: Actor, step: StepRow, *, gone: bool, now: datetime) -> None:
    """Their word is the proof. What they could not erase stays in the books as held."""
    if not gone:
        return
    wanted = release_of(step.payload)
    rows = await holds.waiting(tx, step.case_id, wanted)
    count = await holds.release(tx, [row.id for row in rows], now)
    case = await cases.lock(tx, step.case_id)
    event = released(wanted, count, "by_hand", actor=actor.name)
    await cases.apply(tx, case, Decision(events=(event,)), now)
