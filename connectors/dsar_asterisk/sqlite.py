"""The CDR as cdr_sqlite3_custom writes it, and the CEL as cel_sqlite3_custom does.

Asterisk gives up a row when the database stays locked for longer than its `busy_timeout`, in older versions
a millisecond. Every lock here is therefore short: reads take a window of rows at a time, the one transaction
that erases finds its rows beforehand, and there is no VACUUM: `secure_delete` overwrites what is deleted.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from msgspec import Struct

from dsar.contract import Refused, Unreachable
from dsar_asterisk.faults import faults
from dsar_asterisk.traces import MalformedRowError, Trace
from dsar_asterisk.wanted import ByKeys, ByNumber, Wanted, by_uniqueids

_ROWS_A_WINDOW = 4_096
_BUSY_SECONDS = 10

_HOLDS_NEEDLE = "EXISTS (SELECT 1 FROM json_each(:needles) AS n WHERE {places})"
_HAS_ONE_OF = "{column} IN (SELECT value FROM json_each(:{values}))"
_IS_HALF_OF = "substr({column}, 1, length({column}) - 2) IN (SELECT value FROM json_each(:channels))"


class Table(Struct, frozen=True):
    """One table. Identifiers were checked with the settings, values are always parameters.

    `columns` gives the column of each variable that is kept, `numbers` the variables that hold a number.
    """

    path: Path
    table: str
    columns: Mapping[str, str]
    numbers: tuple[str, ...]
    read: Callable[[dict[str, str], str], Trace]
    name: str

    def scan(self, wanted: Wanted, codes: frozenset[str] | None) -> Iterator[list[Trace]]:  # noqa: ARG002 - one table
        """Yield the wanted traces in batches, some of them empty."""
        where, values = self._where(wanted)
        picked = ", ".join(_quoted(column) for column in self.columns.values())
        with faults(self.name), closing(self._open("ro")) as database:
            for window in self._windows(database, picked, where, values):
                found = (
                    self._trace(number, dict(zip(self.columns, row, strict=True))) for number, *row in window
                )
                yield [trace for trace in found if wanted.takes(trace)]

    def column_names(self) -> list[tuple[str, bool]]:
        """The table's columns as they are now, each with whether it is only the row's number."""
        with faults(self.name), closing(self._open("ro")) as database:
            found = database.execute(
                "SELECT name, type, pk FROM pragma_table_info(?)", (self.table,)
            ).fetchall()
        return [(name, bool(pk) and kind.upper() == "INTEGER") for name, kind, pk in found]

    def erase(self, uniqueids: frozenset[str], codes: frozenset[str]) -> int:
        """Delete these channels' rows under these codes or none, overwriting their bytes; how many."""
        where, values = self._doomed(uniqueids, codes)
        with faults(self.name), closing(self._open("ro")) as database:
            windows = self._windows(database, "rowid", where, values)
            found = [number for window in windows for number, _ in window]
        if not found:
            return 0
        values["found"] = json.dumps(found)
        again = "rowid IN (SELECT value FROM json_each(:found))"
        delete = f"DELETE FROM {_quoted(self.table)} WHERE {again} AND {where}"  # noqa: S608 - checked names, bound values
        with faults(self.name), closing(self._open("rw")) as database:
            database.execute("PRAGMA secure_delete = ON")
            database.execute("BEGIN IMMEDIATE")
            gone = database.execute(delete, values).rowcount
            database.execute("COMMIT")
        return gone

    def probe(self) -> int:
        """Read one window, so that a missing table or column is told; how many columns are read."""
        next(self.scan(by_uniqueids([]), None))
        return len(self.columns)

    def flush(self) -> None:
        """Empty the write-ahead log, which may still hold what was deleted."""
        with faults(self.name), closing(self._open("rw")) as database:
            (mode,) = database.execute("PRAGMA journal_mode").fetchone()
            if mode == "wal" and database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                raise Unreachable(f"{self.name}: a reader holds the write-ahead log; it is tried again")

    def _open(self, mode: str) -> sqlite3.Connection:
        with self.path.open("rb"):  # SQLite says the same of a missing file and of a forbidden one
            pass
        uri = f"{self.path.resolve().as_uri()}?mode={mode}"
        # A search moves from thread to thread between windows, never in two at once.
        return sqlite3.connect(
            uri,
            uri=True,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )

    def _windows(
        self,
        database: sqlite3.Connection,
        picked: str,
        where: str,
        values: dict[str, str],
    ) -> Iterator[list[tuple[Any, ...]]]:
        table = _quoted(self.table)
        (last,) = database.execute(f"SELECT max(rowid) FROM {table}").fetchone()  # noqa: S608 - a checked name
        select = f"SELECT rowid, {picked} FROM {table} WHERE rowid > :after AND rowid <= :until AND ({where})"  # noqa: S608 - checked names, bound values
        for after in range(0, last or 1, _ROWS_A_WINDOW):
            window = {"after": after, "until": after + _ROWS_A_WINDOW}
            yield database.execute(f"{select} ORDER BY rowid", values | window).fetchall()

    def _where(self, wanted: Wanted) -> tuple[str, dict[str, str]]:
        """Leave out in SQL what cannot be wanted; what is, `Wanted.takes` says."""
        if isinstance(wanted, ByNumber):
            held = [self.columns[name] for name in self.numbers if name in self.columns]
            places = " OR ".join(f"instr({_quoted(column)}, n.value)" for column in held)
            return _HOLDS_NEEDLE.format(places=places), {"needles": _listed(p.needle for p in wanted.phones)}
        if isinstance(wanted, ByKeys):
            return self._joins(wanted)
        return "1", {}

    def _joins(self, wanted: ByKeys) -> tuple[str, dict[str, str]]:
        ways = [_HAS_ONE_OF.format(column=_quoted(self.columns["uniqueid"]), values="uniqueids")]
        if "linkedid" in self.columns:
            ways.append(_HAS_ONE_OF.format(column=_quoted(self.columns["linkedid"]), values="linkedids"))
        if "channel" in self.columns:
            ways.append(_IS_HALF_OF.format(column=_quoted(self.columns["channel"])))
        sought = {"uniqueids": wanted.uniqueids, "linkedids": wanted.linkedids, "channels": wanted.channels}
        return " OR ".join(ways), {name: _listed(values) for name, values in sought.items()}

    def _doomed(self, uniqueids: frozenset[str], codes: frozenset[str]) -> tuple[str, dict[str, str]]:
        channels = _HAS_ONE_OF.format(column=_quoted(self.columns["uniqueid"]), values="uniqueids")
        owner = f"coalesce({_quoted(self.columns['accountcode'])}, '')"
        owners = _HAS_ONE_OF.format(column=owner, values="codes")
        return f"{channels} AND {owners}", {"uniqueids": _listed(uniqueids), "codes": _listed(codes | {""})}

    def _trace(self, number: int, values: dict[str, Any]) -> Trace:
        texts = {name: "" if value is None else str(value) for name, value in values.items()}
        try:
            return self.read(texts, self.name)
        except MalformedRowError as why:
            raise Refused(f"{self.name}: row {number} cannot be read: {why}; mend the row") from None


def _quoted(identifier: str) -> str:
    # Within double quotes SQLite would take the name of a column that is missing for a text.
    return f"[{identifier}]"


def _listed(values: Any) -> str:
    return json.dumps(sorted(values))
