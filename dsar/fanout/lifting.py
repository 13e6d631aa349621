"""When a restriction may be lifted in a system: on its day, and when the person has been told before, GDPR 18(3)."""

from datetime import datetime, timedelta

from dsar.domain.resolving import may_lift_from
from dsar.domain.work import Again, ByHand, Done, End, Step, StepOutcome
from dsar.store import Database, cases, outbox
from dsar.store.outbox import Arrival

TOLD_AGAIN = timedelta(hours=1)


async def held_back(db: Database, step: Step, now: datetime) -> End | None:
    """What becomes of a lifting that may not go out now; None where it may, and for every other order."""
    begins = may_lift_from(step.payload)
    if begins is None:
        return None
    if now < begins:
        return Again(begins, burns_attempt=False, detail={"reason": "its day has not come"})
    async with db.read() as connection:
        told = await outbox.arrival(connection, step.case_id, outbox.LIFTING)
        others = await cases.other_restrictions(connection, step.case_id, now)
    if told is Arrival.FAILED:
        return ByHand({"reason": "the person could not be told"})
    if told is Arrival.WAITING:
        return Again(now + TOLD_AGAIN, burns_attempt=False, detail={"reason": "not told yet"})
    if others:
        # The rows stay as they are: another request of the same person restricts them still.
        return Done(StepOutcome.DONE, {"reason": "another restriction stands", "changed": 0})
    return None
