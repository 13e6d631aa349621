"""Tombstones in Postgres: what was erased where, so that a restored backup can be erased again."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from dsar.domain.case import Case
from dsar.domain.lasting import Tombstone
from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct, new_id

_q = noun("tombstone")


async def entomb(
    connection: Connection,
    case: Case,
    system_key: str,
    blind_indexes: Sequence[bytes],
    order_key: str,
    now: datetime,
) -> None:
    """Remember an erasure by each identity that led to it; the same order is remembered once."""
    await _q["entomb"].run(
        connection,
        ids=[new_id() for _ in blind_indexes],
        case_id=case.id,
        system_key=system_key,
        blind_indexes=list(blind_indexes),
        tenant=case.tenant,
        order_key=order_key,
        now=now,
    )


async def erasures_since(connection: Connection, since: datetime) -> dict[str, int]:
    """How many cases' erasures a backup of that time has undone in each system."""
    rows = await _q["erasures_since"].rows(connection, since=since)
    return {row["system_key"]: row["erasures"] for row in rows}


async def cases_since(connection: Connection, system_key: str, since: datetime, many: int) -> list[UUID]:
    """The first so many of those cases."""
    rows = await _q["cases_since"].rows(connection, system_key=system_key, since=since, many=many)
    return [row["case_id"] for row in rows]


async def of_identities(
    connection: Connection, system_key: str, blind_indexes: Sequence[bytes], since: datetime
) -> list[Tombstone]:
    """The erasures since then that any of the identities led to, the oldest first."""
    rows = await _q["of_identities"].rows(
        connection, system_key=system_key, blind_indexes=list(blind_indexes), since=since
    )
    return [as_struct(row, Tombstone) for row in rows]


async def erased_again(
    connection: Connection, system_key: str, case_ids: Iterable[UUID], since: datetime, now: datetime
) -> None:
    """The erasures of these cases were repeated."""
    await _q["erased_again"].run(
        connection, system_key=system_key, case_ids=list(case_ids), since=since, now=now
    )


async def looked_through(
    connection: Connection,
    system_key: str,
    since: datetime,
    until: datetime,
    but_cases: Iterable[UUID],
    now: datetime,
) -> None:
    """A whole look through the system has ended: all since then and before `until` are gone, but for these cases'."""
    await _q["looked_through"].run(
        connection, system_key=system_key, since=since, until=until, but_cases=list(but_cases), now=now
    )
