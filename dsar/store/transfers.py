"""Transfers of an answer to another controller, in Postgres."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from dsar.domain.transferring import Failure, TransferState
from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct

_q = noun("transfer")


class TransferRow(Struct, frozen=True):
    """One transfer. `sealed` holds its `Terms` under the case's key: address and reference are the person's."""

    id: UUID
    case_id: UUID
    bundle_id: UUID
    identity_id: UUID
    state: TransferState
    reason: Failure | None
    sealed: bytes
    created_at: datetime
    changed_at: datetime


async def add(
    connection: Connection,
    transfer_id: UUID,
    *,
    case_id: UUID,
    bundle_id: UUID,
    identity_id: UUID,
    sealed: bytes,
    now: datetime,
) -> None:
    """Keep an offer before it is made."""
    await _q["insert"].run(
        connection,
        id=transfer_id,
        case_id=case_id,
        bundle_id=bundle_id,
        identity_id=identity_id,
        sealed=sealed,
        now=now,
    )


async def one(connection: Connection, transfer_id: UUID, case_id: UUID) -> TransferRow | None:
    """One transfer of a case."""
    row = await _q["one"].row(connection, id=transfer_id, case_id=case_id)
    return as_struct(row, TransferRow) if row else None


async def of_case(connection: Connection, case_id: UUID) -> list[TransferRow]:
    """All of a case's, the oldest first."""
    return [as_struct(row, TransferRow) for row in await _q["of_case"].rows(connection, case_id=case_id)]


async def move(
    connection: Connection,
    row: TransferRow,
    state: TransferState,
    now: datetime,
    *,
    reason: Failure | None = None,
    sealed: bytes | None = None,
) -> bool:
    """Take a transfer on; False where it is no longer as it was read."""
    changed = await _q["move"].run(
        connection,
        id=row.id,
        was=row.state.value,
        state=state.value,
        reason=reason.value if reason else None,
        sealed=sealed,
        now=now,
    )
    return changed == 1


async def drop_step(connection: Connection, row: TransferRow, now: datetime) -> bool:
    """Call back what has not left yet; False where it is on its way."""
    return await _q["drop_step"].run(connection, case_id=row.case_id, key=str(row.id), now=now) == 1
