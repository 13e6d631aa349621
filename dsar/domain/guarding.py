"""The completeness guard: what was decided of each field of a system, held against what the system has by now.

A lock says of each field of each collection `exported`, `excluded: ` and why, or `undecided`. A collection of which
the settings say nothing is one field `*`: nobody tells it to the person, so it is decided in the lock alone.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum

from msgspec import Struct

from dsar.contract import Coverage, Field, Use

EXPORTED = "exported"
UNDECIDED = "undecided"
EXCLUDED = "excluded: "

Lock = Mapping[str, Mapping[str, str]]


class DriftKind(StrEnum):
    """How a field is no longer what was decided."""

    NEW = "new"  # nobody has decided whether it belongs in the answer
    GONE = "gone"  # decided of, and no longer there
    CHANGED = "changed"  # decided of, and another thing happens to it


class Drift(Struct, frozen=True):
    """One field in which system and decision part; `now` is None where it is gone, `locked` where it is new."""

    collection: str
    field: str
    kind: DriftKind
    now: str | None = None
    locked: str | None = None

    @property
    def name(self) -> str:
        """The field as people name it."""
        return f"{self.collection}.{self.field}"


def drift(lock: Lock | None, coverage: Coverage) -> tuple[Drift, ...]:
    """Where they part, sorted. Without a lock nothing is guarded, and whoever asks says so."""
    if lock is None:
        return ()
    parted = [*_parted(lock, coverage), *_gone(lock, coverage)]
    return tuple(sorted(parted, key=lambda one: (one.collection, one.field)))


def locked(coverage: Coverage, old: Lock | None) -> dict[str, dict[str, str]]:
    """The lock for what there is now, sorted; what somebody wrote into the old one by hand stays."""
    lock: dict[str, dict[str, str]] = {}
    for field in sorted(coverage.fields, key=lambda one: (one.collection, one.name)):
        before = (old or {}).get(field.collection, {}).get(field.name)
        lock.setdefault(field.collection, {})[field.name] = _decision(field, before)
    return lock


def tally(coverage: Coverage) -> dict[str, Counter[Use]]:
    """How many fields of each collection are told, left out, or undeclared."""
    counts: dict[str, Counter[Use]] = {}
    for field in coverage.fields:
        counts.setdefault(field.collection, Counter())[field.use] += 1
    return dict(sorted(counts.items()))


def unreadable(lock: Lock) -> Iterator[str]:
    """The fields whose decision is none."""
    for collection, fields in lock.items():
        for name, decision in fields.items():
            if decision not in {EXPORTED, UNDECIDED} and not _reason(decision):
                yield f"{collection}.{name}"


def _parted(lock: Lock, coverage: Coverage) -> Iterator[Drift]:
    for field in coverage.fields:
        decision = lock.get(field.collection, {}).get(field.name)
        if decision is None or (decision == UNDECIDED and field.use is Use.UNDECLARED):
            yield Drift(field.collection, field.name, DriftKind.NEW, _now(field), decision)
        elif not _stands(decision, field):
            yield Drift(field.collection, field.name, DriftKind.CHANGED, _now(field), decision)


def _gone(lock: Lock, coverage: Coverage) -> Iterator[Drift]:
    there = {(field.collection, field.name) for field in coverage.fields}
    for collection, fields in lock.items():
        for name, decision in fields.items():
            if (collection, name) not in there:
                yield Drift(collection, name, DriftKind.GONE, None, decision)


def _stands(decision: str, field: Field) -> bool:
    """Whether what happens to the field is what was decided. A reason may be worded anew."""
    match field.use:
        case Use.EXPORTED:
            return decision in {EXPORTED, UNDECIDED}
        case Use.EXCLUDED:
            return decision != EXPORTED
        case Use.UNDECLARED:
            return bool(_reason(decision))


def _decision(field: Field, before: str | None) -> str:
    if before is not None and _reason(before):
        # Also where the mapping exports it: two decisions that contradict each other are for a person.
        return before
    return UNDECIDED if field.use is Use.UNDECLARED else _now(field)


def _now(field: Field) -> str:
    return f"{EXCLUDED}{field.reason or 'by its settings'}" if field.use is Use.EXCLUDED else field.use.value


def _reason(decision: str) -> str:
    return decision.removeprefix(EXCLUDED).strip() if decision.startswith(EXCLUDED) else ""
