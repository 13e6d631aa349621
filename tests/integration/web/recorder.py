"""A system that stands for any other: it holds what a test gives it and records every call made to it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from msgspec import Struct

from dsar.contract import (
    Attachment,
    Collection,
    Coverage,
    Erase,
    Manifest,
    Mark,
    Match,
    Order,
    OrderKind,
    Origin,
    Proof,
    Receipt,
    Record,
    Ref,
    Role,
    Scope,
    Session,
    TenantHit,
    Tools,
    Unreachable,
)

READ_AT = datetime(2026, 3, 2, tzinfo=UTC)


class RecorderSettings(Struct, frozen=True):
    """Nothing to set."""


class Recorder(Session):
    """Connector and session at once. `people` maps (tenant or None, kind, value) to their records."""

    def __init__(self) -> None:
        self.people: dict[tuple[str | None, str, str], list[dict[str, object]]] = {}
        self.unsure: set[str] = set()
        self.calls: list[str] = []
        self.refs_seen: set[Ref] = set()
        self.scopes_seen: set[Scope] = set()
        self.failing = False
        self.items: list[Record | Attachment] = []  # what everybody has beside their own records
        self.files: dict[str, bytes] = {}  # by an attachment's name

    # -- the connector

    @property
    def manifest(self) -> Manifest:
        return Manifest(
            key="recorder",
            title="Recorder",
            settings=RecorderSettings,
            finds_by=frozenset({"email", "phone", "account_id"}),
            orders=frozenset({OrderKind.ERASE, OrderKind.SUPPRESS}),
            knows_tenants=True,
        )

    def orders(self, _settings: object) -> frozenset[OrderKind]:
        return self.manifest.orders

    @asynccontextmanager
    async def open(self, _settings: object, _tools: Tools) -> AsyncIterator[Session]:
        yield self

    # -- the session

    @property
    def collections(self) -> Mapping[str, Collection]:
        return {
            "people": Collection(category="contact", description="people"),
            "calls": Collection(category="call_records", description="calls"),
        }

    def _heard(self, call: str, refs: Sequence[Ref], scope: Scope | None) -> None:
        self.calls.append(call)
        self.refs_seen.update(refs)
        if scope is not None:
            self.scopes_seen.add(scope)
        if self.failing:
            raise Unreachable("the recorder was told to fail; let it work again")

    async def probe(self) -> Coverage:
        self._heard("probe", [], None)
        return Coverage()

    async def tenants(self, refs: Sequence[Ref]) -> AsyncIterator[TenantHit]:
        self._heard("tenants", refs, None)
        for tenant, kind, value in self.people:
            for ref in refs:
                if tenant is not None and (ref.kind, ref.value) == (kind, value):
                    yield TenantHit(tenant, ref)

    async def find(self, refs: Sequence[Ref], scope: Scope) -> AsyncIterator[Match]:
        self._heard("find", refs, scope)
        for ref in refs:
            if (scope.tenant, ref.kind, ref.value) in self.people:
                yield Match(ref, ref, sure=ref.value not in self.unsure)

    async def export(
        self, ref: Ref, scope: Scope, after: Mark | None
    ) -> AsyncIterator[Record | Attachment | Mark]:
        self._heard("export", [ref], scope)
        for number, data in enumerate(self.people.get((scope.tenant, ref.kind, ref.value), [])):
            yield Record(Origin("people", str(number), READ_AT), data)
            yield Mark(str(number))
        for item in self.items:
            yield item

    async def read(self, attachment: Attachment, scope: Scope) -> AsyncIterator[bytes]:
        self._heard("read", [], scope)
        yield self.files.get(attachment.name, b"")

    async def carry_out(self, ref: Ref, scope: Scope, order: Order, key: str) -> Receipt:
        self._heard(f"order:{type(order).__name__.lower()}", [ref], scope)
        if isinstance(order, Erase):
            gone = self.people.pop((scope.tenant, ref.kind, ref.value), [])
            return Receipt(changed=len(gone), proof=Proof.VERIFIED)
        return Receipt(changed=1, proof=Proof.VERIFIED)


ROLES = (Role.CONTROLLER, Role.PROCESSOR)
