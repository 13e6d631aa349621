"""The connections to one Postgres database."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from dsar.contract import Refused
from dsar_sql.dialects.catalogue import Catalogue
from dsar_sql.dialects.database import CONNECTIONS_MAX, GRACE_SECONDS, Change, Database
from dsar_sql.dialects.dialect import Dialect
from dsar_sql.dialects.postgres.catalogue import described, surveyed
from dsar_sql.dialects.postgres.errors import translated
from dsar_sql.dialects.postgres.spelling import Postgres
from dsar_sql.mapping.settings import Settings


class PostgresDatabase:
    """A pool of asyncpg's."""

    dialect: Dialect = Postgres()
    unseen: tuple[str, ...] = ()

    def __init__(self, pool: Any, connect_timeout_seconds: int) -> None:
        self._pool = pool
        self._connect_timeout_seconds = connect_timeout_seconds

    async def fetch(self, statement: str, values: list[object]) -> list[Any]:
        with translated():
            async with self._connection() as connection:
                rows: list[Any] = await connection.fetch(statement, *values)
                return rows

    @asynccontextmanager
    async def change(self, *, rehearsed: bool = False) -> AsyncIterator[Change]:
        with translated():
            async with self._connection() as connection:
                transaction = connection.transaction()
                await transaction.start()
                try:
                    await connection.execute("SET TRANSACTION READ WRITE")
                    yield PostgresChange(connection)
                except BaseException:
                    await transaction.rollback()
                    raise
                await (transaction.rollback() if rehearsed else transaction.commit())

    async def describe(self, names: Sequence[str]) -> Catalogue:
        return await described(self, names)

    async def survey(self, names: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        return await surveyed(self, names)

    async def emptied(self) -> bool:
        """Vacuum is the server's own affair."""
        return True

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        try:
            connection = await self._pool.acquire(timeout=self._connect_timeout_seconds)
        except ValueError:  # asyncpg reads url only now, and quotes it
            raise Refused("url cannot be read; write postgresql://user:password@host:port/database") from None
        try:
            yield connection
        finally:
            await self._pool.release(connection)


class PostgresChange:
    """A transaction of asyncpg's."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def run(self, statement: str, values: list[object]) -> int:
        status: str = await self._connection.execute(statement, *values)
        return int(status.rpartition(" ")[2])

    async def fetch(self, statement: str, values: list[object]) -> list[Any]:
        rows: list[Any] = await self._connection.fetch(statement, *values)
        return rows


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Database]:
    """Keep a pool for as long as the system is open; nothing is sent before the first statement."""
    with translated():
        pool = await asyncpg.create_pool(
            settings.url,
            min_size=0,
            max_size=CONNECTIONS_MAX,
            timeout=settings.connect_timeout_seconds,
            command_timeout=settings.statement_timeout_seconds + GRACE_SECONDS,
            server_settings=_server_settings(settings),
            reset=_as_it_was,
        )
    try:
        yield PostgresDatabase(pool, settings.connect_timeout_seconds)
    finally:
        await _close(pool)


async def _as_it_was(_: Any) -> None:
    """Nothing to reset: no session is ever set up otherwise. asyncpg's own reset is one more call to the server."""


async def _close(pool: Any) -> None:
    try:
        async with asyncio.timeout(GRACE_SECONDS):
            await pool.close()
    except TimeoutError:
        pool.terminate()


def _server_settings(settings: Settings) -> dict[str, str]:
    return {
        "application_name": "dsar",
        "default_transaction_read_only": "on",
        "TimeZone": "UTC",
        "IntervalStyle": "iso_8601",
        # A plan made once for any value would not know how long a list is, or how many rows a subject has.
        "plan_cache_mode": "force_custom_plan",
        # An empty answer must mean an empty table: policies that would hide rows raise instead.
        "row_security": "off",
        "statement_timeout": f"{settings.statement_timeout_seconds}s",
        "lock_timeout": f"{settings.lock_timeout_seconds}s",
        "idle_in_transaction_session_timeout": f"{settings.statement_timeout_seconds}s",
    }
