"""What the entry point names."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dsar.contract import Manifest, OrderKind, Session, Tools

from dsar_sample.api import Api
from dsar_sample.session import SampleSession
from dsar_sample.settings import SampleSettings

MANIFEST = Manifest(
    key="sample",
    title="Sample",
    settings=SampleSettings,
    finds_by=frozenset({"email"}),
    orders=frozenset({OrderKind.ERASE}),
    secret_settings=("token",),
    calls_per_minute=600,
    residue="Erased data stays in the vendor's backups until they expire.",
)


class SampleConnector:
    """The entry point `sample` of `dsar.connectors`."""

    @property
    def manifest(self) -> Manifest:
        """What it is and can do."""
        return MANIFEST

    def orders(self, settings: SampleSettings) -> frozenset[OrderKind]:
        """The same, however it is configured."""
        del settings
        return MANIFEST.orders

    @asynccontextmanager
    async def open(self, settings: SampleSettings, tools: Tools) -> AsyncIterator[Session]:
        """What is opened here is closed after the `yield`; the client is the service's."""
        yield SampleSession(Api(settings, tools.http), settings.page_size)


connector = SampleConnector()
