"""The first records of each collection, as the page shows them: cut to size, what a machine made marked."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct

from dsar.domain.withholding import Line

RECORDS_MAX = 200  # of one category
TEXT_MAX = 500
FIELDS_MAX = 60
CHARACTERS_MAX = 400_000  # of one collection: a page that opens on a telephone
DEPTH_MAX = 3
WIDE = 9  # more columns than this are read better one record below the other

_encoder = msgspec.json.Encoder(decimal_format="number")
_controls = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class Field(Struct, frozen=True):
    """One value on the page. `cut` says that the whole of it is in the file."""

    name: str
    text: str
    cut: bool
    made_by_ai: bool
    inferred: bool


class Sample:
    """Takes the first `records_max` records that it is shown, and no more than fit on a page."""

    def __init__(self, records_max: int) -> None:
        self._records_max = records_max
        self._left = CHARACTERS_MAX
        self.records: list[list[Field]] = []

    def take(self, lines: Iterable[Line]) -> None:
        """Look at some records."""
        for line in lines:
            if len(self.records) >= self._records_max or self._left <= 0:
                return
            fields = [_field(line, *pair) for pair in list(line.data.items())[:FIELDS_MAX]]
            self._left -= sum(len(field.name) + len(field.text) for field in fields)
            self.records.append(fields)

    @property
    def columns(self) -> list[str]:
        """The names of all fields shown, in the order they come."""
        return list(dict.fromkeys(field.name for record in self.records for field in record))

    @property
    def wide(self) -> bool:
        """Whether the records are shown one below the other."""
        return len(self.columns) > WIDE

    @property
    def rows(self) -> list[list[Field | None]]:
        """The records as a table's rows."""
        by_name = [{field.name: field for field in record} for record in self.records]
        return [[record.get(name) for name in self.columns] for record in by_name]


def _field(line: Line, name: str, value: Any) -> Field:
    whole = _controls.sub("\ufffd", _text(value))
    pointer = "/" + name.replace("~", "~0").replace("/", "~1")
    return Field(
        name=_controls.sub("\ufffd", name)[:TEXT_MAX],
        text=whole[:TEXT_MAX],
        cut=len(whole) > TEXT_MAX,
        made_by_ai=_points(line.made_by_ai, pointer),
        inferred=_points(line.inferred, pointer),
    )


def _points(pointers: Iterable[str], pointer: str) -> bool:
    return any(p in {"", pointer} or p.startswith(f"{pointer}/") for p in pointers)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | Decimal) else _nested(value, 0)


def _nested(value: Any, depth: int) -> str:
    """Objects and lists line by line, as far as people follow; what lies deeper stands as JSON."""
    if not isinstance(value, dict | list):
        return _text(value)
    if depth == DEPTH_MAX:
        return _encoder.encode(value).decode()
    if isinstance(value, dict):
        return "\n".join(f"{name}: {_nested(inner, depth + 1)}" for name, inner in value.items())
    return "\n".join("• " + _nested(inner, depth + 1).replace("\n", "\n  ") for inner in value)
