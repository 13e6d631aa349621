"""How a message to a controller is delivered: the schedule of its attempts, and what an answer makes of each."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

# Standard Webhooks: at once, then after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h.
RETRY_SECONDS: Sequence[int] = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
ATTEMPTS_MAX = len(RETRY_SECONDS) + 1
# Later by up to a tenth, never earlier: what failed together does not come back together.
JITTER_MAX = 0.1
ASKED_SECONDS_MAX = 86_400.0
GONE_STATUS = 410


class Ending(StrEnum):
    """How an attempt ended, for the message and for the metrics."""

    DELIVERED = "delivered"
    AGAIN = "again"  # a failure with attempts left
    GAVE_UP = "gave_up"  # the schedule is used up
    GONE = "gone"  # the receiver wants no more, ever
    NOWHERE = "nowhere"  # there is no endpoint, or it is switched off
    UNPACKED = "unpacked"  # the fault was ours: nothing was sent


def ending(attempt: int, status: int | None, *, may_be_gone: bool = True) -> Ending:
    """What an answer means after attempt number `attempt`, counted from 1; None: there was no answer.

    2xx alone is success. A redirect is a failure: where it points was never checked, and the signature is not for it.
    """
    if status is not None and 200 <= status < 300:
        return Ending.DELIVERED
    if status == GONE_STATUS and may_be_gone:
        return Ending.GONE
    return Ending.AGAIN if attempt < ATTEMPTS_MAX else Ending.GAVE_UP


def wait(attempt: int, randomness: float, asked_seconds: float | None = None) -> timedelta:
    """How long after failed attempt number `attempt` the next one comes; `randomness` is from 0 up to 1.

    A receiver may ask for more time than the schedule gives, up to a day, and never for less.
    """
    scheduled = RETRY_SECONDS[min(attempt, len(RETRY_SECONDS)) - 1] * (1 + JITTER_MAX * randomness)
    return timedelta(seconds=max(scheduled, min(asked_seconds or 0.0, ASKED_SECONDS_MAX)))


def asked_seconds(retry_after: str | None, now: datetime) -> float | None:
    """The seconds that a `Retry-After` header asks for, as a number or as a date (RFC 9110, 10.2.3); None: no sense."""
    if not retry_after:
        return None
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), ASKED_SECONDS_MAX)
    try:
        until = parsedate_to_datetime(text)
        until = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
        seconds = (until - now).total_seconds()
    except (ValueError, OverflowError):  # the library lets a number out that no calendar holds
        return None
    return min(max(seconds, 0.0), ASKED_SECONDS_MAX)
