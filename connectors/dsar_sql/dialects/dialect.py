"""What the three kinds of database write differently; all else of a statement stands once, where it is used.

Names and values enter statements here and nowhere else.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from dsar.contract import Refused
from dsar_sql.dialects.catalogue import Column, Relation

NOTHING = "false"
Scalar = str | int | float | bool | None
Row = Sequence[Any]


class Params:
    """A statement's values in order."""

    def __init__(self, dialect: "Dialect") -> None:
        self.dialect = dialect
        self.values: list[object] = []

    def add(self, value: object) -> str:
        """Append a value and give the expression that stands for it."""
        self.values.append(value)
        return self.dialect.place(len(self.values))


class Page(Struct, frozen=True):
    """The parts of one page of an export: columns shown and read, and the row's key as texts.

    `limit` is the expression for the most rows.
    """

    relation: Relation
    shown: tuple[str, ...]
    read: tuple[str, ...]
    key: tuple[str, ...]
    timezone: str
    source: str | None
    where: str
    limit: str


class Told(Struct, frozen=True):
    """A page's rows: each one's JSON in one line, its own source if asked for, its key's columns as texts."""

    lines: Sequence[bytes | str]
    sources: Sequence[str | None]
    key_columns: Sequence[Sequence[str]]
    size: int

    def key(self, row: int) -> tuple[str, ...]:
        """The key of one row."""
        return tuple(column[row] for column in self.key_columns)


class Dialect(ABC):
    """How one kind of database is spoken to. `sql` is always a column with its table's alias."""

    name_length_max: int

    def quote(self, name: str) -> str:
        """Quote one identifier; names that the database would cut or cannot hold are refused."""
        if not name or "\0" in name or self.length(name) > self.name_length_max:
            raise Refused(
                f"mapping: a name is empty or longer than {self.name_length_max} bytes; "
                "correct the table's or column's name"
            )
        return '"' + name.replace('"', '""') + '"'

    def length(self, name: str) -> int:
        """A name's length as the database counts it."""
        return len(name.encode())

    def quote_table(self, name: str) -> str:
        """Quote a table's name, with the schema before the first point if there is one."""
        schema, point, table = name.partition(".")
        return f"{self.quote(schema)}.{self.quote(table)}" if point else self.quote(name)

    def columns(self, names: Iterable[str], alias: str = "t") -> list[str]:
        """Quote columns, each under its table's alias."""
        return [f"{alias}.{self.quote(name)}" for name in names]

    @abstractmethod
    def place(self, number: int) -> str:
        """The expression for a statement's value, counted from one."""

    @abstractmethod
    def text(self, sql: str, column: Column) -> str:
        """The value as a text that `key` reads back."""

    def exactly(self, sql: str, column: Column) -> str:
        """What two values have in common only if they are the same to the letter."""
        return self.text(sql, column)

    @abstractmethod
    def key(self, text: str, column: Column, params: Params) -> str:
        """The value of a key column that was written by `text`."""

    @abstractmethod
    def value(self, value: Scalar, column: Column, params: Params) -> str:
        """A value of the mapping's or an order's, as the column's type."""

    @abstractmethod
    def equals(self, value: str, column: Column, sql: str, params: Params) -> str:
        """Equality to the letter that uses the column's index; a text that is no value of its type equals nothing."""

    def names(self, text: str, column: Column, sql: str, params: Params) -> str:
        """Whether a key column is what `text` wrote."""
        return self.equals(text, column, sql, params)

    @abstractmethod
    def equals_email(self, value: str, column: Column, sql: str, params: Params) -> str:
        """Equality without case, and nothing more alike than that."""

    @abstractmethod
    def dialled(self, spellings: list[str], sql: str, params: Params, *, spaced: bool) -> str:
        """Whether the column is one of the spellings, signs left out where it is `spaced`."""

    @abstractmethod
    def differs(self, sql: str, value: str, column: Column) -> str:
        """Whether the column is anything but the value, to the letter; two empty ones are the same."""

    @abstractmethod
    def after(self, key: Sequence[tuple[str, str]]) -> str:
        """Whether a row comes behind the key, of `(column, value)`."""

    def until(self, key: Sequence[tuple[str, str]]) -> str:
        """Whether a row comes no later than the key, of `(column, value)`."""
        return f"({', '.join(c for c, _ in key)}) <= ({', '.join(v for _, v in key)})"

    @abstractmethod
    def named(self, key: Sequence[tuple[str, Column]], rows: list[tuple[str, ...]], params: Params) -> str:
        """Whether the row's key is one of those given as texts."""

    @abstractmethod
    def date(self, columns: Sequence[str]) -> str:
        """The date of the first of the columns that is not empty; a text that is no date where it is none."""

    @abstractmethod
    def page(self, page: Page) -> str:
        """The statement for one page of rows: what `told_rows` reads."""

    @abstractmethod
    def told(self, page: Page, rows: Sequence[Row]) -> Told:
        """What the statement of a page brought."""

    def tied(self, ours: Sequence[tuple[str, Column]], theirs: Sequence[tuple[str, Column]]) -> str:
        """What must hold besides the columns being equal for the database, for the values to be equal."""
        del ours, theirs
        return "true"

    def delete(self, table: str, where: str) -> str:
        """Delete the rows of `t`."""
        return _DELETE.format(table=table, where=where)

    def update(self, table: str, values: Mapping[str, str], where: str) -> str:
        """Set columns of the rows of `t`."""
        return _UPDATE.format(table=table, values=self.assigned(values), where=where)

    def assigned(self, values: Mapping[str, str]) -> str:
        """Columns and their values, as SET takes them."""
        return ", ".join(f"{self.quote(name)} = {value}" for name, value in values.items())

    def insert_once(self, table: str, values: Mapping[str, str], there: str) -> str:
        """Add a row unless one is there already, or the table's own uniqueness leaves no place."""
        return _INSERT.format(
            table=table,
            columns=", ".join(map(self.quote, values)),
            values=", ".join(values.values()),
            there=there,
        )


_DELETE = "DELETE FROM {table} AS t WHERE {where}"
_UPDATE = "UPDATE {table} AS t SET {values} WHERE {where}"
_INSERT = """
INSERT INTO {table} ({columns}) SELECT {values} WHERE NOT EXISTS (SELECT 1 FROM {table} AS t WHERE {there})
ON CONFLICT DO NOTHING
"""
