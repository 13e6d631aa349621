"""What a mapping must satisfy before rows are anonymised instead of erased.

Anonymous means that nobody can lead the row back to the person, recital 26: a hash or another pseudonym of an
identifier can be, by whoever hashes the same identifier, and is not offered.
"""

from collections.abc import Iterator

from dsar_sql.mapping.pointers import Pointer
from dsar_sql.mapping.tables import OnErase, Table
from dsar_sql.mapping.tree import Tree

_LEFT_ALONE = "anonymous, emptied, replaced"


def check_anonymous(tree: Tree, table: Table) -> Iterator[str]:
    """Each contradiction of one table, without its name before it."""
    if table.on_erase is not OnErase.ANONYMISE:
        if table.anonymous or table.emptied or table.replaced:
            yield f'{_LEFT_ALONE}: belong to `on_erase = "anonymise"`; take them out, or say so'
        return
    yield from _of_itself(tree, table)
    yield from _of_others(tree, table)


def _of_itself(tree: Tree, table: Table) -> Iterator[str]:
    cleared = {*table.emptied, *table.replaced}
    if tree.key_is_personal(table):
        yield "on_erase: the key is an identifier and stays, so the rows stay personal; erase them"
    for kind, identifier in table.identifiers().items():
        if identifier.column not in cleared:
            yield f"subject.{kind}: an identifier would stay; add {identifier.column!r} to emptied or replaced"
    for column in table.path.on if table.path else ():
        if column not in cleared and column != table.tenant:
            yield f"path.on: {column!r} ties the row to the person; add it to emptied or replaced"
    yield from _misplaced(table, cleared)


def _misplaced(table: Table, cleared: set[str]) -> Iterator[str]:
    for column in table.key:
        if column in cleared:
            yield f"key: {column!r} tells the rows apart and is not cleared; choose another key, or erase them"
    for column in sorted(cleared & set(table.anonymous) | set(table.emptied) & set(table.replaced)):
        yield f"{_LEFT_ALONE}: {column!r} stands in two of them; leave it in one"
    if table.tenant in cleared:
        yield f"tenant: {table.tenant!r} would be cleared, and the row be another's; move it to anonymous"
    for setting in ("others", "made_by_ai", "inferred"):
        for text in getattr(table, setting):
            if Pointer.read(text).column in table.anonymous:
                yield f"{setting}: {text!r} is about people; take its column out of anonymous"


def _of_others(tree: Tree, table: Table) -> Iterator[str]:
    for other in tree.tables:
        above = tree.chain(other)[1:]
        if table in above and other.on_erase in {OnErase.KEEP, OnErase.SUPPRESSION}:
            yield (
                f"on_erase: rows of {other.name!r} stay and lead to these, so the person could be found again; "
                "keep these rows too, or erase those"
            )
