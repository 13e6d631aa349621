"""What goes into an archive, one segment and one piece of a file at a time; and where its bytes go."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from hashlib import sha256
from typing import Protocol
from uuid import UUID

from dsar.audio.guarded import Source
from dsar.bundle.archive import Sink
from dsar.store import Database, findings
from dsar.store.findings import SegmentRow
from dsar.vault import BlobStore, CaseKey, VaultError
from dsar.vault.bridge import Bridge
from dsar.vault.reading import SealedFile
from dsar.vault.segments import Collectable, StoredAttachment, opened
from dsar.vault.stream import SealingWriter

AT_ONCE_BYTES = 1024 * 1024  # plain: the segments of a case below this are fetched together and kept


class Material(Protocol):
    """What the writing thread reads from."""

    def items(self, segments: Iterable[SegmentRow]) -> Iterator[list[Collectable]]:
        """The items of each segment, in order."""

    def file(self, stored: StoredAttachment) -> Iterator[bytes]:
        """The bytes of an attachment, in pieces."""

    def seekable(self, stored: StoredAttachment) -> AbstractContextManager[Source]:
        """The same as a file that is read from any place; whoever has it closes it."""


class SealedMaterial:
    """Segments and attachments of one case, opened as they are asked for."""

    def __init__(self, bridge: Bridge, db: Database, blobs: BlobStore, key: CaseKey) -> None:
        self._bridge = bridge
        self._db = db
        self._blobs = blobs
        self._key = key
        self._kept: dict[tuple[UUID, int], bytes] = {}

    async def fetch_small(self, case_id: UUID, segments: Sequence[SegmentRow]) -> None:
        """Spare a small case, as most are, a round trip for each segment and pass; on the loop, before the rest."""
        if sum(row.bytes for row in segments) <= AT_ONCE_BYTES:
            async with self._db.read() as connection:
                self._kept = await findings.sealed_segments(connection, case_id)

    def items(self, segments: Iterable[SegmentRow]) -> Iterator[list[Collectable]]:
        """Raises VaultError when a segment is gone, damaged or not whole."""
        rows = list(segments)
        for row, sealed in zip(rows, self._each(rows), strict=True):
            with naming(row):
                items = opened(sealed, self._key)
                if len(items) != row.records + row.attachments:
                    raise VaultError("segment: does not hold what it is said to")
            yield items

    def file(self, stored: StoredAttachment) -> Iterator[bytes]:
        """Raises VaultError when it is gone, cut off or changed."""
        return self._bridge.stream(self._blobs.get_opened(stored.blob_key, self._key, "attachment"))

    def seekable(self, stored: StoredAttachment) -> SealedFile:
        """Raises VaultError, where it is read, as `file` does."""
        return SealedFile(self._bridge, self._blobs, stored.blob_key, self._key, stored.size)

    def _each(self, rows: Sequence[SegmentRow]) -> Iterator[bytes]:
        kept = [self._kept.get((row.step_id, row.seq)) for row in rows]
        if None not in kept:
            return iter([sealed for sealed in kept if sealed is not None])
        return self._bridge.ahead(partial(self._sealed, row) for row in rows)

    async def _sealed(self, row: SegmentRow) -> bytes:
        with naming(row):
            if row.blob_key is not None:
                return await self._blobs.get(row.blob_key)
            return await self._inline(row.step_id, row.seq)

    async def _inline(self, step_id: UUID, seq: int) -> bytes:
        async with self._db.read() as connection:
            sealed = await findings.sealed_segment(connection, step_id, seq)
        if sealed is None:
            raise VaultError("segment: is gone")
        return sealed


class Damaged(VaultError):
    """Something collected cannot be read: `where` says which, for a person to collect it anew."""

    def __init__(self, row: SegmentRow, reason: str) -> None:
        super().__init__(reason)
        self.where = {
            "system": row.system_key,
            "collection": row.collection,
            "segment": row.seq,
            "search": str(row.step_id),
        }


@contextmanager
def naming(row: SegmentRow) -> Iterator[None]:
    """Say of which segment an error is."""
    try:
        yield
    except Damaged:
        raise
    except VaultError as error:
        raise Damaged(row, str(error)) from error


class Vessel:
    """Takes the archive's plain bytes: hashes and counts them, and passes them on sealed."""

    def __init__(self, sink: Sink, key: CaseKey) -> None:
        self._sealing = SealingWriter(sink, key, "bundle")
        self._digest = sha256()
        self.bytes = 0

    @property
    def sha256(self) -> bytes:
        """Of what was written so far."""
        return self._digest.digest()

    def write(self, data: bytes) -> int:
        """Take some bytes."""
        self._digest.update(data)
        self.bytes += len(data)
        return self._sealing.write(data)

    def finish(self) -> None:
        """Mark the end, so that what is cut off can be told."""
        self._sealing.finish()
