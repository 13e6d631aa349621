"""Which error a status means, and until when to wait. Texts name the call, never its query or its answer."""

import math
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from dsar.contract import Refused, Throttled, Unauthorised, Unreachable

WAIT_SECONDS_DEFAULT = 60
WAIT_SECONDS_MAX = 3_600


def raise_for(response: httpx.Response, call: str, now: datetime) -> None:
    """Raise the fitting `ConnectorError` unless the call succeeded."""
    status = response.status_code
    if response.is_success:
        return
    if status in {401, 403}:
        raise Unauthorised(f"PostHog {call}: {status}; check api_key and its scopes")
    if status == 429:
        raise Throttled(f"PostHog {call}: 429", until=wait_until(response.headers.get("Retry-After"), now))
    if status >= 500 or status == 408:
        raise Unreachable(f"PostHog {call}: {status}")
    if response.has_redirect_location:
        raise Refused(f"PostHog {call}: {status}, a redirect, which is not followed; check host")
    raise Refused(f"PostHog {call}: {status}; check host and project_id, or do it in PostHog by hand")


def wait_until(retry_after: str | None, now: datetime) -> datetime:
    """The end of the wait that `Retry-After` (seconds or an HTTP date) asks for, within sane bounds."""
    asked = _seconds(retry_after or "", now)
    seconds = WAIT_SECONDS_DEFAULT if asked is None else min(max(asked, 1.0), WAIT_SECONDS_MAX)
    return now + timedelta(seconds=seconds)


def _seconds(text: str, now: datetime) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return _seconds_to_date(text, now)
    return seconds if math.isfinite(seconds) else None


def _seconds_to_date(text: str, now: datetime) -> float | None:
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return (date - now).total_seconds()
