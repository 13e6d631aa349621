"""A source as libsndfile reads it: a fault of its own is kept, for across the C code no exception passes."""

from io import SEEK_SET
from typing import Protocol


class Source(Protocol):
    """A binary file that can be read from any place. It is not closed here."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Read on from the place."""

    def seek(self, offset: int, whence: int = SEEK_SET, /) -> int:
        """Move the place."""

    def tell(self) -> int:
        """The place."""


class Guarded:
    """Passes on, and ends the file at a fault: without this, damage would look like the recording's end."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._fault: Exception | None = None
        self._at = 0
        source.seek(0)

    def raise_fault(self) -> None:
        """Raise what the source raised, once the C code has returned."""
        if self._fault is not None:
            raise self._fault

    def readinto(self, buffer: memoryview) -> int:
        """Fill as much of the buffer as there is, 0 from a fault on."""
        if self._fault is not None:
            return 0
        try:
            count = self._source.readinto(buffer) or 0
        except Exception as error:  # noqa: BLE001 - raised again by `raise_fault`
            self._fault = error
            return 0
        self._at += count
        return count

    def read(self, count: int) -> bytes:
        """As `readinto`; soundfile wants to see that it is there."""
        piece = bytearray(count)
        return bytes(piece[: self.readinto(memoryview(piece))])

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        """Move the place; one that no file has, out of a hostile header, leaves it where it was."""
        try:
            self._at = self._source.seek(offset, whence)
        except (ValueError, OSError, OverflowError):
            return -1
        return self._at

    def tell(self) -> int:
        """The place."""
        return self._at
