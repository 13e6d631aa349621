"""Which tables' rows hang on another's: by the mapping's paths, and by the database's own foreign keys."""

from collections.abc import Sequence
from graphlib import TopologicalSorter

from msgspec import Struct

from dsar_sql.dialects.catalogue import Catalogue
from dsar_sql.mapping.tables import Table
from dsar_sql.mapping.tree import Tree


class Dependence(Struct, frozen=True):
    """Columns of `table` that equal columns of `on`: its rows need theirs."""

    table: str
    on: str
    ours: tuple[str, ...]
    theirs: tuple[str, ...]


def dependences(tree: Tree, catalogue: Catalogue) -> list[Dependence]:
    """Each once; foreign keys that empty themselves on delete hold nothing back and are left out."""
    names = {catalogue[table.name].identity: table.name for table in tree.tables}
    found: dict[Dependence, None] = {}
    for table in tree.tables:
        if table.path:
            on = sorted(table.path.on.items())
            found[Dependence(table.name, table.path.table, *_columns(on))] = None
        for key in catalogue[table.name].foreign_keys:
            if key.holds and key.to in names:
                pairs = sorted(zip(key.ours, key.theirs, strict=True))
                found[Dependence(table.name, names[key.to], *_columns(pairs))] = None
    return list(found)


def erasure_order(roots: Sequence[Table], tree: Tree, needs: Sequence[Dependence]) -> list[Table]:
    """The families of the subject tables, dependent rows first; a circle raises `CycleError`."""
    before: dict[str, set[str]] = {table.name: set() for root in roots for table in tree.family(root)}
    for need in needs:
        if need.table in before and need.on in before:
            before[need.on].add(need.table)
    return [tree[name] for name in TopologicalSorter(before).static_order()]


def _columns(pairs: Sequence[tuple[str, str]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(ours for ours, _ in pairs), tuple(theirs for _, theirs in pairs)
