"""What becomes of a step whose system fails: later, a person's task, or a named gap. Never a silent skip."""

from datetime import datetime, timedelta

from dsar.contract import ConnectorError, Refused, Throttled, Unauthorised
from dsar.domain.work import Again, ByHand, Done, End, Step, StepOutcome, after_failure
from dsar.fanout.subject import Subject
from dsar.store import Database, systems
from dsar.store.systems import SystemRow

# A vendor that throttles is asked again when it says, but within the day.
THROTTLED_MAX = timedelta(days=1)


def after_error(step: Step, system: SystemRow, error: ConnectorError, now: datetime) -> End:
    """Decide on a connector's error. Its class says what to do; its text holds no personal data."""
    reason: dict[str, str | int] = {
        "reason": type(error).__name__,
        "text": str(error)[:300],
        "attempts": step.attempt,
    }
    if isinstance(error, Throttled):
        return Again(min(error.until, now + THROTTLED_MAX), burns_attempt=False, detail=reason)
    if isinstance(error, Unauthorised | Refused):
        return ByHand(reason)
    later = after_failure(
        step.attempt, system.attempts_max, system.retry_delay_seconds, now, str(error)[:300]
    )
    return later or used_up(system, reason)


def nobody_to_list(step: Step, subject: Subject, error: ConnectorError) -> Done | None:
    """An erasure's marketing stop, refused by a system that does not know the person: nobody is left to stop for.

    The operator's own list has them; an objection, which searches nothing, stays a person's task.
    """
    stop = step.payload.get("order") == "suppress" and subject.case.right.erases
    if isinstance(error, Refused) and stop and not subject.counted:
        return Done(StepOutcome.NO_MATCH, {"reason": str(error)[:300]})
    return None


async def pause(db: Database, system: SystemRow, error: ConnectorError) -> None:
    """Where the credentials fail, nobody asks the system again before a person has looked."""
    if isinstance(error, Unauthorised):
        async with db.write() as tx:
            await systems.pause(tx, system.key, str(error)[:300])


def used_up(system: SystemRow, reason: dict[str, str | int]) -> End:
    """No attempt is left: as the system is configured, a person's task or a gap that the answer names."""
    return Done(StepOutcome.GAP, {**reason}) if system.on_failure == "gap" else ByHand({**reason})


def taken_out() -> Done:
    """The system was disabled in the middle of the case: the answer names it as a gap."""
    return Done(StepOutcome.GAP, {"reason": "the system was taken out while the case ran"})
