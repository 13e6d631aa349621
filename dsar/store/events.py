"""A case's history in Postgres: added to, never changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from dsar.domain.history import Event
from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct

_q = noun("event")


def columns(entries: Sequence[Event]) -> dict[str, Any]:
    """Entries to be added, column by column."""
    return {
        "case_ids": [e.case_id for e in entries],
        "seqs": [e.seq for e in entries],
        "ats": [e.at for e in entries],
        "types": [e.type for e in entries],
        "actors": [e.actor for e in entries],
        "datas": [e.data for e in entries],
        "prevs": [e.prev for e in entries],
        "hashes": [e.hash for e in entries],
    }


async def insert(connection: Connection, entries: Sequence[Event]) -> None:
    """Add entries that are chained already."""
    if entries:
        await _q["insert"].run(connection, **columns(entries))


async def of_case(connection: Connection, case_id: UUID) -> list[Event]:
    """A case's whole history, in order."""
    return [as_struct(row, Event) for row in await _q["of_case"].rows(connection, case_id=case_id)]


async def was_since(
    connection: Connection, case_id: UUID, type_: str, actor: str, data: dict[str, Any], since: datetime
) -> bool:
    """Whether somebody's act of that kind, with that data in it, stands in the history since then."""
    return bool(
        await _q["was_since"].value(
            connection, case_id=case_id, type=type_, actor=actor, data=data, since=since
        )
    )
