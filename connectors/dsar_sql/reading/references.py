"""References to subjects and places in an export: a table's name and a row's key, written as one text."""

from collections.abc import Sequence
from urllib.parse import quote, unquote

from msgspec import Struct

from dsar.contract import Mark, Ref, Refused

ROW = "row"


class Place(Struct, frozen=True):
    """A row by its table and key; without a key, the whole table."""

    table: str
    key: tuple[str, ...] | None = None


def write(place: Place) -> str:
    """`contact:42`; `order_line:42,7`; a whole table is `contact`."""
    table = quote(place.table, safe="")
    return table if place.key is None else f"{table}:{write_key(place.key)}"


def write_key(key: Sequence[str]) -> str:
    """The key's columns with commas between."""
    return ",".join(p if _is_plain(p) else quote(p, safe="") for p in key)


def write_keys(columns: Sequence[Sequence[str]]) -> Sequence[str]:
    """Many keys, given column by column, as `write_key` writes each."""
    # Single numbers, which most keys are, need no quoting: an export comes by here for every row.
    if len(columns) == 1 and _is_plain("".join(columns[0])):
        return columns[0]
    return [write_key(key) for key in zip(*columns, strict=True)]


def _is_plain(text: str) -> bool:
    return text.isalnum() and text.isascii()


def read(text: str) -> Place:
    """The place that `write` wrote."""
    table, colon, key = text.partition(":")
    return Place(unquote(table), tuple(unquote(part) for part in key.split(",")) if colon else None)


def row_ref(table: str, key: Sequence[str]) -> Ref:
    """The reference that is handed out for a subject's row; it holds no personal data."""
    return Ref(ROW, write(Place(table, tuple(key))))


def mark(table: str, key: Sequence[str] | None = None) -> Mark:
    """A mark after the row, or after the whole table."""
    return Mark(write(Place(table, None if key is None else tuple(key))))


def subject_row(ref: Ref) -> Place:
    """The row of a reference that `row_ref` made."""
    place = read(ref.value)
    if place.key is None:
        raise Refused("ref: a row is written table:key; use the references that find hands out")
    return place
