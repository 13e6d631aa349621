"""Searching every log for a number's calls, and then for all that belongs to them."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Protocol

from msgspec import Struct

from dsar.contract import Unreachable
from dsar_asterisk.calls import SAME_LEG, Call, Owner, joined
from dsar_asterisk.numbers import Phone
from dsar_asterisk.traces import Trace
from dsar_asterisk.wanted import Wanted, by_numbers, by_uniqueids, keys

_ROUNDS_MAX = 8


class Source(Protocol):
    """One log. `name` is the setting that names it."""

    @property
    def name(self) -> str: ...

    def probe(self) -> int:
        """Raise unless the log can be read and looks as configured; how many fields a row has."""

    def scan(self, wanted: Wanted, codes: frozenset[str] | None) -> Iterator[list[Trace]]:
        """Yield the wanted traces in batches; `codes` leaves out copies of other account codes alone."""


class Search(Struct, frozen=True):
    """All logs together. `same_leg` names the fields that every copy keeps and that tell legs apart."""

    sources: tuple[Source, ...]
    same_leg: Sequence[str] = SAME_LEG

    async def calls(self, phones: Sequence[Phone], owner: Owner | None) -> list[Call]:
        """The calls that name a number and, with `owner`, are the owner's, cut to their part."""
        if not phones:
            return []
        found = await self.whole(by_numbers(phones), owner)
        parts = [call if owner is None else call.part(owner) for call in found]
        return [part for part in parts if part and any(part.names(phone) for phone in phones)]

    async def holds(self, uniqueid: str, owner: Owner) -> bool:
        """Whether the channel belongs to a call of the owner's, in the owner's part of the call."""
        wanted = by_uniqueids([uniqueid])
        for source in reversed(self.sources):  # SQLite, the quickest, mostly knows
            async for batch in drained(source, wanted, owner.codes):
                if any(trace.accountcode in owner.codes for trace in batch):
                    return True
        found = await self.whole(wanted, owner)
        parts = (call.part(owner) for call in found)
        return any(part is not None and uniqueid in part.uniqueids for part in parts)

    async def whole(self, first: Wanted, owner: Owner | None = None) -> list[Call]:
        """Follow what joins traces until a round finds no new one."""
        traces = await self._traces(first, owner)
        for _ in range(_ROUNDS_MAX):
            if not traces:
                return []
            known = keys(traces)
            traces = await self._traces(known, owner)
            if keys(traces) == known:
                return joined(traces, self.same_leg)
        raise Unreachable("asterisk: the calls change faster than they can be read; it is tried again")

    async def _traces(self, wanted: Wanted, owner: Owner | None) -> list[Trace]:
        codes = None if owner is None else owner.codes
        return [
            trace
            for source in self.sources
            async for batch in drained(source, wanted, codes)
            for trace in batch
        ]


async def drained(
    source: Source, wanted: Wanted, codes: frozenset[str] | None = None
) -> AsyncIterator[list[Trace]]:
    """The batches of a search, each found in a thread, so that the event loop goes on."""
    batches = source.scan(wanted, codes)
    while (batch := await asyncio.to_thread(next, batches, None)) is not None:
        yield batch
