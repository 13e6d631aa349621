"""Idempotency keys in Postgres: which call came first, and what it was answered."""

from datetime import datetime, timedelta

from msgspec import Struct

from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct

_q = noun("idempotency")

# Longer than any statement may run: a first call that is older and has no answer has died.
GIVEN_UP_AFTER = timedelta(minutes=2)
KEPT = timedelta(days=1)


class Slot(Struct, frozen=True):
    """One key of one owner, as taken by the call that began at `at`."""

    owner: str
    key_digest: bytes
    body_digest: bytes
    at: datetime


class Earlier(Struct, frozen=True):
    """What the first call with the key left; `status` is None while it runs."""

    body_digest: bytes
    status: int | None
    sealed_response: bytes | None


class TakenOver(Exception):
    """Another call has taken the key since; whatever this one did is rolled back."""


async def begin(connection: Connection, slot: Slot) -> Earlier | None:
    """Take the key, and None; or what an earlier call left there."""
    taken = await _q["begin"].run(
        connection,
        owner=slot.owner,
        key_digest=slot.key_digest,
        body_digest=slot.body_digest,
        now=slot.at,
        given_up=slot.at - GIVEN_UP_AFTER,
        forgotten=slot.at - KEPT,
    )
    if taken:
        return None
    row = await _q["one"].row(connection, owner=slot.owner, key_digest=slot.key_digest)
    # The first call may have given the key back in between: then it failed just now, and so may be said to run.
    return as_struct(row, Earlier) if row else Earlier(slot.body_digest, None, None)


async def finish(connection: Connection, slot: Slot, status: int, sealed_response: bytes) -> None:
    """Keep the answer, in the transaction that does the work; raises TakenOver."""
    changed = await _q["finish"].run(
        connection,
        owner=slot.owner,
        key_digest=slot.key_digest,
        created_at=slot.at,
        status=status,
        sealed_response=sealed_response,
    )
    if changed != 1:
        raise TakenOver("the key was taken over by a later call")


async def give_back(connection: Connection, slot: Slot) -> None:
    """The work was not done: the key may be used again at once."""
    await _q["give_back"].run(connection, owner=slot.owner, key_digest=slot.key_digest, created_at=slot.at)


async def forget(connection: Connection, now: datetime) -> int:
    """Remove what is too old to be asked for; how many there were."""
    return await _q["forget"].run(connection, before=now - KEPT)
