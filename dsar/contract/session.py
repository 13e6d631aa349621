"""What a connector does: opened by the service, asked one thing at a time."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, runtime_checkable

import httpx
from msgspec import Struct

from dsar.contract.items import Attachment, Mark, Match, Record, TenantHit
from dsar.contract.manifest import Collection, Manifest
from dsar.contract.orders import Order, OrderKind, Receipt
from dsar.contract.scope import Ref, Scope


class Session(Protocol):
    """A system that is open. One session serves many cases at once."""

    @property
    def collections(self) -> Mapping[str, Collection]:
        """The collections that `export` may yield, by name."""

    async def probe(self) -> None:
        """Raise the fitting `ConnectorError` unless the system answers and the settings fit it."""

    def tenants(self, refs: Sequence[Ref]) -> AsyncIterator[TenantHit]:
        """Name the customers that hold the person, each once."""

    def find(self, refs: Sequence[Ref], scope: Scope) -> AsyncIterator[Match]:
        """Name the subjects that the proven identities lead to, each once."""

    def export(self, ref: Ref, scope: Scope, after: Mark | None) -> AsyncIterator[Record | Attachment | Mark]:
        """Stream the subject's items in a stable order, with marks between."""

    def read(self, attachment: Attachment, scope: Scope) -> AsyncIterator[bytes]:
        """Stream one attachment's bytes, as exported a moment or a day ago."""

    async def carry_out(self, ref: Ref, scope: Scope, order: Order, key: str) -> Receipt:
        """Do what is ordered, once for each key."""


class Tools(Struct, frozen=True):
    """What the service hands a connector: the only HTTP client it may use, with limits and the address guard."""

    http: httpx.AsyncClient


@runtime_checkable
class Connector(Protocol):
    """What the entry point `dsar.connectors` names."""

    @property
    def manifest(self) -> Manifest:
        """What this connector is and can do."""

    def orders(self, settings: Any) -> frozenset[OrderKind]:
        """Which of the manifest's orders a system with these settings takes."""

    def open(self, settings: Any, tools: Tools) -> AbstractAsyncContextManager[Session]:
        """Open a system; `settings` is an instance of `manifest.settings`."""
