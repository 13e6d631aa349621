"""What a SQLite file says of its tables."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from dsar_sql.dialects.catalogue import Catalogue, Column, ForeignKey, Kind, Relation
from dsar_sql.dialects.database import Database

# Whoever may write the file may change all of it.
_MAY = frozenset({"INSERT", "DELETE"})

_TABLES = """
SELECT name, type FROM pragma_table_list
WHERE schema = 'main' AND type <> 'shadow' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
"""
_COLUMNS = """
SELECT l.name, c.name, c.type, c."notnull", c.pk FROM pragma_table_list l, pragma_table_xinfo(l.name, 'main') c
WHERE l.schema = 'main' AND l.type <> 'shadow' AND c.hidden <> 1 ORDER BY l.name, c.cid
"""
_UNIQUES = """
SELECT l.name, i.name, x.name, i.partial, i."unique", x.coll
FROM pragma_table_list l, pragma_index_list(l.name, 'main') i, pragma_index_xinfo(i.name, 'main') x
WHERE l.schema = 'main' AND x.key ORDER BY l.name, i.seq, x.seqno
"""
_FOREIGN_KEYS = """
SELECT l.name, f.id, f."table", f."from", f."to", f.on_delete
FROM pragma_table_list l, pragma_foreign_key_list(l.name, 'main') f
WHERE l.schema = 'main' ORDER BY l.name, f.id, f.seq
"""
_LENGTH = re.compile(r"CHAR[A-Z ]*\((\d+)\)")


async def described(database: Database, names: Sequence[str]) -> Catalogue:
    """The tables named, as far as they are there."""
    tables = {_bare(name): name for name in names}
    kinds = {row[0]: row[1] for row in await database.fetch(_TABLES, [])}
    columns = _grouped(await database.fetch(_COLUMNS, []))
    indexes = _grouped(await database.fetch(_UNIQUES, []))
    keys = _foreign_keys(await database.fetch(_FOREIGN_KEYS, []), columns)
    return {
        name: Relation(
            name=name,
            sql=database.dialect.quote(table),
            identity=table,
            is_table=kinds[table] == "table",
            may=_MAY,
            columns=_columns(columns[table], indexes.get(table, [])),
            uniques=_uniques(columns[table], indexes.get(table, [])),
            foreign_keys=tuple(key for owner, key in keys if owner == table != key.to),
            referrers=tuple(sorted({owner for owner, key in keys if key.to == table != owner})),
        )
        for table, name in tables.items()
        if table in kinds
    }


async def surveyed(database: Database, names: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """The file's other tables."""
    named = {_bare(name) for name in names}
    kinds = {row[0]: row[1] for row in await database.fetch(_TABLES, [])}
    columns = _grouped(await database.fetch(_COLUMNS, []))
    return {
        table: tuple(row[0] for row in columns.get(table, []))
        for table, kind in sorted(kinds.items())
        if kind != "view" and table not in named
    }


def _bare(name: str) -> str:
    return name.removeprefix("main.")


def _grouped(rows: Sequence[Sequence[Any]]) -> dict[str, list[Sequence[Any]]]:
    grouped: dict[str, list[Sequence[Any]]] = {}
    for name, *rest in rows:
        grouped.setdefault(name, []).append(rest)
    return grouped


def _columns(rows: Sequence[Sequence[Any]], indexes: Sequence[Sequence[Any]]) -> dict[str, Column]:
    folded = {column for _, column, _, _, collation in indexes if collation == "NOCASE"}
    rowid = _rowid(rows)
    return {
        name: Column(
            type=declared,
            kind=_kind(declared.upper()),
            required=bool(required) or name == rowid,
            length=int(limit[1]) if (limit := _LENGTH.search(declared.upper())) else None,
            folded=name in folded,
        )
        for name, declared, required, _ in rows
    }


def _rowid(rows: Sequence[Sequence[Any]]) -> str | None:
    """The one column that is never NULL for all that SQLite lets a primary key be: it is the row's own number."""
    primary = [(name, declared) for name, declared, _, place in rows if place]
    return primary[0][0] if len(primary) == 1 and primary[0][1].upper() == "INTEGER" else None


def _kind(declared: str) -> Kind:  # noqa: PLR0911 - SQLite's own list, in its order
    """SQLite's rules of affinity, after the words that applications write for what it has no type for."""
    if "BOOL" in declared:
        return Kind.BOOLEAN
    if "DATETIME" in declared or "TIMESTAMP" in declared:
        return Kind.LOCAL
    if declared == "DATE":
        return Kind.DATE
    if "JSON" in declared:
        return Kind.JSON
    if "UUID" in declared:
        return Kind.UUID
    if "INT" in declared:
        return Kind.WHOLE
    if any(word in declared for word in ("CHAR", "CLOB", "TEXT")):
        return Kind.TEXT
    if not declared or "BLOB" in declared:
        return Kind.BYTES
    return Kind.FLOAT if any(word in declared for word in ("REAL", "FLOA", "DOUB")) else Kind.DECIMAL


def _uniques(rows: Sequence[Sequence[Any]], indexes: Sequence[Sequence[Any]]) -> tuple[frozenset[str], ...]:
    primary = frozenset(name for name, _, _, place in rows if place)
    of_index: dict[str, list[Any]] = {}
    for index, column, partial, unique, _ in indexes:
        if unique and not partial:
            of_index.setdefault(index, []).append(column)
    found = [frozenset(columns) for columns in of_index.values() if None not in columns]
    return (*([primary] if primary else []), *found)


def _foreign_keys(
    rows: Sequence[Sequence[Any]], columns: Mapping[str, list[Sequence[Any]]]
) -> list[tuple[str, ForeignKey]]:
    found: dict[tuple[str, int], list[Sequence[Any]]] = {}
    for table, number, *of in rows:
        found.setdefault((table, number), []).append(of)
    names = {name.lower(): name for name in columns}
    keys: list[tuple[str, ForeignKey]] = []
    for (table, _), of in found.items():
        to = names.get(of[0][0].lower(), of[0][0])
        primary = [name for name, _, _, place in sorted(columns.get(to, ()), key=lambda c: c[3]) if place]
        theirs = tuple(named or primary[place] for place, (_, _, named, _) in enumerate(of))
        holds = of[0][3] not in {"SET NULL", "SET DEFAULT"}
        keys.append((table, ForeignKey(to, tuple(row[1] for row in of), theirs, holds)))
    return keys
