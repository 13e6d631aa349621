"""Migrations: plain SQL, forward only, each once, one process at a time."""

from pathlib import Path

import asyncpg
from msgspec import Struct

from dsar.store.database import connecting
from dsar.store.shipped import shipped

_LOCK = 0x64736172  # "dsar"


class MigrationError(Exception):
    """The database cannot be brought up to date. The text names the file and the remedy."""


class Applied(Struct, frozen=True):
    """What a run did."""

    files: tuple[str, ...]


def files() -> list[Path]:
    """All migrations in their order."""
    return sorted((shipped("sql") / "migrations").glob("[0-9][0-9][0-9][0-9]_*.sql"))


async def migrate(url: str) -> Applied:
    """Apply what has not been applied, as the role that owns the tables."""
    with connecting():
        connection = await asyncpg.connect(url, timeout=10)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS migration (file text PRIMARY KEY, applied_at timestamptz DEFAULT now())"
        )
        known = {row["file"] for row in await connection.fetch("SELECT file FROM migration")}
        new = [(path.name, path.read_text(encoding="utf-8")) for path in files() if path.name not in known]
        for name, statements in new:
            await _apply(connection, name, statements)
        return Applied(tuple(name for name, _ in new))
    finally:
        await connection.close()


async def _apply(connection: asyncpg.Connection, name: str, statements: str) -> None:
    try:
        async with connection.transaction():
            await connection.execute(statements)
            await connection.execute("INSERT INTO migration (file) VALUES ($1)", name)
    except asyncpg.PostgresError as error:
        raise MigrationError(
            f"{name}: {error}. Nothing of it was applied; mend the cause and run it again."
        ) from (error)
