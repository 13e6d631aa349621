"""The subject's rows, page by page in key order, as JSON that Postgres writes."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from dsar.contract import Mark, Origin, Record, Refused
from dsar_postgres.database import Database
from dsar_postgres.identifiers import Params, columns
from dsar_postgres.json_row import json_row, obtained_from
from dsar_postgres.reach import Reach
from dsar_postgres.references import mark, read, write_key
from dsar_postgres.tables import Table

PAGE_ROWS_FIRST = 100
PAGE_ROWS_MAX = 5000
PAGE_BYTES = 4 * 1024 * 1024
MARK_EVERY_ROWS = 500

_PAGE = """
SELECT convert_to(row_to_json(answer.*)::text, 'UTF8') AS data, {obtained_from} AS obtained_from, {key}
FROM {table} t CROSS JOIN LATERAL (SELECT {answer}) AS answer
WHERE {where} AND {further}
ORDER BY {order} LIMIT {limit}
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
        limit, count = PAGE_ROWS_FIRST, 0
        while rows := await self._page(key, limit):
            read_at, size = datetime.now(UTC), 0
            for row in rows:
                data, source, *key_texts = row
                size, count = size + len(data), count + 1
                record_id = str(count) if self._key_is_personal else write_key(key_texts)
                origin = Origin(self._table.name, record_id, read_at, source)
                yield Record(origin, msgspec.Raw(data), *self._pointers)
                if count % MARK_EVERY_ROWS == 0 and not self._key_is_personal:
                    yield mark(self._table.name, key_texts)
            if len(rows) < limit:
                return
            key = tuple(key_texts)
            limit = max(1, min(PAGE_ROWS_MAX, PAGE_BYTES * len(rows) // max(size, 1)))

    async def _page(self, key: tuple[str, ...] | None, limit: int) -> list[Any]:
        params, key_columns = Params(), columns(self._table.key)
        statement = _PAGE.format(
            obtained_from=obtained_from(self._table, params),
            key=", ".join(f"{column}::text" for column in key_columns),
            table=self._relation.sql,
            answer=self._answer,
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


def _pointer(column: str) -> str:
    return "/" + column.replace("~", "~0").replace("/", "~1")
