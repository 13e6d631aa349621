"""The zip archive, written as a stream: nothing is held, and the same content gives the same bytes.

The standard library's zipfile takes no other compressor than zlib; `isal` deflates the same data in a quarter
of the time. Written is PKWARE's APPNOTE 6.3 with data descriptors, UTF-8 names and zip64 where needed.
"""

import struct
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from isal import isal_zlib
from msgspec import Struct

BLOCK_BYTES = 256 * 1024
ZIP64_FROM_BYTES = (
    2 * 1024**3
)  # an entry that may grow beyond says so in its head: half of what zip32 can hold
_MAX32 = 0xFFFFFFFF
_MAX16 = 0xFFFF
_FLAGS = 0x0808  # sizes stand behind the data; names are UTF-8
_UNIX_FILE = 0o100644 << 16
_STORED, _DEFLATED = 0, 8


class Sink(Protocol):
    """What takes the archive's bytes."""

    def write(self, data: bytes, /) -> object:
        """Take some bytes."""


class Written(Struct, frozen=True):
    """An entry as it was written: size and hash of its plain content."""

    path: str
    sha256: str
    bytes: int


class _Placed(Struct, frozen=True):
    """An entry as the directory names it."""

    name: bytes
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    zip64: bool


class Archive:
    """Writes a zip to `sink`. Every entry bears the local time `at`, from 1980 on, in even seconds."""

    def __init__(self, sink: Sink, at: datetime) -> None:
        self._sink = sink
        self._offset = 0
        self._placed: list[_Placed] = []
        day = (max(at.year - 1980, 0) << 9) | (at.month << 5) | at.day
        self._stamp = struct.pack("<HH", (at.hour << 11) | (at.minute << 5) | (at.second // 2), day)

    def add(self, path: str, pieces: Iterable[bytes], *, bytes_max: int, stored: bool = False) -> Written:
        """Write one entry. `bytes_max` bounds its plain size; `stored` does not try to compress."""
        method, zip64 = (_STORED if stored else _DEFLATED), bytes_max >= ZIP64_FROM_BYTES
        name, offset = path.encode(), self._offset
        self._put(self._head(name, method, zip64=zip64))
        begun = self._offset
        crc, size, digest = 0, 0, sha256()
        deflate = None if stored else isal_zlib.compressobj(1, isal_zlib.DEFLATED, -15)
        # Blocks of one size: what the compressor makes must not hang on how the content came.
        for block in _blocks(pieces):
            crc = isal_zlib.crc32(block, crc)
            size += len(block)
            digest.update(block)
            self._put(deflate.compress(block) if deflate else block)
        if deflate:
            self._put(deflate.flush())
        self._close(_Placed(name, method, crc, self._offset - begun, size, offset, zip64))
        return Written(path, digest.hexdigest(), size)

    def finish(self) -> None:
        """Write the directory."""
        begun = self._offset
        for entry in self._placed:
            self._put(self._listed(entry))
        self._put(_end(len(self._placed), begun, self._offset - begun))

    def _put(self, data: bytes) -> None:
        if data:
            self._sink.write(data)
            self._offset += len(data)

    def _head(self, name: bytes, method: int, *, zip64: bool) -> bytes:
        extra = struct.pack("<HHQQ", 1, 16, 0, 0) if zip64 else b""
        unknown = _MAX32 if zip64 else 0
        return (
            struct.pack("<4sHHH", b"PK\x03\x04", 45 if zip64 else 20, _FLAGS, method)
            + self._stamp
            + struct.pack("<LLLHH", 0, unknown, unknown, len(name), len(extra))
            + name
            + extra
        )

    def _close(self, entry: _Placed) -> None:
        if not entry.zip64 and max(entry.packed, entry.size) > _MAX32:
            raise ValueError("archive: an entry outgrew the bound it was announced with")
        sizes = "QQ" if entry.zip64 else "LL"
        self._put(struct.pack("<4sL" + sizes, b"PK\x07\x08", entry.crc, entry.packed, entry.size))
        self._placed.append(entry)

    def _listed(self, entry: _Placed) -> bytes:
        large = entry.zip64 or entry.offset >= _MAX32
        extra = struct.pack("<HHQQQ", 1, 24, entry.size, entry.packed, entry.offset) if large else b""
        packed, size, offset = (_MAX32,) * 3 if large else (entry.packed, entry.size, entry.offset)
        version = 45 if large else 20
        return (
            struct.pack("<4sHHHH", b"PK\x01\x02", 3 << 8 | version, version, _FLAGS, entry.method)
            + self._stamp
            + struct.pack("<LLLHHH", entry.crc, packed, size, len(entry.name), len(extra), 0)
            + struct.pack("<HHLL", 0, 0, _UNIX_FILE, offset)
            + entry.name
            + extra
        )


def _end(count: int, begun: int, size: int) -> bytes:
    """The end of the directory, with zip64's own before it when a number does not fit."""
    tail = b""
    if count >= _MAX16 or begun >= _MAX32 or size >= _MAX32:
        tail = struct.pack(
            "<4sQHHLLQQQQ", b"PK\x06\x06", 44, 3 << 8 | 45, 45, 0, 0, count, count, size, begun
        )
        tail += struct.pack("<4sLQL", b"PK\x06\x07", 0, begun + size, 1)
    few, small, near = min(count, _MAX16), min(size, _MAX32), min(begun, _MAX32)
    return tail + struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, few, few, small, near, 0)


def _blocks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    buffer = bytearray()
    for piece in pieces:
        buffer += piece
        while len(buffer) >= BLOCK_BYTES:
            yield bytes(buffer[:BLOCK_BYTES])
            del buffer[:BLOCK_BYTES]
    if buffer:
        yield bytes(buffer)
