"""What is configured of a call store: which logs there are, and in which order they are read and erased."""

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from dsar_asterisk import cdr, cel
from dsar_asterisk.calls import SAME_LEG
from dsar_asterisk.csvlog import AccountsCsv, OneCsv
from dsar_asterisk.logfile import Form
from dsar_asterisk.queuelog import QueueLog
from dsar_asterisk.search import Source
from dsar_asterisk.settings import AsteriskSettings
from dsar_asterisk.sqlite import Table


class Copies(Struct, frozen=True):
    """The logs that are configured."""

    master: OneCsv | None
    accounts: AccountsCsv | None
    sqlite: Table | None
    cel_csv: OneCsv | None = None
    cel_sqlite: Table | None = None
    queue: QueueLog | None = None

    @property
    def logs(self) -> list[AccountsCsv | OneCsv]:
        """The CSV copies in the order of erasure."""
        return [log for log in (self.cel_csv, self.accounts, self.master) if log is not None]

    @property
    def tables(self) -> list[Table]:
        """The SQLite copies in the order of erasure."""
        return [table for table in (self.cel_sqlite, self.sqlite) if table is not None]

    @property
    def sources(self) -> tuple[Source, ...]:
        """All of them in the order of reading, fullest rows first."""
        return tuple(self._sources())

    @property
    def folder(self) -> Path:
        """A folder that an erasure writes to anyway."""
        first = next(source for source in (self.master, self.accounts, self.sqlite) if source is not None)
        path = first.path.resolve()
        return path if isinstance(first, AccountsCsv) else path.parent

    def _sources(self) -> Iterator[Source]:
        for source in (self.master, self.accounts, self.sqlite, self.cel_csv, self.cel_sqlite, self.queue):
            if source is not None:
                yield source


def copies(settings: AsteriskSettings) -> Copies:
    """As the settings name them."""
    master = Path(settings.master_csv) if settings.master_csv else None
    reader = cel.Reader(settings.cel_csv_fields)
    form = Form(reader, reader.shape, reader.head_fields)
    return Copies(
        master=OneCsv(master) if master else None,
        accounts=AccountsCsv(Path(settings.accounts_csv_dir), master) if settings.accounts_csv_dir else None,
        sqlite=_cdr_table(settings, settings.sqlite) if settings.sqlite else None,
        cel_csv=OneCsv(Path(settings.cel_csv), "cel_csv", form) if settings.cel_csv else None,
        cel_sqlite=_cel_table(settings, settings.cel_sqlite) if settings.cel_sqlite else None,
        queue=QueueLog(Path(settings.queue_log)) if settings.queue_log else None,
    )


def same_leg(settings: AsteriskSettings) -> tuple[str, ...]:
    """The fields that every copy of the CDR keeps and that tell legs apart."""
    kept = settings.sqlite_columns.named() if settings.sqlite else SAME_LEG
    return tuple(name for name in SAME_LEG if name in kept)


def _cdr_table(settings: AsteriskSettings, path: str) -> Table:
    columns = settings.sqlite_columns.named()
    numbers = ("src", "dst", "clid")
    return Table(Path(path), settings.sqlite_table, columns, numbers, cdr.from_values, "sqlite")


def _cel_table(settings: AsteriskSettings, path: str) -> Table:
    columns = settings.cel_sqlite_columns.named()
    return Table(Path(path), settings.cel_sqlite_table, columns, cel.NUMBERS, cel.event, "cel_sqlite")
