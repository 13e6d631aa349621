"""Columns, and places within the JSON of a column: `meta`, `meta/attendees/*/name`."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

ANY = "*"


class Pointer(Struct, frozen=True):
    """RFC 6901 with the column as its first part and without its first slash; `*` is every element of an array."""

    column: str
    parts: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str) -> "Pointer":
        """The pointer that the mapping writes."""
        column, *parts = (part.replace("~1", "/").replace("~0", "~") for part in text.split("/"))
        return cls(column, tuple(parts))

    def places(self, value: Any) -> Iterator[str]:
        """The pointers into a row whose column holds the value, one for each place that is there."""
        for path in _there(value, self.parts):
            yield Pointer(self.column, path).written()

    def written(self) -> str:
        """As RFC 6901 writes it."""
        return "".join(f"/{_written(part)}" for part in (self.column, *self.parts))


def found(value: Any, parts: tuple[str, ...]) -> Any:
    """What the parts lead to; None where nothing is there."""
    for part in parts:
        keys = _keys(value, part)
        value = value[keys[0]] if keys else None
    return value


def without(value: Any, parts: tuple[str, ...]) -> Any:
    """The value without what the parts lead to; elements of an array leave no gap behind."""
    head, *rest = parts
    if rest:
        for key in _keys(value, head):
            value[key] = without(value[key], tuple(rest))
    elif head == ANY and isinstance(value, list):
        value.clear()
    else:
        for key in _keys(value, head):
            del value[key]
    return value


def _there(value: Any, parts: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if not parts:
        yield ()
        return
    head, *rest = parts
    for key in _keys(value, head):
        yield from ((str(key), *below) for below in _there(value[key], tuple(rest)))


def _keys(value: Any, part: str) -> list[Any]:
    if isinstance(value, dict):
        return [part] if part in value else []
    if isinstance(value, list):
        if part == ANY:
            return list(range(len(value)))
        index = int(part) if part.isascii() and part.isdigit() and len(part) < 10 else len(value)
        return [index] if index < len(value) and str(index) == part else []
    return []


def _written(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")
