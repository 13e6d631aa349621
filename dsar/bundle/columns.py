"""The columns of a collection's table: the union of its records' top-level keys, in the order they come."""

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from operator import itemgetter
from typing import Any

from dsar.bundle.cells import LINE_END, row, rows

COLUMNS_MAX = 500  # more are no columns but data; they stand as JSON in one column of their own
MORE = "(more fields as JSON)"
NOTHING = f'""{LINE_END}'  # an empty line would be no row at all


class Columns:
    """Collected in the first pass over a collection, used in the second."""

    def __init__(self) -> None:
        self._names: dict[str, None] = {}
        self._overflow = False

    @property
    def count(self) -> int:
        """How many the table has."""
        return len(self._names) + self._overflow

    @property
    def names(self) -> Collection[str]:
        """The fields that have a column of their own, in their order."""
        return self._names.keys()

    @property
    def labels(self) -> tuple[str, ...]:
        """All columns by their names, the one for what has none of its own among them."""
        return (*self._names, *([self._more] if self._overflow else []))

    @property
    def _more(self) -> str:
        more = MORE
        while more in self._names:
            more += "*"
        return more

    def learn(self, records: Iterable[dict[str, Any]]) -> None:
        """Take in the keys of some records."""
        for keys in dict.fromkeys(map(tuple, records)):  # neighbours are mostly alike
            self._add(keys)

    def _add(self, keys: Iterable[str]) -> None:
        for key in keys:
            if key not in self._names:
                if len(self._names) == COLUMNS_MAX:
                    self._overflow = True
                    return
                self._names[key] = None

    def head(self) -> str:
        """The line of the names."""
        return row(self.labels) if self.count else LINE_END

    @property
    def blank(self) -> str:
        """The line of a record that has a value in no column."""
        return "," * (self.count - 1) + LINE_END if self.count > 1 else NOTHING

    def lines(self, records: list[dict[str, Any]]) -> list[str]:
        """One line a record, with its end."""
        if not self._names:
            return [NOTHING] * len(records)
        table = self._values(records)
        if self._overflow:
            table.append([self._rest(data) for data in records])
        return rows(table)

    def _values(self, records: list[dict[str, Any]]) -> list[Sequence[Any]]:
        """Column by column; at once where no record lacks a field."""
        if len(self._names) > 1:
            with suppress(KeyError):
                return list(zip(*map(itemgetter(*self._names), records), strict=True))
        return [[data.get(name) for data in records] for name in self._names]

    def _rest(self, data: dict[str, Any]) -> dict[str, Any] | None:
        return {key: value for key, value in data.items() if key not in self._names} or None
