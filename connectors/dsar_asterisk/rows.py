"""The rows of a CSV file, byte for byte, whatever stands between their quotes."""

from collections import deque
from collections.abc import Iterator
from typing import BinaryIO

from msgspec import Struct

_LINE_BYTES_MAX = 65_536
_LINES_IN_A_ROW_MAX = 8  # a quoted field may hold line ends; cdr_csv writes at most 1,024 bytes a row
_COMMAS_MIN = 16


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

    @property
    def looks_sound(self) -> bool:
        """Whether it has quotes in pairs and commas enough: cheap, so that only doubtful rows are parsed."""
        return self.raw.count(b'"') % 2 == 0 and self.raw.count(b",") >= _COMMAS_MIN


def rows(stream: BinaryIO) -> Iterator[Row]:
    """Read rows from where the stream stands; a row whose quotes never close ends at its first line end."""
    ahead: deque[bytes] = deque()
    line = 1
    while _fill(ahead, stream, 1):
        raw = b"".join(ahead.popleft() for _ in range(_span(ahead, stream)))
        yield Row(line, raw)
        line += raw.count(b"\n")


def _span(ahead: deque[bytes], stream: BinaryIO) -> int:
    quotes = 0
    for lines in range(1, _LINES_IN_A_ROW_MAX + 1):
        if not _fill(ahead, stream, lines):
            break
        quotes += ahead[lines - 1].count(b'"')
        if quotes % 2 == 0:
            return lines
    return 1


def _fill(ahead: deque[bytes], stream: BinaryIO, lines: int) -> bool:
    while len(ahead) < lines:
        line = stream.readline(_LINE_BYTES_MAX)
        if not line:
            return False
        ahead.append(line)
    return True
