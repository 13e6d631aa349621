"""Logs that Asterisk writes as CSV: the CDR's `Master.csv` and its second copy for each account code, and the CEL."""

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from dsar.contract import Refused
from dsar_asterisk import logfile
from dsar_asterisk.faults import faults
from dsar_asterisk.logfile import CDR, Form
from dsar_asterisk.traces import Trace
from dsar_asterisk.wanted import Wanted


class OneCsv(Struct, frozen=True):
    """One file with every row: `Master.csv`, of the CDR or of the CEL."""

    path: Path
    name: str = "master_csv"
    form: Form = CDR

    def files(self, codes: frozenset[str] | None) -> list[Path]:  # noqa: ARG002 - it holds every account code
        return [self.path.resolve()]

    def probe(self) -> int:
        """Read the first row, so that a log of another form is told; how many fields it has."""
        return logfile.probe(self.path.resolve(), self.name, self.form)

    def scan(self, wanted: Wanted, codes: frozenset[str] | None) -> Iterator[list[Trace]]:
        """Yield the wanted traces in batches, some of them empty."""
        for path in self.files(codes):
            yield from logfile.scan(path, self.name, self.form, wanted)


class AccountsCsv(Struct, frozen=True):
    """The folder of the second copies; Asterisk writes a row to the file of its account code only."""

    path: Path
    master: Path | None
    name: str = "accounts_csv_dir"
    form: Form = CDR

    def files(self, codes: frozenset[str] | None) -> list[Path]:
        """The copies under these account codes, or all. Names are listed, never built from a code."""
        with faults(self.name):
            found = sorted(entry for entry in self.path.resolve().iterdir() if entry.suffix == ".csv")
        copies = [entry for entry in found if self.master is None or entry.resolve() != self.master.resolve()]
        self._refuse_unset_master(copies)
        return [entry for entry in copies if codes is None or entry.stem in codes]

    def probe(self) -> int:
        """Read the first row of one, so that a log of another form is told; how many fields it has."""
        return next((logfile.probe(path, self.name, CDR) for path in self.files(None)), 0)

    def scan(self, wanted: Wanted, codes: frozenset[str] | None) -> Iterator[list[Trace]]:
        """Yield the wanted traces in batches, some of them empty."""
        for path in self.files(codes):
            yield from logfile.scan(path, self.name, CDR, wanted)

    def _refuse_unset_master(self, copies: list[Path]) -> None:
        if self.master is None and any(entry.name == "Master.csv" for entry in copies):
            raise Refused(
                f"{self.name}: the folder holds Master.csv; set master_csv too, or its rows would stay"
            )
