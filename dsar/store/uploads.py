"""What people uploaded to their tasks, in Postgres; the bytes stand sealed in the blob store."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct, structs

from dsar.domain.uploads import Purpose
from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct

_q = noun("upload")


class UploadRow(Struct, frozen=True, kw_only=True):
    """One file. What was found has a collection, and `records` where it was read as such; evidence has neither."""

    id: UUID
    case_id: UUID
    step_id: UUID
    staff_id: UUID
    purpose: Purpose
    sealed_name: bytes
    media_type: str
    sha256: bytes
    bytes: int
    blob_key: str
    created_at: datetime
    collection: str | None = None
    category: str | None = None
    portable: bool | None = None
    records: int | None = None


async def insert(connection: Connection, new: UploadRow) -> None:
    """Add one."""
    given = structs.asdict(new)
    now = given.pop("created_at")
    await _q["insert"].run(connection, **{**given, "purpose": new.purpose.value}, now=now)


async def of_step(connection: Connection, step_id: UUID, case_id: UUID) -> list[UploadRow]:
    """A task's files, in the order they came."""
    rows = await _q["of_step"].rows(connection, step_id=step_id, case_id=case_id)
    return [as_struct(row, UploadRow) for row in rows]


async def one(connection: Connection, upload_id: UUID, case_id: UUID) -> UploadRow | None:
    """One file of a case."""
    row = await _q["one"].row(connection, id=upload_id, case_id=case_id)
    return as_struct(row, UploadRow) if row else None


async def remove(connection: Connection, upload_id: UUID, case_id: UUID) -> bool:
    """Forget one; False when it is gone already."""
    return await _q["remove"].run(connection, id=upload_id, case_id=case_id) == 1


async def remove_of_case(connection: Connection, case_id: UUID) -> None:
    """The case closes: what it held goes with its key."""
    await _q["remove_of_case"].run(connection, case_id=case_id)
