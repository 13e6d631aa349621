"""What was found, in Postgres: matches, sealed segments, holds."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from dsar.domain.case import Case, State
from dsar.domain.legal_holds import LEGAL_CLAIMS
from dsar.domain.routing import held_of
from dsar.domain.searching import BY_HAND, Found
from dsar.store import events
from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct, new_id

_q = noun("finding")


class MatchRow(Struct, frozen=True):
    """One subject found in one system; whose it is stays sealed under the case's key."""

    id: UUID
    case_id: UUID
    system_key: str
    sealed_ref: bytes
    found_by: str
    sure: bool
    decision: str | None
    decided_by: UUID | None
    decided_at: datetime | None
    system_version: int | None = None  # by which settings it was found; None: by a person

    @property
    def found(self) -> Found:
        """As a decision sees it."""
        return Found(self.id, self.system_key, self.sure, self.decision, self.found_by == BY_HAND)


class SegmentRow(Struct, frozen=True, kw_only=True):
    """A sealed piece of collected records: small ones stand in the row, large ones in the blob store."""

    step_id: UUID
    seq: int
    system_key: str
    collection: str
    category: str
    portable: bool
    records: int
    attachments: int
    bytes: int
    blob_key: str | None = None
    calls: int = 0  # records that are conversations, turn by turn
    recordings: int = 0  # attachments that are sound
    bundle_number: int | None = None  # the archive it went out in; None: it is in none yet
    created_at: datetime | None = None  # None: it is new


class HoldCount(Struct, frozen=True):
    """Items of one collection that an erasure left on one ground."""

    system_key: str
    collection: str
    ground: str
    until: date | None
    restricted: bool
    items: int

    @property
    def until_lifted(self) -> bool:
        """Whether a dispute keeps them, for as long as somebody has not lifted the hold, and no law until a day."""
        return self.ground == LEGAL_CLAIMS and self.until is None


async def add_match(
    connection: Connection,
    *,
    case_id: UUID,
    system_key: str,
    sealed_ref: bytes,
    ref_blind: bytes,
    found_by: str,
    sure: bool,
    now: datetime,
    system_version: int | None = None,
) -> None:
    """Add a match; the same subject found again stays one."""
    await _q["insert_match"].run(
        connection,
        id=new_id(),
        case_id=case_id,
        system_key=system_key,
        system_version=system_version,
        sealed_ref=sealed_ref,
        ref_blind=ref_blind,
        found_by=found_by,
        sure=sure,
        now=now,
    )


async def forget_step(connection: Connection, step_id: UUID) -> None:
    """What a step has collected so far is collected anew."""
    await _q["forget_step"].run(connection, step_id=step_id)


async def matches_of_case(connection: Connection, case_id: UUID) -> list[MatchRow]:
    """All matches of a case."""
    return [as_struct(row, MatchRow) for row in await _q["matches_of_case"].rows(connection, case_id=case_id)]


async def decide_match(
    connection: Connection, match_id: UUID, case_id: UUID, decision: str, staff_id: UUID, now: datetime
) -> bool:
    """Write a person's decision on an unsure match; False when there is none to take, or it is decided so."""
    changed = await _q["decide_match"].run(
        connection, id=match_id, case_id=case_id, decision=decision, decided_by=staff_id, now=now
    )
    return changed == 1


async def next_segment(connection: Connection, step_id: UUID) -> int:
    """The number that the step's next segment gets."""
    return int(await _q["next_segment"].value(connection, step_id=step_id))


async def add_segment(
    connection: Connection, case_id: UUID, segment: SegmentRow, sealed: bytes | None, now: datetime
) -> None:
    """Add a segment, in the transaction that moves the step's mark past it."""
    await _q["insert_segment"].run(
        connection,
        step_id=segment.step_id,
        seq=segment.seq,
        case_id=case_id,
        system_key=segment.system_key,
        collection=segment.collection,
        category=segment.category,
        portable=segment.portable,
        records=segment.records,
        attachments=segment.attachments,
        bytes=segment.bytes,
        sealed=sealed,
        blob_key=segment.blob_key,
        calls=segment.calls,
        recordings=segment.recordings,
        now=now,
    )


async def went_out(connection: Connection, pieces: Sequence[tuple[UUID, int]], number: int) -> None:
    """Segments, by step and number, are settled by the archive of that number: in it, or left out of it."""
    await _q["went_out"].run(
        connection, step_ids=[step for step, _ in pieces], seqs=[seq for _, seq in pieces], number=number
    )


async def segments_of_case(connection: Connection, case_id: UUID) -> list[SegmentRow]:
    """The case's segments in the order of the answer: by category, system and collection."""
    rows = await _q["segments_of_case"].rows(connection, case_id=case_id)
    return [as_struct(row, SegmentRow) for row in rows]


async def sealed_segment(connection: Connection, step_id: UUID, seq: int) -> bytes | None:
    """The bytes of a segment that stands in its row; None when there is no such segment."""
    sealed: bytes | None = await _q["sealed_segment"].value(connection, step_id=step_id, seq=seq)
    return sealed


async def sealed_segments(connection: Connection, case_id: UUID) -> dict[tuple[UUID, int], bytes]:
    """The bytes of every segment of the case that stands in its row, by step and number."""
    rows = await _q["sealed_segments"].rows(connection, case_id=case_id)
    return {(row["step_id"], row["seq"]): row["sealed"] for row in rows}


async def counts_of_case(connection: Connection, case_id: UUID) -> list[dict[str, Any]]:
    """Records, attachments and bytes by system, category and collection."""
    return [dict(row) for row in await _q["counts_of_case"].rows(connection, case_id=case_id)]


async def counts_for_controller(connection: Connection, case: Case) -> list[dict[str, Any]]:
    """What is held, for its controller: what was collected, or what the look-up met while nothing is yet."""
    counts = await counts_of_case(connection, case.id)
    if counts or case.state is not State.AWAITING_CONTROLLER:
        return counts
    met = held_of(await events.of_case(connection, case.id))
    return [{**msgspec.to_builtins(one), "attachments": 0, "bytes": 0} for one in met]


async def remove_segments(connection: Connection, case_id: UUID) -> None:
    """Forget what was collected."""
    await _q["remove_segments"].run(connection, case_id=case_id)


async def holds_of_case(connection: Connection, case_id: UUID) -> list[HoldCount]:
    """What the letter names as kept."""
    return [as_struct(row, HoldCount) for row in await _q["holds_of_case"].rows(connection, case_id=case_id)]


async def holds_of_system(connection: Connection, case_id: UUID, system_key: str) -> list[tuple[str, bytes]]:
    """Collection and sealed record id of each item that one system kept."""
    rows = await _q["holds_of_system"].rows(connection, case_id=case_id, system_key=system_key)
    return [(row["collection"], row["sealed_record_id"]) for row in rows]
