"""What leaves for controllers, in Postgres: claimed lane by lane, settled many at once, replayed when asked."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct

from dsar.domain.case import Case
from dsar.domain.delivering import ATTEMPTS_MAX
from dsar.domain.work import Again, ByHand, Done, End, Step
from dsar.store.database import Connection
from dsar.store.endpoints import EndpointRow
from dsar.store.outbox import RESPONSE_BYTES_MAX, Attempt, Message
from dsar.store.queries import noun

_q = noun("courier")
T = TypeVar("T", bound=Struct)

REPLAY_MAX = 10_000
Claimed = tuple[Step, Message, Case, EndpointRow | None]


class Lane(Struct, frozen=True):
    """How a controller's lane stands in one worker: what is on its way, what may be, whether it is slow."""

    name: str
    held: int
    limit: int
    slow: bool


class Room(Struct, frozen=True):
    """How much one worker may claim: in all, for slow lanes together, and for a lane it knows nothing of."""

    lanes: Sequence[Lane]
    places: int
    slow_places: int
    new_limit: int


class Ended(Struct, frozen=True):
    """How a claimed message ended this time; without an attempt, nothing was sent."""

    step: Step
    message_id: UUID
    end: End
    attempt: Attempt | None
    at: datetime


class Waiting(Struct, frozen=True):
    """Figures for the metrics."""

    due: int
    later: int
    on_the_way: int


async def claim(connection: Connection, room: Room, now: datetime, leased_until: datetime) -> list[Claimed]:
    """What is due and has room, ours until `leased_until`, each with all that is needed to pack it."""
    rows = await _q["claim"].rows(
        connection,
        now=now,
        leased_until=leased_until,
        lanes=[lane.name for lane in room.lanes],
        helds=[lane.held for lane in room.lanes],
        limits=[lane.limit for lane in room.lanes],
        slows=[lane.slow for lane in room.lanes],
        new_limit=room.new_limit,
        room=room.places,
        slow_room=room.slow_places,
    )
    return [_claimed(row) for row in rows]


# The columns stand in the order of the structs' fields, one struct after another.
_ENDS: list[int] = []
for _kind in (Step, Message, Case, EndpointRow):
    _ENDS.append((_ENDS[-1] if _ENDS else 0) + len(_kind.__struct_fields__))


def _claimed(row: Any) -> Claimed:
    assert len(row) == _ENDS[3]
    endpoint = _part(row[_ENDS[2] :], EndpointRow) if row[_ENDS[2]] is not None else None
    return (
        _part(row[: _ENDS[0]], Step),
        _part(row[_ENDS[0] : _ENDS[1]], Message),
        _part(row[_ENDS[1] : _ENDS[2]], Case),
        endpoint,
    )


def _part(values: Sequence[Any], kind: type[T]) -> T:
    return msgspec.convert(dict(zip(kind.__struct_fields__, values, strict=True)), kind, strict=False)


async def settle(connection: Connection, ends: Sequence[Ended], now: datetime) -> set[UUID]:
    """Write many ends; the steps that were still ours. Of the others nothing is written."""
    tried = [ended.attempt or _UNTRIED for ended in ends]
    rows = await _q["settle"].rows(
        connection,
        ids=[ended.step.id for ended in ends],
        leases=[ended.step.lease for ended in ends],
        states=[_state(ended.end) for ended in ends],
        due_ats=[ended.end.at if isinstance(ended.end, Again) else None for ended in ends],
        attempts=[_attempts(ended) for ended in ends],
        outcomes=[ended.end.outcome.value if isinstance(ended.end, Done) else None for ended in ends],
        details=[ended.end.detail for ended in ends],
        message_ids=[ended.message_id for ended in ends],
        trieds=[ended.attempt is not None for ended in ends],
        ats=[ended.at for ended in ends],
        statuses=[attempt.status for attempt in tried],
        errors=[attempt.error for attempt in tried],
        responses=[attempt.response[:RESPONSE_BYTES_MAX] if attempt.response else None for attempt in tried],
        seconds=[attempt.seconds for attempt in tried],
        now=now,
    )
    return {row["id"] for row in rows}


_UNTRIED = Attempt(None, None, None, 0.0)


def _state(end: End) -> str:
    return "done" if isinstance(end, Done) else "manual" if isinstance(end, ByHand) else "ready"


def _attempts(ended: Ended) -> int:
    free = isinstance(ended.end, Again) and not ended.end.burns_attempt
    return ended.step.attempt - 1 if free else ended.step.attempt


async def lock_endpoint(connection: Connection, controller_id: UUID) -> str | None:
    """The address that is switched on just now, held until the transaction ends; None: there is none."""
    row = await _q["lock_endpoint"].row(connection, controller_id=controller_id)
    return str(row["url"]) if row is not None and row["disabled_at"] is None else None


async def switch_off(connection: Connection, controller_id: UUID, reason: str, now: datetime) -> None:
    """Nothing goes there any more, until it is switched on again; what waits is looked at now, and goes by mail."""
    await _q["switch_off"].run(connection, controller_id=controller_id, disabled_for=reason, now=now)
    await _q["hurry"].run(connection, controller_id=controller_id, now=now)


async def hurry(connection: Connection, controller_id: UUID, now: datetime) -> None:
    """What waits for another attempt is tried now: its endpoint has changed."""
    await _q["hurry"].run(connection, controller_id=controller_id, now=now)


async def arrived_since(connection: Connection, controller_id: UUID, message_id: UUID) -> bool:
    """Whether anything has arrived at the endpoint since this message was first tried."""
    return bool(
        await _q["arrived_since"].value(
            connection, controller_id=controller_id, message_id=message_id, attempts=ATTEMPTS_MAX
        )
    )


async def staff_knows(connection: Connection, case_id: UUID) -> bool:
    """Whether a message of the case already waits for a person."""
    return bool(await _q["staff_knows"].value(connection, case_id=case_id))


async def replay(
    connection: Connection,
    controller_id: UUID,
    now: datetime,
    *,
    message_ids: Sequence[UUID] | None = None,
    since: datetime | None = None,
) -> int:
    """Send webhooks again under their ids, with all their attempts: those named, or all since then. How many.

    The oldest REPLAY_MAX at most. Attempts are numbered on; what is on its way just now is left alone.
    """
    if message_ids is None and since is None:
        raise ValueError("name the messages, or since when")
    return await _q["replay"].run(
        connection,
        controller_id=controller_id,
        message_ids=list(message_ids) if message_ids is not None else None,
        since=since,
        limit=REPLAY_MAX,
        now=now,
    )


async def waiting(connection: Connection, now: datetime) -> Waiting:
    """How many messages to controllers are due, wait for another attempt, and are on the way."""
    row = await _q["waiting"].row(connection, now=now)
    return Waiting(row["due"], row["later"], row["on_the_way"])
