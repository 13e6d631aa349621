"""The connections to one SQLite file.

Foreign keys are enforced, which SQLite by itself leaves undone, and what is deleted is overwritten. Each question
opens the file anew: that costs less than a millisecond, and a file that was replaced is met as it is.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import aiosqlite

from dsar.contract import Refused
from dsar_sql.dialects.catalogue import Catalogue
from dsar_sql.dialects.database import CONNECTIONS_MAX, GRACE_SECONDS, Change, Database
from dsar_sql.dialects.dialect import Dialect
from dsar_sql.dialects.sqlite.catalogue import described, surveyed
from dsar_sql.dialects.sqlite.errors import check_file, translated
from dsar_sql.dialects.sqlite.spelling import DIALLED, LOWER, Sqlite
from dsar_sql.mapping.settings import Settings

# It writes every statement with its values into the log, at DEBUG.
logging.getLogger("aiosqlite").setLevel(logging.WARNING)


class SqliteDatabase:
    """One file. Readers open it so that they cannot write."""

    dialect: Dialect = Sqlite()
    unseen: tuple[str, ...] = ()

    def __init__(self, path: Path, settings: Settings) -> None:
        self._path = path
        self._settings = settings
        self._places = asyncio.Semaphore(CONNECTIONS_MAX)

    async def fetch(self, statement: str, values: list[object]) -> list[Any]:
        with translated():
            async with self._connection("ro") as connection:
                return await connection.fetch(statement, values)

    @asynccontextmanager
    async def change(self, *, rehearsed: bool = False) -> AsyncIterator[Change]:
        with translated():
            async with self._connection("rw") as connection:
                await connection.run("PRAGMA secure_delete = ON", [])
                await connection.run("BEGIN IMMEDIATE", [])
                yield connection
                await connection.run("ROLLBACK" if rehearsed else "COMMIT", [])

    async def describe(self, names: Sequence[str]) -> Catalogue:
        return await described(self, names)

    async def survey(self, names: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        return await surveyed(self, names)

    async def emptied(self) -> bool:
        """The write-ahead log still holds what was deleted until it is written back and cut."""
        with translated():
            async with self._connection("rw") as connection:
                ((mode,),) = await connection.fetch("PRAGMA journal_mode", [])
                if mode != "wal":
                    return True
                ((busy, _, _),) = await connection.fetch("PRAGMA wal_checkpoint(TRUNCATE)", [])
                return not busy

    @asynccontextmanager
    async def _connection(self, mode: str) -> AsyncIterator["SqliteConnection"]:
        async with asyncio.timeout(self._settings.connect_timeout_seconds):
            await self._places.acquire()
        try:
            check_file(self._path)
            uri = f"{self._path.as_uri()}?mode={mode}"
            seconds = self._settings.lock_timeout_seconds
            async with aiosqlite.connect(uri, uri=True, timeout=seconds, isolation_level=None) as opened:
                await _prepare(opened, mode)
                yield SqliteConnection(opened, self._settings.statement_timeout_seconds + GRACE_SECONDS)
        finally:
            self._places.release()


class SqliteConnection:
    """A connection; while it changes, a transaction that is under way. Closed without COMMIT, nothing has changed."""

    def __init__(self, connection: aiosqlite.Connection, timeout_seconds: int) -> None:
        self._connection = connection
        self._timeout_seconds = timeout_seconds

    async def run(self, statement: str, values: list[object]) -> int:
        return (await self._execute(statement, values)).rowcount

    async def fetch(self, statement: str, values: list[object]) -> list[Any]:
        return list(await (await self._execute(statement, values)).fetchall())

    async def _execute(self, statement: str, values: list[object]) -> aiosqlite.Cursor:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._connection.execute(statement, values)
        except (TimeoutError, asyncio.CancelledError):
            await self._connection.interrupt()
            raise


async def _prepare(connection: aiosqlite.Connection, mode: str) -> None:
    def text(raw: bytes) -> str:
        return raw.decode(errors="backslashreplace")  # told as far as it can be, instead of not at all

    connection.text_factory = text
    await connection.create_function(DIALLED, 1, _dialled, deterministic=True)
    await connection.create_function(LOWER, 1, _lower, deterministic=True)
    if mode == "ro":
        await connection.execute("PRAGMA query_only = ON")
    await connection.execute("PRAGMA foreign_keys = ON")


def _dialled(value: Any) -> str | None:
    return None if value is None else re.sub("[^0-9+]", "", str(value))


def _lower(value: Any) -> str | None:
    return None if value is None else str(value).lower()


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Database]:
    """Nothing is opened before the first statement."""
    yield SqliteDatabase(_path(settings.url), settings)


def _path(url: str) -> Path:
    parts = urlsplit(url)
    if parts.netloc or parts.query or not parts.path.strip("/"):
        raise Refused("url cannot be read; write sqlite:///path/to/file.db, with the path from the root")
    return Path("/" + unquote(parts.path).lstrip("/"))
