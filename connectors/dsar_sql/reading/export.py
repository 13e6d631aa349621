"""The subject's rows, page by page in key order, each as one line of JSON."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from itertools import repeat

from dsar.contract import Mark, Origin, Record, Refused
from dsar_sql.dialects.dialect import Told
from dsar_sql.mapping.tables import FromColumn, Table
from dsar_sql.reading.pages import Key, Pages
from dsar_sql.reading.reach import Reach
from dsar_sql.reading.references import mark, read, write_keys
from dsar_sql.reading.telling import one_source, telling

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
        async for items in _Rows(reach, table).stream(key):
            yield items
        key = None
        yield [mark(table.name)]


class _Rows:
    """One table's rows as records, with marks between."""

    def __init__(self, reach: Reach, table: Table) -> None:
        self._pages = Pages(reach, table)
        self._table = table
        self._records = telling(table)
        self._own_source = isinstance(table.obtained_from, FromColumn)
        self._one_source = one_source(table)
        # Such a key may stand in no mark: the few rows of one identity are read again from the table's first.
        self._key_is_personal = reach.tree.key_is_personal(table)

    async def stream(self, key: Key | None) -> AsyncIterator[list[Item]]:
        count = 0
        async for page in self._pages.after(key):
            read_at = datetime.now(UTC)
            for start, end, complete in _stretches(count, len(page.lines)):
                items: list[Item] = [*self._told(page, start, end, read_at, count)]
                if complete and not self._key_is_personal:
                    items.append(mark(self._table.name, page.key(end - 1)))
                yield items
                # What the database sends of the next page is taken in meanwhile; it would stand still otherwise.
                await asyncio.sleep(0)
            count += len(page.lines)

    def _told(self, page: Told, start: int, end: int, read_at: datetime, count: int) -> list[Record]:
        name, lines = self._table.name, page.lines[start:end]
        if self._key_is_personal:
            numbers: Sequence[str] = [str(number) for number in range(count + start + 1, count + end + 1)]
        else:
            numbers = write_keys([column[start:end] for column in page.key_columns])
        sources = page.sources[start:end] if self._own_source else repeat(self._one_source, len(lines))
        return self._records(map(Origin, repeat(name), numbers, repeat(read_at), sources), lines)


def _stretches(count: int, rows: int) -> Iterator[tuple[int, int, bool]]:
    """The stretches of a page that end where a mark is due, or with the page; `count` rows were told before it."""
    start = 0
    while start < rows:
        end = min(start + MARK_EVERY_ROWS - (count + start) % MARK_EVERY_ROWS, rows)
        yield start, end, (count + end) % MARK_EVERY_ROWS == 0
        start = end
