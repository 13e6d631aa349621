"""The rows that one subject and one scope reach: the WHERE of every statement, and the tenant's wall."""

from collections.abc import Iterable

from dsar.contract import Ref, Refused, Scope
from dsar_sql.catalogue import Catalogue
from dsar_sql.comparison import equals, same
from dsar_sql.identifiers import Params, columns, quote
from dsar_sql.naming import Named
from dsar_sql.references import ROW, Place, subject_row
from dsar_sql.settings import Settings
from dsar_sql.tables import Identifier, Table
from dsar_sql.tree import Tree, serves

_BY_PATH = "({ours}) IN (SELECT {theirs} FROM {parent} WHERE {where}) AND {inside}"


class Reach:
    """Where a scope may look, and for whom: a subject's row, or an identity that is itself a key.

    `named` narrows it to single rows of the subject's.
    """

    def __init__(
        self,
        settings: Settings,
        catalogue: Catalogue,
        scope: Scope,
        ref: Ref,
        named: Iterable[tuple[str, str]] = (),
    ) -> None:
        self.tree: Tree = settings.tree()
        self.catalogue = catalogue
        self.scope = scope
        self.ref = ref
        self._named = Named(self.tree, named)
        self._operator_tenant = settings.operator_tenant
        self._row: Place | None = subject_row(ref) if ref.kind == ROW else None
        self.roots = tuple(root for root in self.tree.roots if serves(root, scope.role) and self.knows(root))

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables that hold the subject's rows in this scope, in declared order."""
        return tuple(t for t in self.tree.tables if self.tree.root(t) in self.roots)

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
        return f"{rows} AND {named}" if (named := self._named.where(table, params)) else rows

    def _rows(self, table: Table, params: Params, alias: str) -> str:
        if table.path is None:
            return f"{self._subject(table, params, alias)} AND {self.inside(table, params, alias)}"
        parent, above = self.tree[table.path.table], f"{alias}p"
        ours, theirs = columns(table.path.on, alias), columns(table.path.on.values(), above)
        return _BY_PATH.format(
            ours=", ".join(ours),
            theirs=", ".join(theirs),
            parent=f"{self.catalogue[parent.name].sql} {above}",
            where=self._rows(parent, params, above),
            inside=self.inside(table, params, alias),
        )

    def inside(self, table: Table, params: Params, alias: str = "t") -> str:
        """The condition that a row belongs to the scope: the tenant's, or the operator's own."""
        if table.tenant is None:
            return "true"
        sql, column = f"{alias}.{quote(table.tenant)}", self.catalogue[table.name].columns[table.tenant]
        if self.scope.tenant is not None:
            return equals(self.scope.tenant, column, sql, params)
        if self._operator_tenant is None:
            return f"{sql} IS NULL"
        return f"({sql} IS NULL OR {equals(self._operator_tenant, column, sql, params)})"

    def holds(self, identity: Ref, table: Table, identifier: Identifier, params: Params) -> str:
        """The condition that a row in scope is named by the identity."""
        column = self.catalogue[table.name].columns[identifier.column]
        named = same(identity, identifier, column, f"t.{quote(identifier.column)}", params)
        return f"{named} AND {self.inside(table, params)}"

    def _subject(self, root: Table, params: Params, alias: str) -> str:
        types = self.catalogue[root.name].columns
        if self._row is None:
            identifier = root.identifiers()[self.ref.kind]
            return same(
                self.ref, identifier, types[identifier.column], f"{alias}.{quote(identifier.column)}", params
            )
        if len(self._row.key or ()) != len(root.key):
            raise Refused(
                "ref: its key has another number of columns than the mapping; find the subject again"
            )
        pairs = zip(root.key, self._row.key or (), strict=True)
        return " AND ".join(equals(value, types[c], f"{alias}.{quote(c)}", params) for c, value in pairs)
