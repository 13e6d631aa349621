"""What this connector is, and how such a system is opened."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dsar.contract import Manifest, OrderKind, Session, Tools
from dsar_manual.session import ManualSession
from dsar_manual.settings import ManualSettings

MANIFEST = Manifest(
    key="manual",
    title="A system worked by hand",
    settings=ManualSettings,
    finds_by=frozenset({"email", "phone", "account_id"}),
    orders=frozenset(OrderKind),
    rechecks=(),
    by_hand=True,
)


class ManualConnector:
    """The entry point `manual` of `dsar.connectors`."""

    @property
    def manifest(self) -> Manifest:
        return MANIFEST

    def orders(self, settings: ManualSettings) -> frozenset[OrderKind]:
        """Those with an instruction."""
        return frozenset(order for order in OrderKind if settings.work(order) is not None)

    @asynccontextmanager
    async def open(self, settings: ManualSettings, tools: Tools) -> AsyncIterator[Session]:
        _ = tools
        yield ManualSession(settings)


connector = ManualConnector()
