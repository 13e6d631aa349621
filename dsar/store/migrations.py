"""Migrations: plain SQL, forward only, each once, one process at a time."""

from pathlib import Path

import asyncpg
from msgspec import Struct

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
    connection = await asyncpg.connect(url, timeout=10)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS migration (file text PRIMARY KEY, applied_at timestamptz DEFAULT now())"
        )
        known = {row["file"] for row in await connection.fetch("SELECT file FROM migration")}
        applied = [path for path in files() if path.name not in known]
        for path in applied:
            await _apply(connection, path)
        return Applied(tuple(path.name for path in applied))
    finally:
        await connection.close()


async def _apply(connection: asyncpg.Connection, path: Path) -> None:
    try:
        async with connection.transaction():
            await connection.execute(path.read_text(encoding="utf-8"))
            await connection.execute("INSERT INTO migration (file) VALUES ($1)", path.name)
    except asyncpg.PostgresError as error:
        raise MigrationError(f"{path.name}: {error}. Nothing of it was applied; mend the cause and run it again.") from (
            error
        )
