"""The blob store: a local folder, S3, Google Cloud Storage or Azure behind one async interface. Only sealed bytes."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, from_url

from dsar.vault.keys import CaseKey, VaultError
from dsar.vault.stream import CHUNK_BYTES, HEAD_BYTES, Opener, SealingWriter, Span, open_span

READ_BYTES = 1024 * 1024
RANGE_CHUNKS = READ_BYTES // CHUNK_BYTES  # held in memory at once


class BlobStore:
    """Sealed objects by key. A key is made of ids; it never holds personal data."""

    def __init__(self, store: Any) -> None:
        self._store = store

    @classmethod
    def open(cls, url: str) -> "BlobStore":
        """`file:///…` or a bucket's URL; a folder is made when missing, mode 0700."""
        try:
            if url.startswith("file://"):
                folder = Path(url.removeprefix("file://"))
                if not folder.is_absolute():  # pages and workers may run in different folders
                    raise VaultError(
                        "DSAR_BLOB_URL: names no absolute folder; write it with three slashes, as file:///var/lib/dsar/blobs"
                    )
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                return cls(LocalStore(folder))
            return cls(from_url(url))
        except OSError as error:
            raise VaultError(
                f"DSAR_BLOB_URL: the folder cannot be made ({error.strerror}); check the path and who owns it"
            ) from error
        except (BaseError, ValueError) as error:
            raise VaultError(
                "DSAR_BLOB_URL: is no address of a store; for example file:///var/lib/dsar/blobs or s3://bucket"
            ) from error

    def writer(self, key: str) -> Any:
        """A synchronous writer for a thread; nothing is visible under the key before it is closed."""
        return obstore.open_writer(self._store, key)

    async def put_sealed(self, key: str, parts: AsyncIterator[bytes], case_key: CaseKey, purpose: str) -> int:
        """Seal a stream as it comes; the plain size in bytes."""
        sink = _Pieces()
        sealing = SealingWriter(sink, case_key, purpose)
        size = 0
        writer = obstore.open_writer_async(self._store, key)
        async with writer:
            async for part in parts:
                size += sealing.write(part)
                if sink.pieces:
                    await writer.write(sink.take())
            sealing.finish()
            await writer.write(sink.take())
        return size

    async def put(self, key: str, sealed: bytes) -> None:
        """Keep bytes that are sealed already."""
        await obstore.put_async(self._store, key, sealed)

    async def get(self, key: str) -> bytes:
        """The sealed bytes of a small object; raises VaultError when it is gone."""
        try:
            found = await obstore.get_async(self._store, key)
            return bytes(await found.bytes_async())
        except (NotFoundError, FileNotFoundError) as error:
            raise VaultError("blob: is gone") from error

    async def get_opened(self, key: str, case_key: CaseKey, purpose: str) -> AsyncGenerator[bytes, None]:
        """Open a sealed stream as it comes; raises VaultError when it is gone, cut off or changed."""
        try:
            found = await obstore.get_async(self._store, key)
            opener = Opener(case_key, purpose)
            async for piece in found.stream(min_chunk_size=READ_BYTES):
                for plain in opener.feed(bytes(piece)):
                    yield plain
        except (NotFoundError, FileNotFoundError) as error:
            raise VaultError("blob: is gone") from error
        yield opener.finish()

    async def get_range(
        self, key: str, case_key: CaseKey, purpose: str, size: int, start: int, stop: int
    ) -> AsyncGenerator[bytes, None]:
        """The plain bytes from `start` to before `stop` of a sealed stream of `size`: only their chunks are read.

        Raises VaultError when it is gone, cut off or changed there.
        """
        span = Span.of(size, start, stop)
        try:
            head = await self._bytes(key, 0, HEAD_BYTES)
            at = span.first * CHUNK_BYTES
            for part in span.parts(RANGE_CHUNKS):
                sealed = await self._bytes(key, part.begin, part.end)
                plain = open_span(head, sealed, part, case_key, purpose)
                yield plain[max(start - at, 0) : stop - at]
                at += len(plain)
        except (NotFoundError, FileNotFoundError) as error:
            raise VaultError("blob: is gone") from error

    async def _bytes(self, key: str, begin: int, end: int) -> bytes:
        try:
            return bytes(await obstore.get_range_async(self._store, key, start=begin, end=end))
        except (NotFoundError, FileNotFoundError):
            raise
        except BaseError as error:  # it ends before
            raise VaultError("sealed stream: cannot be read there") from error

    async def remove(self, keys: Iterable[str]) -> None:
        """Remove objects; one that is gone already is as wanted."""
        for key in keys:
            try:
                await obstore.delete_async(self._store, key)
            except (NotFoundError, FileNotFoundError):
                continue

    async def remove_case(self, case_id: object, known: Iterable[str]) -> None:
        """Remove every object of a case, those that a crash left without a row included."""
        listed = await obstore.list(self._store, prefix=f"{case_id}/").collect_async()
        await self.remove({str(entry["path"]) for entry in listed} | set(known))

    async def probe(self) -> None:
        """Raise VaultError unless the store answers."""
        try:
            await obstore.put_async(self._store, "probe", b"")
        except (BaseError, OSError) as error:
            raise VaultError(
                "DSAR_BLOB_URL: cannot be written to; check the address and the permissions"
            ) from error


class _Pieces:
    """Collects sealed chunks between two writes."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.pieces.append(data)
        return len(data)

    def take(self) -> bytes:
        joined = b"".join(self.pieces)
        self.pieces.clear()
        return joined
