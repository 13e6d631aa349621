"""What this connector is, and how a project is opened."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dsar.contract import Manifest, OrderKind, Session, Tools
from dsar_posthog.api import Api
from dsar_posthog.plan import CAPTURED_AFTER_REQUEST
from dsar_posthog.session import PostHogSession
from dsar_posthog.settings import PostHogSettings

MANIFEST = Manifest(
    key="posthog",
    title="PostHog product analytics",
    settings=PostHogSettings,
    finds_by=frozenset({"email", "account_id"}),
    orders=frozenset({OrderKind.ERASE}),
    secret_settings=("api_key",),
    # The query API allows 2,400 calls an hour to a project.
    calls_per_minute=40,
    lists_everyone=True,
    residue="PostHog deletes events and recordings in the background, some days after the person's profile. "
    "Events that reach it after the erasure was ordered stay until they are erased in their turn.",
    grounds={CAPTURED_AFTER_REQUEST: "it came in after the erasure was ordered, which does not reach it"},
)


class PostHogConnector:
    """The entry point `posthog` of `dsar.connectors`."""

    @property
    def manifest(self) -> Manifest:
        return MANIFEST

    def orders(self, settings: PostHogSettings) -> frozenset[OrderKind]:  # noqa: ARG002 - the same whatever the settings
        return MANIFEST.orders

    @asynccontextmanager
    async def open(self, settings: PostHogSettings, tools: Tools) -> AsyncIterator[Session]:
        yield PostHogSession(Api(settings, tools.http))


connector = PostHogConnector()
