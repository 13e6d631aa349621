"""Collects an export into sealed segments, one transaction a mark, so that a crash costs at most one mark."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from dsar.contract import Attachment, Collection, ConnectorError, Mark, Record, Ref, Scope, Session
from dsar.domain.searching import DATED, DESCRIBED
from dsar.domain.work import Step
from dsar.fanout.aging import Ages
from dsar.fanout.changing import VERSION
from dsar.store import Connection, Database, LeaseLost, findings, steps
from dsar.store.findings import SegmentRow
from dsar.store.systems import SystemRow
from dsar.vault import BlobStore, CaseKey
from dsar.vault.segments import INLINE_BYTES_MAX, StoredAttachment, encode, pack

# A flush is a transaction: fewer commits, and a crash repeats no more than this.
FLUSH_BYTES = 1024 * 1024
OVERSTAYING = "overstaying"  # where a step's detail keeps the tally of `Ages`
UNKNOWN = Collection(category="other", description="not described by its connector")


class _Buffer:
    """Lines of one collection that wait for their mark."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.records = 0
        self.attachments = 0
        self.calls = 0
        self.recordings = 0
        self.bytes = 0
        self._marked = (0, 0, 0, 0, 0, 0)

    def mark(self) -> None:
        """Everything in here is complete."""
        counts = (self.records, self.attachments, self.calls, self.recordings, self.bytes)
        self._marked = (len(self.lines), *counts)

    def cut(self) -> None:
        """Forget what came after the last mark."""
        lines, self.records, self.attachments, self.calls, self.recordings, self.bytes = self._marked
        del self.lines[lines:]

    def add(self, item: Record | StoredAttachment) -> int:
        """Take one more; the size of its line in bytes."""
        line = encode(item)
        self.lines.append(line)
        self.bytes += len(line)
        if isinstance(item, Record):
            self.records += 1
            self.calls += bool(item.turns)
        else:
            self.attachments += 1
            self.recordings += item.is_sound
        return len(line)


class Tally(Struct):
    """What one step collected in this attempt."""

    records: int = 0
    attachments: int = 0


class Collector:
    """Writes one step's items down. `db` transactions are fenced by the step's lease."""

    def __init__(
        self,
        db: Database,
        blobs: BlobStore,
        key: CaseKey,
        step: Step,
        system: SystemRow,
        collections: Mapping[str, Collection],
        ages: Ages,
    ) -> None:
        self._db = db
        self._blobs = blobs
        self._key = key
        self._step = step
        self._system = system
        self._collections = collections
        self.ages = ages
        self._buffers: dict[str, _Buffer] = {}
        self._size = 0
        self._blob_count = 0
        self._written: set[str] = set()
        self._mark: str | None = None
        self._aged: dict[str, dict[str, Any]] = {}
        self.tally = Tally()

    @property
    def described(self) -> dict[str, str]:
        """What the system says of each collection that it brought, in this attempt or before its mark."""
        brought = {*self._step.detail.get(DESCRIBED, {}), *self._written, *self._buffers}
        return {name: self._collections.get(name, UNKNOWN).description for name in sorted(brought)}

    @property
    def dated(self) -> dict[str, str]:
        """By which field each of them is dated, where the system says so."""
        fields = {name: self._collections.get(name, UNKNOWN).dated for name in self.described}
        return {name: field for name, field in fields.items() if field is not None}

    async def collect(
        self, session: Session, ref: Ref, scope: Scope, after: Mark | None, prefix: str
    ) -> None:
        """Take one subject's items; `prefix` makes the mark tell the subject as well."""
        try:
            async for item in session.export(ref, scope, after):
                if isinstance(item, Mark):
                    await self._at(f"{prefix}|{item.cursor}")
                elif isinstance(item, Record):
                    self.ages.see(item)
                    self._add(item.origin.collection, item)
                else:
                    await self._store(session, item, scope)
        except ConnectorError:
            # A system that lets a few calls through at a time still gets on, mark by mark.
            await self._save()
            raise

    async def _at(self, cursor: str) -> None:
        self._mark, self._aged = cursor, {key: dict(tally) for key, tally in self.ages.found.items()}
        if self._size >= FLUSH_BYTES:
            await self.flush(cursor)
            return
        for buffer in self._buffers.values():
            buffer.mark()

    async def _save(self) -> None:
        if self._mark is None:
            return
        for buffer in self._buffers.values():
            buffer.cut()
        self._buffers = {name: buffer for name, buffer in self._buffers.items() if buffer.lines}
        self.ages.found = self._aged
        await self.flush(self._mark)

    async def _store(self, session: Session, item: Attachment, scope: Scope) -> None:
        self._blob_count += 1
        blob_key = f"{self._step.case_id}/attachment/{self._step.id}-{self._step.lease}-{self._blob_count}"
        size = await self._blobs.put_sealed(blob_key, session.read(item, scope), self._key, "attachment")
        self._add(item.origin.collection, StoredAttachment(item, blob_key, size))

    def _add(self, collection: str, item: Record | StoredAttachment) -> None:
        buffer = self._buffers.get(collection)
        if buffer is None:
            buffer = self._buffers[collection] = _Buffer()
        self._size += buffer.add(item)

    async def flush(self, cursor: str) -> None:
        """Write what is buffered and move the mark past it, together."""
        async with self._db.write() as tx:
            # What was counted so far goes with the mark: whoever resumes there counts on.
            learnt = {
                OVERSTAYING: self.ages.found,
                VERSION: self._system.version,
                DESCRIBED: self.described,
                DATED: self.dated,
            }
            if not await steps.advance(tx, self._step, cursor, learnt):
                raise LeaseLost(f"step {self._step.id} is no longer ours")
            await self.write(tx)
        self._mark = None

    async def write(self, tx: Connection, now: datetime | None = None) -> None:
        """Write what is buffered, within a transaction that is fenced already."""
        if not self._buffers:
            return
        seq = await findings.next_segment(tx, self._step.id)
        for number, (name, buffer) in enumerate(sorted(self._buffers.items()), seq):
            await self._write_one(tx, number, name, buffer, now or self._step.created_at)
            self.tally.records += buffer.records
            self.tally.attachments += buffer.attachments
        self._written.update(self._buffers)
        self._buffers.clear()
        self._size = 0

    async def _write_one(
        self, tx: Connection, number: int, name: str, buffer: _Buffer, now: datetime
    ) -> None:
        sealed = pack(buffer.lines, self._key)
        known = self._collections.get(name, UNKNOWN)
        inline = len(sealed) <= INLINE_BYTES_MAX
        # The lease is part of the name: a stale worker never writes over what a newer one has committed.
        blob_key = (
            None if inline else f"{self._step.case_id}/segment/{self._step.id}-{self._step.lease}-{number}"
        )
        if blob_key is not None:
            await self._blobs.put(blob_key, sealed)
        row = SegmentRow(
            step_id=self._step.id,
            seq=number,
            system_key=self._system.key,
            collection=name,
            category=known.category,
            portable=known.portable,
            records=buffer.records,
            attachments=buffer.attachments,
            bytes=buffer.bytes,
            blob_key=blob_key,
            calls=buffer.calls,
            recordings=buffer.recordings,
        )
        await findings.add_segment(tx, self._step.case_id, row, sealed if inline else None, now)
