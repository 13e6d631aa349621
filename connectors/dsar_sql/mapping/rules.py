"""What a mapping must satisfy before any database is asked: each rule names the setting and the remedy."""

from collections.abc import Iterable, Iterator

from dsar.contract import Role
from dsar_sql.mapping.anonymous import check_anonymous
from dsar_sql.mapping.conversation import check_turns
from dsar_sql.mapping.pointers import Pointer
from dsar_sql.mapping.suppression import Suppression
from dsar_sql.mapping.tables import OnErase, Table
from dsar_sql.mapping.tree import SettingsError, Tree


def check(tree: Tree, suppress: Iterable[Suppression]) -> None:
    """Raise `SettingsError` on the first contradiction."""
    problems = [*_no_tables(tree)]
    for table in tree.tables:
        where = f"tables.{table.name}"
        problems += [f"{where}.{text}" for rule in _RULES for text in rule(tree, table)]
    for entry in suppress:
        problems += [f"suppress, table {entry.table!r}: {text}" for text in _suppression(tree, entry)]
    if problems:
        raise SettingsError(problems[0])


def _no_tables(tree: Tree) -> Iterator[str]:
    if not tree.tables:
        yield "tables: none is declared; declare each table that holds personal data"


def _way_to_subject(_tree: Tree, table: Table) -> Iterator[str]:
    if bool(table.subject) == bool(table.path):
        yield "subject: give either `subject` columns or a `path` to a table that has them, and not both"
    if table.path and not table.path.on:
        yield "path.on: name the columns that lead to the other table"
    if not table.key:
        yield "key: name the column or columns that tell one row from another"


def _tenant(tree: Tree, table: Table) -> Iterator[str]:
    root = tree.root(table)
    if table is not root and table.tenant and not root.tenant:
        yield f"tenant: its subject table {root.name!r} has none; declare one there too"
    if table is not root and table.serves:
        yield f"serves: belongs to the subject table {root.name!r}, and holds for its whole family"
    if Role.PROCESSOR in table.serves and not root.tenant:
        yield "tenant: the processor role needs one; name the column with the customer's key"


def _erasure(_tree: Tree, table: Table) -> Iterator[str]:
    if (table.on_erase is OnErase.KEEP) != (table.keep is not None):
        yield 'keep: `on_erase = "keep"` and `keep.ground` go together; give both or neither'
    if table.minimise and table.on_erase is not OnErase.ERASE:
        yield "minimise: is for erased tables only, whose rows a kept row may hold back"
    if table.on_erase is OnErase.SUPPRESSION and table.path:
        yield "on_erase: a suppression entry outlives its subject; give the table its own `subject`"
    named_surely = {i.column for i in table.identifiers().values() if i.sure}
    if table.subject and named_surely and named_surely <= set(table.minimise):
        yield "minimise: no sure identifier would be left, and the kept row never found; leave one out"
    for column in set(table.minimise) & _ties(table):
        yield f"minimise: {column!r} ties the row to others; leave it out"


def _pointers(_tree: Tree, table: Table) -> Iterator[str]:
    for setting in ("exclude", "others", "made_by_ai", "inferred"):
        for text in getattr(table, setting):
            pointer = Pointer.read(text)
            if not pointer.column or not all(pointer.parts):
                yield f"{setting}: {text!r} is no column or place in one; write it like meta/attendees/*/name"
            if setting != "exclude" and pointer.column in table.excluded:
                yield f"{setting}: {text!r} is excluded, and no record would show it; take it out of one of the two"


def _conversation(_tree: Tree, table: Table) -> Iterator[str]:
    if table.turns:
        excluded = tuple(map(Pointer.read, table.exclude))
        yield from (f"turns.{problem}" for problem in check_turns(table.turns, excluded))
        if table.turns.place.column in table.anonymous:
            yield f"turns.array: {table.turns.array!r} is about people; take its column out of anonymous"
    if table.maker:
        if not table.made_by_ai:
            yield "maker: says who wrote what made_by_ai names, and that is nothing; name the columns or places there"
        if bool(table.maker.model) == bool(table.maker.column):
            yield "maker: give either `model`, a name, or `column`, where each row has its own"
        for column in {table.maker.column, table.maker.at} & table.excluded:
            yield f"maker: {column!r} is excluded, and no record would show it; take it out of one of the two"


def _dated(_tree: Tree, table: Table) -> Iterator[str]:
    if table.dated in table.excluded:
        yield f"dated: {table.dated!r} is excluded, and no record would show its date; take it out of one of the two"


def _changes(tree: Tree, table: Table) -> Iterator[str]:
    for column in set(table.rectify) & _ties(table):
        yield f"rectify: {column!r} ties the row to others and is never set; leave it out"
    if not table.path and tree.key_is_personal(table) and len(table.subject) > 1:
        yield "subject: a table keyed by an identifier names its subject by that alone; choose another key"


def _suppression(tree: Tree, entry: Suppression) -> Iterator[str]:
    if entry.table not in tree:
        yield "is not declared; add it to tables"
        return
    table = tree[entry.table]
    if not entry.insert and not entry.columns:
        yield "give `insert` (kinds to add to the list) or `set` (columns of the subject's row)"
    if entry.insert and table.on_erase is not OnErase.SUPPRESSION:
        yield 'an erasure would wipe the entry; declare the table with `on_erase = "suppression"`'
    for kind in set(entry.insert) - set(table.subject):
        yield f"insert: the table has no `subject` column for {kind!r}; declare it"
    for column in set(entry.columns) & (_ties(table) | {i.column for i in table.identifiers().values()}):
        yield f"set: {column!r} leads to the subject and is not set by a suppression; leave it out"


def _ties(table: Table) -> set[str]:
    return {*table.key, *(table.path.on if table.path else ()), *((table.tenant,) if table.tenant else ())}


_RULES = (_way_to_subject, _tenant, _erasure, _pointers, _conversation, _dated, _changes, check_anonymous)
