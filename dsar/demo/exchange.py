"""One call to the double and the answer to it, free of any web framework."""

from typing import Any

import msgspec
from msgspec import Struct


class Call(Struct, frozen=True):
    """A request as it came in."""

    method: str
    origin: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    body: bytes

    def param(self, name: str, default: str = "") -> str:
        return dict(self.query).get(name, default)

    def number(self, name: str, default: int) -> int:
        return int(self.param(name) or default)

    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class Answer(Struct, frozen=True):
    """A response to send. `cut` ends the connection in the middle of the body."""

    status: int
    body: bytes
    headers: dict[str, str] = {}
    media_type: str = "application/json"
    cut: bool = False


def answer(status: int, payload: Any) -> Answer:
    return Answer(status, msgspec.json.encode(payload))


def problem(status: int, kind: str, detail: str) -> Answer:
    """An error in PostHog's words."""
    return answer(status, {"type": kind, "code": kind, "detail": detail, "attr": None})
