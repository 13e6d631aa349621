"""OpenDSR's own shape of an error, on every address of the protocol."""

from collections.abc import Iterable
from typing import Any

from litestar import Response

PREFIX = "/opendsr/"
# The protocol knows one status for what cannot be used, whether the fields or the moment are wrong.
_ONE_FOR_ALL = frozenset({409, 422})


def speaks(path: str) -> bool:
    """Whether an address is one of the protocol's."""
    return path.startswith(PREFIX)


def protocol_error(
    status: int, message: str, reasons: Iterable[tuple[str, str]], headers: dict[str, str]
) -> Response[Any]:
    """The error; each reason is a field, or the kind of problem, with what to do. Nothing repeats a value sent."""
    code = 400 if status in _ONE_FOR_ALL else status
    domain = "Validation" if code == 400 else "Request"
    errors = [{"domain": domain, "reason": name, "message": f"{name}: {text}"} for name, text in reasons]
    body = {"error": {"code": code, "message": message, "errors": errors}}
    return Response(body, status_code=code, media_type="application/json", headers=headers)
