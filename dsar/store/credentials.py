"""Keys of staff and controllers in Postgres: digests only, scoped, named, expiring."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from dsar.domain.controllers import KeyScope
from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct, new_id

_q = noun("credential")


class Caller(Struct, frozen=True):
    """Whose key it is, and how often it called since `minute` began."""

    credential_id: UUID
    kind: str
    staff_id: UUID | None
    controller_id: UUID | None
    scopes: tuple[str, ...]
    staff_name: str | None
    staff_role: str | None
    minute: datetime
    calls: int


class KeyRow(Struct, frozen=True):
    """A controller's key, without what would open anything."""

    id: UUID
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None

    def good(self, now: datetime) -> bool:
        """Whether it still opens."""
        return self.expires_at is None or self.expires_at > now


async def add(
    connection: Connection,
    digest: bytes,
    name: str,
    now: datetime,
    *,
    staff_id: UUID | None = None,
    controller_id: UUID | None = None,
    scopes: Sequence[KeyScope] = (),
    expires_at: datetime | None = None,
) -> UUID:
    """Let a key in; only its digest is kept."""
    credential_id = new_id()
    await _q["insert"].run(
        connection,
        id=credential_id,
        digest=digest,
        kind="staff" if staff_id else "controller",
        staff_id=staff_id,
        controller_id=controller_id,
        name=name,
        scopes=[scope.value for scope in scopes],
        expires_at=expires_at,
        now=now,
    )
    return credential_id


async def caller(connection: Connection, digest: bytes, now: datetime) -> Caller | None:
    """Whose key has that digest, if it is good; the call is counted."""
    minute = now.replace(second=0, microsecond=0)
    row = await _q["caller"].row(connection, digest=digest, now=now, minute=minute)
    return as_struct(row, Caller) if row else None


async def of_controller(connection: Connection, controller_id: UUID) -> list[KeyRow]:
    """A controller's keys, expired ones too; not those that were revoked."""
    rows = await _q["of_controller"].rows(connection, controller_id=controller_id)
    return [as_struct(row, KeyRow) for row in rows]


async def revoke(connection: Connection, key_id: UUID, now: datetime) -> None:
    """End a key, for good."""
    await _q["revoke"].run(connection, id=key_id, now=now)
