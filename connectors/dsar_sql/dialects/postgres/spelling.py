"""What Postgres writes in its own way: every value is sent as text and read as the column's type."""

import json
from collections.abc import Sequence

from dsar_sql.dialects.catalogue import Column, Kind
from dsar_sql.dialects.dialect import NOTHING, Dialect, Page, Params, Row, Scalar, Told
from dsar_sql.dialects.values import is_uuid, is_whole

_BASE64_LINE_END = r"E'\n'"
_JSON_LINE_ENDS = r"E'\n\r', '  '"
_LINE_END = r"E'\n'"
_WRITTEN_ALIKE = frozenset({Kind.WHOLE, Kind.BOOLEAN})
_WITHOUT_LINE_END = frozenset({Kind.WHOLE, Kind.UUID, Kind.DATE})
_NOT_DIALLED = "[^0-9+]"

# The page is cut first: Postgres would write the JSON of every row that is left before it sorts and cuts. It comes as
# one text and some arrays, for a row by itself costs both ends as much as what is in it.
_PAGE = """
SELECT string_agg({line}, {line_end}), {columns}
FROM (SELECT {read} FROM {table} t WHERE {where} ORDER BY {order} LIMIT {limit}) t
"""


class Postgres(Dialect):
    """Postgres from version 15 on."""

    name_length_max = 63

    def place(self, number: int) -> str:
        return f"${number}"

    def text(self, sql: str, column: Column) -> str:
        del column
        return f"{sql}::text"

    def key(self, text: str, column: Column, params: Params) -> str:
        return f"{params.add(text)}::text::{column.type}"

    def value(self, value: Scalar, column: Column, params: Params) -> str:
        text = str(value).lower() if isinstance(value, bool) else value if value is None else str(value)
        return f"{params.add(text)}::text::{column.type}"

    def equals(self, value: str, column: Column, sql: str, params: Params) -> str:
        match column.kind:
            case Kind.WHOLE:
                return f"{sql} = {self.key(value, column, params)}" if is_whole(value, column) else NOTHING
            case Kind.UUID:
                return f"{sql} = {self.key(value, column, params)}" if is_uuid(value) else NOTHING
            case Kind.TEXT:
                return f"{sql} = {params.add(value)}::text"
        return f"{sql}::text = {params.add(value)}::text"

    def equals_email(self, value: str, column: Column, sql: str, params: Params) -> str:
        del column
        return f"lower({sql}::text) = lower({params.add(value)}::text)"

    def dialled(self, spellings: list[str], sql: str, params: Params, *, spaced: bool) -> str:
        bare = f"regexp_replace({sql}, '{_NOT_DIALLED}', '', 'g')" if spaced else sql
        return f"{bare} = ANY ({params.add(spellings)}::text[])"

    def differs(self, sql: str, value: str, column: Column) -> str:
        # json has no equality of its own.
        return (
            f"{sql}::text IS DISTINCT FROM {value}::text"
            if column.type == "json"
            else (f"{sql} IS DISTINCT FROM {value}")
        )

    def after(self, key: Sequence[tuple[str, str]]) -> str:
        return f"({', '.join(c for c, _ in key)}) > ({', '.join(v for _, v in key)})"

    def named(self, key: Sequence[tuple[str, Column]], rows: list[tuple[str, ...]], params: Params) -> str:
        """One hash of the list, whatever the statistics say: a join by a wrong guess would take it row by row."""
        texts = [self.text(sql, column) for sql, column in key]
        if len(texts) == 1:
            return f"{texts[0]} = ANY ({params.add([row[0] for row in rows])}::text[])"
        written = [json.dumps(row, ensure_ascii=False) for row in rows]
        return f"json_build_array({', '.join(texts)})::text = ANY ({params.add(written)}::text[])"

    def date(self, columns: Sequence[str]) -> str:
        return f"coalesce({', '.join(columns)})::date"

    def page(self, page: Page) -> str:
        order = self.columns(page.key)
        keys = [self._gathered(sql, page.relation.columns[n]) for sql, n in zip(order, page.key, strict=True)]
        return _PAGE.format(
            line=self._line(page),
            line_end=_LINE_END,
            columns=", ".join([f"array_agg({page.source})"] * bool(page.source) + keys),
            table=page.relation.sql,
            read=", ".join(self.columns(page.read)),
            where=page.where,
            order=", ".join(order),
            limit=page.limit,
        )

    def told(self, page: Page, rows: Sequence[Row]) -> Told:
        ((lines, *columns),) = rows
        if lines is None:
            return Told((), (), (), 0)
        sources = columns.pop(0) if page.source else ()
        keys = [column.split("\n") if isinstance(column, str) else column for column in columns]
        return Told(lines.split("\n"), sources, keys, len(lines))

    def _gathered(self, sql: str, column: Column) -> str:
        """One text where its parts can be told apart again: an array takes several times as long to make."""
        if column.kind in _WITHOUT_LINE_END:
            return f"string_agg({sql}::text, {_LINE_END})"
        return f"array_agg({sql}::text)"

    def _line(self, page: Page) -> str:
        """What `row_to_json` writes; it looks up every column's type anew for every row."""
        names = [
            f"{',' if at else '{'}{json.dumps(n, ensure_ascii=False)}:" for at, n in enumerate(page.shown)
        ]
        values = [f"coalesce({self._json(name, page)}, 'null')" for name in page.shown]
        pairs = [f"{_literal(name)} || {value}" for name, value in zip(names, values, strict=True)]
        return _joined([*pairs, _literal("}" if pairs else "{}")])

    def _json(self, name: str, page: Page) -> str:
        sql, column = f"t.{self.quote(name)}", page.relation.columns[name]
        match column.kind:
            case kind if kind in _WRITTEN_ALIKE:
                return f"{sql}::text"
            case Kind.DECIMAL:
                finite = f"{sql} > '-Infinity' AND {sql} < 'Infinity'"
                return f"CASE WHEN {finite} THEN {sql}::text ELSE to_json({sql})::text END"
            case Kind.BYTES:
                sql = f"translate(encode({sql}, 'base64'), {_BASE64_LINE_END}, '')"
            case Kind.LOCAL:
                zone = page.timezone.replace("'", "''")
                sql = f"({sql} AT TIME ZONE '{zone}')"
            case Kind.JSON if column.type == "jsonb":
                return f"{sql}::text"
            case Kind.JSON | Kind.OTHER:
                # Line ends in JSON text are only ever white space, an array's of JSON too; a record is one line.
                return f"translate(to_json({sql})::text, {_JSON_LINE_ENDS})"
        return f"to_json({sql})::text"


def _literal(text: str) -> str:
    """A text as Postgres reads it whatever its settings."""
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"E'{escaped}'"


def _joined(texts: Sequence[str]) -> str:
    """Joined by halves: one after the other, each would copy all before it, and a wide table go too deep."""
    if len(texts) == 1:
        return f"({texts[0]})"
    middle = len(texts) // 2
    return f"({_joined(texts[:middle])} || {_joined(texts[middle:])})"
