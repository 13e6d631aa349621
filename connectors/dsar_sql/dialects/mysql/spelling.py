"""What MariaDB and MySQL write in their own way, in SQL that both take.

A column's collation may hold two texts for equal that are not (`jose` and `josé`, `acme` and `ACME`). So a text is
compared twice: as the collation does, which uses the index, and byte by byte.
"""

import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal

from dsar_sql.dialects.catalogue import Column, Kind
from dsar_sql.dialects.dialect import NOTHING, Dialect, Page, Params, Row, Scalar, Told
from dsar_sql.dialects.rows import row_page, written
from dsar_sql.dialects.values import is_uuid, is_whole

_NOT_DIALLED = "[^0-9+]"
_UUID_BYTES = 16

# The tables of a single-table DELETE or UPDATE are read whole to meet a subquery; of several tables they are joined.
_DELETE = "DELETE t FROM {table} AS t WHERE {where}"
_UPDATE = "UPDATE {table} AS t, (SELECT 1) AS one SET {values} WHERE {where}"
_INSERT = """
INSERT INTO {table} ({columns}) SELECT {values} FROM DUAL
WHERE NOT EXISTS (SELECT 1 FROM {table} AS t WHERE {there})
ON DUPLICATE KEY UPDATE {first} = {table}.{first}
"""


class Mysql(Dialect):
    """MariaDB from 10.6 and MySQL from 8.0 on, with ANSI_QUOTES."""

    name_length_max = 64

    def quote(self, name: str) -> str:
        return super().quote(name).replace("%", "%%")  # the driver puts values in by Python's %

    def length(self, name: str) -> int:
        return len(name)

    def place(self, number: int) -> str:
        return f"%(v{number})s"

    def text(self, sql: str, column: Column) -> str:
        return f"HEX({sql})" if column.kind is Kind.BYTES else f"CAST({sql} AS CHAR)"

    def exactly(self, sql: str, column: Column) -> str:
        return _bytes(self.text(sql, column))

    def key(self, text: str, column: Column, params: Params) -> str:
        match column.kind:
            case Kind.WHOLE | Kind.BOOLEAN:
                return params.add(int(text))
            case Kind.DECIMAL:
                return params.add(Decimal(text))
            case Kind.BYTES:
                return params.add(bytes.fromhex(text))
        return params.add(text)

    def value(self, value: Scalar, column: Column, params: Params) -> str:
        del column
        return params.add(int(value) if isinstance(value, bool) else value)

    def names(self, text: str, column: Column, sql: str, params: Params) -> str:
        if column.kind is Kind.BYTES:
            return f"{sql} = {self.key(text, column, params)}"
        return self.equals(text, column, sql, params)

    def equals(self, value: str, column: Column, sql: str, params: Params) -> str:
        match column.kind:
            case Kind.WHOLE | Kind.BOOLEAN:
                return f"{sql} = {params.add(int(value))}" if is_whole(value, column) else NOTHING
            case Kind.UUID:
                return f"{sql} = {params.add(value)}" if is_uuid(value) else NOTHING
            case Kind.BYTES if column.length == _UUID_BYTES:
                return f"{sql} = {params.add(uuid.UUID(value).bytes)}" if is_uuid(value) else NOTHING
            case Kind.TEXT:
                place = params.add(value)
                return f"({sql} = {place} AND {_bytes(sql)} = {_bytes(place)})"
        return f"{_bytes(self.text(sql, column))} = {_bytes(params.add(value))}"

    def equals_email(self, value: str, column: Column, sql: str, params: Params) -> str:
        place = params.add(value)
        lowered = f"{_bytes(f'LOWER({_utf8(sql)})')} = {_bytes(f'LOWER({_utf8(place)})')}"
        return f"({sql} = {place} AND {lowered})" if column.folded else lowered

    def dialled(self, spellings: list[str], sql: str, params: Params, *, spaced: bool) -> str:
        bare = f"REGEXP_REPLACE({sql}, '{_NOT_DIALLED}', '')" if spaced else sql
        return f"{bare} IN ({', '.join(params.add(spelling) for spelling in spellings)})"

    def differs(self, sql: str, value: str, column: Column) -> str:
        if column.kind is Kind.TEXT:
            return f"NOT ({_bytes(sql)} <=> {_bytes(value)})"
        return f"NOT ({sql} <=> {value})"

    def after(self, key: Sequence[tuple[str, str]]) -> str:
        """Written out: the comparison of two rows is not looked up in the index."""
        (column, value), *rest = key
        if not rest:
            return f"{column} > {value}"
        return f"({column} >= {value} AND ({column} > {value} OR {self.after(rest)}))"

    def until(self, key: Sequence[tuple[str, str]]) -> str:
        (column, value), *rest = key
        if not rest:
            return f"{column} <= {value}"
        return f"({column} <= {value} AND ({column} < {value} OR {self.until(rest)}))"

    def named(self, key: Sequence[tuple[str, Column]], rows: list[tuple[str, ...]], params: Params) -> str:
        names = ", ".join(sql for sql, _ in key)
        listed = (
            ", ".join(self.key(text, column, params) for text, (_, column) in zip(row, key, strict=True))
            for row in rows
        )
        return f"({names}) IN ({', '.join(f'({row})' for row in listed)})"

    def date(self, columns: Sequence[str]) -> str:
        return f"CAST(coalesce({', '.join(columns)}) AS DATE)"

    def tied(self, ours: Sequence[tuple[str, Column]], theirs: Sequence[tuple[str, Column]]) -> str:
        texts = [
            f"{_bytes(our)} = {_bytes(their)}"
            for (our, column), (their, _) in zip(ours, theirs, strict=True)
            if column.kind is Kind.TEXT
        ]
        return " AND ".join(texts) or "true"

    def page(self, page: Page) -> str:
        return row_page(self, page)

    def told(self, page: Page, rows: Sequence[Row]) -> Told:
        return written(page, rows)

    def delete(self, table: str, where: str) -> str:
        return _DELETE.format(table=table, where=where)

    def update(self, table: str, values: Mapping[str, str], where: str) -> str:
        return _UPDATE.format(table=table, values=self.assigned(values), where=where)

    def assigned(self, values: Mapping[str, str]) -> str:
        return ", ".join(f"t.{self.quote(name)} = {value}" for name, value in values.items())

    def insert_once(self, table: str, values: Mapping[str, str], there: str) -> str:
        return _INSERT.format(
            table=table,
            columns=", ".join(map(self.quote, values)),
            values=", ".join(values.values()),
            there=there,
            first=self.quote(next(iter(values))),
        )


def _utf8(sql: str) -> str:
    return f"CONVERT({sql} USING utf8mb4)"


def _bytes(sql: str) -> str:
    return f"CAST({_utf8(sql)} AS BINARY)"
