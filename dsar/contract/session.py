"""What a connector does: opened by the service, asked one thing at a time."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, runtime_checkable

import httpx
from msgspec import Struct

from dsar.contract.coverage import Coverage
from dsar.contract.errors import Refused
from dsar.contract.items import Attachment, Held, Mark, Match, Record, TenantHit
from dsar.contract.manifest import Collection, Manifest
from dsar.contract.orders import Erase, Order, OrderKind, Receipt
from dsar.contract.planning import Plan, digest
from dsar.contract.scope import Ref, Scope


class Session(Protocol):
    """A system that is open. One session serves many cases at once, and keeps nothing of any.

    A connector's session inherits this class: what it does not write itself answers as most systems would.
    """

    @property
    def collections(self) -> Mapping[str, Collection]:
        """The collections that `export` may yield, by name."""

    @property
    def finds_by(self) -> frozenset[str] | None:
        """The kinds of identity that `find` knows anybody by, as the system is set up. By default its manifest's."""
        return None

    async def probe(self) -> Coverage:
        """Raise the fitting `ConnectorError` unless the system answers and the settings fit it; say what it covers."""

    async def tenants(self, refs: Sequence[Ref]) -> AsyncIterator[TenantHit]:
        """Name the customers that hold the person, each once. By default it knows no customers."""
        del refs
        for hit in tuple[TenantHit, ...]():
            yield hit

    def find(self, refs: Sequence[Ref], scope: Scope) -> AsyncIterator[Match]:
        """Name the subjects that the proven identities lead to, each once."""

    def export(self, ref: Ref, scope: Scope, after: Mark | None) -> AsyncIterator[Record | Attachment | Mark]:
        """Stream the subject's items in a stable order, with marks between."""

    def read(self, attachment: Attachment, scope: Scope) -> AsyncIterator[bytes]:
        """Stream one attachment's bytes, as exported a moment or a day ago. By default there are none."""
        del attachment, scope
        raise Refused("read: this system has no attachments")

    async def foresee(self, ref: Ref, scope: Scope, order: Erase) -> Plan:
        """Say what the erasure would do, and change nothing. By default it takes all that the export yields."""
        del order
        erased: Counter[str] = Counter()
        items: list[tuple[str, str]] = []
        async for item in self.export(ref, scope, None):
            if not isinstance(item, Mark):
                erased[item.origin.collection] += 1
                items.append((item.origin.collection, item.origin.record_id))
        return Plan(dict(erased), (), digest(items, ()))

    async def carry_out(self, ref: Ref, scope: Scope, order: Order, key: str) -> Receipt:
        """Do what is ordered, once for each key."""

    async def everyone(self) -> AsyncIterator[Held]:
        """Name all that the system holds, for `Manifest.lists_everyone`. By default it cannot."""
        for held in tuple[Held, ...]():
            yield held
        raise Refused("everyone: this system cannot list whom it holds")


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
