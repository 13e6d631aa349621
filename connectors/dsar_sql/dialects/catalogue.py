"""What a database says of the declared tables: columns, types, unique keys, references and grants."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct


class Kind(StrEnum):
    """What a column holds, as far as comparing and telling it differ."""

    TEXT = "text"
    WHOLE = "whole"
    DECIMAL = "decimal"
    FLOAT = "float"
    BOOLEAN = "boolean"
    UUID = "uuid"
    DATE = "date"
    LOCAL = "local"  # a date and time without its zone
    INSTANT = "instant"  # a date and time that is one moment
    BYTES = "bytes"
    JSON = "json"
    OTHER = "other"


class Column(Struct, frozen=True):
    """A column: its type as the database writes it, what it holds, and what the user may do with it.

    `length` is the most characters of a text; None where there is no limit. `bits` are a whole number's without the
    sign. `folded` says that the database itself compares the column without case.
    """

    type: str
    kind: Kind
    required: bool
    readable: bool = True
    writable: bool = True
    bits: int = 63
    length: int | None = None
    folded: bool = False


class ForeignKey(Struct, frozen=True):
    """A reference to another table, by its `identity`; `holds`: it refuses or cascades when the other row goes."""

    to: str
    ours: tuple[str, ...]
    theirs: tuple[str, ...]
    holds: bool


class Relation(Struct, frozen=True):
    """A table or view as the database knows it; `sql` is its quoted name, `identity` its own among all names.

    `referrers` are the identities of the tables whose foreign keys lead here. `hides_columns`: the database shows this
    user no column on which there is no grant.
    """

    name: str
    sql: str
    identity: str
    is_table: bool
    may: frozenset[str]
    columns: dict[str, Column]
    uniques: tuple[frozenset[str], ...]
    foreign_keys: tuple[ForeignKey, ...] = ()
    referrers: tuple[str, ...] = ()
    transactional: bool = True
    hides_columns: bool = False


Catalogue = Mapping[str, Relation]
