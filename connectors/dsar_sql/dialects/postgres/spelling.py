"""What Postgres writes in its own way: every value is sent as text and read as the column's type."""

from collections.abc import Sequence

from dsar_sql.dialects.catalogue import Column, Kind
from dsar_sql.dialects.dialect import NOTHING, Dialect, Page, Params, Row, Scalar
from dsar_sql.dialects.values import is_uuid, is_whole

_BASE64_LINE_END = r"E'\n'"
_JSON_LINE_ENDS = r"E'\n\r', '  '"
_NOT_DIALLED = "[^0-9+]"

# The page is cut first: Postgres would write the JSON of every row that is left before it sorts and cuts.
_PAGE = """
SELECT row_to_json(answer.*), {columns}
FROM (SELECT {read} FROM {table} t WHERE {where} ORDER BY {order} LIMIT {limit}) t
CROSS JOIN LATERAL (SELECT {answer}) AS answer
ORDER BY {order}
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
        lists = ", ".join(f"{params.add(list(values))}::text[]" for values in zip(*rows, strict=True))
        texts = ", ".join(self.text(sql, column) for sql, column in key)
        return f"({texts}) IN (SELECT * FROM unnest({lists}))"  # noqa: S608 - quoted names, bound values

    def date(self, columns: Sequence[str]) -> str:
        return f"coalesce({', '.join(columns)})::date"

    def page(self, page: Page) -> str:
        order = self.columns(page.key)
        columns = [*([page.source] if page.source else []), *(f"{column}::text" for column in order)]
        return _PAGE.format(
            columns=", ".join(columns),
            table=page.relation.sql,
            answer=", ".join(f"{self._told(name, page)} AS {self.quote(name)}" for name in page.shown),
            read=", ".join(self.columns(page.read)),
            where=page.where,
            order=", ".join(order),
            limit=page.limit,
        )

    def told_rows(self, page: Page, rows: Sequence[Row]) -> Sequence[Row]:
        """Postgres wrote the JSON itself."""
        del page
        return rows

    def _told(self, name: str, page: Page) -> str:
        sql, column = f"t.{self.quote(name)}", page.relation.columns[name]
        match column.kind:
            case Kind.BYTES:
                return f"translate(encode({sql}, 'base64'), {_BASE64_LINE_END}, '')"
            case Kind.LOCAL:
                zone = page.timezone.replace("'", "''")
                return f"{sql} AT TIME ZONE '{zone}'"
            case Kind.JSON if column.type != "jsonb":
                # Line ends in JSON text are only ever white space; records are stored one a line.
                return f"translate({sql}::text, {_JSON_LINE_ENDS})::json"
        return sql
