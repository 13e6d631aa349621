"""A person's entries in the order of their time, in bounded memory, however a listing orders them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime
from heapq import nsmallest
from typing import TypeVar

from dsar_s3.entries import Entry, Sort

BATCH = 10_000  # entries in memory at once; more of one person's cost one more listing for each such number
SIDE_BY_SIDE = 8  # questions about single objects

Order = tuple[bool, datetime, str]
T = TypeVar("T")


def oldest_first(entry: Entry) -> Order:
    """What comes later stands later, and what goes leaves the rest where it is."""
    return False, entry.at, entry.id


def markers_last(entry: Entry) -> Order:
    """Delete markers after all that they may hide."""
    return entry.sort is Sort.MARKER, entry.at, entry.id


async def batches(
    listed: Callable[[], AsyncIterator[Entry]],
    after: Order | None = None,
    order: Callable[[Entry], Order] = oldest_first,
) -> AsyncIterator[list[Entry]]:
    """All entries after a place in the order. What goes meanwhile shifts nothing."""
    while True:
        batch = await _smallest(listed(), after, order)
        if batch:
            yield batch
            after = order(batch[-1])
        if len(batch) < BATCH:
            return


async def side_by_side(ask: Callable[[Entry], Awaitable[T]], entries: Sequence[Entry]) -> list[T]:
    """An answer for each entry, in their order, a few at a time; the first failure stops the rest."""
    answers: list[T] = []
    for start in range(0, len(entries), SIDE_BY_SIDE):
        tasks = [asyncio.ensure_future(ask(entry)) for entry in entries[start : start + SIDE_BY_SIDE]]
        try:
            answers += await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    return answers


async def _smallest(
    listed: AsyncIterator[Entry], after: Order | None, order: Callable[[Entry], Order]
) -> list[Entry]:
    kept: list[Entry] = []
    async for entry in listed:
        if after is None or order(entry) > after:
            kept.append(entry)
        if len(kept) >= 2 * BATCH:
            kept = nsmallest(BATCH, kept, key=order)
    return nsmallest(BATCH, kept, key=order)
