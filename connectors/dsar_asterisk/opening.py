"""What the connector declares, and how it opens a call store."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from dsar.contract import Manifest, OrderKind, Tools
from dsar_asterisk.ari import Ari
from dsar_asterisk.audio import Audio
from dsar_asterisk.copies import copies, same_leg
from dsar_asterisk.recordings import Recordings
from dsar_asterisk.search import Search
from dsar_asterisk.session import AsteriskSession
from dsar_asterisk.settings import AsteriskSettings, check
from dsar_asterisk.transcripts import Transcripts

_MANIFEST = Manifest(
    key="asterisk",
    title="Asterisk call store",
    settings=AsteriskSettings,
    finds_by=frozenset({"phone"}),
    orders=frozenset({OrderKind.ERASE}),
    knows_tenants=True,
    secret_settings=("ari_password",),
    lists_everyone=True,
    residue=(
        "Rotated or backed-up copies of the call log and of recordings, until the operator's rotation "
        "deletes them, and disk blocks of removed files, until they are written again."
    ),
)


class AsteriskConnector:
    """Reads and erases the files of an Asterisk server on this machine or a mount, and what it keeps behind ARI."""

    @property
    def manifest(self) -> Manifest:
        """What this connector is and can do."""
        return _MANIFEST

    def orders(self, settings: AsteriskSettings) -> frozenset[OrderKind]:  # noqa: ARG002 - the same whatever the settings
        return _MANIFEST.orders

    @asynccontextmanager
    async def open(self, settings: AsteriskSettings, tools: Tools) -> AsyncIterator[AsteriskSession]:
        """Check the settings and make a session; files are opened when they are searched."""
        check(settings)
        logs = copies(settings)
        yield AsteriskSession(
            settings, logs, Search(logs.sources, same_leg(settings)), _audio(settings, tools)
        )


def _audio(settings: AsteriskSettings, tools: Tools) -> Audio:
    ari = None
    if settings.ari_url:
        login = settings.ari_user, settings.ari_password
        ari = Ari(tools.http, settings.ari_url, *login, settings.ari_recording_name)
    return Audio(
        Recordings(Path(settings.recordings_dir)) if settings.recordings_dir else None,
        ari,
        Transcripts(Path(settings.transcripts_dir)) if settings.transcripts_dir else None,
    )
