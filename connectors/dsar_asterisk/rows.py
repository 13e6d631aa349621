"""The rows of a log, byte for byte, whatever stands between their quotes."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO

from msgspec import Struct

_LINE_BYTES_MAX = 65_536
_LINES_IN_A_ROW_MAX = 8  # a quoted field may hold line ends; cdr_csv writes at most 1,024 bytes a row
_BLOCK_BYTES = 262_144  # some milliseconds in a thread, then the event loop may stop the search


class Row(Struct, frozen=True):
    """One row as it stands in the file, with its line end; `line` counts from 1."""

    line: int
    raw: bytes

    def __repr__(self) -> str:
        """Keep the row's content out of tracebacks and logs."""
        return f"Row({self.line}, …)"

    @property
    def text(self) -> str:
        """The row without its line end; Asterisk writes what came, UTF-8 or a trunk's Latin-1."""
        try:
            return self.raw.decode().rstrip("\r\n")
        except UnicodeDecodeError:
            return self.raw.decode("latin-1").rstrip("\r\n")

    @property
    def is_blank(self) -> bool:
        return not self.raw.strip()


class Shape(Struct, frozen=True):
    """What tells a sound row of a log at a glance, so that only doubtful rows are parsed."""

    separator: bytes
    separators_min: int
    quoted: bool = True
    """Whether a field may stand in quotes, and a row then go over line ends."""

    def is_sound(self, raw: bytes) -> bool:
        """Whether it has quotes in pairs and separators enough."""
        return self.are_sound((raw,))

    def are_sound(self, lines: Sequence[bytes]) -> bool:
        """Whether each line is a sound row by itself."""
        separator, enough = self.separator, self.separators_min
        # Lists and not generators: each line of a log of gigabytes comes by here.
        if min([line.count(separator) for line in lines]) < enough:
            return False
        return not self.quoted or not any([line.count(b'"') & 1 for line in lines])  # noqa: C419


class Block(Struct, frozen=True):
    """Whole rows that stand together; `rows` is empty where none of them can matter."""

    raw: bytes
    rows: Sequence[Row]


def blocks(stream: BinaryIO, shape: Shape, may_hold: Callable[[bytes], bool]) -> Iterator[Block]:
    """Read from where the stream stands to its end, a quarter of a mebibyte at a time.

    Most of a log is other people's: a block of sound rows in which `may_hold` sees nothing is not cut into rows.
    """
    line, place = 1, stream.tell()
    while raw := stream.read(_BLOCK_BYTES):
        raw += stream.readline(_LINE_BYTES_MAX)
        block = _sound(raw, line, shape, may_hold) or _doubtful(stream, place, line, shape, len(raw))
        yield block
        line, place = line + block.raw.count(b"\n"), place + len(block.raw)
        stream.seek(place)


def rows(stream: BinaryIO, line: int = 1) -> Iterator[Row]:
    """Read rows from where the stream stands; a row whose quotes never close ends at its first line end."""
    ahead: deque[bytes] = deque()
    while _fill(ahead, stream, 1):
        raw = b"".join(ahead.popleft() for _ in range(_span(ahead, stream)))
        yield Row(line, raw)
        line += raw.count(b"\n")


def lines(stream: BinaryIO, line: int = 1) -> Iterator[Row]:
    """Read rows of a log that knows no quotes."""
    while raw := stream.readline(_LINE_BYTES_MAX):
        yield Row(line, raw)
        line += raw.count(b"\n")


def _sound(raw: bytes, line: int, shape: Shape, may_hold: Callable[[bytes], bool]) -> Block | None:
    """The block if each of its lines is plainly a row."""
    if not raw.endswith(b"\n"):
        return None
    cut = raw[:-1].split(b"\n")
    if not shape.are_sound(cut):
        return None
    if not may_hold(raw):
        return Block(raw, ())
    return Block(raw, [Row(number, each + b"\n") for number, each in enumerate(cut, start=line)])


def _doubtful(stream: BinaryIO, place: int, line: int, shape: Shape, size: int) -> Block:
    """At least so many bytes, to the end of a row."""
    stream.seek(place)
    found: list[Row] = []
    for row in rows(stream, line) if shape.quoted else lines(stream, line):
        found.append(row)
        size -= len(row.raw)
        if size <= 0:
            break
    return Block(b"".join(row.raw for row in found), found)


def _span(ahead: deque[bytes], stream: BinaryIO) -> int:
    quotes = 0
    for count in range(1, _LINES_IN_A_ROW_MAX + 1):
        if not _fill(ahead, stream, count):
            break
        quotes += ahead[count - 1].count(b'"')
        if quotes % 2 == 0:
            return count
    return 1


def _fill(ahead: deque[bytes], stream: BinaryIO, count: int) -> bool:
    while len(ahead) < count:
        line = stream.readline(_LINE_BYTES_MAX)
        if not line:
            return False
        ahead.append(line)
    return True
