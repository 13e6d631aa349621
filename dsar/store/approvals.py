"""Who approved exactly what, in Postgres."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct, new_id

_q = noun("approval")


class ApprovalRow(Struct, frozen=True):
    """One person's word for one content."""

    id: UUID
    content: bytes
    staff_id: UUID
    created_at: datetime


async def insert(
    connection: Connection, case_id: UUID, content: bytes, staff_id: UUID, now: datetime
) -> None:
    """Keep an approval; the same person's for the same content is one."""
    await _q["insert"].run(
        connection, id=new_id(), case_id=case_id, content=content, staff_id=staff_id, now=now
    )


async def of_case(connection: Connection, case_id: UUID) -> list[ApprovalRow]:
    """All of a case's, the oldest first."""
    return [as_struct(row, ApprovalRow) for row in await _q["of_case"].rows(connection, case_id=case_id)]
