"""Errors as the caller can use them: RFC 9457 problem details on the API, a plain page for people."""

from typing import Any

import msgspec
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, ValidationException

from dsar.domain.errors import FieldError, InvalidInput, NotFound, NotNow
from dsar.telemetry import log
from dsar.vault import VaultError

PROBLEM_JSON = "application/problem+json"
BASE = "https://dsar-service.example/problems/"  # docs/problems.md describes each

TITLES = {
    400: ("bad-request", "The request cannot be read"),
    401: ("unauthorised", "A key is missing or not good"),
    403: ("forbidden", "This key may not do that"),
    404: ("not-found", "There is no such thing, or not for you"),
    405: ("method-not-allowed", "This address does not take that method"),
    409: ("not-now", "The state does not allow it"),
    410: ("gone", "It is gone"),
    413: ("too-large", "The body is too large"),
    415: ("media-type", "This media type is not read here"),
    422: ("invalid-input", "Some fields cannot be used"),
    429: ("too-many", "Too many requests"),
    500: ("fault", "Something failed on our side"),
}
REMEDIES = {
    400: "Send a body that is valid JSON, with content-type application/json.",
    401: "Send a good key as `Authorization: Bearer …`.",
    404: "Look at the address and the key once more.",
    405: "Look the address up in /openapi.json.",
    413: "Send at most the bytes that docs/settings.md names.",
    500: "Try again in a moment. If it stays, tell the operator the time of this answer.",
}


def problem(
    status: int, detail: str, errors: tuple[FieldError, ...] = (), remedy: str | None = None
) -> dict[str, Any]:
    """The body of a problem; no member repeats a value that was sent."""
    kind, title = TITLES.get(status, TITLES[500] if status >= 500 else TITLES[400])
    body: dict[str, Any] = {"type": BASE + kind, "title": title, "status": status, "detail": detail}
    if remedy or status in REMEDIES:
        body["remedy"] = remedy or REMEDIES[status]
    if errors:
        body["errors"] = [msgspec.structs.asdict(error) for error in errors]
    return body


def answer(request: Request[Any, Any, Any], body: dict[str, Any]) -> Response[Any]:
    """A page for people, JSON for programs."""
    status = int(body["status"])
    if wants_page(request):
        text = request.app.state.pages.problem(body)
        return Response(text, status_code=status, media_type=MediaType.HTML)
    headers = {"www-authenticate": "Bearer"} if status == 401 else {}
    return Response(body, status_code=status, media_type=PROBLEM_JSON, headers=headers)


def wants_page(request: Request[Any, Any, Any]) -> bool:
    """Whether a person looks: the addresses of the API never answer with a page."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


def on_invalid(request: Request[Any, Any, Any], error: InvalidInput) -> Response[Any]:
    """Fields that cannot be used."""
    status = 409 if isinstance(error, NotNow) else 422
    return answer(
        request, problem(status, "; ".join(f"{e.field} {e.problem}" for e in error.errors), error.errors)
    )


def on_not_found(request: Request[Any, Any, Any], error: NotFound) -> Response[Any]:
    """Nothing there, or somebody else's: the two look the same."""
    return answer(request, problem(404, str(error) or "not found"))


def on_key_gone(request: Request[Any, Any, Any], _: VaultError) -> Response[Any]:
    """The case's key was destroyed, or a blob is gone."""
    return answer(
        request, problem(410, "what was sealed here can no longer be opened", remedy="Nothing can be done.")
    )


def on_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """The framework's own refusals."""
    if isinstance(error, ValidationException):
        return answer(request, problem(400, "the request cannot be read", _fields(error)))
    details = {400: "the body is not what this address takes", 404: "nothing stands at this address"}
    text = details.get(error.status_code) or error.detail
    return answer(request, problem(error.status_code, text))


def _fields(error: ValidationException) -> tuple[FieldError, ...]:
    """Names of fields and what is wrong; the framework's own message may repeat a value, so it is not passed on."""
    extra = error.extra if isinstance(error.extra, list) else []
    return tuple(
        FieldError(str(item.get("key") or "body"), "cannot be read.", "Look the field up in /openapi.json.")
        for item in extra
        if isinstance(item, dict)
    )


def on_any(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A fault of ours: its class and place go to the log, its text, which may hold personal data, nowhere."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}" if trace else "unknown"
    log.error("web.fault", error=type(error).__name__, where=place, route=request.scope["path_template"])
    return answer(request, problem(500, "the request was not carried out"))
