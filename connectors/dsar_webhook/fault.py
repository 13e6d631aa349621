"""What the service's status means for the case, and what of a broken answer may be told."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import msgspec

from dsar.contract import Refused, Throttled, Unauthorised, Unreachable

WAIT_SECONDS = 60
WAIT_SECONDS_MAX = 3600
_PLACE = re.compile(r"at `(?:key in )?\$([A-Za-z0-9_.\[\]]*)`$")
_UNKNOWN = re.compile(r"contains unknown field `([a-z_]{1,40})`")
_MISSING = re.compile(r"missing required field `([a-z_]{1,40})`")


def raise_for(response: httpx.Response, operation: str, now: datetime) -> None:
    """Raise what a status other than 200 means. Nothing of the body is told: it may name the person."""
    status = response.status_code
    if status == 200:
        return
    told = f"webhook {operation}: status {status}"
    if status in {401, 403}:
        raise Unauthorised(f"{told}; check that both sides have the same secret and the right time")
    if status == 429:
        raise Throttled(told, until=_until(response.headers.get("retry-after", ""), now))
    if status == 408 or status >= 500:
        raise Unreachable(f"{told}; the service failed")
    if status in {404, 405}:
        raise Refused(f"{told}; check url, or let the service offer only what it has")
    raise Refused(f"{told}; look into the service's log, and do it there by hand")


def _until(said: str, now: datetime) -> datetime:
    if said.strip().isdigit():
        seconds = float(said)
    else:
        try:
            # RFC 5322 3.3: -0000 says that the zone is unknown; HTTP's is always GMT
            moment = parsedate_to_datetime(said)
            seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
        except ValueError:
            seconds = WAIT_SECONDS
    return now + timedelta(seconds=min(max(seconds, 1), WAIT_SECONDS_MAX))


def broken(operation: str, error: Exception) -> Unreachable:
    """An answer that is not what the protocol says: the field is named, and no value."""
    text = str(error) if isinstance(error, msgspec.ValidationError) else ""
    place = _PLACE.search(text)
    at = place[1].lstrip(".") if place else ""
    if named := _UNKNOWN.search(text) or _MISSING.search(text):
        what = "is unknown to the protocol" if "unknown" in text else "is missing"
        return Unreachable(f"webhook {operation}: {'.'.join(filter(None, (at, named[1])))} {what}")
    if text:
        return Unreachable(f"webhook {operation}: {at or 'the answer'} is not as the protocol says")
    return Unreachable(f"webhook {operation}: the answer is broken ({type(error).__name__})")


def contradiction(operation: str, field: str, problem: str) -> Refused:
    """An answer that reads well and cannot be true."""
    return Refused(f"webhook {operation}: {field} {problem}; mend the service, or do it there by hand")
