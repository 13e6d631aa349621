"""What a probe of one system says, in words."""

import textwrap
from collections.abc import Iterator, Sequence

from dsar.contract import Connector, Coverage, Field, OrderKind, Use
from dsar.domain.guarding import Drift, DriftKind, tally
from dsar.store.systems import SystemRow

WIDTH = 110


def covers(connector: Connector, coverage: Coverage) -> Iterator[str]:
    """What is told of each collection, and what is not, with the reasons."""
    counts = tally(coverage)
    reasons = [f for f in coverage.fields if f.use is Use.EXCLUDED]
    for name, uses in counts.items():
        if not uses[Use.EXPORTED] and not uses[Use.EXCLUDED]:
            continue
        yield f"  {name}: {uses[Use.EXPORTED]} fields exported, {uses[Use.EXCLUDED]} excluded"
        for field in (one for one in reasons if one.collection == name):
            yield from _filled(f"without {field.name}: {field.reason}", 4)
    undeclared = [
        f.collection if f.name == "*" else f"{f.collection}.{f.name}" for f in _undeclared(coverage)
    ]
    if undeclared:
        yield from _filled(f"the settings say nothing of: {', '.join(undeclared)}")
    if not coverage.fields:
        yield from _filled("has no schema to compare")
    for text in coverage.not_covered:
        yield from _filled(f"not reached: {text}")
    if connector.manifest.residue:
        yield from _filled(f"kept by the vendor: {connector.manifest.residue}")


def can(connector: Connector, row: SystemRow, days: Sequence[int]) -> Iterator[str]:
    """By what it finds, what it does when ordered, and what is left to a person."""
    tasks = sorted(set(OrderKind) - set(row.orders))
    yield from _filled(f"finds by: {', '.join(sorted(connector.manifest.finds_by)) or 'nothing'}")
    yield from _filled(f"takes orders: {', '.join(sorted(row.orders)) or 'none'}")
    if tasks:
        yield from _filled(f"a person's task: {', '.join(tasks)}")
    if OrderKind.ERASE in row.orders:
        listed = ", ".join(map(str, days))
        yield from _filled(
            f"searched again after an erasure: {f'on day {listed}' if days else 'never, as it is configured'}"
        )


def stands(row: SystemRow) -> Iterator[str]:
    """Why cases do not ask it at present."""
    if row.paused_reason is not None:
        yield from _filled(f"paused: {row.paused_reason}")
    if row.circuit_opened_at is not None:
        since = row.circuit_opened_at.isoformat(timespec="seconds")
        yield from _filled(
            f"not asked since {since}: it failed again and again, and is tried from time to time"
        )


def drifted(found: Sequence[Drift]) -> Iterator[str]:
    """Each field that is not as it was decided."""
    for one in found:
        yield from _filled(f"{one.name}: {_drift(one)}")


def unguarded() -> list[str]:
    """There is no lock: a new field would be told, or left out, without anybody having decided."""
    return _filled(
        "not guarded: there is no lock; write one with `dsar connector lock FILE`, then add it again"
    )


def _drift(one: Drift) -> str:
    match one.kind:
        case DriftKind.NEW if one.locked is not None:
            return 'undecided; write in the lock "excluded: " and the reason, or name it in the settings'
        case DriftKind.NEW:
            return f"new, and nobody has decided; as the settings are it is {one.now}"
        case DriftKind.GONE:
            return f"gone; it was {one.locked}"
        case DriftKind.CHANGED:
            return f"changed; it was decided as {one.locked}, and is {one.now}"


def _undeclared(coverage: Coverage) -> list[Field]:
    return sorted(
        (f for f in coverage.fields if f.use is Use.UNDECLARED), key=lambda f: (f.collection, f.name)
    )


def _filled(text: str, indent: int = 2) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=" " * indent, subsequent_indent=" " * (indent + 2), break_long_words=False
    )
