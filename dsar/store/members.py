"""The people of customer-controllers in Postgres: names and addresses sealed under the operator's key."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from dsar.domain.errors import NotFound
from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct

_q = noun("member")

EMAIL_PURPOSE = "member email"
NAME_PURPOSE = "member name"


class MemberRow(Struct, frozen=True):
    """One of a controller's people."""

    id: UUID
    controller_id: UUID
    sealed_email: bytes
    blind_index: bytes
    sealed_name: bytes
    language: str
    created_at: datetime
    removed_at: datetime | None = None


async def add(connection: Connection, new: MemberRow) -> bool:
    """Add a member; False when the address is one of the controller's people already."""
    changed = await _q["insert"].run(
        connection,
        id=new.id,
        controller_id=new.controller_id,
        sealed_email=new.sealed_email,
        blind_index=new.blind_index,
        sealed_name=new.sealed_name,
        language=new.language,
        now=new.created_at,
    )
    return changed == 1


async def one(connection: Connection, member_id: UUID) -> MemberRow:
    """One member, gone or not; raises NotFound."""
    row = await _q["one"].row(connection, id=member_id)
    if row is None:
        raise NotFound("no such member")
    return as_struct(row, MemberRow)


async def of_controller(connection: Connection, controller_id: UUID) -> list[MemberRow]:
    """A controller's people who were not removed."""
    rows = await _q["of_controller"].rows(connection, controller_id=controller_id)
    return [as_struct(row, MemberRow) for row in rows]


async def remove(connection: Connection, member_id: UUID, now: datetime) -> None:
    """Remove a member, with every link and visit of theirs; once is enough."""
    await _q["remove"].run(connection, id=member_id, now=now)
