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

from dsar.vault.keys import CaseKey, VaultError

MAGIC = b"DSAR1"
CHUNK_BYTES = 64 * 1024
TAG_BYTES = 16
PREFIX_BYTES = 7
HEAD_BYTES = len(MAGIC) + PREFIX_BYTES


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
