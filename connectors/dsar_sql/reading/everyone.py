"""All whom the database holds, by every identity of theirs, page by page in constant memory."""

from collections.abc import AsyncIterator

from dsar.contract import Held, Role
from dsar_sql.dialects.dialect import Params, Row
from dsar_sql.fit import Fitted
from dsar_sql.mapping.tables import OnErase, Table
from dsar_sql.mapping.tree import serves
from dsar_sql.reading.comparison import identities

PAGE_ROWS = 5_000

_PAGE = "SELECT {columns} FROM {table} t WHERE {further} ORDER BY {order} LIMIT {limit}"


async def everyone(fitted: Fitted) -> AsyncIterator[Held]:
    """A list of those who want no marketing is passed over: its entries outlive every erasure, and are no people."""
    for root in fitted.tree.roots:
        if root.on_erase is not OnErase.SUPPRESSION:
            async for held in _of_table(fitted, root):
                yield held


async def _of_table(fitted: Fitted, root: Table) -> AsyncIterator[Held]:
    key: tuple[str, ...] | None = None
    while True:
        rows = await _page(fitted, root, key)
        for row in rows:
            for held in _held(fitted, root, row):
                yield held
        if len(rows) < PAGE_ROWS:
            return
        key = tuple(rows[-1][: len(root.key)])


def _held(fitted: Fitted, root: Table, row: Row) -> list[Held]:
    named, tenant = root.identifiers(), row[len(root.key)]
    whose = None if tenant == fitted.settings.operator_tenant else tenant
    if not serves(root, Role.CONTROLLER if whose is None else Role.PROCESSOR):
        return []  # out of every scope's reach
    return [
        Held(ref, whose)
        for (kind, identifier), written in zip(named.items(), row[len(root.key) + 1 :], strict=True)
        if written
        for ref in identities(kind, written, identifier)
    ]


async def _page(fitted: Fitted, root: Table, key: tuple[str, ...] | None) -> list[Row]:
    dialect, relation = fitted.dialect, fitted.catalogue[root.name]
    params, order = Params(dialect), dialect.columns(root.key)
    further = "true"
    if key is not None:
        last = [dialect.key(v, relation.columns[c], params) for c, v in zip(root.key, key, strict=True)]
        further = dialect.after(list(zip(order, last, strict=True)))
    shown = [*root.key, root.tenant, *(i.column for i in root.identifiers().values())]
    statement = _PAGE.format(
        columns=", ".join(
            "NULL" if name is None else dialect.text(f"t.{dialect.quote(name)}", relation.columns[name])
            for name in shown
        ),
        table=relation.sql,
        further=further,
        order=", ".join(order),
        limit=PAGE_ROWS,
    )
    return await fitted.database.fetch(statement, params.values)
