"""What is made in a first pass over a collection and written after it: kept deflated, as long as it is not much."""

from collections.abc import Iterator

from isal import isal_zlib

BYTES_MAX = 16 * 1024 * 1024  # deflated; of each archive that is written at the time


class Spool:
    """Pieces in their order. Once it was `dropped` it takes nothing more: its owner makes the pieces anew."""

    def __init__(self, bytes_max: int = BYTES_MAX) -> None:
        self._pieces: list[bytes] = []
        self._left = bytes_max
        self.dropped = False

    def add(self, piece: bytes) -> None:
        """Take one more; all of it is dropped where there is no room."""
        if self.dropped:
            return
        self._pieces.append(isal_zlib.compress(piece, 1))
        self._left -= len(self._pieces[-1])
        if self._left < 0:
            self.drop()

    def drop(self) -> None:
        """Forget it."""
        self.dropped = True
        self._pieces.clear()

    def pieces(self) -> Iterator[bytes]:
        """What was taken."""
        return map(isal_zlib.decompress, self._pieces)
