"""What holds for every answer and every body: headers, media types, the form of a reference."""

import re
from typing import Any

from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException
from litestar.handlers.base import BaseRouteHandler
from litestar.types import Message, Scope

from dsar.domain.errors import NotFound

# Nothing is loaded from elsewhere, no script runs, no page is framed, no address is passed on, no cache keeps it.
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "interest-cohort=()",
}
_SENT = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
REFERENCE = re.compile(r"R(-[0-9A-Z]{4}){4}")

Connection = ASGIConnection[Any, Any, Any, Any]


async def add_headers(message: Message, _: Scope) -> None:
    """Put the headers on every answer, errors too; an answer may have its own instead."""
    if message["type"] == "http.response.start":
        own = list(message["headers"])
        named = {name.lower() for name, _ in own}
        message["headers"] = [*own, *(header for header in _SENT if header[0] not in named)]


# The guards are async, for Litestar runs plain ones in a thread: a tenth of a millisecond for each request.


async def takes_json(connection: Connection, _: BaseRouteHandler) -> None:
    """Refuse a body that is not said to be JSON: a foreign page's form can send text/plain, but not this."""
    _takes(connection, {"application/json"})


async def takes_forms(connection: Connection, _: BaseRouteHandler) -> None:
    """Refuse a body that is not a plain form: no file is ever taken."""
    _takes(connection, {"application/x-www-form-urlencoded"})


def _takes(connection: Connection, wanted: set[str]) -> None:
    headers = connection.headers
    if headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers:
        return
    if headers.get("content-type", "").partition(";")[0].strip().lower() not in wanted:
        raise HTTPException(f"a body here is {' or '.join(wanted)}", status_code=415)


async def names_a_reference(connection: Connection, _: BaseRouteHandler) -> None:
    """Look nothing up that cannot be one of our references."""
    reference = connection.path_params.get("reference")
    if reference is not None and not REFERENCE.fullmatch(str(reference)):
        raise NotFound("no such request")
