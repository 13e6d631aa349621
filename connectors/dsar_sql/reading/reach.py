"""The rows that one subject and one scope reach: the WHERE of every statement, and the tenant's wall."""

from collections.abc import Iterable

from dsar.contract import Ref, Refused, Scope
from dsar_sql.dialects.catalogue import Column, Relation
from dsar_sql.dialects.dialect import Dialect, Params
from dsar_sql.fit import Fitted
from dsar_sql.mapping.tables import Identifier, Table
from dsar_sql.mapping.tree import Tree, serves
from dsar_sql.reading.comparison import same
from dsar_sql.reading.naming import Named
from dsar_sql.reading.references import ROW, Place, subject_row

_BY_PATH = "({ours}) IN (SELECT {theirs} FROM {parent} WHERE {where} AND {tied}) AND {inside}"


class Reach:
    """Where a scope may look, and for whom: a subject's row, or an identity that is itself a key.

    `named` narrows it to single rows of the subject's.
    """

    def __init__(
        self,
        fitted: Fitted,
        scope: Scope,
        ref: Ref,
        named: Iterable[tuple[str, str]] = (),
    ) -> None:
        self.fitted = fitted
        self.tree: Tree = fitted.tree
        self.scope = scope
        self.ref = ref
        self._named = Named(self.tree, named)
        self._operator_tenant = fitted.settings.operator_tenant
        self._row: Place | None = subject_row(ref) if ref.kind == ROW else None
        self.roots = tuple(root for root in self.tree.roots if serves(root, scope.role) and self.knows(root))

    @property
    def dialect(self) -> Dialect:
        """How the database is spoken to."""
        return self.fitted.dialect

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables that hold the subject's rows in this scope, in declared order."""
        return tuple(t for t in self.tree.tables if self.tree.root(t) in self.roots)

    def relation(self, table: Table) -> Relation:
        """The table as the database has it."""
        return self.fitted.catalogue[table.name]

    def knows(self, root: Table) -> bool:
        """Whether the reference leads to rows of this subject table."""
        if self._row is not None:
            return root.name == self._row.table
        return self.ref.kind in root.subject and self.tree.key_is_personal(root)

    @property
    def owner(self) -> str | None:
        """Whose a new row is: the tenant's, or the operator's own."""
        return self.scope.tenant or self._operator_tenant

    def where(self, table: Table, params: Params) -> str:
        """The condition that holds for the subject's rows in this scope, and for no other's."""
        rows = self._rows(table, params, "t")
        named = self._named.where(table, self.relation(table), params)
        return f"{rows} AND {named}" if named else rows

    def _rows(self, table: Table, params: Params, alias: str) -> str:
        if table.path is None:
            return f"{self._subject(table, params, alias)} AND {self.inside(table, params, alias)}"
        parent, above = self.tree[table.path.table], f"{alias}p"
        ours = self.columns(table, table.path.on, alias)
        theirs = self.columns(parent, table.path.on.values(), above)
        return _BY_PATH.format(
            ours=", ".join(sql for sql, _ in ours),
            theirs=", ".join(sql for sql, _ in theirs),
            parent=f"{self.relation(parent).sql} {above}",
            where=self._rows(parent, params, above),
            tied=self.dialect.tied(ours, theirs),
            inside=self.inside(table, params, alias),
        )

    def columns(self, table: Table, names: Iterable[str], alias: str) -> list[tuple[str, Column]]:
        """Columns of a table under its alias, each with what the database says of it."""
        columns = self.relation(table).columns
        return [(f"{alias}.{self.dialect.quote(name)}", columns[name]) for name in names]

    def inside(self, table: Table, params: Params, alias: str = "t") -> str:
        """The condition that a row belongs to the scope: the tenant's, or the operator's own."""
        if table.tenant is None:
            return "true"
        ((sql, column),) = self.columns(table, [table.tenant], alias)
        if self.scope.tenant is not None:
            return self.dialect.equals(self.scope.tenant, column, sql, params)
        if self._operator_tenant is None:
            return f"{sql} IS NULL"
        return f"({sql} IS NULL OR {self.dialect.equals(self._operator_tenant, column, sql, params)})"

    def holds(self, identity: Ref, table: Table, identifier: Identifier, params: Params) -> str:
        """The condition that a row in scope is named by the identity."""
        ((sql, column),) = self.columns(table, [identifier.column], "t")
        return f"{same(identity, identifier, column, sql, params)} AND {self.inside(table, params)}"

    def _subject(self, root: Table, params: Params, alias: str) -> str:
        if self._row is None:
            identifier = root.identifiers()[self.ref.kind]
            ((sql, column),) = self.columns(root, [identifier.column], alias)
            return same(self.ref, identifier, column, sql, params)
        if len(self._row.key or ()) != len(root.key):
            raise Refused(
                "ref: its key has another number of columns than the mapping; find the subject again"
            )
        pairs = zip(self.columns(root, root.key, alias), self._row.key or (), strict=True)
        return " AND ".join(self.dialect.names(value, column, sql, params) for (sql, column), value in pairs)
