"""What becomes of a step whose system fails: later, a person's task, or a named gap. Never a silent skip."""

from datetime import date, datetime, timedelta

from dsar.contract import ConnectorError, NeedsPerson, Refused, Throttled, Unauthorised
from dsar.domain.health import wait
from dsar.domain.work import ByHand, Done, End, Step, StepOutcome, after_failure
from dsar.fanout.subject import Subject
from dsar.outbound import Withheld
from dsar.store.systems import SystemRow

INSTRUCTION_LENGTH_MAX = 4000


def after_error(
    step: Step, system: SystemRow, error: ConnectorError, now: datetime, due_date: date | None = None
) -> End:
    """Decide on a connector's error. Its class says what to do; its text holds no personal data.

    `due_date` is the case's: as it comes near, nobody waits long for a system that does not let itself be asked.
    """
    reason: dict[str, str | int] = {
        "reason": type(error).__name__,
        "text": str(error)[:300],
        "attempts": step.attempt,
    }
    if isinstance(error, Throttled):
        silent = system.key if isinstance(error, Withheld) and error.silent else None
        waits = wait(step, error.until, now, due_date, {**reason, "silent": silent})
        return waits or used_up(system, reason)
    if isinstance(error, NeedsPerson):
        return ByHand({**reason, **_instruction(error, now, due_date)})
    if isinstance(error, Unauthorised | Refused):
        return ByHand(reason)
    later = after_failure(
        step.attempt, system.attempts_max, system.retry_delay_seconds, now, str(error)[:300]
    )
    return later or used_up(system, reason)


def _instruction(error: NeedsPerson, now: datetime, due_date: date | None) -> dict[str, str | bool]:
    """What a person is to do, whole, and by when: never after the case itself is due."""
    told: dict[str, str | bool] = {"text": str(error)[:INSTRUCTION_LENGTH_MAX], "evidence": error.evidence}
    days = error.within_days
    dates = [now.date() + timedelta(days=days)] if days is not None else []
    if due_date is not None:
        dates.append(due_date)
    return {**told, "due_on": min(dates).isoformat()} if dates else told


def nobody_to_list(step: Step, subject: Subject, error: ConnectorError) -> Done | None:
    """An erasure's marketing stop, refused by a system that does not know the person: nobody is left to stop for.

    The operator's own list has them; an objection, which searches nothing, stays a person's task.
    """
    stop = step.payload.get("order") == "suppress" and subject.case.right.erases
    # Where a person works the list, it knows whom they put on it.
    if isinstance(error, Refused) and not isinstance(error, NeedsPerson) and stop and not subject.counted:
        return Done(StepOutcome.NO_MATCH, {"reason": str(error)[:300]})
    return None


def used_up(system: SystemRow, reason: dict[str, str | int]) -> End:
    """No attempt is left: as the system is configured, a person's task or a gap that the answer names."""
    return Done(StepOutcome.GAP, {**reason}) if system.on_failure == "gap" else ByHand({**reason})


def taken_out() -> Done:
    """The system was disabled in the middle of the case: the answer names it as a gap."""
    return Done(StepOutcome.GAP, {"reason": "the system was taken out while the case ran"})
