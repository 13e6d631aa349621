"""`dsar connector check`: probe what is configured, say what each covers, and name what nobody has decided."""

from collections.abc import Iterable

from dsar.cli import connector_report as report
from dsar.cli.connector_system import tried
from dsar.contract import ConnectorError
from dsar.domain.guarding import drift
from dsar.domain.rechecking import recheck_days
from dsar.engine.opening import try_key
from dsar.outbound import BadSystem
from dsar.outbound.systems import connector_of
from dsar.settings import Settings
from dsar.store import Database, systems
from dsar.store.systems import SystemRow
from dsar.vault import Vault

FINE, FAILED, DRIFTED = 0, 1, 3


async def check(settings: Settings, key: str | None) -> int:
    """Probe one or all, and print: 1 when a probe failed, else 3 when a field is not as decided, else 0."""
    vault = Vault.from_text(settings.operator_key)
    db = await Database.open(settings.database_url, size_max=1)
    try:
        async with db.read() as connection:
            all_rows = await systems.enabled(connection)
    finally:
        await db.close()
    try_key(vault, all_rows)
    rows = [row for row in all_rows if key in {None, row.key}]
    if not rows:
        there = ", ".join(row.key for row in all_rows) or "none"
        print(f"{key}: no such system; there are {there}" if key else "no system is configured")
        return FAILED
    ends = [await _one(settings, row, vault.open(row.settings, "system")) for row in rows]
    return FAILED if FAILED in ends else max(ends)


async def _one(settings: Settings, row: SystemRow, raw: bytes) -> int:
    try:
        connector = connector_of(row.connector)
        coverage = await tried(settings, row, raw)
    except (BadSystem, ConnectorError) as error:
        print(f"{row.key}: {type(error).__name__}: {error}")
        say(report.stands(row))
        return FAILED
    found = drift(row.columns_lock, coverage)
    print(f"{row.key}: {f'drift in {len(found)} fields' if found else 'ok'} ({row.title}, {row.connector})")
    days = recheck_days(row.recheck_days, connector.manifest.rechecks)
    say(report.stands(row))
    say(report.can(connector, row, days))
    say(report.covers(connector, coverage))
    if coverage.fields and row.columns_lock is None:
        say(report.unguarded())
    say(report.drifted(found))
    return DRIFTED if found else FINE


def say(lines: Iterable[str]) -> None:
    """Print each."""
    for line in lines:
        print(line)
