"""What erasures kept, in Postgres: each item with its ground, until it is released."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from dsar.domain.legal_holds import LEGAL_CLAIMS
from dsar.domain.releasing import Release
from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct, new_id

_q = noun("hold")


class NewHold(Struct, frozen=True, kw_only=True):
    """An item to be remembered. `sealed_record_id` is under the case's key, `sealed_item` under the operator's.

    `item_index` outlives both, and tells nothing: a restored backup may bring the item back years after its release.
    """

    collection: str
    sealed_record_id: bytes
    sealed_item: bytes | None
    ground: str
    until: date | None
    restricted: bool
    item_index: bytes


class HeldRow(Struct, frozen=True):
    """An item that waits for its release."""

    id: UUID
    collection: str
    sealed_item: bytes
    restricted: bool


class KeptOn(Struct, frozen=True):
    """On what ground an item is kept from now on; `releasable`: it will go by itself one day."""

    id: UUID
    ground: str
    until: date | None
    restricted: bool
    releasable: bool


async def insert(
    connection: Connection, case_id: UUID, system_key: str, new: Sequence[NewHold], now: datetime
) -> None:
    """Remember items that an erasure left."""
    if not new:
        return
    await _q["insert"].run(
        connection,
        ids=[new_id() for _ in new],
        case_id=case_id,
        system_key=system_key,
        collections=[one.collection for one in new],
        sealed_record_ids=[one.sealed_record_id for one in new],
        sealed_items=[one.sealed_item for one in new],
        grounds=[one.ground for one in new],
        untils=[one.until for one in new],
        restricteds=[one.restricted for one in new],
        item_indexes=[one.item_index for one in new],
        now=now,
    )


async def waiting(connection: Connection, case_id: UUID, wanted: Release) -> list[HeldRow]:
    """The items that a release is about, as far as they are still there."""
    where = {"case_id": case_id, "system_key": wanted.system_key}
    if wanted.until is not None:
        rows = await _q["until"].rows(connection, **where, until=wanted.until)
    else:
        rows = await _q["on_ground"].rows(connection, **where, ground=LEGAL_CLAIMS)
    return [as_struct(row, HeldRow) for row in rows]


async def release(connection: Connection, ids: Iterable[UUID], now: datetime) -> int:
    """They are gone, and what was sealed to find them is forgotten; how many that was news of."""
    return await _q["release"].run(connection, ids=list(ids), now=now)


async def keep_on(connection: Connection, kept: Sequence[KeptOn]) -> None:
    """They stay, on another ground."""
    await _q["keep_on"].run(
        connection,
        ids=[one.id for one in kept],
        grounds=[one.ground for one in kept],
        untils=[one.until for one in kept],
        restricteds=[one.restricted for one in kept],
        releasables=[one.releasable for one in kept],
    )


async def for_claims(connection: Connection, case_ids: Sequence[UUID]) -> list[tuple[UUID, str]]:
    """Cases and systems in which a hold set by hand keeps something."""
    rows = await _q["systems_on_ground"].rows(connection, case_ids=list(case_ids), ground=LEGAL_CLAIMS)
    return [(row["case_id"], row["system_key"]) for row in rows]


async def indexes_of_person(
    connection: Connection, blind_indexes: Sequence[bytes], system_key: str
) -> tuple[frozenset[bytes | None], frozenset[bytes | None]]:
    """The items that erasures of a person have kept in a system: those that still are, and those released.

    None among them stands for items that an earlier version remembered without their index.
    """
    rows = await _q["indexes_of_person"].rows(
        connection, blind_indexes=list(blind_indexes), system_key=system_key
    )
    kept = frozenset(row["item_index"] for row in rows if not row["released"])
    return kept, frozenset(row["item_index"] for row in rows if row["released"])
