"""Which error an answer means. Texts name the call, never a key, a bucket's content or what was answered."""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta

from dsar.contract import ConnectorError, Refused, Throttled, Unauthorised, Unreachable

WAIT_SECONDS_DEFAULT = 5.0
WAIT_SECONDS_MAX = 3_600.0

_CREDENTIALS = {
    "AccountProblem",
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidSecurity",
    "InvalidToken",
    "NotSignedUp",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
    "UnauthorizedAccess",
}
_SLOWER = {"RequestLimitExceeded", "SlowDown", "Throttling", "ThrottlingException", "TooManyRequests"}
_AGAIN = {"InternalError", "OperationAborted", "RequestTimeout", "ServiceUnavailable"}
_ABSENT = {
    "NoSuchKey",
    "NoSuchObjectLockConfiguration",
    "NoSuchTagSet",
    "NoSuchUpload",
    "NoSuchVersion",
    "ObjectLockConfigurationNotFoundError",
}
_CLOCK = "RequestTimeTooSkewed"
_CONFLICT = "ConditionalRequestConflict"
_UNKNOWN = "NotImplemented"
_WORDS = {
    "AuthorizationHeaderMalformed": "another region is expected; correct region",
    "IllegalLocationConstraintException": "another region is expected; correct region",
    "InvalidObjectState": "the object is archived; restore it in the store, and ask again",
    "NoSuchBucket": "there is no such bucket; correct the bucket of the place",
    _UNKNOWN: "this store does not know the call; for versions, set versions to false",
    "PermanentRedirect": "the bucket lies in another region; correct region or endpoint_url",
}


class Absent(Refused):
    """What was asked for is not there: an object, a version, an upload or a setting of the bucket."""


class Denied(Refused):
    """The credentials work, and lack this one right."""


class Overtaken(Refused):
    """The object is no longer the one that was read: If-Match failed."""


def error(
    status: int, code: str | None, headers: Mapping[str, str], call: str, now: datetime, *, bodiless: bool
) -> ConnectorError:
    """The error of an answer that is no success. `call` is the right that it needs, as a policy names it."""
    said = f"S3 {call}: {code or status}"
    if status == 401 or code in _CREDENTIALS:
        return Unauthorised(f"{said}; check access_key_id, secret_access_key and session_token")
    if status == 429 or code in _SLOWER:
        return Throttled(said, until=now + timedelta(seconds=_wait(headers.get("Retry-After"))))
    if code == _CLOCK:
        return Unreachable(f"{said}; this machine's clock is wrong: set it, e.g. by NTP")
    if (status >= 500 and code != _UNKNOWN) or status == 408 or code in _AGAIN:
        return Unreachable(said)
    return _refusal(status, code, said, call, bodiless=bodiless)


def _refusal(status: int, code: str | None, said: str, call: str, *, bodiless: bool) -> Refused:
    """What trying again does not change."""
    if status == 412 or code == _CONFLICT:
        return Overtaken(f"{said}; the object changed meanwhile")
    if code in _ABSENT or (bodiless and status in {404, 405}):
        return Absent(f"{said}; it is not there")
    if status == 403 and code in {None, "AccessDenied", "AllAccessDisabled"}:
        return Denied(f"{said}; grant {call} to the user of access_key_id")
    return Refused(f"{said}; {_WORDS.get(code or '', 'check endpoint_url and the places, or do it by hand')}")


def _wait(asked: str | None) -> float:
    try:
        seconds = float(asked or "")
    except ValueError:
        return WAIT_SECONDS_DEFAULT
    return min(max(seconds, 1.0), WAIT_SECONDS_MAX) if math.isfinite(seconds) else WAIT_SECONDS_DEFAULT
