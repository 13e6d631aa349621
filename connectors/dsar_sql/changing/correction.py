"""Rectifying a declared column, and restricting a subject's rows."""

from dsar.contract import NotHeld, Proof, Receipt, Rectify, Refused, Restrict
from dsar_sql.changing.assignment import assign
from dsar_sql.dialects.dialect import Params
from dsar_sql.mapping.tables import OnErase, Table
from dsar_sql.reading.reach import Reach

_ROWS = "SELECT 1 FROM {table} t WHERE {where} LIMIT 2"


async def rectify(reach: Reach, order: Rectify) -> Receipt:
    """Set declared columns of the one row that the collection holds of the subject."""
    table = _rectifiable(reach, order)
    async with reach.fitted.database.change() as change:
        params = Params(reach.dialect)
        statement = _ROWS.format(table=reach.relation(table).sql, where=reach.where(table, params))
        rows = await change.fetch(statement, params.values)
        if not rows:
            raise NotHeld(f"tables.{table.name}: holds no row of the subject; nothing is to be corrected")
        if len(rows) > 1:
            raise Refused(
                f"tables.{table.name}: holds several rows of the subject; a person must choose the row"
            )
        changed = await assign(change, reach, table, order.values)
    return Receipt(changed, Proof.VERIFIED)


async def restrict(reach: Reach, order: Restrict) -> Receipt:
    """Set the declared columns on all rows of the subject."""
    tables = [t for t in reach.tables if t.restrict and t.on_erase is not OnErase.SUPPRESSION]
    if not tables:
        raise Refused(
            "restrict: no table of the subject declares a `restrict` column; declare one, or do it by hand"
        )
    async with reach.fitted.database.change() as change:
        changed = [await assign(change, reach, t, {t.restrict: order.on}) for t in tables if t.restrict]
    return Receipt(sum(changed), Proof.VERIFIED)


def _rectifiable(reach: Reach, order: Rectify) -> Table:
    for table in reach.tree.tables:
        if table.name == order.collection and order.values and set(order.values) <= set(table.rectify):
            if table not in reach.tables:
                raise NotHeld(f"tables.{table.name}: belongs to another kind of subject than this one")
            if all(isinstance(value, str | int | float | bool | None) for value in order.values.values()):
                return table
            raise Refused(f"tables.{table.name}: a rectification sets plain values only; do it by hand")
    raise Refused(
        "rectify: the mapping does not declare these columns for this subject; list them in `rectify`"
    )
