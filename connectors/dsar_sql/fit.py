"""Whether a mapping fits the database: each misfit names the mapping's line and the remedy."""

import re
from collections.abc import Iterator
from graphlib import CycleError
from itertools import chain

from dsar.contract import Refused
from dsar_sql.catalogue import Catalogue, Relation
from dsar_sql.dependence import dependences, erasure_order
from dsar_sql.settings import Settings
from dsar_sql.tables import OnErase, Table
from dsar_sql.tree import Tree

_LOOKS_SECRET = re.compile(
    r"passw|pwd|secret|token|api_?key|private_?key|(^|_)(hash|salt|otp|pin|mfa|totp)(_|$)", re.IGNORECASE
)
_DATES = frozenset({"date", "timestamp with time zone", "timestamp without time zone"})


def check_fit(settings: Settings, catalogue: Catalogue) -> None:
    """Refuse the first misfit; nothing personal is read."""
    for problem in chain(_tables(settings, catalogue), _suppress(settings, catalogue)):
        raise Refused(problem)
    _order(settings.tree(), catalogue)


def _tables(settings: Settings, catalogue: Catalogue) -> Iterator[str]:
    # Lazily and in this order: a later rule takes the columns for granted.
    for rule in (_columns, _key, _secrets, _erasing, _restricting, _dating):
        for table in settings.tables:
            yield from (f"tables.{table.name}.{problem}" for problem in rule(table, catalogue[table.name]))
    for name, path in [(table.name, table.path) for table in settings.tables if table.path]:
        for column in set(path.on.values()) - set(catalogue[path.table].columns):
            yield f"tables.{name}.path.on: {path.table!r} has no column {column!r}; correct the name"


def _suppress(settings: Settings, catalogue: Catalogue) -> Iterator[str]:
    for entry in settings.suppress:
        relation, where = catalogue[entry.table], f"suppress, table {entry.table!r}"
        for column in (*entry.values, *entry.columns):
            if column not in relation.columns:
                yield f"{where}: column {column!r} does not exist; correct the name"
        for column in entry.columns:
            if not relation.columns[column].writable:
                yield f"{where}: the user may not set {column!r}; grant UPDATE on it"
        if entry.insert and "INSERT" not in relation.may:
            yield f"{where}: the user may not add rows; grant INSERT on it"


def _columns(table: Table, relation: Relation) -> Iterator[str]:
    for column, setting in table.named_columns().items():
        if column not in relation.columns:
            yield f"{setting}: column {column!r} does not exist; correct the name, or add the column"
    for name, found in relation.columns.items():
        if name not in table.exclude and not found.readable:
            yield f"{name}: the user may not read this column; grant SELECT on it, or exclude it"


def _key(table: Table, relation: Relation) -> Iterator[str]:
    key = frozenset(table.key)
    unique = any(index <= key for index in relation.uniques)
    if relation.is_table and not (unique and all(relation.columns[c].required for c in key)):
        yield "key: no primary key or unique, NOT NULL index covers it; name the primary key's columns"


def _secrets(table: Table, relation: Relation) -> Iterator[str]:
    for name in relation.columns:
        if _LOOKS_SECRET.search(name) and name not in table.exclude and name not in table.not_secret:
            yield f"{name}: looks like a secret; list the column in exclude with the reason, or in not_secret"


def _erasing(table: Table, relation: Relation) -> Iterator[str]:
    if table.on_erase is not OnErase.ERASE:
        return
    if not relation.is_table:
        yield "on_erase: rows of a view are not erased; declare its table, or keep them on a ground"
    elif "DELETE" not in relation.may:
        yield "on_erase: the user may not delete rows; grant DELETE on it, or keep them on a ground"


def _restricting(table: Table, relation: Relation) -> Iterator[str]:
    if table.restrict and relation.columns[table.restrict].base != "boolean":
        yield f"restrict: column {table.restrict!r} is not boolean; name a boolean column"
    written = {*table.minimise, *table.rectify, *((table.restrict,) if table.restrict else ())}
    for name in sorted(written):
        if not relation.columns[name].writable:
            yield f"{name}: the user may not set this column; grant UPDATE on it"
        if name in table.minimise and relation.columns[name].required:
            yield f"minimise: column {name!r} is NOT NULL and cannot be emptied; leave it out"


def _dating(table: Table, relation: Relation) -> Iterator[str]:
    if table.dated and relation.columns[table.dated].base not in _DATES:
        yield f"dated: column {table.dated!r} is no date; name a date or timestamp column"


def _order(tree: Tree, catalogue: Catalogue) -> None:
    needs = dependences(tree, catalogue)
    try:
        erasure_order(tree.roots, tree, needs)
    except CycleError:
        raise Refused(
            "tables: foreign keys refer to each other in a circle, so that no order of erasing fits; "
            "make one of them ON DELETE SET NULL"
        ) from None
