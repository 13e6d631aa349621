"""What this connector is, and how a service is opened."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dsar.contract import Manifest, OrderKind, Session, Tools
from dsar_webhook.channel import Channel
from dsar_webhook.described import describe, takes
from dsar_webhook.ordering import ADDRESSES
from dsar_webhook.session import WebhookSession
from dsar_webhook.settings import WebhookSettings

MANIFEST = Manifest(
    key="webhook",
    title="Own service, by signed webhooks",
    settings=WebhookSettings,
    finds_by=frozenset(ADDRESSES),
    orders=frozenset(OrderKind),
    knows_tenants=True,
    secret_settings=("secret",),
    lists_everyone=True,
)


class WebhookConnector:
    """The entry point `webhook` of `dsar.connectors`."""

    @property
    def manifest(self) -> Manifest:
        return MANIFEST

    def orders(self, settings: WebhookSettings) -> frozenset[OrderKind]:
        return takes(settings)

    @asynccontextmanager
    async def open(self, settings: WebhookSettings, tools: Tools) -> AsyncIterator[Session]:
        """The service is asked at once what it holds: without that nothing of it can be told."""
        service = Channel(settings, tools.http)
        yield WebhookSession(service, settings, await describe(service, settings))


connector = WebhookConnector()
