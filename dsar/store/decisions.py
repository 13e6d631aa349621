"""What people decided on cases, in Postgres: values and reasons sealed under the case's key."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from dsar.domain.errors import NotFound
from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct

_q = noun("decision")


class DecisionRow(Struct, frozen=True):
    """A decision and who took it."""

    id: UUID
    case_id: UUID
    kind: str
    staff_id: UUID
    staff_name: str
    sealed: bytes
    created_at: datetime


async def add(
    connection: Connection,
    decision_id: UUID,
    case_id: UUID,
    kind: str,
    staff_id: UUID,
    sealed: bytes,
    now: datetime,
) -> None:
    """Keep a decision."""
    await _q["insert"].run(
        connection, id=decision_id, case_id=case_id, kind=kind, staff_id=staff_id, sealed=sealed, now=now
    )


async def one(connection: Connection, decision_id: UUID) -> DecisionRow:
    """One decision; raises NotFound."""
    row = await _q["one"].row(connection, id=decision_id)
    if row is None:
        raise NotFound("no such decision")
    return as_struct(row, DecisionRow)


async def latest(connection: Connection, case_id: UUID) -> DecisionRow | None:
    """The case's last decision."""
    row = await _q["latest"].row(connection, case_id=case_id)
    return as_struct(row, DecisionRow) if row else None


async def of_case(connection: Connection, case_id: UUID) -> list[DecisionRow]:
    """All decisions on a case, still sealed."""
    return [as_struct(row, DecisionRow) for row in await _q["of_case"].rows(connection, case_id=case_id)]
