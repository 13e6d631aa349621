"""Sealing of what is too large to hold: chunks of 64 KiB, each sealed and numbered, the last one marked.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015), as age and Tink use it: the nonce is a random
prefix, the chunk's number and a byte that marks the last, so that chunks can be neither cut off, moved nor repeated.
Any chunk can be opened alone, which serves range requests; that is why it is not the age format itself.
"""

import secrets
import struct
from collections.abc import Iterator
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from dsar.vault.keys import CaseKey, VaultError

MAGIC = b"DSAR1"
CHUNK_BYTES = 64 * 1024
TAG_BYTES = 16
PREFIX_BYTES = 7
HEAD_BYTES = len(MAGIC) + PREFIX_BYTES
SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES


class Sink(Protocol):
    """What takes sealed bytes."""

    def write(self, data: bytes, /) -> object:
        """Take some bytes."""


class SealingWriter:
    """A file-like object that seals what is written to it. `finish` marks the last chunk."""

    def __init__(self, sink: Sink, key: CaseKey, purpose: str) -> None:
        self._sink = sink
        self._aead = AESGCM(key.raw)
        self._purpose = purpose.encode()
        self._prefix = secrets.token_bytes(PREFIX_BYTES)
        self._buffer = bytearray()
        self._number = 0
        sink.write(MAGIC + self._prefix)

    def write(self, data: bytes) -> int:
        """Take plain bytes; a chunk is kept back until it is known not to be the last."""
        self._buffer += data
        while len(self._buffer) > CHUNK_BYTES:
            chunk = bytes(self._buffer[:CHUNK_BYTES])
            del self._buffer[:CHUNK_BYTES]
            self._seal(chunk, last=False)
        return len(data)

    def finish(self) -> None:
        """Seal what is left, marked as the last."""
        self._seal(bytes(self._buffer), last=True)
        self._buffer.clear()

    def flush(self) -> None:
        """Nothing to do: zipfile calls it."""

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        nonce = _nonce(self._prefix, self._number, last=last)
        self._sink.write(self._aead.encrypt(nonce, chunk, self._purpose))
        self._number += 1


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + struct.pack(">IB", number, last)


class Span(Struct, frozen=True):
    """Where some bytes of a plain stream of `size` bytes stand in the sealed one: whole chunks, the first and the last.

    `first` and `last` are numbers of chunks, `begin` and `end` the sealed bytes, `end` not among them.
    """

    size: int
    first: int
    last: int

    @classmethod
    def of(cls, size: int, start: int, stop: int) -> "Span":
        """The span of the plain bytes from `start` to before `stop`."""
        if not 0 <= start < stop <= size:
            raise ValueError("a span lies within its stream")
        return cls(size, start // CHUNK_BYTES, (stop - 1) // CHUNK_BYTES)

    @property
    def begin(self) -> int:
        """The first sealed byte."""
        return HEAD_BYTES + self.first * SEALED_CHUNK_BYTES

    @property
    def end(self) -> int:
        """The sealed byte after the last."""
        return min(HEAD_BYTES + (self.last + 1) * SEALED_CHUNK_BYTES, sealed_size(self.size))

    def parts(self, chunks_max: int) -> Iterator["Span"]:
        """The same, a few chunks at a time."""
        for first in range(self.first, self.last + 1, chunks_max):
            yield Span(self.size, first, min(first + chunks_max - 1, self.last))


def sealed_size(size: int) -> int:
    """How many bytes a plain stream of `size` bytes takes when it is sealed."""
    return HEAD_BYTES + size + _chunks(size) * TAG_BYTES


def _chunks(size: int) -> int:
    return max(1, -(-size // CHUNK_BYTES))


def open_span(head: bytes, sealed: bytes, span: Span, key: CaseKey, purpose: str) -> bytes:
    """The plain bytes of whole chunks out of the middle of a sealed stream, each one checked.

    `head` is the stream's beginning, `sealed` the bytes of `span`. Which chunk is the last one follows from the
    stream's size, so that a shorter or longer stream does not open as this one.
    """
    aead, bound_to, last = AESGCM(key.raw), purpose.encode(), _chunks(span.size) - 1
    if len(head) != HEAD_BYTES or not head.startswith(MAGIC) or len(sealed) != span.end - span.begin:
        raise VaultError("sealed stream: was changed or cut off")
    prefix = head[len(MAGIC) :]
    plain = bytearray()
    try:
        for number in range(span.first, span.last + 1):
            at = (number - span.first) * SEALED_CHUNK_BYTES
            chunk = sealed[at : at + SEALED_CHUNK_BYTES]
            plain += aead.decrypt(_nonce(prefix, number, last=number == last), chunk, bound_to)
    except InvalidTag as error:
        raise VaultError("sealed stream: was changed or cut off, or is under another key") from error
    return bytes(plain)


class Opener:
    """Opens chunks as they come; `finish` refuses a stream that was cut off."""

    def __init__(self, key: CaseKey, purpose: str) -> None:
        self._aead = AESGCM(key.raw)
        self._purpose = purpose.encode()
        self._buffer = bytearray()
        self._prefix: bytes | None = None
        self._number = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Plain bytes of every chunk that is complete and not the last."""
        self._buffer += data
        if self._prefix is None:
            if len(self._buffer) < HEAD_BYTES:
                return
            self._read_head()
        assert self._prefix is not None
        while len(self._buffer) > CHUNK_BYTES + TAG_BYTES:
            chunk = bytes(self._buffer[: CHUNK_BYTES + TAG_BYTES])
            del self._buffer[: CHUNK_BYTES + TAG_BYTES]
            yield self._open(chunk, last=False)

    def finish(self) -> bytes:
        """Plain bytes of the last chunk."""
        if self._prefix is None:
            raise VaultError("sealed stream: is cut off before its first chunk")
        return self._open(bytes(self._buffer), last=True)

    def _read_head(self) -> None:
        if not self._buffer.startswith(MAGIC):
            raise VaultError("sealed stream: does not begin as one")
        self._prefix = bytes(self._buffer[len(MAGIC) : HEAD_BYTES])
        del self._buffer[:HEAD_BYTES]

    def _open(self, chunk: bytes, *, last: bool) -> bytes:
        assert self._prefix is not None
        try:
            plain = self._aead.decrypt(_nonce(self._prefix, self._number, last=last), chunk, self._purpose)
        except InvalidTag as error:
            raise VaultError("sealed stream: was changed or cut off, or is under another key") from error
        self._number += 1
        return plain
