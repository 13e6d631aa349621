"""A row as it is told: its columns, what within their JSON is left out, and the pointers to whose data it is."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Raw

from dsar.contract import Origin, Record
from dsar_sql.dialects.catalogue import Relation
from dsar_sql.dialects.dialect import Dialect
from dsar_sql.mapping.pointers import Pointer, without
from dsar_sql.mapping.tables import FromColumn, Table
from dsar_sql.reading.speaking import Conversation, maker

Telling = Callable[[Iterable[Origin], Sequence[bytes | str]], list[Record]]

_columns = msgspec.json.Decoder(dict[str, Raw])
_decode = msgspec.json.Decoder(float_hook=Decimal).decode  # a number keeps its digits
_encode = msgspec.json.Encoder(decimal_format="number").encode


def columns_shown(table: Table, relation: Relation) -> tuple[str, ...]:
    """The columns that a record is made of."""
    return tuple(name for name in relation.columns if name not in table.excluded)


def columns_read(table: Table, relation: Relation) -> tuple[str, ...]:
    """Those, the key and the source's column; no others are touched."""
    source = table.obtained_from.column if isinstance(table.obtained_from, FromColumn) else None
    named = {*table.key, source}
    return tuple(name for name in relation.columns if name not in table.excluded or name in named)


def own_source(table: Table, relation: Relation, dialect: Dialect) -> str | None:
    """The expression for the source that each row names for itself, where rows do."""
    source = table.obtained_from
    if not isinstance(source, FromColumn):
        return None
    return dialect.text(f"t.{dialect.quote(source.column)}", relation.columns[source.column])


def one_source(table: Table) -> str | None:
    """The text that is declared for all rows."""
    return None if isinstance(table.obtained_from, FromColumn) else table.obtained_from


def telling(table: Table) -> Telling:
    """What makes records of rows' JSON: some at once, for an export comes by here for every row."""
    within = table.within()
    of_columns = [
        tuple(p for pointer in map(Pointer.read, texts) if not pointer.parts for p in pointer.places(None))
        for texts in (table.others, table.made_by_ai, table.inferred)
    ]
    if not any(within.values()) and not table.turns and not table.maker:
        others, made_by_ai, inferred = of_columns
        return lambda origins, lines: [
            Record(origin, Raw(line), others, made_by_ai, inferred)
            for origin, line in zip(origins, lines, strict=True)
        ]
    record = _Within(table, of_columns).record
    return lambda origins, lines: list(map(record, origins, lines))


class _Within:
    """Records of a table of which the mapping names places within JSON columns, or columns that say who made it."""

    def __init__(self, table: Table, of_columns: list[tuple[str, ...]]) -> None:
        within = table.within()
        self._excluded = within["exclude"]
        self._lists = list(
            zip(of_columns, (within[s] for s in ("others", "made_by_ai", "inferred")), strict=True)
        )
        self._names = {pointer.column for pointers in within.values() for pointer in pointers}
        self._names |= {table.turns.place.column} if table.turns else set()
        self._conversation = Conversation(table.name, table.turns) if table.turns else None
        self._made_by = table.maker

    def record(self, origin: Origin, data: bytes | str) -> Record:
        """What is left out goes first: what remains is what the pointers point into."""
        row = _columns.decode(data)
        values = {name: _value(row[name]) for name in self._names if name in row}
        for pointer in self._excluded:
            if pointer.column in values:
                without(values[pointer.column], pointer.parts)
        row.update({name: Raw(_encode(value)) for name, value in values.items()})
        others, made_by_ai, inferred = (
            (*fixed, *_places(values, pointers)) for fixed, pointers in self._lists
        )
        turns = self._conversation.turns(values, origin.record_id) if self._conversation else ()
        made_by = maker(self._made_by, row) if self._made_by and made_by_ai else None
        return Record(origin, Raw(_encode(row)), others, made_by_ai, inferred, turns, made_by)


def _value(raw: Raw) -> Any:
    """The JSON of a column, also where the column is text that holds JSON."""
    value = _decode(raw)
    if isinstance(value, str):
        try:
            within = _decode(value)
        except msgspec.DecodeError:
            return value
        return within if isinstance(within, dict | list) else value
    return value


def _places(values: dict[str, Any], pointers: Iterable[Pointer]) -> list[str]:
    return [place for p in pointers if p.column in values for place in p.places(values[p.column])]
