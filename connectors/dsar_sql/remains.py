"""What an erasure leaves, read back inside its transaction: each row with its ground, or it fails."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from msgspec import Struct

from dsar.contract import Kept, Origin, Refused
from dsar_sql.database import Change
from dsar_sql.dependence import Dependence
from dsar_sql.identifiers import Params, columns, quote
from dsar_sql.json_row import obtained_from
from dsar_sql.reach import Reach
from dsar_sql.references import write_key
from dsar_sql.tables import OnErase, Table

SUPPRESSION = "suppression"

_REMAINING = """
SELECT ARRAY[{key}]::text[] AS key, {dated}::date AS dated, {restricted} AS restricted,
       {obtained_from} AS obtained_from{links}
FROM {table} t WHERE {where} ORDER BY {order}
"""


class Ground(Struct, frozen=True):
    """Why a row stays, and the date from which that is counted."""

    name: str
    dated: date | None


Link = tuple[Dependence, tuple[str, ...]]


class Remains:
    """The rows left; a row that other rows need stays on the ground of theirs that is counted longest."""

    def __init__(self, change: Change, reach: Reach, needs: Sequence[Dependence]) -> None:
        self._change = change
        self._reach = reach
        self._needs = needs
        self._grounds: dict[Link, Ground] = {}

    async def kept(self, order: Iterable[Table]) -> list[Kept]:
        """Every row left of the tables, dependent rows first; one without a ground is refused."""
        kept: list[Kept] = []
        for table in order:
            rows = await self._rows(table)
            grounds = [self._ground(table, row) for row in rows]
            kept += [
                self._kept(table, *each) for each in zip(rows, grounds, range(1, len(rows) + 1), strict=True)
            ]
        return kept

    def _ground(self, table: Table, row: Any) -> Ground:
        ground = _own_ground(table, row)
        if ground is None:
            ground = self._ground_of_dependents(table, row)
        if ground is None:
            raise Refused(_unaccounted(table))
        for number, need in enumerate(self._needs):
            if need.table == table.name:
                link = need, tuple(row[f"link_{number}"])
                self._grounds[link] = _later(self._grounds.get(link), ground)
        return ground

    def _ground_of_dependents(self, table: Table, row: Any) -> Ground | None:
        ground: Ground | None = None
        for number, need in enumerate(self._needs):
            below = self._grounds.get((need, tuple(row[f"link_{number}"]))) if need.on == table.name else None
            ground = _later(ground, below) if below else ground
        return ground

    def _kept(self, table: Table, row: Any, ground: Ground, number: int) -> Kept:
        record_id = str(number) if self._reach.tree.key_is_personal(table) else write_key(row["key"])
        origin = Origin(table.name, record_id, datetime.now(UTC), row["obtained_from"])
        return Kept(origin, ground.name, dated=ground.dated, restricted=row["restricted"])

    async def _rows(self, table: Table) -> list[Any]:
        params = Params()
        dated = ", ".join(columns(table.keep.dated)) if table.keep and table.keep.dated else "NULL"
        statement = _REMAINING.format(
            key=_texts(table.key),
            dated=f"coalesce({dated})",
            restricted=f"t.{quote(table.restrict)} IS TRUE" if table.restrict else "false",
            obtained_from=obtained_from(table, params),
            links="".join(_link(number, need, table) for number, need in enumerate(self._needs)),
            table=self._reach.catalogue[table.name].sql,
            where=self._reach.where(table, params),
            order=", ".join(columns(table.key)),
        )
        return await self._change.fetch(statement, params.values)


def _own_ground(table: Table, row: Any) -> Ground | None:
    if table.on_erase is OnErase.SUPPRESSION:
        return Ground(SUPPRESSION, None)
    return Ground(table.keep.ground, row["dated"]) if table.keep else None


def _later(known: Ground | None, new: Ground) -> Ground:
    if known is None or (new.dated or date.min) > (known.dated or date.min):
        return new
    return known


def _link(number: int, need: Dependence, table: Table) -> str:
    names = need.ours if need.table == table.name else need.theirs if need.on == table.name else None
    return f", ARRAY[{_texts(names)}]::text[] AS link_{number}" if names else ""


def _texts(names: Iterable[str]) -> str:
    return ", ".join(f"{column}::text" for column in columns(names))


def _unaccounted(table: Table) -> str:
    return (
        f"tables.{table.name}: rows of the subject would remain without a ground, so nothing was changed; "
        "look for a trigger that keeps them, or rows of another subject, scope or table that need them"
    )
