"""What of a record leaves: all of it for access, what the person provided for portability."""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from dsar.bundle.lines import Line
from dsar.domain.rights import Right


class Element(Struct, frozen=True, omit_defaults=True, gc=False):
    """A record as it stands in the archive."""

    origin: msgspec.Raw
    data: dict[str, Any]
    others: tuple[str, ...] = ()
    made_by_ai: tuple[str, ...] = ()
    inferred: tuple[str, ...] = ()


class Release:
    """Turns stored records into released ones and counts what it leaves out."""

    def __init__(self, right: Right) -> None:
        # GDPR 20: provided and observed data; what was inferred from it stays out (WP 242, II). GDPR 15: all.
        self._right = right
        self._without_inferred = right is Right.PORTABILITY
        self.inferred_left_out = 0

    def again(self) -> "Release":
        """The same rules for a second pass, which must not count twice."""
        return Release(self._right)

    def of(self, lines: Iterable[Line]) -> list[Element]:
        """The elements of some lines, in their order."""
        if not self._without_inferred:
            return [Element(x.origin, x.data, x.others, x.made_by_ai, x.inferred) for x in lines]
        return [element for line in lines for element in self._provided(line)]

    def _provided(self, line: Line) -> Iterable[Element]:
        self.inferred_left_out += len(line.inferred)
        if "" in line.inferred:
            return
        for pointer in line.inferred:
            _take_out(line.data, pointer)
        others, made_by_ai = _remaining(line.others, line), _remaining(line.made_by_ai, line)
        yield Element(line.origin, line.data, others, made_by_ai)


def _remaining(pointers: tuple[str, ...], line: Line) -> tuple[str, ...]:
    gone = line.inferred
    return tuple(p for p in pointers if not any(p == g or p.startswith(f"{g}/") for g in gone))


def _take_out(data: Any, pointer: str) -> None:
    """Remove what an RFC 6901 pointer leads to; in a list null takes its place: other pointers still hold."""
    *path, last = (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])
    for part in path:
        data = _step(data, part)
    if isinstance(data, dict):
        data.pop(last, None)
    elif isinstance(data, list) and last.isdecimal() and int(last) < len(data):
        data[int(last)] = None


def _step(data: Any, part: str) -> Any:
    if isinstance(data, dict):
        return data.get(part)
    if isinstance(data, list) and part.isdecimal() and int(part) < len(data):
        return data[int(part)]
    return None
