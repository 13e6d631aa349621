"""Files that staff uploads to a task: taken as a stream, sealed under the case's key, listed, fetched, taken back."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from msgspec import Struct

from dsar.contract import Collection, ConnectorError
from dsar.domain.case import Case, Decision
from dsar.domain.errors import FieldError, InvalidInput, NotFound, NotNow
from dsar.domain.history import NewEvent
from dsar.domain.profile import LoadedProfile
from dsar.domain.uploads import UPLOADS_MAX, Announced, Purpose
from dsar.domain.work import FINISHED_BY_HAND, StepKind, StepState
from dsar.outbound import OpenSystem, Systems
from dsar.review.acting import Actor
from dsar.review.reading import records_of
from dsar.store import Connection, Database, cases, steps, systems, uploads
from dsar.store.rows import new_id
from dsar.store.steps import StepRow
from dsar.store.uploads import UploadRow
from dsar.vault import BlobStore, CaseKey, Vault

DESCRIBE_SECONDS_MAX = 10.0
NAME = "upload name"  # what a file's name is sealed for
# What was found becomes an attachment of the answer, and is read there as one.
SEALED_FOR = {Purpose.FOUND: "attachment", Purpose.EVIDENCE: "evidence"}
RECORDS_BYTES_MAX = 16 * 1024 * 1024  # of a file that is read: it stands in memory


class Taken(Struct):
    """A file whose bytes are in. `kept` once its row is written."""

    row: UploadRow
    kept: bool = False


class Uploads:
    """Staff's files."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        blobs: BlobStore,
        profile: LoadedProfile,
        open_systems: Systems,
        now: Callable[[], datetime],
    ) -> None:
        self._db = db
        self._vault = vault
        self._blobs = blobs
        self._profile = profile
        self._systems = open_systems
        self._now = now

    @asynccontextmanager
    async def taking(
        self, actor: Actor, case_id: UUID, step_id: UUID, said: Announced, parts: AsyncIterator[bytes]
    ) -> AsyncIterator[Taken]:
        """Take the bytes in; `keep` writes the row. Whatever is not kept by the end is removed again."""
        async with self._db.read() as connection:
            case = await cases.one(connection, case_id)
            step = await _open_task(connection, case, step_id, said.purpose)
        where = await self._collection(step, said)
        upload_id = new_id()
        blob_key = f"{case_id}/upload/{upload_id}"
        key = self._vault.case_key(case.wrapped_key)
        try:
            size, digest, records = await self._put(blob_key, key, said, parts)
            taken = Taken(
                UploadRow(
                    id=upload_id,
                    case_id=case_id,
                    step_id=step_id,
                    staff_id=actor.id,
                    purpose=said.purpose,
                    sealed_name=key.seal(said.name.encode(), NAME),
                    media_type=said.media_type,
                    bytes=size,
                    sha256=digest,
                    blob_key=blob_key,
                    created_at=self._now(),
                    collection=said.collection,
                    category=where.category if where else None,
                    portable=where.portable if where else None,
                    records=records,
                )
            )
            yield taken
        except BaseException:
            await self._blobs.remove([blob_key])
            raise
        if not taken.kept:
            await self._blobs.remove([blob_key])

    async def _put(
        self, blob_key: str, key: CaseKey, said: Announced, parts: AsyncIterator[bytes]
    ) -> tuple[int, bytes, int | None]:
        """Size and hash of the plain bytes, and how many records they are."""
        digest, records = sha256(), None
        if said.is_records:
            raw = await _whole(parts)
            records = len(await asyncio.to_thread(records_of, said.media_type, raw))
            parts = _once(raw)

        async def seen() -> AsyncIterator[bytes]:
            async for part in parts:
                digest.update(part)
                yield part

        size = await self._blobs.put_sealed(blob_key, seen(), key, SEALED_FOR[said.purpose])
        return size, digest.digest(), records

    async def keep(self, tx: Connection, actor: Actor, taken: Taken) -> UploadRow:
        """Write it down, if the task still waits for it."""
        row = taken.row
        case = await cases.lock(tx, row.case_id)
        await _open_task(tx, case, row.step_id, row.purpose)
        if len(await uploads.of_step(tx, row.step_id, row.case_id)) >= UPLOADS_MAX:
            raise NotNow("uploads", "are as many as a task takes.", "Pack several files into one.")
        await uploads.insert(tx, row)
        event = NewEvent("upload.added", actor.name, named(row))
        await cases.apply(tx, case, Decision(events=(event,)), row.created_at)
        taken.kept = True
        return row

    async def page(self, case_id: UUID, step_id: UUID) -> list[tuple[UploadRow, str]]:
        """A task's files, each with its name."""
        async with self._db.read() as connection:
            case = await cases.one(connection, case_id)
            if await steps.one(connection, step_id, case_id) is None:
                raise NotFound("no such step")
            rows = await uploads.of_step(connection, step_id, case_id)
        key = self._vault.case_key(case.wrapped_key) if rows else None
        return [(row, key.open(row.sealed_name, NAME).decode()) for row in rows if key is not None]

    async def handed_out(
        self, actor: Actor, case_id: UUID, upload_id: UUID
    ) -> tuple[UploadRow, str, AsyncIterator[bytes]]:
        """One file with its name and bytes; the history says who looked."""
        async with self._db.write() as tx:
            case = await cases.lock(tx, case_id)
            row = await uploads.one(tx, upload_id, case_id)
            if row is None:
                raise NotFound("no such upload")
            key = self._vault.case_key(case.wrapped_key)
            event = NewEvent("upload.fetched", actor.name, {"upload": str(row.id)})
            await cases.apply(tx, case, Decision(events=(event,)), self._now())
        stream = self._blobs.get_opened(row.blob_key, key, SEALED_FOR[row.purpose])
        return row, key.open(row.sealed_name, NAME).decode(), stream

    async def remove(self, actor: Actor, case_id: UUID, upload_id: UUID) -> None:
        """Take one back, as long as its task is not finished."""
        async with self._db.write() as tx:
            case = await cases.lock(tx, case_id)
            row = await uploads.one(tx, upload_id, case_id)
            if row is None:
                raise NotFound("no such upload")
            await _open_task(tx, case, row.step_id, row.purpose)
            await uploads.remove(tx, upload_id, case_id)
            event = NewEvent("upload.removed", actor.name, {"upload": str(row.id)})
            await cases.apply(tx, case, Decision(events=(event,)), self._now())
        await self._blobs.remove([row.blob_key])

    async def _collection(self, step: StepRow, said: Announced) -> Collection | None:
        """What it belongs to: as the system describes it, or by the category that was named."""
        if said.purpose is Purpose.EVIDENCE:
            return None
        known = (await self._described(step)).get(said.collection or "")
        if known is not None:
            return known
        if said.category not in self._profile.profile.categories:
            raise InvalidInput(
                FieldError(
                    "category",
                    "is needed: the system does not describe this collection.",
                    "Name one of the profile's: {categories}.",
                    categories=", ".join(self._profile.profile.categories),
                )
            )
        return Collection(said.category, "")

    async def _described(self, step: StepRow) -> Mapping[str, Collection]:
        """The system's own collections; none where it cannot be opened, which may be why there is a task."""
        async with self._db.read() as connection:
            row = await systems.one(connection, str(step.payload.get("system", step.key)))
        if row is None:
            return {}
        opened = OpenSystem.of(row, self._vault.open(row.settings, "system"))
        try:
            async with asyncio.timeout(DESCRIBE_SECONDS_MAX), self._systems.session(opened) as session:
                return session.collections
        except (ConnectorError, TimeoutError):
            return {}


def named(row: UploadRow) -> dict[str, str | int | None]:
    """As the history has it: what it was and its hash, never its name."""
    said: dict[str, str | int | None] = {
        "upload": str(row.id),
        "step": str(row.step_id),
        "purpose": row.purpose.value,
        "bytes": row.bytes,
        "sha256": row.sha256.hex(),
    }
    return said if row.collection is None else {**said, "collection": row.collection, "records": row.records}


async def _open_task(connection: Connection, case: Case, step_id: UUID, purpose: Purpose) -> StepRow:
    """The task that it is for; refused where it takes no such file, or none any more."""
    step = await steps.one(connection, step_id, case.id)
    if step is None:
        raise NotFound("no such step")
    if step.kind not in FINISHED_BY_HAND or step.state is not StepState.MANUAL:
        raise NotNow("step", "is no task of a person's.", "Files belong to a step in the state manual.")
    if case.wrapped_key is None:
        raise NotNow("case", "is closed and its key is gone.", "Say in words what shows it.")
    if purpose is Purpose.FOUND and not (step.kind is StepKind.SEARCH and step.payload.get("export")):
        raise NotNow("purpose", "does not fit: this task makes no copy.", "Upload it as evidence.")
    return step


async def _whole(parts: AsyncIterator[bytes]) -> bytes:
    raw = bytearray()
    async for part in parts:
        raw += part
        if len(raw) > RECORDS_BYTES_MAX:
            raise InvalidInput(
                FieldError(
                    "body",
                    "is too long to be read as records.",
                    "Send it in parts of at most {limit} bytes.",
                    limit=RECORDS_BYTES_MAX,
                )
            )
    return bytes(raw)


async def _once(raw: bytes) -> AsyncIterator[bytes]:
    yield raw
