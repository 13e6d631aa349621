"""Whom later looks are for, in Postgres: sealed under the operator's key, and forgotten with the last look."""

from datetime import datetime
from uuid import UUID

from msgspec import structs

from dsar.domain.rechecking import FORGOTTEN_AFTER, Looks
from dsar.store.database import Connection
from dsar.store.queries import noun

_q = noun("recheck")


async def put(
    connection: Connection, case_id: UUID, looks: Looks, sealed: bytes, last_on: datetime, now: datetime
) -> None:
    """Remember whom to look for, until the last look."""
    await _q["put"].run(
        connection, case_id=case_id, **structs.asdict(looks), sealed=sealed, last_on=last_on, now=now
    )


async def sealed(connection: Connection, case_id: UUID, looks: Looks) -> bytes | None:
    """Whom to look for; None where it is forgotten."""
    found: bytes | None = await _q["sealed"].value(connection, case_id=case_id, **structs.asdict(looks))
    return found


async def reseal(connection: Connection, case_id: UUID, looks: Looks, changed: bytes) -> None:
    """Remember what a look has found."""
    await _q["reseal"].run(connection, case_id=case_id, **structs.asdict(looks), sealed=changed)


async def forget_ended(connection: Connection, case_id: UUID, looks: Looks) -> None:
    """Forget it where no look is to come, and none waits for a person."""
    await _q["forget_ended"].run(connection, case_id=case_id, **structs.asdict(looks))


async def forget_old(connection: Connection, now: datetime) -> None:
    """Forget those whose last look was long ago, whoever still has a task."""
    await _q["forget_old"].run(connection, before=now - FORGOTTEN_AFTER)
