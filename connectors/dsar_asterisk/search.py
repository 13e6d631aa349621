"""Searching every copy for a number's calls, and then for the legs that belong to them."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Protocol

from msgspec import Struct

from dsar.contract import Unreachable
from dsar_asterisk.calls import SAME_LEG, Call, joined
from dsar_asterisk.cdr import Leg
from dsar_asterisk.numbers import Phone
from dsar_asterisk.wanted import Wanted, by_numbers, by_uniqueids, keys

_ROUNDS_MAX = 8


class Source(Protocol):
    """One copy of the CDR. `name` is the setting that names it."""

    @property
    def name(self) -> str: ...

    def probe(self) -> None:
        """Raise unless the copy can be read and looks as configured."""

    def scan(self, wanted: Wanted, codes: frozenset[str] | None) -> Iterator[list[Leg]]:
        """Yield the wanted legs in batches; `codes` leaves out copies of other account codes alone."""


class Search(Struct, frozen=True):
    """All copies together. `same_leg` names the fields that every copy keeps and that tell legs apart."""

    sources: tuple[Source, ...]
    same_leg: Sequence[str] = SAME_LEG

    async def calls(self, phones: Sequence[Phone], codes: frozenset[str] | None) -> list[Call]:
        """The calls that name a number and, with `codes`, are these account codes', cut to their part."""
        if not phones:
            return []
        found = await self._whole(by_numbers(phones), codes)
        parts = [call if codes is None else call.part(codes) for call in found]
        return [part for part in parts if part and any(part.names(phone) for phone in phones)]

    async def holds(self, uniqueid: str, codes: frozenset[str]) -> bool:
        """Whether the channel belongs to a call of these account codes, in its part of the call."""
        for source in reversed(self.sources):  # SQLite, the quickest, mostly knows
            if any(
                leg.accountcode in codes for leg in await _drained(source, by_uniqueids([uniqueid]), codes)
            ):
                return True
        found = await self._whole(by_uniqueids([uniqueid]), codes)
        parts = (call.part(codes) for call in found)
        return any(part is not None and uniqueid in part.uniqueids for part in parts)

    async def _whole(self, first: Wanted, codes: frozenset[str] | None) -> list[Call]:
        """Follow what joins legs until a round finds no new one."""
        legs = await self._legs(first, codes)
        for _ in range(_ROUNDS_MAX):
            if not legs:
                return []
            known = keys(legs)
            legs = await self._legs(known, codes)
            if keys(legs) == known:
                return joined(legs, self.same_leg)
        raise Unreachable("asterisk: the calls change faster than they can be read; it is tried again")

    async def _legs(self, wanted: Wanted, codes: frozenset[str] | None) -> list[Leg]:
        return [leg for source in self.sources for leg in await _drained(source, wanted, codes)]


async def _drained(source: Source, wanted: Wanted, codes: frozenset[str] | None) -> list[Leg]:
    legs: list[Leg] = []
    batches = source.scan(wanted, codes)
    while (batch := await asyncio.to_thread(next, batches, None)) is not None:
        legs += batch
    return legs
