"""What the double can be told to do wrong, for as many calls as asked."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct


class Mischief(Struct, frozen=True):
    """One way to misbehave. `on` names the path it is kept for; empty is any."""

    status: int = 0
    headers: dict[str, str] = {}
    body: bytes = b""
    silent_seconds: float = 0.0
    cut: bool = False
    rewrite: Callable[[Any], Any] | None = None
    on: str = ""


def status(number: int, *, on: str = "", **headers: str) -> Mischief:
    """Answer with the status; `retry_after="7"` becomes the header `retry-after`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Mischief(status=number, headers=named, body=b'{"detail":"told to"}', on=on)


def garbage(*, on: str = "") -> Mischief:
    """Answer 200 with what is no JSON."""
    return Mischief(status=200, body=b"<html>upstream is busy</html>", on=on)


def silence(seconds: float, *, on: str = "") -> Mischief:
    """Answer, but only after a while."""
    return Mischief(silent_seconds=seconds, on=on)


def cut_off(*, on: str = "") -> Mischief:
    """Break the connection in the middle of the answer."""
    return Mischief(cut=True, on=on)


def rewrites(change: Callable[[Any], Any], *, on: str = "") -> Mischief:
    """Change the true answer, before it is checked against the contract."""
    return Mischief(rewrite=change, on=on)
