"""One table's rows for one subject, page after page in key order."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from msgspec import Struct

from dsar.contract import Refused
from dsar_sql.dialects.database import TooLarge
from dsar_sql.dialects.dialect import Page, Params, Told
from dsar_sql.mapping.tables import Table
from dsar_sql.reading.reach import Reach
from dsar_sql.reading.telling import columns_read, columns_shown, own_source

PAGE_ROWS_FIRST = 10
PAGE_ROWS_MAX = 5_000  # more at once are slower: they outgrow the cache
PAGE_GROWTH_MAX = 20
PAGE_BYTES = 4 * 1024 * 1024
PAGES_AHEAD = 3  # one for each connection with the one that is waited for

_ALL = 2**62
# Nothing is worked out for the rows that are passed over.
_CUT = """
SELECT {key} FROM (SELECT {order} FROM {table} t WHERE {where} ORDER BY {order} LIMIT 1 OFFSET {rows}) t
"""

Key = tuple[str, ...]


class _Ahead(Struct, frozen=True):
    """A page under way, and how many rows it was meant to have."""

    after: Key
    until: Key | None
    rows: int
    task: asyncio.Task[Told]


class Pages:
    """Pages as long as their bytes allow, so that memory stays the same whatever the number of rows."""

    def __init__(self, reach: Reach, table: Table) -> None:
        self._reach = reach
        self._table = table
        self._relation = reach.relation(table)

    async def after(self, key: Key | None) -> AsyncIterator[Told]:
        """Most subjects have few rows of a table: those take one statement."""
        first = await self._page(key, None, PAGE_ROWS_FIRST)
        yield first
        if len(first.lines) == PAGE_ROWS_FIRST:
            async for page in self._following(first.key(-1), None, _rows(first)):
                yield page

    async def _following(self, after: Key, until: Key | None, rows: int) -> AsyncIterator[Told]:
        """Where each page ends is asked beforehand, so that others are written while one is told."""
        ahead: deque[_Ahead] = deque()
        cut: Key | None = after
        try:
            while cut or ahead:
                if cut:
                    after, cut = cut, await self._cut(cut, until, rows)
                    end = cut or until
                    ahead.append(_Ahead(after, end, rows, asyncio.create_task(self._page(after, end, _ALL))))
                if not cut or len(ahead) > PAGES_AHEAD:
                    async for page in self._taken(ahead.popleft()):
                        yield page
                        rows = _rows(page) or rows
        finally:
            for left in ahead:
                await _ended(left.task)

    async def _taken(self, ahead: _Ahead) -> AsyncIterator[Told]:
        """One page, or shorter ones in its place: rows may be much longer from somewhere on."""
        try:
            page = await ahead.task
        except TooLarge:
            if ahead.rows == 1:
                raise
        else:
            yield page
            return
        rows = max(1, ahead.rows // PAGE_GROWTH_MAX)
        async for shorter in self._following(ahead.after, ahead.until, rows):
            yield shorter

    async def _cut(self, after: Key, until: Key | None, rows: int) -> Key | None:
        """The key of the row that is so many behind; None where there are fewer."""
        dialect, columns, params = self._reach.dialect, self._relation.columns, Params(self._reach.dialect)
        order = dialect.columns(self._table.key)
        statement = _CUT.format(
            key=", ".join(dialect.text(o, columns[n]) for o, n in zip(order, self._table.key, strict=True)),
            table=self._relation.sql,
            where=f"{self._reach.where(self._table, params)} AND {self._between(after, until, params)}",
            order=", ".join(order),
            rows=params.add(rows - 1),
        )
        found = await self._reach.fitted.database.fetch(statement, params.values)
        return tuple(found[0]) if found else None

    async def _page(self, after: Key | None, until: Key | None, limit: int) -> Told:
        dialect = self._reach.dialect
        params = Params(dialect)
        page = Page(
            relation=self._relation,
            shown=columns_shown(self._table, self._relation),
            read=columns_read(self._table, self._relation),
            key=self._table.key,
            timezone=self._reach.fitted.settings.timezone,
            source=own_source(self._table, self._relation, dialect),
            where=f"{self._reach.where(self._table, params)} AND {self._between(after, until, params)}",
            limit=params.add(limit),
        )
        return dialect.told(page, await self._reach.fitted.database.fetch(dialect.page(page), params.values))

    def _between(self, after: Key | None, until: Key | None, params: Params) -> str:
        dialect = self._reach.dialect
        behind = dialect.after(self._pairs(after, params)) if after is not None else "true"
        return behind if until is None else f"{behind} AND {dialect.until(self._pairs(until, params))}"

    def _pairs(self, key: Key, params: Params) -> list[tuple[str, str]]:
        dialect, names = self._reach.dialect, self._table.key
        if len(key) != len(names):
            raise Refused(
                "mark: its key has another number of columns than the mapping; begin the export again"
            )
        values = [dialect.key(v, self._relation.columns[c], params) for c, v in zip(names, key, strict=True)]
        return list(zip(dialect.columns(names), values, strict=True))


def _rows(page: Told) -> int:
    """How many rows the next page may have, by those of this one."""
    rows = len(page.lines)
    return min(PAGE_ROWS_MAX, PAGE_GROWTH_MAX * rows, max(1, PAGE_BYTES * rows // max(page.size, 1)))


async def _ended(task: asyncio.Task[Any]) -> None:
    """Nobody waits for it any more: an export that is left holds no connection."""
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()  # seen: whoever waited for it was told
