"""What the connector declares, and how it opens a call store."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from dsar.contract import Manifest, OrderKind, Tools
from dsar_asterisk.calls import SAME_LEG
from dsar_asterisk.csvlog import AccountsCsv, MasterCsv
from dsar_asterisk.erase import Copies
from dsar_asterisk.recordings import Recordings
from dsar_asterisk.search import Search
from dsar_asterisk.session import AsteriskSession
from dsar_asterisk.settings import AsteriskSettings, check
from dsar_asterisk.sqlite import SqliteCdr

_MANIFEST = Manifest(
    key="asterisk",
    title="Asterisk call store",
    settings=AsteriskSettings,
    finds_by=frozenset({"phone"}),
    orders=frozenset({OrderKind.ERASE}),
    knows_tenants=True,
    residue=(
        "Rotated or backed-up copies of the call log and of recordings, until the operator's rotation "
        "deletes them, and disk blocks of removed files, until they are written again."
    ),
)


class AsteriskConnector:
    """Reads and erases the files of an Asterisk server on this machine or a mount."""

    @property
    def manifest(self) -> Manifest:
        """What this connector is and can do."""
        return _MANIFEST

    def orders(self, settings: AsteriskSettings) -> frozenset[OrderKind]:  # noqa: ARG002 - the same whatever the settings
        return _MANIFEST.orders

    @asynccontextmanager
    async def open(
        self,
        settings: AsteriskSettings,
        tools: Tools,  # noqa: ARG002 - files need no HTTP
    ) -> AsyncIterator[AsteriskSession]:
        """Check the settings and make a session; files are opened when they are searched."""
        check(settings)
        copies = _copies(settings)
        yield AsteriskSession(settings, copies, Search(copies.sources, _same_leg(settings)))


def _copies(settings: AsteriskSettings) -> Copies:
    master = Path(settings.master_csv) if settings.master_csv else None
    table = (settings.sqlite_table, settings.sqlite_columns)
    return Copies(
        master=MasterCsv(master) if master else None,
        accounts=AccountsCsv(Path(settings.accounts_csv_dir), master) if settings.accounts_csv_dir else None,
        sqlite=SqliteCdr(Path(settings.sqlite), *table) if settings.sqlite else None,
        recordings=Recordings(Path(settings.recordings_dir)) if settings.recordings_dir else None,
    )


def _same_leg(settings: AsteriskSettings) -> tuple[str, ...]:
    kept = settings.sqlite_columns.named() if settings.sqlite else SAME_LEG
    return tuple(name for name in SAME_LEG if name in kept)
