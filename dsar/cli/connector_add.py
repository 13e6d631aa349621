"""`dsar connector add`: keep a system, with the lock beside its file, once it has answered."""

from pathlib import Path

from dsar.cli import connector_report as report
from dsar.cli.connector_check import say
from dsar.cli.connector_file import lock_path, read, read_lock
from dsar.cli.connector_lines import located
from dsar.cli.connector_system import described, tried
from dsar.domain.guarding import drift
from dsar.engine.opening import try_key, utc_now
from dsar.settings import Settings
from dsar.store import Database, systems
from dsar.vault import Vault


async def add(settings: Settings, key: str, path: Path) -> None:
    """Store all of it or, where the description does not hold or the probe fails, nothing."""
    lock = read_lock(path)
    given = read(path)
    with located(path):
        system = described(key, given, lock)
        coverage = await tried(settings, system.row, system.raw)
    vault = Vault.from_text(settings.operator_key)
    row = system.sealed(vault)
    db = await Database.open(settings.database_url, size_max=1)
    try:
        async with db.write() as tx:
            # Sealed with another key, it would keep every process from starting.
            try_key(vault, await systems.enabled(tx))
            await systems.put(tx, row, utc_now())
    finally:
        await db.close()
    print(f"added {key}")
    if lock is not None:
        print(f"  guarded by {lock_path(path).name}")
    elif coverage.fields:
        say(report.unguarded())
    say(report.drifted(drift(lock, coverage)))
