"""Where controllers' webhooks go, in Postgres; secrets are sealed under the operator's key."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct

_q = noun("endpoint")

SECRET_PURPOSE = "webhook secret"  # noqa: S105 - what the sealing is bound to


class EndpointRow(Struct, frozen=True):
    """A controller's endpoint. While `old_secret_until` is ahead, two signatures go with each message."""

    controller_id: UUID
    url: str
    sealed_secret: bytes
    sealed_old_secret: bytes | None
    old_secret_until: datetime | None
    payload: str
    created_at: datetime
    disabled_at: datetime | None
    disabled_for: str | None


async def put(
    connection: Connection, controller_id: UUID, url: str, sealed_secret: bytes, payload: str, now: datetime
) -> None:
    """Set the address; the secret counts where there was none."""
    await _q["put"].run(
        connection,
        controller_id=controller_id,
        url=url,
        sealed_secret=sealed_secret,
        payload=payload,
        now=now,
    )


async def one(connection: Connection, controller_id: UUID) -> EndpointRow | None:
    """A controller's endpoint."""
    row = await _q["one"].row(connection, controller_id=controller_id)
    return as_struct(row, EndpointRow) if row else None


async def remove(connection: Connection, controller_id: UUID) -> None:
    """Forget a controller's endpoint."""
    await _q["remove"].run(connection, controller_id=controller_id)


async def rotate(
    connection: Connection, controller_id: UUID, sealed_secret: bytes, until: datetime | None
) -> None:
    """Give it another secret; the one before signs until then, None: no more."""
    await _q["rotate"].run(connection, controller_id=controller_id, sealed_secret=sealed_secret, until=until)


async def enable(connection: Connection, controller_id: UUID) -> None:
    """Switch it on."""
    await _q["enable"].run(connection, controller_id=controller_id)
