"""How the search of each system ended, as the person reads it: never a silent skip."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from dsar.domain.searching import FINDS_BY
from dsar.domain.work import StepKind, StepOutcome
from dsar.store.findings import SegmentRow
from dsar.store.steps import StepRow


class Ending(StrEnum):
    """What can be said of a system. Where it was searched in several steps, the first of these counts."""

    GAP = "gap"  # could not be searched, or not to the end
    MANUAL = "manual"  # a person looked through it
    FOUND = "found"
    NOT_SEARCHABLE = "not_searchable"  # it knows nobody by what was proven
    NO_MATCH = "no_match"  # searched through, and nothing found


class Searched(Struct, frozen=True):
    """One system's line in the answer. What it gave is counted before anything is left out.

    `at` is when the last of its searches ended; None while one is `pending`, which is a gap until it has.
    """

    key: str
    title: str
    outcome: Ending
    records: int
    attachments: int
    at: datetime | None = None
    pending: bool = False
    finds_by: tuple[
        str, ...
    ] = ()  # of one that was not searchable: the kinds of identity that it knows people by


_ENDING = {
    StepOutcome.FOUND: Ending.FOUND,
    StepOutcome.NO_MATCH: Ending.NO_MATCH,
    StepOutcome.NOT_SEARCHABLE: Ending.NOT_SEARCHABLE,
    StepOutcome.MANUAL: Ending.MANUAL,
    StepOutcome.DONE: Ending.MANUAL,
}


def searched(
    steps: Iterable[StepRow], segments: Iterable[SegmentRow], titles: Mapping[str, str]
) -> tuple[Searched, ...]:
    """Every system that was to be searched, by key. A step that has not ended is a gap."""
    searches: dict[str, list[StepRow]] = {}
    for step in steps:
        if step.kind is StepKind.SEARCH:
            searches.setdefault(system_of(step), []).append(step)
    counts: dict[str, tuple[int, int]] = {}
    for row in segments:
        records, attachments = counts.get(row.system_key, (0, 0))
        counts[row.system_key] = (records + row.records, attachments + row.attachments)
    return tuple(
        _searched(key, titles.get(key, key), searches[key], counts.get(key, (0, 0)))
        for key in sorted(searches)
    )


def _searched(key: str, title: str, searches: list[StepRow], counts: tuple[int, int]) -> Searched:
    ended = [step.finished_at for step in searches if step.outcome and step.finished_at]
    pending = len(ended) < len(searches)
    endings = {_ENDING.get(step.outcome, Ending.GAP) if step.outcome else Ending.GAP for step in searches}
    finds_by = tuple(kind for step in searches for kind in step.detail.get(FINDS_BY, ()))
    at = None if pending else max(ended)
    return Searched(key, title, _worst(endings), *counts, at=at, pending=pending, finds_by=finds_by)


def system_of(step: StepRow) -> str:
    """The key of the system that a step is about."""
    return str(step.payload.get("system", step.key))


def _worst(endings: Collection[Ending]) -> Ending:
    return next(ending for ending in Ending if ending in endings)
