"""The subject's rows, page by page in key order, as JSON that Postgres writes."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from dsar.contract import Mark, Origin, Record, Refused
from dsar_sql.database import Database
from dsar_sql.identifiers import Params, columns
from dsar_sql.json_row import columns_read, json_row, obtained_from
from dsar_sql.reach import Reach
from dsar_sql.references import mark, read, write_key
from dsar_sql.tables import Table

PAGE_ROWS_FIRST = 100
PAGE_ROWS_MAX = 20_000
PAGE_BYTES = 4 * 1024 * 1024
MARK_EVERY_ROWS = 500

# The page is cut first: Postgres would write the JSON of every row that is left before it sorts and cuts.
_PAGE = """
SELECT convert_to(row_to_json(answer.*)::text, 'UTF8') AS data, {obtained_from} AS obtained_from, {key}
FROM (SELECT {read} FROM {table} t WHERE {where} AND {further} ORDER BY {order} LIMIT {limit}) t
CROSS JOIN LATERAL (SELECT {answer}) AS answer
ORDER BY {order}
"""


async def export(
    database: Database, reach: Reach, timezone: str, after: Mark | None
) -> AsyncIterator[Record | Mark]:
    """Table by table in declared order, resumed behind `after`."""
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
        async for item in _Pages(database, reach, table, timezone).stream(key):
            yield item
        key = None
        yield mark(table.name)


class _Pages:
    """One table's rows. The page after the first is as long as its bytes allow: memory stays the same."""

    def __init__(self, database: Database, reach: Reach, table: Table, timezone: str) -> None:
        self._database = database
        self._reach = reach
        self._table = table
        self._relation = reach.catalogue[table.name]
        self._answer = json_row(table, self._relation, timezone)
        # Such a key may stand in no mark: the few rows of one identity are read again from the table's first.
        self._key_is_personal = reach.tree.key_is_personal(table)
        self._pointers = [tuple(map(_pointer, c)) for c in (table.others, table.made_by_ai, table.inferred)]

    async def stream(self, key: tuple[str, ...] | None) -> AsyncIterator[Record | Mark]:
        count = 0
        async for rows in self._pages(key):
            read_at = datetime.now(UTC)
            for data, source, *key_texts in rows:
                count += 1
                record_id = str(count) if self._key_is_personal else write_key(key_texts)
                origin = Origin(self._table.name, record_id, read_at, source)
                yield Record(origin, msgspec.Raw(data), *self._pointers)
                if count % MARK_EVERY_ROWS == 0 and not self._key_is_personal:
                    yield mark(self._table.name, key_texts)

    async def _pages(self, key: tuple[str, ...] | None) -> AsyncIterator[list[Any]]:
        """Page after page, the next one under way while one is told."""
        rows, limit = await self._page(key, PAGE_ROWS_FIRST), PAGE_ROWS_FIRST
        while len(rows) == limit:
            size = sum(len(row[0]) for row in rows)
            limit = max(1, min(PAGE_ROWS_MAX, PAGE_BYTES * len(rows) // max(size, 1)))
            following = asyncio.create_task(self._page(tuple(rows[-1][2:]), limit))
            try:
                yield rows
                rows = await following
            finally:
                await _ended(following)
        yield rows

    async def _page(self, key: tuple[str, ...] | None, limit: int) -> list[Any]:
        params, key_columns = Params(), columns(self._table.key)
        statement = _PAGE.format(
            obtained_from=obtained_from(self._table, params),
            key=", ".join(f"{column}::text" for column in key_columns),
            table=self._relation.sql,
            answer=self._answer,
            read=", ".join(columns(columns_read(self._table, self._relation))),
            where=self._reach.where(self._table, params),
            further=self._further(key, params),
            order=", ".join(key_columns),
            limit=limit,
        )
        return await self._database.fetch(statement, params.values)

    def _further(self, key: tuple[str, ...] | None, params: Params) -> str:
        if key is None:
            return "true"
        names = self._table.key
        if len(key) != len(names):
            raise Refused(
                "mark: its key has another number of columns than the mapping; begin the export again"
            )
        last = [params.add(v, self._relation.columns[c].type) for c, v in zip(names, key, strict=True)]
        return f"({', '.join(columns(names))}) > ({', '.join(last)})"


async def _ended(task: asyncio.Task[Any]) -> None:
    """Nobody waits for it any more: an export that is left holds no connection."""
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()  # seen: whoever waited for it was told


def _pointer(column: str) -> str:
    return "/" + column.replace("~", "~0").replace("/", "~1")
