"""What of a record leaves: for access all but what is other people's, for portability what was provided."""

from typing import Any

from dsar.bundle.undisclosed import close
from dsar.domain.rights import Right
from dsar.domain.withholding import Line


class Release:
    """Turns stored records into released ones and counts what it leaves out.

    `others_too` leaves other people's data in: a controller gets its own records whole and withholds itself.
    """

    def __init__(self, right: Right, *, others_too: bool = False) -> None:
        self._right = right
        # GDPR 20: provided and observed data; what was inferred from it stays out (WP 242, II). GDPR 15: all.
        self._without_inferred = right is Right.PORTABILITY
        self._others_too = others_too
        # 11 CCR 7024(d): numbers and secrets that open accounts are never disclosed, only that they are held
        self._closed = right is Right.KNOW
        self.inferred_left_out = 0
        self.others_withheld = 0
        self.never_disclosed = 0

    def again(self) -> "Release":
        """The same rules for a second pass, which must not count twice."""
        return Release(self._right, others_too=self._others_too)

    def of(self, lines: list[Line]) -> list[Line]:
        """What leaves of some lines, in their order. The lines given are used up."""
        if not self._others_too:
            for line in lines:
                if line.others:
                    self._withhold_others(line)
        if self._closed:
            self.never_disclosed += sum(close(line.data) for line in lines)
        return [line for line in lines if self._provided(line)] if self._without_inferred else lines

    def _withhold_others(self, line: Line) -> None:
        """GDPR 15(4), 20(4): what concerns another person is taken out; an empty field withholds nothing."""
        pointers = [pointer for pointer in line.others if pointer]
        self.others_withheld += sum(_there(line.data, pointer) for pointer in pointers)
        for pointer in pointers:
            _take_out(line.data, pointer)
        line.made_by_ai = _remaining(line.made_by_ai, line.others)
        line.inferred = _remaining(line.inferred, line.others)
        line.others = ()

    def _provided(self, line: Line) -> bool:
        """Take out of a line what was inferred; False when that is all of it."""
        self.inferred_left_out += len(line.inferred)
        for pointer in filter(None, line.inferred):
            _take_out(line.data, pointer)
        line.others = _remaining(line.others, line.inferred)
        line.made_by_ai = _remaining(line.made_by_ai, line.inferred)
        whole, line.inferred = "" in line.inferred, ()
        return not whole


def _there(data: Any, pointer: str) -> bool:
    """Whether a pointer leads to something that is not empty."""
    for part in (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]):
        data = _step(data, part)
    return data not in (None, "", [], {})


def _remaining(pointers: tuple[str, ...], gone: tuple[str, ...]) -> tuple[str, ...]:
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
