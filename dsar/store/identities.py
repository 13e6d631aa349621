"""Identities in Postgres: sealed, with a blind index; the suppression list."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from dsar.domain.case import Case
from dsar.domain.identity import IdentityKind, ProofKind
from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct

_q = noun("identity")


class IdentityRow(Struct, frozen=True):
    """An identity of a case; the value is sealed under the case's key."""

    id: UUID
    case_id: UUID
    kind: IdentityKind
    sealed: bytes
    blind_index: bytes
    proven_at: datetime | None = None
    proof: ProofKind | None = None


def columns(new: Sequence[IdentityRow]) -> dict[str, Any]:
    """Identities to be added, column by column."""
    return {
        "ids": [i.id for i in new],
        "case_ids": [i.case_id for i in new],
        "kinds": [i.kind.value for i in new],
        "sealeds": [i.sealed for i in new],
        "blind_indexes": [i.blind_index for i in new],
        "proven_ats": [i.proven_at for i in new],
        "proofs": [i.proof.value if i.proof else None for i in new],
    }


async def insert(connection: Connection, new: Sequence[IdentityRow]) -> None:
    """Add identities."""
    await _q["insert"].run(connection, **columns(new))


async def of_case(connection: Connection, case_id: UUID) -> list[IdentityRow]:
    """A case's identities, proven or not."""
    return [as_struct(row, IdentityRow) for row in await _q["of_case"].rows(connection, case_id=case_id)]


async def leading(connection: Connection, case: Case) -> list[IdentityRow]:
    """The identities that an answer may rest on.

    11 CCR 7026(d), 7027(e): some rights need no proof, and then the identities as given count.
    """
    rows = await of_case(connection, case.id)
    return [row for row in rows if row.proven_at is not None or not case.right.needs_proof]


async def of_request(connection: Connection, request_id: UUID) -> list[IdentityRow]:
    """The identities of the person's own cases: each stands once in each case."""
    return [
        as_struct(row, IdentityRow) for row in await _q["of_request"].rows(connection, request_id=request_id)
    ]


async def one(connection: Connection, identity_id: UUID) -> IdentityRow:
    """One identity."""
    return as_struct(await _q["one"].row(connection, id=identity_id), IdentityRow)


async def hold(connection: Connection, blind_indexes: Sequence[bytes]) -> None:
    """Hold addresses until the transaction ends, so that what goes to each is counted one after another."""
    await _q["hold"].run(connection, blind_indexes=list(blind_indexes))


async def prove(
    connection: Connection,
    request_id: UUID,
    kind: IdentityKind,
    blind_index: bytes,
    proof: ProofKind,
    now: datetime,
) -> None:
    """Mark an identity as proven in each of the person's own cases that has not begun."""
    await _q["prove"].run(
        connection,
        request_id=request_id,
        kind=kind.value,
        blind_index=blind_index,
        proof=proof.value,
        now=now,
    )


async def prove_one(connection: Connection, identity_id: UUID, proof: ProofKind, now: datetime) -> None:
    """Mark one identity of one case as proven."""
    await _q["prove_one"].run(connection, id=identity_id, proof=proof.value, now=now)


async def requests_since(connection: Connection, case_id: UUID, since: datetime) -> int:
    """How many requests the case's proven identities have made since then, this one among them."""
    return int(await _q["requests_since"].value(connection, case_id=case_id, since=since))


async def suppress(
    connection: Connection, case_id: UUID, ground: str, now: datetime, *, unproven_too: bool
) -> None:
    """Add the case's identities to the suppression list, for ever: the proven ones, or all."""
    await _q["suppress"].run(connection, case_id=case_id, unproven_too=unproven_too, ground=ground, now=now)


async def stopped(connection: Connection, blind_indexes: Sequence[bytes], since: datetime) -> set[bytes]:
    """Those of the identities to which marketing was stopped since then."""
    rows = await _q["stopped"].rows(connection, blind_indexes=list(blind_indexes), since=since)
    return {row["blind_index"] for row in rows}


async def any_stopped(connection: Connection, since: datetime) -> bool:
    """Whether marketing to anybody was stopped since then."""
    return bool(await _q["any_stopped"].value(connection, since=since))


async def suppressed(connection: Connection, blind_index: bytes) -> bool:
    """Whether marketing to this identity is off."""
    return await _q["suppressed"].value(connection, blind_index=blind_index) is not None
