"""What a search looks for in every copy: a number, or what else belongs to calls already found."""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from msgspec import Struct

from dsar_asterisk.numbers import Phone
from dsar_asterisk.traces import Half, Trace

# A row is cut at what encloses fields and before the half of a Local channel: ids then stand alone.
_CUTS = bytes.maketrans(b",;|\r\n", b'"""""')
_CODES = ("utf-8", "latin-1")  # in which a trunk may have written
_ALTERNATIVES_MAX = 1_000  # for so many one pattern is quicker than cutting everything


class Wanted(Protocol):
    """A question put to every copy."""

    def may_be_in(self, raw: bytes) -> bool:
        """Whether the row, or a row of the block, could be wanted; never False for one that is."""

    def takes(self, trace: Trace) -> bool:
        """Whether the trace is wanted."""


class ByNumber(Struct, frozen=True):
    """Traces that name one of the numbers."""

    phones: tuple[Phone, ...]
    needles: tuple[bytes, ...]

    def may_be_in(self, raw: bytes) -> bool:
        return any(needle in raw for needle in self.needles)

    def takes(self, trace: Trace) -> bool:
        return any(phone.is_in(trace) for phone in self.phones)


class ByKeys(Struct, frozen=True):
    """Traces of the same calls: by channel id, by linked id, or as the other half of a Local channel."""

    uniqueids: frozenset[str]
    linkedids: frozenset[str]
    halves: frozenset[Half]
    needles: frozenset[bytes]
    pattern: re.Pattern[bytes] | None

    @property
    def channels(self) -> frozenset[str]:
        """The Local channels' names without their half."""
        return frozenset(name for name, _ in self.halves)

    def may_be_in(self, raw: bytes) -> bool:
        if self.pattern is not None and not self.pattern.search(raw):
            return False
        return not self.needles.isdisjoint(_pieces(raw))

    def takes(self, trace: Trace) -> bool:
        return (
            trace.uniqueid in self.uniqueids
            or trace.linkedid in self.linkedids
            or not self.halves.isdisjoint(trace.halves)
        )


class All(Struct, frozen=True):
    """Everything there is."""

    def may_be_in(self, raw: bytes) -> bool:  # noqa: ARG002 - it is
        return True

    def takes(self, trace: Trace) -> bool:  # noqa: ARG002 - all are
        return True


def by_numbers(phones: Sequence[Phone]) -> ByNumber:
    """Ask for the traces that name one of the numbers."""
    return ByNumber(tuple(phones), tuple(phone.needle.encode() for phone in phones))


def by_uniqueids(uniqueids: Iterable[str]) -> ByKeys:
    """Ask for the traces of these channels."""
    return _by_keys(frozenset(uniqueids), frozenset(), frozenset())


def keys(traces: Iterable[Trace]) -> ByKeys:
    """Ask for all traces of these traces' calls."""
    known = tuple(traces)
    return _by_keys(
        frozenset(trace.uniqueid for trace in known),
        frozenset(trace.linkedid for trace in known if trace.linkedid),
        frozenset(half for trace in known for half in trace.halves),
    )


def _by_keys(uniqueids: frozenset[str], linkedids: frozenset[str], pairs: frozenset[Half]) -> ByKeys:
    names = {name for name, _ in pairs}
    needles = {
        _pieces(text.encode(code, "replace"))[0] for text in uniqueids | linkedids | names for code in _CODES
    }
    return ByKeys(uniqueids, linkedids, pairs, frozenset(needles), _pattern(needles))


def _pattern(needles: Collection[bytes]) -> re.Pattern[bytes] | None:
    if not 0 < len(needles) <= _ALTERNATIVES_MAX:
        return None
    return re.compile(b"|".join(map(re.escape, sorted(needles))))


def _pieces(raw: bytes) -> list[bytes]:
    return raw.translate(_CUTS).split(b'"')
