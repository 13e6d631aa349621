"""Sign-in links of a controller's people and their visits in Postgres: known by the digests of their tokens alone."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from dsar.domain.controllers import ControllerActor
from dsar.store.cases import CaseRow
from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct

_q = noun("visit")


class LinkRow(Struct, frozen=True):
    """A link that went to a member who is still one. `case_id` is the page it leads to; None: the list."""

    member_id: UUID
    controller_id: UUID
    language: str
    case_id: UUID | None
    expires_at: datetime
    used_at: datetime | None


class GuestRow(Struct, frozen=True):
    """A member who is signed in."""

    member_id: UUID
    controller_id: UUID
    language: str

    @property
    def actor(self) -> ControllerActor:
        """As whom they act."""
        return ControllerActor(self.controller_id, f"member:{self.member_id}")


class SpentRow(Struct, frozen=True):
    """A link that has just been spent."""

    member_id: UUID
    case_id: UUID | None


class AskerRow(Struct, frozen=True):
    """A member with the address that somebody typed; a person may be several controllers'."""

    id: UUID
    controller_id: UUID


async def add_link(
    connection: Connection,
    token_digest: bytes,
    member_id: UUID,
    case_id: UUID | None,
    now: datetime,
    expires_at: datetime,
) -> None:
    """Make a link."""
    await _q["link"].run(
        connection,
        token_digest=token_digest,
        member_id=member_id,
        case_id=case_id,
        now=now,
        expires_at=expires_at,
    )


async def link(connection: Connection, token_digest: bytes) -> LinkRow | None:
    """The link of that token, used and expired ones too; None when its member is gone."""
    row = await _q["linked"].row(connection, token_digest=token_digest)
    return as_struct(row, LinkRow) if row else None


async def spend(connection: Connection, token_digest: bytes, now: datetime) -> SpentRow | None:
    """Use up a link; None when it was used, has expired or was never one."""
    row = await _q["spend"].row(connection, token_digest=token_digest, now=now)
    return as_struct(row, SpentRow) if row else None


async def begin(
    connection: Connection, token_digest: bytes, member_id: UUID, now: datetime, expires_at: datetime
) -> None:
    """Begin a visit."""
    await _q["begin"].run(
        connection, token_digest=token_digest, member_id=member_id, now=now, expires_at=expires_at
    )


async def guest(connection: Connection, token_digest: bytes, now: datetime) -> GuestRow | None:
    """Who is signed in with that token."""
    row = await _q["guest"].row(connection, token_digest=token_digest, now=now)
    return as_struct(row, GuestRow) if row else None


async def leave(connection: Connection, token_digest: bytes, now: datetime) -> None:
    """End a visit."""
    await _q["leave"].run(connection, token_digest=token_digest, now=now)


async def askers(connection: Connection, blind_index: bytes) -> list[AskerRow]:
    """The members whom an address belongs to."""
    return [as_struct(row, AskerRow) for row in await _q["askers"].rows(connection, blind_index=blind_index)]


async def hold(connection: Connection, member_id: UUID) -> bool:
    """Hold a member until the transaction ends; False when they are gone."""
    return await _q["hold"].row(connection, member_id=member_id) is not None


async def asked_since(connection: Connection, member_id: UUID, since: datetime) -> int:
    """How many links a member has asked for since then."""
    return int(await _q["asked_since"].value(connection, member_id=member_id, since=since))


async def newest_case(connection: Connection, controller_id: UUID) -> UUID | None:
    """A controller's newest case whose key still stands."""
    case_id: UUID | None = await _q["newest_case"].value(connection, controller_id=controller_id)
    return case_id


async def still_stands(connection: Connection, case_id: UUID) -> bool:
    """Whether a case's key was not destroyed yet."""
    return await _q["standing_case"].row(connection, case_id=case_id) is not None


async def open_cases(
    connection: Connection, controller_id: UUID, after_id: UUID | None, page_size: int
) -> list[CaseRow]:
    """What waits for an answer, the most pressing first, after the one that a cursor names."""
    rows = await _q["open_cases"].rows(
        connection, controller_id=controller_id, after_id=after_id, page_size=page_size
    )
    return [as_struct(row, CaseRow) for row in rows]


async def ended_cases(
    connection: Connection, controller_id: UUID, before_id: UUID | None, page_size: int
) -> list[CaseRow]:
    """What was answered or closed, the newest first, from the one on that a cursor names."""
    rows = await _q["ended_cases"].rows(
        connection, controller_id=controller_id, before_id=before_id, page_size=page_size
    )
    return [as_struct(row, CaseRow) for row in rows]
