"""What SQLite writes in its own way. A column's type is an inclination there: the values decide.

A column may have been declared to compare without case (NOCASE), so equality is asked twice, the second time to the
letter: the first finds the index.
"""

import json
from collections.abc import Sequence
from typing import Any

from dsar_sql.dialects.catalogue import Column, Kind
from dsar_sql.dialects.dialect import Dialect, Page, Params, Row, Scalar, Told
from dsar_sql.dialects.rows import row_page, written
from dsar_sql.dialects.values import is_whole

DIALLED = "dsar_dialled"
LOWER = "dsar_lower"

_QUOTE = "'"


class Sqlite(Dialect):
    """SQLite from 3.35 on."""

    name_length_max = 1_000

    def place(self, number: int) -> str:
        return f"?{number}"

    def text(self, sql: str, column: Column) -> str:
        # quote() tells a number from a text and from bytes, where the column holds whatever it was given.
        return f"quote({sql})" if column.kind is Kind.BYTES else f"CAST({sql} AS TEXT)"

    def key(self, text: str, column: Column, params: Params) -> str:
        if column.kind is Kind.BYTES:
            return params.add(_unquoted(text))
        # A bound text is compared by the column's inclination: with a whole number it is one.
        return params.add(text)

    def value(self, value: Scalar, column: Column, params: Params) -> str:
        del column
        return params.add(int(value) if isinstance(value, bool) else value)

    def names(self, text: str, column: Column, sql: str, params: Params) -> str:
        if column.kind is Kind.BYTES:
            return f"{sql} = {self.key(text, column, params)}"
        return self.equals(text, column, sql, params)

    def equals(self, value: str, column: Column, sql: str, params: Params) -> str:
        if column.kind in {Kind.WHOLE, Kind.BOOLEAN} and is_whole(value, column) and str(int(value)) == value:
            return f"{sql} = {params.add(int(value))}"
        place = params.add(value)
        if column.kind in {Kind.TEXT, Kind.UUID}:
            return f"({sql} = {place} AND {sql} = {place} COLLATE BINARY)"
        return f"CAST({sql} AS TEXT) = {place} COLLATE BINARY"

    def equals_email(self, value: str, column: Column, sql: str, params: Params) -> str:
        place = params.add(value.lower())
        if not value.isascii():  # what is built in changes the case of ASCII alone
            return f"{LOWER}({sql}) = {place}"
        return f"{sql} = {place} COLLATE NOCASE" if column.folded else f"lower({sql}) = {place}"

    def dialled(self, spellings: list[str], sql: str, params: Params, *, spaced: bool) -> str:
        bare = f"{DIALLED}({sql})" if spaced else sql
        return f"{bare} IN ({', '.join(params.add(spelling) for spelling in spellings)})"

    def differs(self, sql: str, value: str, column: Column) -> str:
        del column
        return f"{sql} COLLATE BINARY IS NOT {value}"

    def after(self, key: Sequence[tuple[str, str]]) -> str:
        return f"({', '.join(c for c, _ in key)}) > ({', '.join(v for _, v in key)})"

    def named(self, key: Sequence[tuple[str, Column]], rows: list[tuple[str, ...]], params: Params) -> str:
        texts = ", ".join(self.text(sql, column) for sql, column in key)
        listed = params.add(json.dumps(rows, ensure_ascii=False))
        values = ", ".join(f"json_extract(value, '$[{number}]')" for number in range(len(key)))
        return f"({texts}) IN (SELECT {values} FROM json_each({listed}))"  # noqa: S608 - quoted names, bound values

    def date(self, columns: Sequence[str]) -> str:
        first = f"coalesce({', '.join(columns)}, NULL)"
        return f"CASE WHEN {first} IS NOT NULL THEN coalesce(date({first}), 'no date') END"

    def page(self, page: Page) -> str:
        return row_page(self, page)

    def told(self, page: Page, rows: Sequence[Row]) -> Told:
        return written(page, rows)


def _unquoted(literal: str) -> Any:
    """The value of which `quote` made a literal."""
    if literal.startswith(_QUOTE):
        return literal[1:-1].replace(_QUOTE * 2, _QUOTE)
    if literal.startswith("X'"):
        return bytes.fromhex(literal[2:-1])
    return float(literal) if "." in literal else int(literal)
