"""What a search looks for in every copy: a number, or the other legs of calls already found."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct

from dsar_asterisk.cdr import Leg
from dsar_asterisk.numbers import Phone

# A row is cut at what encloses fields and before the half of a Local channel: ids then stand alone.
_CUTS = bytes.maketrans(b",;\r\n", b'""""')
_CODES = ("utf-8", "latin-1")  # in which a trunk may have written
Half = tuple[str, str]


class Wanted(Protocol):
    """A question put to every copy."""

    def may_be_in(self, raw: bytes) -> bool:
        """Whether the row could be wanted; never False for one that is."""

    def takes(self, leg: Leg) -> bool:
        """Whether the leg is wanted."""


class ByNumber(Struct, frozen=True):
    """Legs that name one of the numbers."""

    phones: tuple[Phone, ...]
    needles: tuple[bytes, ...]

    def may_be_in(self, raw: bytes) -> bool:
        return any(needle in raw for needle in self.needles)

    def takes(self, leg: Leg) -> bool:
        return any(phone.is_in(leg) for phone in self.phones)


class ByKeys(Struct, frozen=True):
    """Legs of the same calls: by channel id, by linked id, or as the other half of a Local channel."""

    uniqueids: frozenset[str]
    linkedids: frozenset[str]
    halves: frozenset[Half]
    needles: frozenset[bytes]

    @property
    def channels(self) -> frozenset[str]:
        """The Local channels' names without their half."""
        return frozenset(name for name, _ in self.halves)

    def may_be_in(self, raw: bytes) -> bool:
        return not self.needles.isdisjoint(_pieces(raw))

    def takes(self, leg: Leg) -> bool:
        return (
            leg.uniqueid in self.uniqueids
            or leg.linkedid in self.linkedids
            or not self.halves.isdisjoint(halves(leg))
        )


def by_numbers(phones: Sequence[Phone]) -> ByNumber:
    """Ask for the legs that name one of the numbers."""
    return ByNumber(tuple(phones), tuple(phone.needle.encode() for phone in phones))


def by_uniqueids(uniqueids: Iterable[str]) -> ByKeys:
    """Ask for the legs of these channels."""
    return _by_keys(frozenset(uniqueids), frozenset(), frozenset())


def keys(legs: Sequence[Leg]) -> ByKeys:
    """Ask for all legs of these legs' calls."""
    return _by_keys(
        frozenset(leg.uniqueid for leg in legs),
        frozenset(leg.linkedid for leg in legs if leg.linkedid),
        frozenset(half for leg in legs for half in halves(leg)),
    )


def halves(leg: Leg) -> tuple[Half, ...]:
    """The marks that both halves of a Local channel share: its name with the second it began.

    The halves are made microseconds apart, so a second may begin between them: each leg also bears the next
    second's mark. The name alone will not do, as Asterisk counts from nought after every start.
    """
    name, _, half = leg.channel.rpartition(";")
    if half not in {"1", "2"}:
        return ()
    start = datetime.fromisoformat(leg.start)
    return (name, str(start)), (name, str(start + timedelta(seconds=1)))


def _by_keys(uniqueids: frozenset[str], linkedids: frozenset[str], pairs: frozenset[Half]) -> ByKeys:
    names = {name for name, _ in pairs}
    needles = {
        _pieces(text.encode(code, "replace"))[0] for text in uniqueids | linkedids | names for code in _CODES
    }
    return ByKeys(uniqueids, linkedids, pairs, frozenset(needles))


def _pieces(raw: bytes) -> list[bytes]:
    return raw.translate(_CUTS).split(b'"')
