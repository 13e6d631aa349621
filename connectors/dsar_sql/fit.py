"""Whether a mapping fits the database: each misfit names the mapping's line and the remedy."""

import re
from collections.abc import Iterator
from graphlib import CycleError
from itertools import chain

from msgspec import Struct

from dsar.contract import Refused
from dsar_sql.anonymity import not_anonymous
from dsar_sql.changing.dependence import Dependence, dependences, erasure_order
from dsar_sql.dialects.catalogue import Catalogue, Kind, Relation
from dsar_sql.dialects.database import Database
from dsar_sql.dialects.dialect import Dialect
from dsar_sql.mapping.settings import Settings
from dsar_sql.mapping.tables import OnErase, Table
from dsar_sql.mapping.tree import Tree

_LOOKS_SECRET = re.compile(
    r"passw|pwd|secret|token|api_?key|private_?key|(^|_)(hash|salt|otp|pin|mfa|totp)(_|$)", re.IGNORECASE
)
_DATES = frozenset({Kind.DATE, Kind.LOCAL, Kind.INSTANT})
_MOMENTS = frozenset({Kind.LOCAL, Kind.INSTANT})
_JSON = frozenset({Kind.JSON, Kind.TEXT})


class Fitted(Struct, frozen=True):
    """A mapping and the database that it fits, as both are by now."""

    database: Database
    settings: Settings
    tree: Tree
    catalogue: Catalogue
    needs: list[Dependence]

    @property
    def dialect(self) -> Dialect:
        """How the database is spoken to."""
        return self.database.dialect


async def fitted(database: Database, settings: Settings) -> Fitted:
    """Read the catalogue and refuse the first misfit; nothing personal is read."""
    tree = settings.tree()
    catalogue = await database.describe([table.name for table in tree.tables])
    for problem in chain(
        _missing(tree, catalogue), _tables(settings, catalogue), _suppress(settings, catalogue)
    ):
        raise Refused(problem)
    needs = dependences(tree, catalogue)
    for problem in chain(_order(tree, needs), not_anonymous(tree, catalogue, needs)):
        raise Refused(problem)
    return Fitted(database, settings, tree, catalogue, needs)


def _missing(tree: Tree, catalogue: Catalogue) -> Iterator[str]:
    for table in tree.tables:
        if table.name not in catalogue:
            yield f"tables.{table.name}: no such table for this user; correct the name, or write its schema before it"


def _tables(settings: Settings, catalogue: Catalogue) -> Iterator[str]:
    # Lazily and in this order: a later rule takes the columns for granted.
    for rule in (_columns, _engine, _key, _secrets, _erasing, _restricting, _dating, _speaking):
        for table in settings.tables:
            yield from (f"tables.{table.name}.{problem}" for problem in rule(table, catalogue[table.name]))
    for name, path in [(table.name, table.path) for table in settings.tables if table.path]:
        for column in sorted(set(path.on.values()) - set(catalogue[path.table].columns)):
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
        if column not in relation.columns and not (setting == "exclude" and relation.hides_columns):
            yield f"{setting}: column {column!r} does not exist; correct the name, or add the column"
    for name, found in relation.columns.items():
        if name not in table.excluded and not found.readable:
            yield f"{name}: the user may not read this column; grant SELECT on it, or exclude it"


def _engine(_table: Table, relation: Relation) -> Iterator[str]:
    if not relation.transactional:
        yield "name: the table's engine has no transactions, so half an erasure could stay; convert it to InnoDB"


def _key(table: Table, relation: Relation) -> Iterator[str]:
    key = frozenset(table.key)
    unique = any(index <= key for index in relation.uniques)
    if relation.is_table and not (unique and all(relation.columns[c].required for c in key)):
        yield "key: no primary key or unique, NOT NULL index covers it; name the primary key's columns"
    for name in table.key:
        if relation.columns[name].kind in {Kind.FLOAT, Kind.JSON}:
            yield f"key: column {name!r} is no value that names a row to the letter; choose another key"


def _secrets(table: Table, relation: Relation) -> Iterator[str]:
    for name in relation.columns:
        if _LOOKS_SECRET.search(name) and name not in table.excluded and name not in table.not_secret:
            yield f"{name}: looks like a secret; list the column in exclude with the reason, or in not_secret"


def _erasing(table: Table, relation: Relation) -> Iterator[str]:
    if table.on_erase is not OnErase.ERASE:
        return
    if not relation.is_table:
        yield "on_erase: rows of a view are not erased; declare its table, or keep them on a ground"
    elif "DELETE" not in relation.may:
        yield "on_erase: the user may not delete rows; grant DELETE on it, or keep them on a ground"


def _restricting(table: Table, relation: Relation) -> Iterator[str]:
    if table.restrict and relation.columns[table.restrict].kind is not Kind.BOOLEAN:
        yield f"restrict: column {table.restrict!r} is not boolean; name a boolean column"
    for name in sorted(table.written_columns()):
        if not relation.columns[name].writable:
            yield f"{name}: the user may not set this column; grant UPDATE on it"
        if name in table.minimise and relation.columns[name].required:
            yield f"minimise: column {name!r} is NOT NULL and cannot be emptied; leave it out"


def _dating(table: Table, relation: Relation) -> Iterator[str]:
    if table.dated and relation.columns[table.dated].kind not in _DATES:
        yield f"dated: column {table.dated!r} is no date; name a date or timestamp column"


def _speaking(table: Table, relation: Relation) -> Iterator[str]:
    if table.turns:
        name = table.turns.place.column
        # SQLite names no type of what a view works out.
        if relation.columns[name].type and relation.columns[name].kind not in _JSON:
            yield f"turns.array: column {name!r} is neither JSON nor text; name the one with the array"
    if table.maker and table.maker.at and relation.columns[table.maker.at].kind not in _MOMENTS:
        yield f"maker.at: column {table.maker.at!r} is no timestamp; name one, or leave it out"


def _order(tree: Tree, needs: list[Dependence]) -> Iterator[str]:
    try:
        erasure_order(tree.roots, tree, needs)
    except CycleError:
        yield (
            "tables: foreign keys refer to each other in a circle, so that no order of erasing fits; "
            "make one of them ON DELETE SET NULL"
        )
