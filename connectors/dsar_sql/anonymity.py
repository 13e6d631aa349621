"""Whether rows that are to be anonymised would be anonymous in this database: each doubt is refused."""

from collections.abc import Iterator, Sequence

from dsar_sql.changing.dependence import Dependence
from dsar_sql.dialects.catalogue import Catalogue, Column, Kind, Relation
from dsar_sql.mapping.tables import OnErase, Table
from dsar_sql.mapping.tree import Tree

SHORT_TEXT_MAX = 40  # a product or a plan; more room than that, and people write in it

_SINGLES_OUT = {
    Kind.LOCAL: "holds a moment, which singles a row out; declare a coarse date instead",
    Kind.INSTANT: "holds a moment, which singles a row out; declare a coarse date instead",
    Kind.JSON: "holds whatever is put into it; empty or replace it",
    Kind.BYTES: "holds whatever is put into it; empty or replace it",
    Kind.UUID: "names one row or person for ever; empty or replace it",
    Kind.OTHER: "has a type of which nothing is known; empty or replace it",
}


def not_anonymous(tree: Tree, catalogue: Catalogue, needs: Sequence[Dependence]) -> Iterator[str]:
    """Each reason, with the mapping's line and the remedy."""
    for table in tree.tables:
        if table.on_erase is OnErase.ANONYMISE:
            relation = catalogue[table.name]
            for problem in (
                *_undecided(table, relation),
                *_cleared(table, relation),
                *_staying(table, relation),
                *_ties(table, relation, tree, catalogue),
                *_found_again(table, relation, tree, catalogue, needs),
            ):
                yield f"tables.{table.name}.{problem}"


def _undecided(table: Table, relation: Relation) -> Iterator[str]:
    decided = {*table.key, *table.anonymous, *table.emptied, *table.replaced}
    for name in relation.columns:
        if name not in decided:
            yield f"{name}: nothing says what becomes of it; list the column in emptied, replaced or anonymous"


def _cleared(table: Table, relation: Relation) -> Iterator[str]:
    if not relation.is_table:
        yield "on_erase: rows of a view are not changed; declare its table"
    for name in table.emptied:
        if relation.columns[name].required:
            yield f"emptied: column {name!r} is NOT NULL and cannot be emptied; give it a value in replaced"
    for name in table.replaced:
        if any(name in index for index in relation.uniques):
            yield f"replaced: column {name!r} is unique, and the value would stand twice; empty it, or erase the rows"


def _staying(table: Table, relation: Relation) -> Iterator[str]:
    keys = set(table.key)
    for name in table.anonymous:
        column = relation.columns[name]
        if any(name in index and not index <= keys for index in relation.uniques):
            yield f"anonymous: column {name!r} is unique and so names one row; empty it, or erase the rows"
        elif column.kind in _SINGLES_OUT and not _listed(column):
            yield f"anonymous: column {name!r} {_SINGLES_OUT[column.kind]}"
        elif column.kind is Kind.TEXT and not _short(name, column, relation):
            yield (
                f"anonymous: column {name!r} has room for free text; limit it to {SHORT_TEXT_MAX} characters, "
                "refer it to a table of the values there are, or empty or replace it"
            )


def _ties(table: Table, relation: Relation, tree: Tree, catalogue: Catalogue) -> Iterator[str]:
    declared = {catalogue[other.name].identity: other.name for other in tree.tables}
    cleared = {*table.emptied, *table.replaced}
    for key in relation.foreign_keys:
        if key.to in declared and not cleared & set(key.ours):
            yield (
                f"anonymous: {', '.join(key.ours)} refers to {declared[key.to]!r}, which holds people's rows; "
                "empty or replace the column"
            )


def _found_again(
    table: Table, relation: Relation, tree: Tree, catalogue: Catalogue, needs: Sequence[Dependence]
) -> Iterator[str]:
    declared = {catalogue[other.name].identity for other in tree.tables}
    for referrer in relation.referrers:
        if referrer not in declared:
            yield (
                f"on_erase: table {referrer} refers to these rows and is not declared, so the person could be "
                "found again by it; declare it, or erase the rows"
            )
    for name in sorted(_below(table.name, needs)):
        if tree[name].on_erase in {OnErase.KEEP, OnErase.SUPPRESSION}:
            yield (
                f"on_erase: rows of {name!r} stay and lead to these, so the person could be found again; "
                "keep these rows too, or erase those"
            )


def _below(name: str, needs: Sequence[Dependence]) -> set[str]:
    below: set[str] = set()
    further = {name}
    while further:
        further = {need.table for need in needs if need.on in further} - below
        below |= further
    return below


def _listed(column: Column) -> bool:
    """One of a list of values that the type itself gives, as an enumeration does."""
    return column.length == 0


def _short(name: str, column: Column, relation: Relation) -> bool:
    of_a_list = any(name in key.ours for key in relation.foreign_keys)
    return of_a_list or (column.length is not None and column.length <= SHORT_TEXT_MAX)
