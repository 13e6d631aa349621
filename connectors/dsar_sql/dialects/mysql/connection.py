"""The connections to one MariaDB or MySQL database."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from decimal import Decimal
from typing import Any

import aiomysql
import pymysql
from pymysql.constants import FIELD_TYPE

from dsar_sql.dialects.catalogue import Catalogue
from dsar_sql.dialects.database import GRACE_SECONDS, Change, Database
from dsar_sql.dialects.dialect import Dialect
from dsar_sql.dialects.mysql.address import arguments
from dsar_sql.dialects.mysql.catalogue import described, surveyed
from dsar_sql.dialects.mysql.errors import translated
from dsar_sql.dialects.mysql.pool import Pool
from dsar_sql.dialects.mysql.spelling import Mysql
from dsar_sql.mapping.settings import Settings

# What each family of servers calls by another name stands in comments that the other does not read.
_BEGIN_SESSION = """
SET SESSION sql_mode = 'ANSI_QUOTES,STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',
  time_zone = '+00:00', innodb_lock_wait_timeout = {lock}, lock_wait_timeout = {lock}, foreign_key_checks = 1
  /*M! , tx_isolation = 'READ-COMMITTED', tx_read_only = 1, max_statement_time = {statement} */
  /*!50720 , transaction_isolation = 'READ-COMMITTED', transaction_read_only = 1, max_execution_time = {statement}000 */
"""
_WHOLE = (
    FIELD_TYPE.TINY,
    FIELD_TYPE.SHORT,
    FIELD_TYPE.INT24,
    FIELD_TYPE.LONG,
    FIELD_TYPE.LONGLONG,
    FIELD_TYPE.YEAR,
)
# All others stay the text that the server writes, or bytes.
_READ = {
    **dict.fromkeys(_WHOLE, int),
    **dict.fromkeys((FIELD_TYPE.DECIMAL, FIELD_TYPE.NEWDECIMAL), Decimal),
    **dict.fromkeys((FIELD_TYPE.FLOAT, FIELD_TYPE.DOUBLE), float),
    FIELD_TYPE.BIT: int.from_bytes,
}


class _Cursor(aiomysql.Cursor):  # type: ignore[misc]
    """The driver would tell the server's warnings to Python's, and they quote values."""

    async def _show_warnings(self, conn: Any) -> None:
        del conn


class MysqlDatabase:
    """A pool of connections of aiomysql's."""

    dialect: Dialect = Mysql()
    unseen: tuple[str, ...] = (
        "tables and columns on which the database user has no grant: the server does not show them",
    )

    def __init__(self, pool: Pool, settings: Settings) -> None:
        self._pool = pool
        self._statement_timeout_seconds = settings.statement_timeout_seconds + GRACE_SECONDS

    async def fetch(self, statement: str, values: list[object]) -> list[Any]:
        with translated():
            async with self._pool.connection() as connection:
                rows, _ = await _execute(connection, statement, values, self._statement_timeout_seconds)
                return rows

    @asynccontextmanager
    async def change(self, *, rehearsed: bool = False) -> AsyncIterator[Change]:
        with translated():
            async with self._pool.connection() as connection:
                change = MysqlChange(connection, self._statement_timeout_seconds)
                await change.run("START TRANSACTION READ WRITE", [])
                yield change
                await change.run("ROLLBACK" if rehearsed else "COMMIT", [])

    async def describe(self, names: Sequence[str]) -> Catalogue:
        return await described(self, names)

    async def survey(self, names: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        return await surveyed(self, names)

    async def emptied(self) -> bool:
        """Purging is the server's own affair."""
        return True


class MysqlChange:
    """A transaction that is under way."""

    def __init__(self, connection: Any, timeout_seconds: int) -> None:
        self._connection = connection
        self._timeout_seconds = timeout_seconds

    async def run(self, statement: str, values: list[object]) -> int:
        _, count = await _execute(self._connection, statement, values, self._timeout_seconds)
        return count

    async def fetch(self, statement: str, values: list[object]) -> list[Any]:
        rows, _ = await _execute(self._connection, statement, values, self._timeout_seconds)
        return rows


async def _execute(
    connection: Any, statement: str, values: list[object], timeout_seconds: int
) -> tuple[list[Any], int]:
    named = {f"v{number}": value for number, value in enumerate(values, start=1)}
    async with asyncio.timeout(timeout_seconds), connection.cursor() as cursor:
        count: int = await cursor.execute(statement, named)
        return (list(await cursor.fetchall()) if cursor.description else []), count


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Database]:
    """Keep a pool for as long as the system is open; nothing is sent before the first statement."""
    begin = _BEGIN_SESSION.format(
        lock=settings.lock_timeout_seconds, statement=settings.statement_timeout_seconds
    )
    given = {
        "connect_timeout": settings.connect_timeout_seconds,
        "autocommit": True,
        "charset": "utf8mb4",
        "conv": dict(_READ),
        "cursorclass": _Cursor,
        "program_name": "dsar",
        "init_command": begin,
    }
    pool = Pool({**given, **arguments(settings.url)}, settings.connect_timeout_seconds)
    try:
        yield MysqlDatabase(pool, settings)
    finally:
        await _close(pool)


async def _close(pool: Pool) -> None:
    with suppress(TimeoutError, pymysql.MySQLError, OSError):
        async with asyncio.timeout(GRACE_SECONDS):
            await pool.close()
