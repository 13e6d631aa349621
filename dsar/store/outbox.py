"""Messages in Postgres: written with the decision that sends them, attempted by a step of their own."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import Struct

from dsar.domain.case import Notice
from dsar.domain.work import NewStep, StepKind
from dsar.store import identities
from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct, new_id

_q = noun("outbox")

RESPONSE_BYTES_MAX = 512
# The letter to the person; the webhook to a controller, and the letter in its place.
LIFTING = ("restriction_lifting", "restriction.ends", "business_restriction_ends")


class Arrival(StrEnum):
    """How it stands with a letter."""

    WAITING = "waiting"
    ARRIVED = "arrived"
    FAILED = "failed"


class Message(Struct, frozen=True):
    """A message as it stands; `sealed` is under the case's key."""

    id: UUID
    case_id: UUID
    channel: str
    template: str
    identity_id: UUID | None
    controller_id: UUID | None
    member_id: UUID | None
    to_staff: bool
    facts: dict[str, Any]
    sealed: bytes | None
    created_at: datetime
    sent_at: datetime | None
    failed_at: datetime | None


class Attempt(Struct, frozen=True):
    """One try at sending. `response` keeps the receiver's first bytes; `error` holds no personal data."""

    status: int | None
    error: str | None
    response: bytes | None
    seconds: float


def columns(ids: Sequence[UUID], notices: Sequence[tuple[UUID, Notice]]) -> dict[str, Any]:
    """Messages to be added, column by column."""
    return {
        "ids": ids,
        "case_ids": [case_id for case_id, _ in notices],
        "channels": [notice.channel for _, notice in notices],
        "templates": [notice.template for _, notice in notices],
        "identity_ids": [notice.identity_id for _, notice in notices],
        "controller_ids": [notice.controller_id for _, notice in notices],
        "member_ids": [notice.member_id for _, notice in notices],
        "to_staffs": [notice.to_staff for _, notice in notices],
        "factses": [notice.facts for _, notice in notices],
        "sealeds": [notice.sealed for _, notice in notices],
    }


def sending(ids: Sequence[UUID], notices: Sequence[tuple[UUID, Notice]]) -> list[tuple[UUID, NewStep]]:
    """The step that sends each message."""
    return [
        (case_id, _sent_by(notice, message_id))
        for message_id, (case_id, notice) in zip(ids, notices, strict=True)
    ]


def _sent_by(notice: Notice, message_id: UUID) -> NewStep:
    payload: dict[str, str | int | bool] = {"message": str(message_id)}
    if notice.controller_id is None:
        return NewStep(StepKind.SEND, str(message_id), payload)
    return NewStep(StepKind.DELIVER, str(message_id), payload, lane=str(notice.controller_id))


async def insert(
    connection: Connection, notices: Sequence[tuple[UUID, Notice]], now: datetime
) -> list[tuple[UUID, NewStep]]:
    """Add messages; returns the steps that send them."""
    if not notices:
        return []
    ids = [new_id() for _ in notices]
    await _q["insert"].run(connection, **columns(ids, notices), now=now)
    return sending(ids, notices)


async def one(connection: Connection, message_id: UUID) -> Message:
    """One message."""
    return as_struct(await _q["one"].row(connection, id=message_id), Message)


async def arrival(connection: Connection, case_id: UUID, templates: Sequence[str]) -> Arrival:
    """How it stands with a letter of the case, or with the webhook in its place."""
    row = await _q["arrival"].row(connection, case_id=case_id, templates=list(templates))
    return Arrival.ARRIVED if row["arrived"] else Arrival.FAILED if row["failed"] else Arrival.WAITING


async def told_of_request(connection: Connection, case_id: UUID, template: str) -> bool:
    """Whether a letter about any case of the same request has arrived."""
    return await _q["told_of_request"].value(connection, case_id=case_id, template=template) is not None


async def written_of_request(connection: Connection, request_id: UUID, template: str) -> bool:
    """Whether a letter was written about any case of a request, sent or not."""
    found = await _q["written_of_request"].value(connection, request_id=request_id, template=template)
    return found is not None


async def written_since(connection: Connection, blind_index: bytes, template: str, since: datetime) -> int:
    """How many letters of a kind went since then to an address, over all requests; the address is held."""
    await identities.hold(connection, [blind_index])
    found = await _q["written_since"].value(
        connection, blind_index=blind_index, template=template, since=since
    )
    return int(found)


async def unproven_since(connection: Connection, blind_index: bytes, since: datetime) -> int:
    """How many letters went since then to an address that nobody has proven, over all requests; codes apart.

    Whoever counts by it holds the address (`identities.hold`), of many at once all of them first.
    """
    return int(await _q["unproven_since"].value(connection, blind_index=blind_index, since=since))


async def sent(connection: Connection, message_id: UUID, now: datetime) -> None:
    """It arrived; what was sealed for it is forgotten."""
    await _q["sent"].run(connection, id=message_id, now=now)


async def failed(connection: Connection, message_id: UUID, now: datetime) -> None:
    """All attempts are used up."""
    await _q["failed"].run(connection, id=message_id, now=now)


async def attempted(connection: Connection, message_id: UUID, attempt: Attempt, now: datetime) -> None:
    """Keep one row for each attempt."""
    await _q["attempted"].run(
        connection,
        outbox_id=message_id,
        now=now,
        status=attempt.status,
        error=attempt.error,
        response=attempt.response[:RESPONSE_BYTES_MAX] if attempt.response else None,
        seconds=attempt.seconds,
    )
