"""A sealed stream as a file that a thread reads from any place, as decoders of sound want it."""

import io
from collections import OrderedDict
from collections.abc import Generator
from functools import partial
from io import SEEK_CUR, SEEK_END, SEEK_SET
from typing import Any

from dsar.vault.blobs import READ_BYTES, BlobStore
from dsar.vault.bridge import Bridge
from dsar.vault.keys import CaseKey

WINDOWS_KEPT = 4  # head and end of a recording are looked at in turns before it is read through


class SealedFile(io.RawIOBase):
    """Opens what is asked for, a window of whole chunks at a time; read on from one to the next, it reads ahead.

    `size` is the plain stream's. Raises VaultError where it is gone, cut off or changed.
    """

    def __init__(
        self,
        bridge: Bridge,
        blobs: BlobStore,
        blob_key: str,
        key: CaseKey,
        size: int,
        purpose: str = "attachment",
    ) -> None:
        self._bridge = bridge
        self._range = partial(blobs.get_range, blob_key, key, purpose, size)
        self._size = size
        self._at = 0
        self._windows: OrderedDict[int, bytes] = OrderedDict()
        self._last = -2  # the window that was fetched last
        self._ahead: Generator[bytes, None, None] | None = None

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def seekable(self) -> bool:
        """From any place."""
        return True

    def tell(self) -> int:
        """The place."""
        return self._at

    def seek(self, offset: int, whence: int = SEEK_SET, /) -> int:
        """Move the place; beyond the end nothing is read."""
        place = {SEEK_SET: 0, SEEK_CUR: self._at, SEEK_END: self._size}[whence] + offset
        if place < 0:
            raise ValueError("a place lies within its stream")
        self._at = place
        return place

    def readinto(self, buffer: Any, /) -> int:
        """Fill the buffer, or as much of it as there is."""
        view = memoryview(buffer).cast("B")
        filled = 0
        while filled < len(view) and self._at < self._size:
            number, start = divmod(self._at, READ_BYTES)
            piece = self._window(number)[start : start + len(view) - filled]
            view[filled : filled + len(piece)] = piece
            filled += len(piece)
            self._at += len(piece)
        return filled

    def close(self) -> None:
        """Call off what is read ahead."""
        self._stop()
        self._windows.clear()
        super().close()

    def _window(self, number: int) -> memoryview:
        if number in self._windows:
            self._windows.move_to_end(number)
        else:
            self._windows[number] = self._fetched(number)
            while len(self._windows) > WINDOWS_KEPT:
                self._windows.popitem(last=False)
        return memoryview(self._windows[number])

    def _fetched(self, number: int) -> bytes:
        if number != self._last + 1:
            self._stop()
            piece = next(self._reading(number, number + 1))
        else:
            self._ahead = self._ahead or self._reading(number, -(-self._size // READ_BYTES))
            piece = next(self._ahead)
        self._last = number
        return piece

    def _reading(self, first: int, stop: int) -> Generator[bytes, None, None]:
        return self._bridge.ahead(partial(self._opened, number) for number in range(first, stop))

    def _stop(self) -> None:
        if self._ahead is not None:
            self._ahead.close()
            self._ahead = None

    async def _opened(self, number: int) -> bytes:
        start = number * READ_BYTES
        return b"".join([part async for part in self._range(start, min(start + READ_BYTES, self._size))])
