"""An erasure under way: what was there before, what it took, and so what it amounts to as a plan."""

from collections import Counter

from dsar.contract import Changed, Kept, Plan, digest
from dsar_sql.changing.dependence import erasure_order
from dsar_sql.dialects.database import Change
from dsar_sql.dialects.dialect import Params
from dsar_sql.mapping.tables import Table
from dsar_sql.reading.reach import Reach
from dsar_sql.reading.references import write_key

_KEYS = "SELECT {key} FROM {table} t WHERE {where} ORDER BY {order}"


class Doing:
    """Counts the rows of each table that are gone."""

    def __init__(self, change: Change, reach: Reach) -> None:
        self.change = change
        self.reach = reach
        self._gone: Counter[str] = Counter()
        self._before: dict[str, list[str]] = {}

    @property
    def changed(self) -> int:
        """All rows gone."""
        return self._gone.total()

    def count(self, table: Table, rows: int) -> None:
        """So many rows of the table are gone."""
        self._gone[table.name] += rows

    async def look(self) -> None:
        """Note which rows there are before anything is done; a view's are rows of some table, and go with those."""
        for table in erasure_order(self.reach.roots, self.reach.tree, self.reach.fitted.needs):
            if not self.reach.relation(table).is_table:
                continue
            self._before[table.name] = await self._ids(table)

    async def plan(self, kept: list[Kept]) -> Plan:
        """What was there and is not kept is what goes; that is as many rows as went, or the plan is none."""
        staying = {(item.origin.collection, item.origin.record_id) for item in kept}
        going = {
            name: self._going(name, ids, [i for i in ids if (name, i) in staying])
            for name, ids in self._before.items()
        }
        if any(len(ids) != self._gone[name] for name, ids in going.items()):
            raise Changed(
                "plan: rows of the subject came or went meanwhile, and nothing was changed; try again"
            )
        pairs = [(name, record_id) for name, ids in going.items() for record_id in ids]
        grounds = [(item.origin.collection, item.origin.record_id, item.ground) for item in kept]
        return Plan({n: len(ids) for n, ids in going.items() if ids}, tuple(kept), digest(pairs, grounds))

    def _going(self, name: str, ids: list[str], staying: list[str]) -> list[str]:
        if self.reach.tree.key_is_personal(self.reach.tree[name]):
            return ids[
                len(staying) :
            ]  # numbered, not named: which of them stay cannot be told, only how many
        kept = set(staying)
        return [record_id for record_id in ids if record_id not in kept]

    async def _ids(self, table: Table) -> list[str]:
        dialect, relation, params = self.reach.dialect, self.reach.relation(table), Params(self.reach.dialect)
        order = dialect.columns(table.key)
        texts = [dialect.text(sql, relation.columns[n]) for sql, n in zip(order, table.key, strict=True)]
        statement = _KEYS.format(
            key=", ".join(texts),
            table=relation.sql,
            where=self.reach.where(table, params),
            order=", ".join(order),
        )
        rows = await self.change.fetch(statement, params.values)
        if self.reach.tree.key_is_personal(table):
            return [str(number) for number in range(1, len(rows) + 1)]
        return [write_key(row) for row in rows]
