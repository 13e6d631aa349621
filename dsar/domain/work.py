"""Steps: units of durable work, and how one may end."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import Struct


class StepKind(StrEnum):
    """Every kind of step; the engine holds the handler of each."""

    SEND = "delivery.send"
    DELIVER = "delivery.webhook"  # what goes to a controller's endpoint or callback, each at its own pace
    LOOK_UP = "routing.look_up"
    BEGIN = "routing.begin"  # an OpenDSR request that nobody cancelled
    SEARCH = "fanout.search"
    ORDER = "fanout.order"
    VERIFY = "fanout.verify"
    FORESEE = "fanout.foresee"  # what an erasure would do, for a person to approve
    RECHECK = "fanout.recheck"  # once more, days after an erasure
    RELEASE = "fanout.release"  # what an erasure kept is erased when its time is over
    ASSEMBLE = "bundle.assemble"
    SUPPLEMENT = "bundle.supplement"  # the archive of what came after the answer
    ANSWER = "delivery.answer"
    TELL_MORE = "delivery.supplement"  # that a gap of the answer is closed, and with what
    TRANSFER = "delivery.transfer"  # an archive that goes straight to another controller
    CLOSE = "delivery.close"
    WATCH = "clock.watch"  # one a case: sleeps from alarm to alarm
    BY_HAND = "review.by_hand"  # never claimed by a worker: it is born as a person's task


# Of the other kinds the case waits for what they write: ended by hand, it would stand still for ever.
FINISHED_BY_HAND = frozenset(
    {
        StepKind.SEARCH,
        StepKind.ORDER,
        StepKind.VERIFY,
        StepKind.RELEASE,
        StepKind.RECHECK,
        StepKind.BY_HAND,
        StepKind.SEND,
        StepKind.DELIVER,
    }
)


class StepState(StrEnum):
    """As in `step.state` in schema.sql."""

    READY = "ready"
    RUNNING = "running"
    MANUAL = "manual"
    DONE = "done"


class StepOutcome(StrEnum):
    """How a step ended. `no_match` is a completed search that found nobody: not the same as `gap`.

    `not_searchable` is a system that knows nobody by any identity that was proven: nothing is known of it either way.
    """

    DONE = "done"
    FOUND = "found"
    NO_MATCH = "no_match"
    NOT_SEARCHABLE = "not_searchable"
    GAP = "gap"
    MANUAL = "manual"
    FAILED = "failed"
    DROPPED = "dropped"


class NewStep(Struct, frozen=True):
    """A step to be made. `(case, kind, key)` exists once, so making it twice changes nothing."""

    kind: StepKind
    key: str = ""
    payload: dict[str, str | int | bool] = {}
    due_at: datetime | None = None  # None: now
    by_hand: bool = False
    lane: str = ""  # whose endpoint it waits for; empty: work like any other


class Step(Struct, frozen=True):
    """A claimed step. `lease` fences: whoever holds an older one can change nothing any more."""

    id: UUID
    case_id: UUID
    kind: StepKind
    key: str
    payload: dict[str, str | int | bool]
    attempt: int
    lease: int
    cursor: str | None
    detail: dict[str, Any]
    created_at: datetime


class Done(Struct, frozen=True):
    """The step ended; `detail` holds counts and reasons, never personal data."""

    outcome: StepOutcome = StepOutcome.DONE
    detail: dict[str, Any] = {}


class Again(Struct, frozen=True):
    """Look again at `at`. An answer of "not yet" burns no attempt; a failure does."""

    at: datetime
    burns_attempt: bool
    detail: dict[str, Any] = {}


class ByHand(Struct, frozen=True):
    """A person takes over."""

    detail: dict[str, Any] = {}


End = Done | Again | ByHand

DELAY_SECONDS_MAX = 3600.0


def backoff(attempt: int, first_delay_seconds: float) -> timedelta:
    """Wait before try `attempt + 1`: doubling from the first delay, an hour at most."""
    return timedelta(seconds=min(first_delay_seconds * 2 ** max(attempt - 1, 0), DELAY_SECONDS_MAX))


def after_failure(
    attempt: int, attempts_max: int, first_delay_seconds: float, now: datetime, reason: str
) -> Again | None:
    """Try again later, or None when the attempts are used up. `attempt` counts from 1."""
    if attempt >= attempts_max:
        return None
    return Again(now + backoff(attempt, first_delay_seconds), burns_attempt=True, detail={"reason": reason})
