"""Erasing a subject: one transaction, dependent rows first, seen gone before it is committed."""

from collections.abc import Iterable

from dsar.contract import Changed, Erase, Kept, Plan, Proof, Receipt, Refused
from dsar_sql.changing.assignment import Values, assign
from dsar_sql.changing.dependence import Dependence, erasure_order
from dsar_sql.changing.doing import Doing
from dsar_sql.changing.remains import Remains
from dsar_sql.dialects.database import Change
from dsar_sql.dialects.dialect import Params
from dsar_sql.mapping.tables import OnErase, Table
from dsar_sql.reading.reach import Reach

_LEFT = "SELECT 1 FROM {table} t WHERE {where} LIMIT 1"
_NEEDED = " AND NOT EXISTS (SELECT 1 FROM {table} n WHERE ({ours}) = ({theirs}))"


async def erase(reach: Reach, order: Erase) -> Receipt:
    """Erase what is not kept; whatever cannot be accounted for raises, and then nothing has changed."""
    database = reach.fitted.database
    async with database.change() as change:
        doing = Doing(change, reach)
        if order.plan:
            await doing.look()
        kept = await _carry_out(doing, order)
        if order.plan:
            _compare(await doing.plan(kept), order.plan)
    proof = Proof.VERIFIED if await database.emptied() else Proof.ACCEPTED
    return Receipt(doing.changed, proof, tuple(kept))


def _compare(plan: Plan, approved: str) -> None:
    """The order repeated finds nothing to erase any more: that is its own doing, and no change."""
    if plan.erased and plan.digest != approved:
        raise Changed(
            "plan: the subject's rows are no longer those of the plan, and nothing was changed; "
            "make the plan anew and have it approved"
        )


async def foresee(reach: Reach, order: Erase) -> Plan:
    """Carry the order out and take it back: a plan that is made otherwise would say otherwise one day."""
    async with reach.fitted.database.change(rehearsed=True) as change:
        doing = Doing(change, reach)
        await doing.look()
        return await doing.plan(await _carry_out(doing, order))


async def _carry_out(doing: Doing, order: Erase) -> list[Kept]:
    return await _release(doing) if order.released else await _erase(doing)


async def _erase(doing: Doing) -> list[Kept]:
    reach, change = doing.reach, doing.change
    tables = erasure_order(reach.roots, reach.tree, reach.fitted.needs)
    for table in tables:
        if table.on_erase is OnErase.ERASE:
            await _delete(doing, table)
        elif table.on_erase is OnErase.ANONYMISE:
            await _anonymise(doing, table)
    for table in tables:
        await _reduce(change, reach, table)
    return await Remains(change, reach).kept(tables)


async def _release(doing: Doing) -> list[Kept]:
    """Erase the rows that are named, kept ones too, for their time is over; all of them, or nothing changes."""
    reach = doing.reach
    tables = erasure_order(reach.roots, reach.tree, reach.fitted.needs)
    for table in tables:
        if table.on_erase is OnErase.ANONYMISE:
            await _anonymise(doing, table)
        elif table.on_erase is not OnErase.SUPPRESSION and reach.relation(table).is_table:
            await _delete(doing, table)
    for table in tables:
        await _refuse_left(doing.change, reach, table)
    return []


async def _refuse_left(change: Change, reach: Reach, table: Table) -> None:
    params = Params(reach.dialect)
    where = reach.where(table, params)
    if await change.fetch(_LEFT.format(table=reach.relation(table).sql, where=where), params.values):
        raise Refused(
            f"tables.{table.name}: rows whose time is over are still needed by others, so nothing was changed; "
            "look whether the person has come back since"
        )


async def _delete(doing: Doing, table: Table) -> None:
    reach, params = doing.reach, Params(doing.reach.dialect)
    where = reach.where(table, params)
    for need in _needs(reach, table):
        where += _unless_needed(reach, need)
    statement = reach.dialect.delete(reach.relation(table).sql, where)
    doing.count(table, await doing.change.run(statement, params.values))


def _needs(reach: Reach, table: Table) -> Iterable[Dependence]:
    return (need for need in reach.fitted.needs if need.on == table.name)


def _unless_needed(reach: Reach, need: Dependence) -> str:
    """A row to which a kept row refers stays: without it the kept one would be lost, or belong to nobody."""
    below, above = reach.tree[need.table], reach.tree[need.on]
    ours = reach.columns(below, need.ours, "n")
    theirs = reach.columns(above, need.theirs, "t")
    return _NEEDED.format(
        table=reach.relation(below).sql,
        ours=", ".join(sql for sql, _ in ours),
        theirs=", ".join(sql for sql, _ in theirs),
    )


async def _anonymise(doing: Doing, table: Table) -> None:
    """What says whose a row was is emptied or replaced: the row counts as gone, since nothing leads to it now."""
    cleared: Values = {**dict.fromkeys(table.emptied), **table.replaced}
    doing.count(table, await assign(doing.change, doing.reach, table, cleared))


async def _reduce(change: Change, reach: Reach, table: Table) -> None:
    """What stays is restricted, and a row that stays only for another's sake holds no more than it must."""
    reduced: Values = dict.fromkeys(table.minimise)
    if table.restrict and table.on_erase not in {OnErase.SUPPRESSION, OnErase.ANONYMISE}:
        reduced[table.restrict] = True
    if reduced:
        await assign(change, reach, table, reduced)
