"""What a person found instead of the service: their files become the answer's records and attachments."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from dsar.contract import Attachment, Origin, Record, Ref
from dsar.domain.case import Case
from dsar.domain.errors import FieldError, InvalidInput, NotNow
from dsar.domain.searching import BY_HAND
from dsar.domain.uploads import Purpose
from dsar.domain.work import StepKind
from dsar.review.reading import records_of
from dsar.review.uploading import NAME, SEALED_FOR
from dsar.store import Connection, Database, cases, findings, uploads
from dsar.store.findings import SegmentRow
from dsar.store.steps import StepRow
from dsar.store.uploads import UploadRow
from dsar.vault import BlobStore, CaseKey, Vault
from dsar.vault.segments import INLINE_BYTES_MAX, StoredAttachment, encode, pack

SEGMENT_BYTES = 1024 * 1024


class Piece(Struct, frozen=True):
    """A sealed segment before it has its number."""

    row: UploadRow
    lines: int
    size: int
    sealed: bytes | None
    blob_key: str | None


class Gathered(Struct, frozen=True):
    """A task's files as they were read; `pieces` are of those that were found."""

    files: tuple[UploadRow, ...] = ()
    pieces: tuple[Piece, ...] = ()

    def of(self, purpose: Purpose) -> list[UploadRow]:
        """The files of one purpose."""
        return [row for row in self.files if row.purpose is purpose]

    @property
    def listed(self) -> dict[str, list[dict[str, str]]]:
        """For the history: which files ended the task, each by its id and its hash."""
        return {
            purpose.value: [{"upload": str(row.id), "sha256": row.sha256.hex()} for row in rows]
            for purpose in Purpose
            if (rows := self.of(purpose))
        }


class Gathering:
    """Reads a task's files before it is finished, and writes them into the answer with its end."""

    def __init__(self, db: Database, vault: Vault, blobs: BlobStore) -> None:
        self._db = db
        self._vault = vault
        self._blobs = blobs

    async def load(self, case_id: UUID, step_id: UUID) -> Gathered:
        """Read and seal anew what was found: no transaction waits for it."""
        async with self._db.read() as connection:
            files = await uploads.of_step(connection, step_id, case_id)
            case = await cases.one(connection, case_id) if files else None
        if case is None or case.wrapped_key is None:
            return Gathered(tuple(files))
        key = self._vault.case_key(case.wrapped_key)
        pieces: list[Piece] = []
        for row in files:
            if row.purpose is Purpose.FOUND:
                pieces += await self._pieces(row, key)
        return Gathered(tuple(files), tuple(pieces))

    async def _pieces(self, row: UploadRow, key: CaseKey) -> list[Piece]:
        name = key.open(row.sealed_name, NAME).decode()
        if row.records is None:
            line = _attached(row, name)
            return [await self._piece(row, 0, [line], key)]
        stream = self._blobs.get_opened(row.blob_key, key, SEALED_FOR[row.purpose])
        raw = b"".join([part async for part in stream])
        rows = await asyncio.to_thread(records_of, row.media_type, raw)
        lines = (
            encode(Record(_origin(row, f"{row.id}/{number}"), data)) for number, data in enumerate(rows, 1)
        )
        return [await self._piece(row, number, part, key) for number, part in enumerate(_parts(lines))]

    async def _piece(self, row: UploadRow, number: int, lines: Sequence[bytes], key: CaseKey) -> Piece:
        sealed = await asyncio.to_thread(pack, lines, key)
        size = sum(map(len, lines))
        if len(sealed) <= INLINE_BYTES_MAX:
            return Piece(row, len(lines), size, sealed, None)
        # By the file and its part: read a second time, the same stands there.
        blob_key = f"{row.case_id}/segment/upload-{row.id}-{number}"
        await self._blobs.put(blob_key, sealed)
        return Piece(row, len(lines), size, None, blob_key)

    async def write(
        self, tx: Connection, case: Case, step: StepRow, gathered: Gathered, outcome: str, now: datetime
    ) -> None:
        """A search that a person ended as found: the match that orders rest on, and the answer's segments."""
        if step.kind is not StepKind.SEARCH or outcome not in {"found", "done"}:
            return
        system_key = str(step.payload.get("system", step.key))
        if "match" not in step.payload:
            await self._match(tx, case, system_key, now)
        number = await findings.next_segment(tx, step.id)
        for seq, piece in enumerate(gathered.pieces, number):
            await findings.add_segment(tx, case.id, _segment(step, system_key, seq, piece), piece.sealed, now)

    async def _match(self, tx: Connection, case: Case, system_key: str, now: datetime) -> None:
        key = self._vault.case_key(case.wrapped_key)
        ref = Ref(BY_HAND, system_key)
        await findings.add_match(
            tx,
            case_id=case.id,
            system_key=system_key,
            sealed_ref=key.seal(msgspec.json.encode(ref), "ref"),
            ref_blind=self._vault.blind_index(f"ref:{ref.kind}", ref.value),
            found_by=BY_HAND,
            sure=True,
            now=now,
        )


async def nothing_waits(tx: Connection, step: StepRow) -> None:
    """Refuse to try a search again while files say what a person found: the answer would leave them out."""
    there = await uploads.of_step(tx, step.id, step.case_id)
    if any(row.purpose is Purpose.FOUND for row in there):
        raise NotNow("step", "has files that were found.", "Finish it as found, or take them back first.")


async def fits(tx: Connection, step: StepRow, gathered: Gathered, outcome: str) -> None:
    """Refuse an end that the files, or their absence, contradict, and one with other files than were read."""
    there = await uploads.of_step(tx, step.id, step.case_id)
    if [row.id for row in there] != [row.id for row in gathered.files]:
        raise NotNow("uploads", "have changed just now.", "Look at them, and finish the task again.")
    found = gathered.of(Purpose.FOUND)
    if outcome == "found" and step.kind is not StepKind.SEARCH:
        raise InvalidInput(FieldError("outcome", "ends a search alone.", "Use done for another task."))
    if outcome != "found" and found:
        raise NotNow(
            "outcome", "does not fit: files were uploaded as found.", "Use found, or take them back."
        )
    if outcome == "found" and step.payload.get("export") and not found:
        raise InvalidInput(_NOTHING)
    if outcome == "done" and step.detail.get("evidence") is True and not gathered.of(Purpose.EVIDENCE):
        raise InvalidInput(_NO_FILE)


_NOTHING = FieldError(
    "outcome",
    "says that there is something, and nothing was uploaded.",
    "Upload what was found, or finish the task as a gap.",
)
_NO_FILE = FieldError(
    "evidence",
    "needs a file: the system's settings ask for one.",
    "Upload what shows it, with the purpose evidence.",
)


def _origin(row: UploadRow, record_id: str) -> Origin:
    return Origin(row.collection or "", record_id, row.created_at)


def _attached(row: UploadRow, name: str) -> bytes:
    attachment = Attachment(_origin(row, str(row.id)), name, row.media_type, row.bytes)
    return encode(StoredAttachment(attachment, row.blob_key, row.bytes))


def _parts(lines: Iterator[bytes]) -> Iterator[list[bytes]]:
    part: list[bytes] = []
    size = 0
    for line in lines:
        part.append(line)
        size += len(line)
        if size >= SEGMENT_BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part


def _segment(step: StepRow, system_key: str, seq: int, piece: Piece) -> SegmentRow:
    row, is_file = piece.row, piece.row.records is None
    return SegmentRow(
        step_id=step.id,
        seq=seq,
        system_key=system_key,
        collection=row.collection or "",
        category=row.category or "",
        portable=bool(row.portable),
        records=0 if is_file else piece.lines,
        attachments=piece.lines if is_file else 0,
        bytes=piece.size,
        blob_key=piece.blob_key,
        recordings=int(is_file and row.media_type.startswith("audio/")),
    )
