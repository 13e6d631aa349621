"""What was sent to a controller's endpoint, in Postgres, with every attempt."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct

_q = noun("webhook")


class AttemptRow(Struct, frozen=True):
    """One try. `error` names a class of failure where there was no answer."""

    number: int
    at: datetime
    status: int | None
    error: str | None
    seconds: float


class WebhookRow(Struct, frozen=True):
    """A message with its attempts. `id` is its `webhook-id`, over all of them."""

    id: UUID
    type: str
    case_id: UUID
    created_at: datetime
    sent_at: datetime | None
    failed_at: datetime | None
    attempts: list[AttemptRow]


async def page(
    connection: Connection, controller_id: UUID, before: UUID | None, page_size: int
) -> list[WebhookRow]:
    """A controller's messages, the newest first, older than the one that a cursor names."""
    rows = await _q["page"].rows(connection, controller_id=controller_id, before=before, page_size=page_size)
    return [as_struct(row, WebhookRow) for row in rows]


async def exists(connection: Connection, controller_id: UUID, message_id: UUID) -> bool:
    """Whether it is one of the controller's."""
    return await _q["one"].row(connection, controller_id=controller_id, id=message_id) is not None


async def last_attempts(connection: Connection, controller_id: UUID) -> list[AttemptRow]:
    """The latest tries of the latest messages."""
    rows = await _q["last_attempts"].rows(connection, controller_id=controller_id)
    return [as_struct(row, AttemptRow) for row in rows]
