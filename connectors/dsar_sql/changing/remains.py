"""What an erasure leaves, read back inside its transaction: each row with its ground, or it fails."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime

from msgspec import Struct

from dsar.contract import Kept, Origin, Refused
from dsar_sql.changing.dependence import Dependence
from dsar_sql.dialects.database import Change
from dsar_sql.dialects.dialect import Params
from dsar_sql.mapping.tables import OnErase, Table
from dsar_sql.reading.reach import Reach
from dsar_sql.reading.references import write_key
from dsar_sql.reading.telling import one_source, own_source

SUPPRESSION = "suppression"

_REMAINING = """
SELECT {dated}, {restricted}, {source}, {texts}
FROM {table} t WHERE {where} ORDER BY {order}
"""


class Ground(Struct, frozen=True):
    """Why a row stays, and the date from which that is counted."""

    name: str
    dated: date | None


Link = tuple[Dependence, tuple[str | None, ...]]


class _Row(Struct, frozen=True):
    """A row that is left; `links` are its columns of each dependence, by the dependence's number."""

    dated: date | None
    restricted: bool
    source: str | None
    key: tuple[str, ...]
    links: dict[int, tuple[str | None, ...]]


class Remains:
    """The rows left; a row that other rows need stays on the ground of theirs that is counted longest."""

    def __init__(self, change: Change, reach: Reach) -> None:
        self._change = change
        self._reach = reach
        self._needs = reach.fitted.needs
        self._grounds: dict[Link, Ground] = {}

    async def kept(self, order: Iterable[Table]) -> list[Kept]:
        """Every row left of the tables, dependent rows first; one without a ground is refused."""
        kept: list[Kept] = []
        for table in order:
            for number, row in enumerate(await self._rows(table), start=1):
                kept.append(self._kept(table, row, self._ground(table, row), number))
        return kept

    def _ground(self, table: Table, row: _Row) -> Ground:
        ground = _own_ground(table, row)
        if ground is None:
            ground = self._ground_of_dependents(table, row)
        if ground is None:
            raise Refused(_unaccounted(table))
        for number, need in enumerate(self._needs):
            if need.table == table.name:
                link = need, row.links[number]
                self._grounds[link] = _later(self._grounds.get(link), ground)
        return ground

    def _ground_of_dependents(self, table: Table, row: _Row) -> Ground | None:
        ground: Ground | None = None
        for number, need in enumerate(self._needs):
            below = self._grounds.get((need, row.links[number])) if need.on == table.name else None
            ground = _later(ground, below) if below else ground
        return ground

    def _kept(self, table: Table, row: _Row, ground: Ground, number: int) -> Kept:
        record_id = str(number) if self._reach.tree.key_is_personal(table) else write_key(row.key)
        origin = Origin(table.name, record_id, datetime.now(UTC), row.source or one_source(table))
        return Kept(origin, ground.name, dated=ground.dated, restricted=row.restricted)

    async def _rows(self, table: Table) -> Iterator[_Row]:
        dialect, relation, params = (
            self._reach.dialect,
            self._reach.relation(table),
            Params(self._reach.dialect),
        )
        dated = dialect.columns(table.keep.dated if table.keep else ())
        links = dict(_links(self._needs, table))
        names = [*table.key, *(name for columns in links.values() for name in columns)]
        statement = _REMAINING.format(
            dated=dialect.date(dated) if dated else "NULL",
            restricted=f"t.{dialect.quote(table.restrict)} IS TRUE" if table.restrict else "false",
            source=own_source(table, relation, dialect) or "NULL",
            texts=", ".join(
                dialect.text(sql, relation.columns[name])
                for sql, name in zip(dialect.columns(names), names, strict=True)
            ),
            table=relation.sql,
            where=self._reach.where(table, params),
            order=", ".join(dialect.columns(table.key)),
        )
        rows = await self._change.fetch(statement, params.values)
        return (_read(table, links, *row) for row in rows)


def _read(
    table: Table,
    links: dict[int, tuple[str, ...]],
    dated: date | str | None,
    restricted: object,
    source: str | None,
    *texts: str,
) -> _Row:
    key, rest = texts[: len(table.key)], texts[len(table.key) :]
    linked: dict[int, tuple[str | None, ...]] = {}
    for number, columns in links.items():
        linked[number], rest = rest[: len(columns)], rest[len(columns) :]
    return _Row(_date(table, dated), bool(restricted), source, key, linked)


def _date(table: Table, written: date | str | None) -> date | None:
    if not isinstance(written, str):
        return written
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise Refused(f"tables.{table.name}.keep.dated: a row's value is no date; correct the row") from None


def _own_ground(table: Table, row: _Row) -> Ground | None:
    if table.on_erase is OnErase.SUPPRESSION:
        return Ground(SUPPRESSION, None)
    return Ground(table.keep.ground, row.dated) if table.keep else None


def _later(known: Ground | None, new: Ground) -> Ground:
    if known is None or (new.dated or date.min) > (known.dated or date.min):
        return new
    return known


def _links(needs: Sequence[Dependence], table: Table) -> Iterator[tuple[int, tuple[str, ...]]]:
    for number, need in enumerate(needs):
        if table.name in {need.table, need.on}:
            yield number, need.ours if need.table == table.name else need.theirs


def _unaccounted(table: Table) -> str:
    return (
        f"tables.{table.name}: rows of the subject would remain without a ground, so nothing was changed; "
        "look for a trigger that keeps them, or rows of another subject, scope or table that need them"
    )
