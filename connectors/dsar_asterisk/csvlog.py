"""The CDR as cdr_csv writes it: `Master.csv` with every row, and a second copy for each account code."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from msgspec import Struct

from dsar.contract import Refused
from dsar_asterisk.cdr import HEAD_FIELDS, Leg, MalformedRowError, parse, split
from dsar_asterisk.faults import faults
from dsar_asterisk.rows import Row, rows
from dsar_asterisk.wanted import Wanted

_ROWS_A_BATCH = 4_096  # some ten milliseconds in a thread, then the event loop may stop the search


class MasterCsv(Struct, frozen=True):
    """`Master.csv`."""

    path: Path
    name: str = "master_csv"

    def files(self, codes: frozenset[str] | None) -> list[Path]:  # noqa: ARG002 - it holds every account code
        return [self.path.resolve()]

    def probe(self) -> None:
        """Read the first row, so that a log of another form is told."""
        _probe(self.files(None), self.name)

    def scan(self, wanted: Wanted, codes: frozenset[str] | None) -> Iterator[list[Leg]]:
        """Yield the wanted legs in batches, some of them empty."""
        for path in self.files(codes):
            yield from _scan(path, self.name, wanted)


class AccountsCsv(Struct, frozen=True):
    """The folder of the second copies; Asterisk writes a row to the file of its account code only."""

    path: Path
    master: Path | None
    name: str = "accounts_csv_dir"

    def files(self, codes: frozenset[str] | None) -> list[Path]:
        """The copies under these account codes, or all. Names are listed, never built from a code."""
        with faults(self.name):
            found = sorted(entry for entry in self.path.resolve().iterdir() if entry.suffix == ".csv")
        copies = [entry for entry in found if self.master is None or entry.resolve() != self.master.resolve()]
        self._refuse_unset_master(copies)
        return [entry for entry in copies if codes is None or entry.stem in codes]

    def probe(self) -> None:
        """Read the first row, so that a log of another form is told."""
        _probe(self.files(None), self.name)

    def scan(self, wanted: Wanted, codes: frozenset[str] | None) -> Iterator[list[Leg]]:
        """Yield the wanted legs in batches, some of them empty."""
        for path in self.files(codes):
            yield from _scan(path, self.name, wanted)

    def _refuse_unset_master(self, copies: list[Path]) -> None:
        if self.master is None and any(entry.name == "Master.csv" for entry in copies):
            raise Refused(
                f"{self.name}: the folder holds Master.csv; set master_csv too, or its rows would stay"
            )


def _probe(files: list[Path], setting: str) -> None:
    for path in files[:1]:
        with faults(setting), path.open("rb") as stream:
            for row in islice(rows(stream), 1):
                _leg(row, path, setting)


def _scan(path: Path, setting: str, wanted: Wanted) -> Iterator[list[Leg]]:
    batch: list[Leg] = []
    with faults(setting), path.open("rb") as stream:
        for count, row in enumerate(rows(stream), start=1):
            leg = _wanted_leg(row, path, setting, wanted)
            if leg is not None:
                batch.append(leg)
            if count % _ROWS_A_BATCH == 0:
                yield batch
                batch = []
    yield batch


def _wanted_leg(row: Row, path: Path, setting: str, wanted: Wanted) -> Leg | None:
    if row.is_blank or (row.looks_sound and not wanted.may_be_in(row.raw)):
        return None
    try:
        leg = _leg(row, path, setting)
    except Refused:
        if _is_plainly_foreign(row, wanted):
            return None
        raise
    return leg if wanted.takes(leg) else None


def _leg(row: Row, path: Path, setting: str) -> Leg:
    try:
        return parse(row.text, setting)
    except MalformedRowError as why:
        raise Refused(f"{setting}: {path.name} line {row.line} cannot be read: {why}; mend the row") from None


def _is_plainly_foreign(row: Row, wanted: Wanted) -> bool:
    """Whether a broken row still shows that it is not wanted: its numbers can be read and are others'."""
    try:
        head = split(row.text)[:HEAD_FIELDS]
    except MalformedRowError:
        return False
    return len(head) == HEAD_FIELDS and not wanted.may_be_in(row.raw)
