"""Requests in Postgres: when, by which channel, in which language; nothing personal."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from dsar.domain.errors import NotFound
from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct

_q = noun("request")


class RequestRow(Struct, frozen=True):
    """A request."""

    id: UUID
    reference: str
    received_at: datetime
    channel: str
    language: str


def columns(new: Sequence[RequestRow]) -> dict[str, Any]:
    """Requests to be added, column by column."""
    return {
        "ids": [r.id for r in new],
        "refs": [r.reference for r in new],
        "received_ats": [r.received_at for r in new],
        "channels": [r.channel for r in new],
        "languages": [r.language for r in new],
    }


async def insert(connection: Connection, new: Sequence[RequestRow], now: datetime) -> None:
    """Add requests."""
    await _q["insert"].run(connection, **columns(new), now=now)


async def one(connection: Connection, request_id: UUID) -> RequestRow:
    """One request."""
    return as_struct(await _q["one"].row(connection, id=request_id), RequestRow)


async def by_reference(connection: Connection, reference: str) -> RequestRow:
    """The request of that reference; raises NotFound."""
    row = await _q["by_reference"].row(connection, reference=reference)
    if row is None:
        raise NotFound("no such request")
    return as_struct(row, RequestRow)


async def lock(connection: Connection, request_id: UUID) -> None:
    """Hold a request until the transaction ends: for what is done once over all its cases."""
    await _q["lock"].run(connection, id=request_id)
