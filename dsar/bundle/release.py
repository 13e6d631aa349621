"""What of a record leaves: all of it for access, what the person provided for portability."""

from typing import Any

from dsar.bundle.lines import Line
from dsar.domain.rights import Right


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

    def of(self, lines: list[Line]) -> list[Line]:
        """What leaves of some lines, in their order. The lines given are used up."""
        return [line for line in lines if self._provided(line)] if self._without_inferred else lines

    def _provided(self, line: Line) -> bool:
        """Take out of a line what was inferred; False when that is all of it."""
        self.inferred_left_out += len(line.inferred)
        for pointer in filter(None, line.inferred):
            _take_out(line.data, pointer)
        line.others, line.made_by_ai = _remaining(line.others, line), _remaining(line.made_by_ai, line)
        whole, line.inferred = "" in line.inferred, ()
        return not whole


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
