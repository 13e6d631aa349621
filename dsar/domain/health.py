"""How it stands with a system: whether it is asked, when it is tried again, how long a case waits for it."""

from datetime import date, datetime, timedelta
from typing import Any

from msgspec import Struct

from dsar.domain.work import Again, Step

OPENS_AFTER = 5  # failures in a row, over all steps and workers
PROBE_FIRST = timedelta(seconds=30)
PROBE_LAST = timedelta(minutes=15)

WAITS_MAX = timedelta(days=2)
WAITS_LATE = timedelta(hours=1)
# What a system does not give in time a person fetches, and that takes days too.
DAYS_FOR_A_PERSON = 3

AGAIN_MIN = timedelta(seconds=0.2)
AGAIN_MAX = timedelta(days=1)
BACK_OFF_MAX = timedelta(seconds=30)

PER_MINUTE_BURST = 4  # one part in so many may go at once


class Standing(Struct, frozen=True, kw_only=True):
    """What is known of a system when a step wants to ask it. `held_until`: the vendor asked to wait until then."""

    paused_reason: str | None = None
    circuit_opened_at: datetime | None = None
    probe_due_at: datetime | None = None
    held_until: datetime | None = None

    def closed_until(self, now: datetime) -> datetime | None:
        """Until when nobody asks, because it failed again and again; None while it is asked."""
        if self.circuit_opened_at is None:
            return None
        return max(self.probe_due_at or now, now)


def probe_again_at(opened_at: datetime, now: datetime) -> datetime:
    """When a system that does not answer is tried next: after half of the time that it has been away."""
    return now + min(max((now - opened_at) / 2, PROBE_FIRST), PROBE_LAST)


def wait(
    step: Step, until: datetime, now: datetime, due_date: date | None, reason: dict[str, Any]
) -> Again | None:
    """Come back without having burnt an attempt; None where the step has waited for long enough.

    It is one wait for as long as nothing else happens to the step: the lease counts up by one each time.
    """
    so_far = step.detail.get("waits", {})
    goes_on = so_far.get("lease") == step.lease - 1 and so_far.get("cursor") == step.cursor
    since = datetime.fromisoformat(so_far["since"]) if goes_on else now
    if now >= _patience_ends(since, due_date):
        return None
    # Steps that wait for a place among many come back less and less often.
    earliest = now + min(max((now - since) / 4, AGAIN_MIN), BACK_OFF_MAX)
    waits = {"since": since.isoformat(), "lease": step.lease, "cursor": step.cursor}
    at = max(min(until, now + AGAIN_MAX), earliest)
    return Again(at, burns_attempt=False, detail={**reason, "waits": waits})


def _patience_ends(since: datetime, due_date: date | None) -> datetime:
    """Two days, but only an hour where the case's date comes near: never until the case is late."""
    longest = since + WAITS_MAX
    if due_date is None:
        return longest
    late = datetime.combine(due_date, datetime.min.time(), since.tzinfo) - timedelta(days=DAYS_FOR_A_PERSON)
    return min(longest, max(late, since + WAITS_LATE))


class Pace(Struct, frozen=True):
    """How calls are spread: one each `gap` seconds, some `ahead` of that. No minute ever sees more than the limit."""

    gap: float
    ahead: float


def pace(calls_per_minute: int) -> Pace:
    """A quarter of the minute's calls may go at once; the others come at the pace that this leaves."""
    burst = max(1, calls_per_minute // PER_MINUTE_BURST)
    gap = 60 / (calls_per_minute - burst + 1)
    return Pace(gap, (burst - 1) * gap)
