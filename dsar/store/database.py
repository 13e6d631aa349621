"""The pool of connections, and the one transaction in which a step ends."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from dsar.domain.work import Again, ByHand, Done, End, Step
from dsar.store.queries import noun

Connection = Any  # asyncpg's own classes carry no types

_steps = noun("step")


class NoDatabase(Exception):
    """The database cannot be used. The text names the setting and the remedy."""


_EMPTY = "DSAR_DATABASE_URL: the database has no tables of ours; run `dsar migrate` first"


@contextmanager
def connecting() -> Iterator[None]:
    """Around the first connection: whatever keeps it from coming about is told in a line."""
    try:
        yield
    except (asyncpg.UndefinedObjectError, asyncpg.InvalidParameterValueError) as error:
        raise NoDatabase(_EMPTY) from error  # the role dsar_app is not there yet
    except (asyncpg.InterfaceError, ValueError) as error:
        raise NoDatabase(
            "DSAR_DATABASE_URL: is no address of Postgres; for example postgresql://user:password@host/dsar"
        ) from error
    except (asyncpg.PostgresError, OSError) as error:
        raise NoDatabase(
            f"DSAR_DATABASE_URL: Postgres lets nobody in ({type(error).__name__}); check the address, the name and "
            "the password, and that it runs"
        ) from error


class LeaseLost(Exception):
    """Another worker holds the step now; whatever this one did is rolled back."""


async def _prepare(connection: Connection) -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: b"\x01" + msgspec.json.encode(value),
        decoder=lambda raw: msgspec.json.decode(raw[1:]),
        format="binary",
    )


async def _as_it_was(_: Connection) -> None:
    """Nothing to reset: a session is never set up otherwise, and a transaction left open is rolled back before this.

    asyncpg's own reset costs a round trip each time a connection is given back.
    """


class Database:
    """Postgres, as the service's own role."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    @classmethod
    async def open(cls, url: str, *, size_max: int = 10) -> "Database":
        """Connect; `url` is a libpq URL. Raises NoDatabase when nobody answers, or none of our tables is there."""
        with connecting():
            pool = await asyncpg.create_pool(
                url,
                min_size=1,
                max_size=size_max,
                init=_prepare,
                reset=_as_it_was,
                server_settings={"application_name": "dsar", "role": "dsar_app", "jit": "off"},
                command_timeout=60,
            )
        if await pool.fetchval("SELECT to_regclass('case_file') IS NULL"):
            await pool.close()
            raise NoDatabase(_EMPTY)
        return cls(pool)

    async def close(self) -> None:
        """Close every connection; whatever still runs is given ten seconds."""
        try:
            async with asyncio.timeout(10):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Connection]:
        """A connection for statements that stand alone."""
        async with self._pool.acquire() as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Connection]:
        """One transaction."""
        async with self._pool.acquire() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def as_controller(self, controller_id: UUID) -> AsyncIterator[Connection]:
        """One read-only transaction that sees this controller's rows and no others, by row-level security."""
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            await connection.execute("SET LOCAL ROLE dsar_controller")
            await connection.execute("SELECT set_config('app.controller_id', $1, true)", str(controller_id))
            yield connection

    @asynccontextmanager
    async def settle(self, step: Step, end: End, now: datetime) -> AsyncIterator[Connection]:
        """The transaction in which a step ends together with all that follows from it.

        Raises LeaseLost, and writes nothing, when another worker has claimed the step since.
        """
        async with self.write() as connection:
            await end_step(connection, step, end, now)
            yield connection


async def end_step(connection: Connection, step: Step, end: End, now: datetime) -> None:
    """Write how the step ended, fenced by its lease."""
    if isinstance(end, Done):
        changed = await _steps["finish"].run(
            connection, id=step.id, lease=step.lease, outcome=end.outcome.value, detail=end.detail, now=now
        )
    elif isinstance(end, Again):
        changed = await _steps["again"].run(
            connection,
            id=step.id,
            lease=step.lease,
            due_at=end.at,
            attempt=step.attempt if end.burns_attempt else step.attempt - 1,
            detail=end.detail,
        )
    else:
        assert isinstance(end, ByHand)
        changed = await _steps["hand_over"].run(connection, id=step.id, lease=step.lease, detail=end.detail)
    if changed != 1:
        raise LeaseLost(f"step {step.id} is no longer ours")


__all__ = ["Connection", "Database", "LeaseLost", "NoDatabase", "connecting", "end_step"]
