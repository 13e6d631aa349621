"""Setting columns of the subject's rows to given values."""

from collections.abc import Mapping

from dsar.contract import Refused
from dsar_sql.catalogue import Column
from dsar_sql.database import Change
from dsar_sql.identifiers import Params, quote
from dsar_sql.reach import Reach
from dsar_sql.tables import Scalar, Table

Values = dict[str, Scalar]

_SET = "UPDATE {table} t SET {values} WHERE {where} AND ({unless_set})"
_UNSET = "SELECT FROM {table} t WHERE {where} AND ({unless_set}) LIMIT 1"


async def assign(change: Change, reach: Reach, table: Table, values: Mapping[str, Scalar]) -> int:
    """Set the columns where they differ, see that they stay, and count the rows changed."""
    relation, params = reach.catalogue[table.name], Params()
    new = {name: value_of(value, relation.columns[name], params) for name, value in values.items()}
    statement = _SET.format(
        table=relation.sql,
        values=", ".join(f"{quote(name)} = {value}" for name, value in new.items()),
        where=reach.where(table, params),
        unless_set=_differs(new),
    )
    changed = await change.run(statement, params.values)
    await _verify(change, reach, table, values)
    return changed


def value_of(value: Scalar, column: Column, params: Params) -> str:
    """The expression for a value, read by Postgres as the column's type."""
    text = str(value).lower() if isinstance(value, bool) else value if value is None else str(value)
    return params.add(text, column.type)


async def _verify(change: Change, reach: Reach, table: Table, values: Mapping[str, Scalar]) -> None:
    relation, params = reach.catalogue[table.name], Params()
    new = {name: value_of(value, relation.columns[name], params) for name, value in values.items()}
    statement = _UNSET.format(table=relation.sql, where=reach.where(table, params), unless_set=_differs(new))
    if await change.fetch(statement, params.values):
        raise Refused(
            f"tables.{table.name}: the columns did not stay as set, as by a trigger; nothing was changed"
        )


def _differs(new: Mapping[str, str]) -> str:
    return " OR ".join(f"t.{quote(name)} IS DISTINCT FROM {value}" for name, value in new.items())
