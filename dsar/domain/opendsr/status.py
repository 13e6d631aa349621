"""How a case stands, in the protocol's four words, and the dates as the protocol writes them."""

from datetime import UTC, date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from dsar.domain.case import Outcome, State


class Status(StrEnum):
    """Of a request, as its controller reads it."""

    PENDING = "pending"  # waits; may be cancelled
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


_WAITING = frozenset({State.AWAITING_IDENTITY, State.ROUTING, State.AWAITING_CONTROLLER})
_ENDED = frozenset({State.DELIVERED, State.CLOSED})
# A refusal is no status of the protocol: it is completed, with no results and its ground beside.
_EMPTY = frozenset(
    {
        Outcome.REFUSED,
        Outcome.NOTHING_HELD,
        Outcome.HANDLED_BY_CONTROLLER,
        Outcome.REFERRED,
        Outcome.NOT_IDENTIFIED,
    }
)


def status_of(state: State, outcome: Outcome | None) -> Status:
    """The word for a case's state."""
    if outcome is Outcome.WITHDRAWN:
        return Status.CANCELLED
    if state in _ENDED:
        return Status.COMPLETED
    return Status.PENDING if state in _WAITING else Status.IN_PROGRESS


def counted(status: Status, outcome: Outcome | None, found: int) -> int | None:
    """How many results a status tells of; None before the end, and where it was cancelled."""
    if status is not Status.COMPLETED:
        return None
    return 0 if outcome in _EMPTY else found


def completion_time(assist_due_date: date, timezone: str) -> str:
    """The last second of the day on which our help is due, in the operator's own zone."""
    return rfc3339(datetime.combine(assist_due_date, time(23, 59, 59), ZoneInfo(timezone)))


def rfc3339(at: datetime) -> str:
    """In UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
