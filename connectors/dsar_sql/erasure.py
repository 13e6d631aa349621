"""Erasing a subject: one transaction, dependent rows first, seen gone before it is committed."""

from collections.abc import Iterable

from dsar.contract import Proof, Receipt, Refused
from dsar_sql.assignment import Values, assign
from dsar_sql.database import Change, Database
from dsar_sql.dependence import Dependence, dependences, erasure_order
from dsar_sql.identifiers import Params, columns
from dsar_sql.reach import Reach
from dsar_sql.remains import Remains
from dsar_sql.tables import OnErase, Table

_DELETE = "DELETE FROM {table} t WHERE {where}{unless_needed}"
_LEFT = "SELECT FROM {table} t WHERE {where} LIMIT 1"
_NEEDED = " AND NOT EXISTS (SELECT FROM {table} n WHERE ({ours}) = ({theirs}))"


async def erase(database: Database, reach: Reach) -> Receipt:
    """Erase what is not kept; whatever cannot be accounted for raises, and then nothing has changed."""
    needs = dependences(reach.tree, reach.catalogue)
    order = erasure_order(reach.roots, reach.tree, needs)
    async with database.change() as change:
        changed = 0
        for table in order:
            changed += await _delete(change, reach, table, [need for need in needs if need.on == table.name])
        for table in order:
            await _reduce(change, reach, table)
        kept = await Remains(change, reach, needs).kept(order)
    return Receipt(changed, Proof.VERIFIED, tuple(kept))


async def release(database: Database, reach: Reach) -> Receipt:
    """Erase the rows that are named, kept ones too, for their time is over; all of them, or nothing changes."""
    needs = dependences(reach.tree, reach.catalogue)
    order = erasure_order(reach.roots, reach.tree, needs)
    changed = 0
    async with database.change() as change:
        for table in order:
            if table.on_erase is not OnErase.SUPPRESSION:
                mine = [need for need in needs if need.on == table.name]
                changed += await _delete_rows(change, reach, table, mine)
        for table in order:
            await _refuse_left(change, reach, table)
    return Receipt(changed, Proof.VERIFIED)


async def _refuse_left(change: Change, reach: Reach, table: Table) -> None:
    params = Params()
    where = reach.where(table, params)
    left = await change.fetch(_LEFT.format(table=reach.catalogue[table.name].sql, where=where), params.values)
    if left:
        raise Refused(
            f"tables.{table.name}: rows whose time is over are still needed by others, so nothing was changed; "
            "look whether the person has come back since"
        )


async def _delete(change: Change, reach: Reach, table: Table, needs: Iterable[Dependence]) -> int:
    if table.on_erase is not OnErase.ERASE:
        return 0
    return await _delete_rows(change, reach, table, needs)


async def _delete_rows(change: Change, reach: Reach, table: Table, needs: Iterable[Dependence]) -> int:
    params = Params()
    statement = _DELETE.format(
        table=reach.catalogue[table.name].sql,
        where=reach.where(table, params),
        unless_needed="".join(_unless_needed(reach, need) for need in needs),
    )
    return await change.run(statement, params.values)


def _unless_needed(reach: Reach, need: Dependence) -> str:
    """A row to which a kept row refers stays: without it the kept one would be lost, or belong to nobody."""
    return _NEEDED.format(
        table=reach.catalogue[need.table].sql,
        ours=", ".join(columns(need.ours, "n")),
        theirs=", ".join(columns(need.theirs, "t")),
    )


async def _reduce(change: Change, reach: Reach, table: Table) -> None:
    """What stays is restricted, and a row that stays only for another's sake holds no more than it must."""
    reduced: Values = dict.fromkeys(table.minimise)
    if table.restrict and table.on_erase is not OnErase.SUPPRESSION:
        reduced[table.restrict] = True
    if reduced:
        await assign(change, reach, table, reduced)
