"""The declared tables as trees: each subject table, and the tables whose paths lead to it."""

from collections.abc import Sequence
from functools import cached_property

from dsar.contract import Role
from dsar_sql.mapping.tables import Table


class SettingsError(ValueError):
    """The mapping contradicts itself: the text names the table and the setting, and the remedy."""


class Tree:
    """The declared tables, by name, in declared order. Raises `SettingsError` unless every path ends."""

    def __init__(self, tables: Sequence[Table]) -> None:
        self._tables = {table.name: table for table in tables}
        if len(self._tables) < len(tables):
            raise SettingsError("tables: a name stands twice; declare each table once")
        self._chains = {table.name: self._walk(table) for table in tables}

    def __getitem__(self, name: str) -> Table:
        return self._tables[name]

    def __contains__(self, name: str) -> bool:
        return name in self._tables

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables in declared order."""
        return tuple(self._tables.values())

    @cached_property
    def roots(self) -> tuple[Table, ...]:
        """The subject tables, in declared order."""
        return tuple(t for t in self.tables if t.path is None)

    def chain(self, table: Table) -> tuple[Table, ...]:
        """The table itself, the tables of its path, and last its subject table."""
        return self._chains[table.name]

    def root(self, table: Table) -> Table:
        """The subject table that the path ends in."""
        return self.chain(table)[-1]

    def family(self, root: Table) -> tuple[Table, ...]:
        """A subject table and every table whose path leads to it, in declared order."""
        return tuple(t for t in self.tables if self.root(t) is root)

    def key_is_personal(self, table: Table) -> bool:
        """Whether the key holds an identifier, so that it may stand in no reference, mark or receipt."""
        return bool(self._personal(table).intersection(table.key))

    def _personal(self, table: Table) -> set[str]:
        if table.path is None:
            return {i.column for i in table.identifiers().values()}
        above = self._personal(self[table.path.table])
        return {ours for ours, theirs in table.path.on.items() if theirs in above}

    def _walk(self, table: Table) -> tuple[Table, ...]:
        chain = [table]
        while path := chain[-1].path:
            where = f"tables.{chain[-1].name}.path"
            if path.table not in self._tables:
                raise SettingsError(
                    f"{where}: table {path.table!r} is not declared; add it to tables, or correct the name"
                )
            if self._tables[path.table] in chain:
                raise SettingsError(
                    f"{where}: the path goes round in a circle; let one table of it have `subject` columns"
                )
            chain.append(self._tables[path.table])
        return tuple(chain)


def serves(root: Table, role: Role) -> bool:
    """Whether a subject table, and so its family, answers for the role."""
    by_default = role is Role.CONTROLLER or root.tenant is not None
    return role in root.serves if root.serves else by_default
