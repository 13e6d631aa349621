"""Errors as the caller can use them: RFC 9457 problem details on the API, a plain page for people."""

import re
from traceback import walk_tb
from typing import Any

from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, ValidationException
from msgspec import Struct

from dsar.domain.errors import FieldError, InvalidInput, NotFound, NotNow, NotSent
from dsar.render import msgid
from dsar.telemetry import log, where
from dsar.vault import VaultError
from dsar.web.opendsr_errors import protocol_error, speaks

PROBLEM_JSON = "application/problem+json"
BASE = "https://dsar-service.example/problems/"  # docs/problems.md describes each

TITLES = {
    400: ("bad-request", msgid("The request cannot be read")),
    401: ("unauthorised", msgid("A key is missing or not good")),
    403: ("forbidden", msgid("This key may not do that")),
    404: ("not-found", msgid("There is no such thing, or not for you")),
    405: ("method-not-allowed", msgid("This address does not take that method")),
    409: ("not-now", msgid("The state does not allow it")),
    410: ("gone", msgid("It is gone")),
    413: ("too-large", msgid("The body is too large")),
    415: ("media-type", msgid("This media type is not read here")),
    416: ("range", msgid("The range is not there")),
    422: ("invalid-input", msgid("Some fields cannot be used")),
    429: ("too-many", msgid("Too many requests")),
    500: ("fault", msgid("Something failed on our side")),
    503: ("unavailable", msgid("We cannot take this at the moment")),
}
REMEDIES = {
    400: "Send a body that is valid JSON, with content-type application/json.",
    401: "Send a good key as `Authorization: Bearer …`.",
    403: "Use a key of the right kind, with the scope or role that is named: staff keys for triage, "
    "controller keys for /api/v1/controller.",
    404: "Look at the address once more; on the API, at the key too.",
    405: "Use a method that the Allow header names.",
    409: "Look at the state once more, and do what the errors say.",
    410: "Nothing brings it back. Make a new request if you still need an answer.",
    413: "Send at most the bytes that docs/settings.md names.",
    415: "Send JSON as application/json, and forms as application/x-www-form-urlencoded.",
    416: "Begin before the size that the Content-Range header names.",
    422: "Mend the fields that are named, and send it again.",
    429: "Wait for as long as the Retry-After header says.",
    500: "Try again in a moment. If it stays, tell the operator the time of this answer.",
    503: "Try again in a minute. What was answered with success before is safe; this was not taken.",
}
RETRY_AFTER_SECONDS = 30
FIELDS_REMEDY = "Mend the fields that are named; /openapi.json says what each takes."


class WrongField(Struct, frozen=True):
    """One field that cannot be used, and what to do about it."""

    field: str
    problem: str
    remedy: str


class Problem(Struct, frozen=True, omit_defaults=True):
    """RFC 9457, with what to do. `errors` names each field that cannot be used. Nothing repeats a value sent."""

    type: str
    title: str
    status: int
    detail: str
    remedy: str
    errors: tuple[WrongField, ...] = ()


def problem(
    status: int, detail: str, errors: tuple[FieldError, ...] = (), remedy: str | None = None
) -> Problem:
    """The problem of a status."""
    known = status if status in TITLES else 500 if status >= 500 else 400
    kind, title = TITLES[known]
    wrong = tuple(WrongField(error.field, error.problem, error.remedy) for error in errors)
    return Problem(BASE + kind, title, status, detail, remedy or REMEDIES[known], wrong)


def answer(
    request: Request[Any, Any, Any],
    found: Problem,
    headers: dict[str, str] | None = None,
    errors: tuple[FieldError, ...] = (),
) -> Response[Any]:
    """A page for people, which says `errors` in their language; JSON for programs."""
    headers = dict(headers or {})
    if speaks(request.url.path):
        fields = [(error.field, f"{error.problem} {error.remedy}") for error in found.errors]
        said = fields or [(found.type.removeprefix(BASE), found.remedy)]
        return protocol_error(found.status, found.detail, said, _with_bearer(found, headers))
    if wants_page(request):
        text = request.app.state.pages.asked_by(request).problem(found, errors)
        return Response(text, status_code=found.status, media_type=MediaType.HTML, headers=headers)
    return Response(
        found, status_code=found.status, media_type=PROBLEM_JSON, headers=_with_bearer(found, headers)
    )


def _with_bearer(found: Problem, headers: dict[str, str]) -> dict[str, str]:
    return headers | {"www-authenticate": "Bearer"} if found.status == 401 else headers


def wants_page(request: Request[Any, Any, Any]) -> bool:
    """Whether a person looks: the addresses of the API never answer with a page."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


def on_invalid(request: Request[Any, Any, Any], error: InvalidInput) -> Response[Any]:
    """Fields that cannot be used."""
    status = 409 if isinstance(error, NotNow) else 400 if isinstance(error, NotSent) else 422
    detail = " ".join(f"{e.field} {e.problem}" for e in error.errors)
    return answer(request, problem(status, detail, error.errors), errors=error.errors)


def on_not_found(request: Request[Any, Any, Any], error: NotFound) -> Response[Any]:
    """Nothing there, or somebody else's: the two look the same."""
    return answer(request, problem(404, str(error) or msgid("not found")))


def on_key_gone(request: Request[Any, Any, Any], _: VaultError) -> Response[Any]:
    """The case's key was destroyed, or a blob is gone."""
    return answer(request, problem(410, msgid("what was sealed here can no longer be opened")))


def on_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """The framework's own refusals."""
    if isinstance(error, ValidationException):
        found = problem(400, msgid("the request cannot be read"), _fields(error), FIELDS_REMEDY)
        return answer(request, found)
    details = {
        400: msgid("the body is not what this address takes"),
        404: msgid("nothing stands at this address"),
    }
    text = details.get(error.status_code) or error.detail
    return answer(request, problem(error.status_code, text), dict(error.headers or {}))


def on_too_deep(request: Request[Any, Any, Any], _: RecursionError) -> Response[Any]:
    """JSON nested deeper than any of ours."""
    return answer(request, problem(400, msgid("the body is nested too deep")))


# What the decoder says when it names types and no values: safe to pass on.
_SAFE = re.compile(
    r"(Expected `[^`]*`(, got `[a-z |]+`|( of length)? [<>]=? -?[0-9]+|, got array of length [0-9]+)?"
    r"|Invalid UUID|Invalid RFC3339 encoded \w+)"
)
_NAMED = re.compile(r"Object (?P<what>missing required|contains unknown) field `(?P<name>[a-z_]{1,40})`")
_OUR_NAMES = {"case_state": "state", "is_open": "open", "data": "body"}


def _fields(error: ValidationException) -> tuple[FieldError, ...]:
    """Names of fields and what is wrong; of the framework's own message only what repeats no value."""
    extra = error.extra if isinstance(error.extra, list) else []
    return tuple(_field(item) for item in extra if isinstance(item, dict))


def _field(item: dict[str, Any]) -> FieldError:
    said, name = str(item.get("message", "")), str(item.get("key") or "data")
    if named := _NAMED.search(said):
        if named["what"] == "missing required":
            return FieldError(named["name"], "is missing.", "Send it: /openapi.json says what it takes.")
        return FieldError(
            named["name"], "is unknown here.", "Leave it out, or look its name up in /openapi.json."
        )
    if "Invalid enum value" in said or "Invalid value" in said:
        return FieldError(
            _OUR_NAMES.get(name, name), "is not one of the values taken.", "/openapi.json lists them."
        )
    if "matching regex" in said:
        return FieldError(name, "is no name of that kind.", "Look its pattern up in /openapi.json.")
    safe = _SAFE.search(said)
    told = f"cannot be read: {safe[0][0].lower()}{safe[0][1:]}." if safe else "cannot be read."
    return FieldError(_OUR_NAMES.get(name, name), told, "Look the field up in /openapi.json.")


def on_any(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A fault of ours: its class and place go to the log, its text, which may hold personal data, nowhere."""
    route = request.scope.get("path_template", "")
    log.error("web.fault", error=type(error).__name__, where=where(error), route=route)
    if database_away(error):
        found = problem(503, msgid("the database does not answer"))
        return answer(request, found, {"retry-after": str(RETRY_AFTER_SECONDS)})
    return answer(request, problem(500, msgid("the request was not carried out")))


def database_away(error: Exception) -> bool:
    """Whether it failed for want of Postgres: no connection, a broken one, a server that starts, stops or is full."""
    state = str(getattr(error, "sqlstate", None) or "")  # SQLSTATE class 08, 53, and 57P
    if state:
        return state[:2] in {"08", "53"} or state[:3] == "57P"
    return isinstance(error, OSError) and any(
        frame.f_globals.get("__name__", "").startswith("asyncpg.")
        for frame, _ in walk_tb(error.__traceback__)
    )
