"""Single rows of a subject, by the ids that an export or a receipt gave them."""

from collections.abc import Iterable

from dsar.contract import Refused
from dsar_sql.dialects.catalogue import Relation
from dsar_sql.dialects.dialect import NOTHING, Params
from dsar_sql.mapping.tables import Table
from dsar_sql.mapping.tree import Tree
from dsar_sql.reading.references import read


class Named:
    """The rows that an order is about; none: all of the subject."""

    def __init__(self, tree: Tree, pairs: Iterable[tuple[str, str]]) -> None:
        self._tree = tree
        self._ids: dict[str, list[str]] = {}
        for collection, record_id in pairs:
            self._ids.setdefault(collection, []).append(record_id)
        if unknown := [name for name in self._ids if name not in tree]:
            raise Refused(f"tables.{unknown[0]}: is no longer in the mapping; a person sees to its rows")

    def where(self, table: Table, relation: Relation, params: Params) -> str | None:
        """The condition that a row of the table is named; None where none is."""
        if not self._ids:
            return None
        if table.name not in self._ids:
            return NOTHING
        if self._tree.key_is_personal(table):
            return "true"  # such rows are numbered, not named: the identity itself says which they are
        rows = [self._key(table, record_id) for record_id in self._ids[table.name]]
        names = params.dialect.columns(table.key)
        key = [(sql, relation.columns[name]) for sql, name in zip(names, table.key, strict=True)]
        return params.dialect.named(key, rows, params)

    def _key(self, table: Table, record_id: str) -> tuple[str, ...]:
        key = read(f":{record_id}").key or ()
        if len(key) != len(table.key):
            raise Refused(
                f"tables.{table.name}: the key has another number of columns than when the rows were named; "
                "a person sees to them"
            )
        return key
