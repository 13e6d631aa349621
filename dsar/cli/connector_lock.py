"""`dsar connector lock`: write down what becomes of each field, or hold the system against what is written."""

from pathlib import Path

from dsar.cli import connector_report as report
from dsar.cli.connector_check import DRIFTED, FINE, say
from dsar.cli.connector_file import lock_path, lock_text, read, read_lock
from dsar.cli.connector_lines import located
from dsar.cli.connector_system import described, tried
from dsar.domain.guarding import drift, locked
from dsar.settings import Settings

NAMELESS = "system"  # what it will be called is nobody's concern here


async def lock(settings: Settings, path: Path, *, only_check: bool) -> int:
    """Probe the system that a file describes; no database of ours is needed, so an operator's own CI can."""
    old = read_lock(path)
    given = read(path)
    with located(path):
        system = described(NAMELESS, given, old)
        coverage = await tried(settings, system.row, system.raw)
    beside = lock_path(path)
    if not coverage.fields:
        print(f"{path.name}: the system has no schema to compare, so there is nothing to lock")
        return FINE
    if only_check:
        found = drift(old or {}, coverage)
        print(f"{beside.name}: {_counted(len(found))}" if old is not None else f"{beside.name}: is not there")
        say(report.drifted(found))
        return DRIFTED if found else FINE
    say(report.drifted(drift(old or {}, coverage) if old is not None else ()))
    new = locked(coverage, old)
    beside.write_text(lock_text(new), encoding="utf-8")
    left = drift(new, coverage)
    print(f"{beside.name}: written; {_counted(len(left))}")
    say(report.drifted(left))
    return FINE


def _counted(fields: int) -> str:
    return f"{fields} fields are not as decided" if fields else "every field is decided"
