"""The vendor's contract file as the judge of every request and every answer."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from dsar.demo.exchange import Answer, Call

VENDOR_ORIGIN = "https://eu.posthog.com"


class VendorContract:
    """One contract file."""

    def __init__(self, path: Path) -> None:
        self._api, self._testing = _loaded(path)

    def request_flaws(self, call: Call) -> Iterator[str]:
        for error in self._api.iter_request_errors(self._request(call)):
            yield f"{call.method} {call.path}: against the contract ({_named(error)})"

    def answer_flaws(self, call: Call, answer: Answer) -> Iterator[str]:
        response = self._testing.MockResponse(
            answer.body, status_code=answer.status, headers=answer.headers, content_type=answer.media_type
        )
        for error in self._api.iter_response_errors(self._request(call), response):
            yield f"{call.method} {call.path}: the answer is against the contract ({_named(error)})"

    def _request(self, call: Call) -> Any:
        return self._testing.MockRequest(
            VENDOR_ORIGIN,
            call.method,
            call.path,
            args=dict(call.query),
            headers=call.headers,
            data=call.body,
            content_type=call.headers.get("content-type", ""),
        )


@cache
def _loaded(path: Path) -> tuple[Any, Any]:
    from openapi_core import OpenAPI, testing

    return OpenAPI.from_file_path(str(path)), testing


def _named(error: BaseException) -> str:
    """The error and its cause by class: their words may quote the values."""
    cause = error.__cause__
    return type(error).__name__ + (f", {type(cause).__name__}" if cause else "")
