"""Setting columns of the subject's rows to given values."""

from collections.abc import Mapping

from dsar.contract import Refused
from dsar_sql.dialects.database import Change
from dsar_sql.dialects.dialect import Params, Scalar
from dsar_sql.mapping.tables import Table
from dsar_sql.reading.reach import Reach

Values = dict[str, Scalar]

_UNSET = "SELECT 1 FROM {table} t WHERE {where} AND ({unless_set}) LIMIT 1"


async def assign(change: Change, reach: Reach, table: Table, values: Mapping[str, Scalar]) -> int:
    """Set the columns where they differ, see that they stay, and count the rows changed."""
    relation, params = reach.relation(table), Params(reach.dialect)
    new = written(reach, table, values, params)
    where = f"{reach.where(table, params)} AND ({_differs(reach, table, new)})"
    changed = await change.run(reach.dialect.update(relation.sql, new, where), params.values)
    await _verify(change, reach, table, values)
    return changed


def written(reach: Reach, table: Table, values: Mapping[str, Scalar], params: Params) -> dict[str, str]:
    """The expressions for the values, each as its column's type."""
    columns = reach.relation(table).columns
    return {name: reach.dialect.value(value, columns[name], params) for name, value in values.items()}


async def _verify(change: Change, reach: Reach, table: Table, values: Mapping[str, Scalar]) -> None:
    params = Params(reach.dialect)
    new = written(reach, table, values, params)
    where, unless_set = reach.where(table, params), _differs(reach, table, new)
    statement = _UNSET.format(table=reach.relation(table).sql, where=where, unless_set=unless_set)
    if await change.fetch(statement, params.values):
        raise Refused(
            f"tables.{table.name}: the columns did not stay as set, as by a trigger; nothing was changed"
        )


def _differs(reach: Reach, table: Table, new: Mapping[str, str]) -> str:
    dialect, columns = reach.dialect, reach.relation(table).columns
    return " OR ".join(
        dialect.differs(f"t.{dialect.quote(name)}", value, columns[name]) for name, value in new.items()
    )
