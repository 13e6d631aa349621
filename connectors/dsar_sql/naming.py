"""Single rows of a subject, by the ids that an export or a receipt gave them."""

from collections.abc import Iterable

from dsar.contract import Refused
from dsar_sql.identifiers import Params, columns
from dsar_sql.references import read
from dsar_sql.tables import Table
from dsar_sql.tree import Tree

_NAMED = "({texts}) IN (SELECT * FROM unnest({lists}))"


class Named:
    """The rows that an order is about; none: all of the subject."""

    def __init__(self, tree: Tree, pairs: Iterable[tuple[str, str]]) -> None:
        self._tree = tree
        self._ids: dict[str, list[str]] = {}
        for collection, record_id in pairs:
            self._ids.setdefault(collection, []).append(record_id)
        if unknown := [name for name in self._ids if name not in tree]:
            raise Refused(f"tables.{unknown[0]}: is no longer in the mapping; a person sees to its rows")

    def where(self, table: Table, params: Params) -> str | None:
        """The condition that a row of the table is named; None where none is."""
        if not self._ids:
            return None
        if table.name not in self._ids:
            return "false"
        if self._tree.key_is_personal(table):
            return "true"  # such rows are numbered, not named: the identity itself says which they are
        keys = [self._key(table, record_id) for record_id in self._ids[table.name]]
        lists = ", ".join(params.add_any(list(values)) for values in zip(*keys, strict=True))
        texts = ", ".join(f"{column}::text" for column in columns(table.key))
        return _NAMED.format(texts=texts, lists=lists)

    def _key(self, table: Table, record_id: str) -> tuple[str, ...]:
        key = read(f":{record_id}").key or ()
        if len(key) != len(table.key):
            raise Refused(
                f"tables.{table.name}: the key has another number of columns than when the rows were named; "
                "a person sees to them"
            )
        return key
