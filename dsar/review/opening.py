"""A case's segments opened for staff, one at a time: never two in memory for one look."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from dsar.contract import Origin
from dsar.domain.errors import NotFound
from dsar.domain.withholding import Collected
from dsar.review.item import Item
from dsar.store import Database, findings
from dsar.store.findings import SegmentRow
from dsar.vault import BlobStore, CaseKey, VaultError
from dsar.vault.segments import Collectable, StoredAttachment, opened

T = TypeVar("T")

_origins = msgspec.json.Decoder(Origin)


class Sealed:
    """Opens segments under one case's key."""

    def __init__(self, db: Database, blobs: BlobStore, key: CaseKey) -> None:
        self._db = db
        self._blobs = blobs
        self._key = key

    async def looked_at(self, row: SegmentRow, look: Callable[[list[Collectable]], T]) -> T:
        """What `look` makes of a segment's items, in a thread: neither opening nor looking holds up the loop.

        Raises VaultError when the segment is gone, damaged or not whole.
        """
        sealed = await self._sealed(row)

        def work() -> T:
            items = opened(sealed, self._key)
            if len(items) != row.records + row.attachments:
                raise VaultError(f"segment {row.seq} of step {row.step_id}: does not hold what it is said to")
            return look(items)

        return await asyncio.to_thread(work)

    async def _sealed(self, row: SegmentRow) -> bytes:
        if row.blob_key is not None:
            return await self._blobs.get(row.blob_key)
        async with self._db.read() as connection:
            sealed = await findings.sealed_segment(connection, row.step_id, row.seq)
        if sealed is None:
            raise VaultError(f"segment {row.seq} of step {row.step_id}: is gone")
        return sealed


def where_of(row: SegmentRow) -> Collected:
    """Where a segment's items were collected."""
    return Collected(row.system_key, row.category, row.collection)


def row_of(rows: Sequence[SegmentRow], item: Item) -> SegmentRow:
    """The segment that an item's address names; raises NotFound where there is none, or no such line in it."""
    for row in rows:
        if (row.step_id, row.seq) == (
            item.step_id,
            item.seq,
        ) and 0 <= item.line < row.records + row.attachments:
            return row
    raise NotFound("no such item")


def origin_of(item: Collectable) -> Origin:
    """Where an item was read."""
    return item.attachment.origin if isinstance(item, StoredAttachment) else _origins.decode(item.origin)
