"""The subject's rows, page by page in key order, each as one line of JSON."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from dsar.contract import Mark, Origin, Record, Refused
from dsar_sql.dialects.dialect import Page, Params, Row
from dsar_sql.mapping.tables import Table
from dsar_sql.reading.reach import Reach
from dsar_sql.reading.references import mark, read, write_keys
from dsar_sql.reading.telling import columns_read, columns_shown, one_source, own_source, telling

PAGE_ROWS_FIRST = 100
PAGE_ROWS_MAX = (
    5_000  # more at once are slower: they outgrow the cache, and the collector looks at all of them
)
PAGE_BYTES = 4 * 1024 * 1024
MARK_EVERY_ROWS = 500

Item = Record | Mark


async def export(reach: Reach, after: Mark | None) -> AsyncIterator[list[Item]]:
    """Table by table in declared order, resumed behind `after`; some items at a time."""
    tables, key = list(reach.tables), None
    if after is not None:
        place = read(after.cursor)
        if place.table not in [table.name for table in tables]:
            raise Refused(
                "mark: its table is no longer in the mapping or in this scope; begin the export again"
            )
        tables = tables[[table.name for table in tables].index(place.table) :]
        tables, key = (tables, place.key) if place.key is not None else (tables[1:], None)
    for table in tables:
        async for items in _Pages(reach, table).stream(key):
            yield items
        key = None
        yield [mark(table.name)]


class _Pages:
    """One table's rows. The page after the first is as long as its bytes allow: memory stays the same."""

    def __init__(self, reach: Reach, table: Table) -> None:
        self._reach = reach
        self._table = table
        self._relation = reach.relation(table)
        self._record = telling(table)
        self._own_source = own_source(table, self._relation, reach.dialect)
        self._one_source = one_source(table)
        self._key_begins = 2 if self._own_source else 1
        # Such a key may stand in no mark: the few rows of one identity are read again from the table's first.
        self._key_is_personal = reach.tree.key_is_personal(table)

    async def stream(self, key: tuple[str, ...] | None) -> AsyncIterator[list[Item]]:
        count = 0
        async for rows in self._pages(key):
            read_at = datetime.now(UTC)
            for start, end, complete in _stretches(count, len(rows)):
                items: list[Item] = [*self._told(rows[start:end], read_at, count + start)]
                if complete and not self._key_is_personal:
                    items.append(mark(self._table.name, self._key(rows[end - 1])))
                yield items
                # What the database sends of the next page is taken in meanwhile; it would stand still otherwise.
                await asyncio.sleep(0)
            count += len(rows)

    def _told(self, rows: Sequence[Row], read_at: datetime, count: int) -> list[Record]:
        name, record, one, begins = self._table.name, self._record, self._one_source, self._key_begins
        if self._key_is_personal:
            numbers: Sequence[str] = [str(number) for number in range(count + 1, count + len(rows) + 1)]
        else:
            numbers = write_keys([row[begins:] for row in rows])
        if not self._own_source:
            return [
                record(Origin(name, number, read_at, one), row[0])
                for row, number in zip(rows, numbers, strict=True)
            ]
        return [
            record(Origin(name, number, read_at, row[1]), row[0])
            for row, number in zip(rows, numbers, strict=True)
        ]

    def _key(self, row: Row) -> tuple[str, ...]:
        return tuple(row[self._key_begins :])

    async def _pages(self, key: tuple[str, ...] | None) -> AsyncIterator[Sequence[Row]]:
        """Page after page, the next one under way while one is told."""
        rows, limit = await self._page(key, PAGE_ROWS_FIRST), PAGE_ROWS_FIRST
        while len(rows) == limit:
            size = sum(len(row[0]) for row in rows)
            limit = max(1, min(PAGE_ROWS_MAX, PAGE_BYTES * len(rows) // max(size, 1)))
            following = asyncio.create_task(self._page(self._key(rows[-1]), limit))
            try:
                yield rows
                rows = await following
            finally:
                await _ended(following)
        yield rows

    async def _page(self, key: tuple[str, ...] | None, limit: int) -> Sequence[Row]:
        """Each row as its JSON, its own source if it has one, and the texts of its key."""
        dialect = self._reach.dialect
        params = Params(dialect)
        where = f"{self._reach.where(self._table, params)} AND {self._further(key, params)}"
        page = Page(
            relation=self._relation,
            shown=columns_shown(self._table, self._relation),
            read=columns_read(self._table, self._relation),
            key=self._table.key,
            timezone=self._reach.fitted.settings.timezone,
            source=self._own_source,
            where=where,
            limit=limit,
        )
        return dialect.told_rows(
            page, await self._reach.fitted.database.fetch(dialect.page(page), params.values)
        )

    def _further(self, key: tuple[str, ...] | None, params: Params) -> str:
        if key is None:
            return "true"
        names = self._table.key
        if len(key) != len(names):
            raise Refused(
                "mark: its key has another number of columns than the mapping; begin the export again"
            )
        dialect = self._reach.dialect
        last = [dialect.key(v, self._relation.columns[c], params) for c, v in zip(names, key, strict=True)]
        return dialect.after(list(zip(dialect.columns(names), last, strict=True)))


def _stretches(count: int, rows: int) -> Iterator[tuple[int, int, bool]]:
    """The stretches of a page that end where a mark is due, or with the page; `count` rows were told before it."""
    start = 0
    while start < rows:
        end = min(start + MARK_EVERY_ROWS - (count + start) % MARK_EVERY_ROWS, rows)
        yield start, end, (count + end) % MARK_EVERY_ROWS == 0
        start = end


async def _ended(task: asyncio.Task[Any]) -> None:
    """Nobody waits for it any more: an export that is left holds no connection."""
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()  # seen: whoever waited for it was told
