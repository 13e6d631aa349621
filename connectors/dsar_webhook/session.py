"""One open service: the connector protocol in its questions and answers."""

from collections.abc import AsyncIterator, Mapping, Sequence

from dsar.contract import (
    Attachment,
    Changed,
    Collection,
    Coverage,
    Erase,
    Held,
    Mark,
    Match,
    Order,
    OrderKind,
    Plan,
    Receipt,
    Record,
    Ref,
    Refused,
    Scope,
    Session,
    TenantHit,
)
from dsar_webhook import asked, described, exporting, ordering
from dsar_webhook.answered import Described, Found, Offer, OrderAnswer, People, TenantsHeld
from dsar_webhook.asked import Identity, ScopeAsked
from dsar_webhook.channel import Channel
from dsar_webhook.fault import contradiction
from dsar_webhook.settings import WebhookSettings

PEOPLE_PAGES_MAX = 1_000_000


class WebhookSession(Session):
    """Holds the service's description of itself, and nothing of any case."""

    def __init__(self, service: Channel, settings: WebhookSettings, said: Described) -> None:
        self._service = service
        self._settings = settings
        self._offers = frozenset(said.offers)
        self._collections = described.collections(said)

    @property
    def collections(self) -> Mapping[str, Collection]:
        return self._collections

    async def probe(self) -> Coverage:
        """Have the service describe itself anew."""
        return described.coverage(await self._look())

    async def _look(self) -> Described:
        said = await described.describe(self._service, self._settings)
        self._offers = frozenset(said.offers)
        # In place: an export under way has the mapping in its hands.
        self._collections.update(described.collections(said))
        return said

    async def _knows(self, collection: str) -> bool:
        """Whether it is described, if need be by a fresh look: a service grows while we work."""
        if collection not in self._collections:
            await self._look()
        return collection in self._collections

    async def tenants(self, refs: Sequence[Ref]) -> AsyncIterator[TenantHit]:
        """Name the customers; a service that does not offer it has none."""
        known = _searched(refs)
        if not known or Offer.TENANTS not in self._offers:
            return
        answer = await self._service.ask(asked.Tenants(identities=_identities(known)), TenantsHeld)
        if len({hit.tenant for hit in answer.tenants}) < len(answer.tenants):
            raise contradiction("tenants", "tenants", "names one twice")
        for place, hit in enumerate(answer.tenants):
            found_by = _found_by(known, hit.found_by, "tenants", f"tenants[{place}]")
            yield TenantHit(hit.tenant, found_by, dict(hit.counts))

    async def find(self, refs: Sequence[Ref], scope: Scope) -> AsyncIterator[Match]:
        known = _searched(refs)
        if not known:
            return
        question = asked.Find(scope=_scope(scope), identities=_identities(known))
        answer = await self._service.ask(question, Found)
        if len({subject.id for subject in answer.subjects}) < len(answer.subjects):
            raise contradiction("find", "subjects", "names one twice")
        for place, subject in enumerate(answer.subjects):
            found_by = _found_by(known, subject.found_by, "find", f"subjects[{place}]")
            yield Match(Ref(ordering.KIND, subject.id), found_by, subject.sure)

    def export(self, ref: Ref, scope: Scope, after: Mark | None) -> AsyncIterator[Record | Attachment | Mark]:
        subject = ordering.subject_of(ref)
        return exporting.export(self._service, _scope(scope), subject, after, self._knows)

    def read(self, attachment: Attachment, scope: Scope) -> AsyncIterator[bytes]:
        if Offer.ATTACHMENT not in self._offers:
            raise Refused("webhook attachment: the service does not offer it; fetch the file by hand")
        return exporting.read(self._service, _scope(scope), attachment)

    async def foresee(self, ref: Ref, scope: Scope, order: Erase) -> Plan:
        """By the service's own plan, or by what its export says of each item."""
        if Offer.PLAN in self._offers:
            return await ordering.foresee(self._service, _scope(scope), ref, order)
        return await ordering.read_off(self._service, _scope(scope), ref, order)

    async def carry_out(self, ref: Ref, scope: Scope, order: Order, key: str) -> Receipt:
        """Ask first what became of the key: an order whose answer was lost is not given twice."""
        wanted = ordering.question(ref, _scope(scope), order, key)
        operation = str(wanted.__struct_config__.tag)
        if OrderKind(operation) not in self._settings.orders:
            raise Refused(f"webhook {operation}: is not among orders; do it in the service by hand")
        known = await ordering.status(self._service, _scope(scope), key)
        if known is None:
            await self._as_planned(ref, scope, order)
            known = await self._service.ask(wanted, OrderAnswer)
        return ordering.receipt(known, operation)

    async def _as_planned(self, ref: Ref, scope: Scope, order: Order) -> None:
        """A service that makes its plans holds the order against them itself, within its transaction."""
        if not isinstance(order, Erase) or order.plan is None or Offer.PLAN in self._offers:
            return
        if (await self.foresee(ref, scope, order)).digest != order.plan:
            raise Changed(
                "webhook erase: the items are no longer those of the plan; make it anew and approve it"
            )

    async def everyone(self) -> AsyncIterator[Held]:
        if Offer.EVERYONE not in self._offers:
            raise Refused("webhook everyone: the service does not offer it; look there by hand")
        cursor = None
        seen: set[int] = set()
        for _ in range(PEOPLE_PAGES_MAX):
            question = asked.Everyone(cursor=cursor, limit=self._service.page_size)
            page = await self._service.ask(question, People)
            for one in page.people:
                yield Held(Ref(one.kind, one.value), one.tenant)
            if page.cursor is None:
                return
            if hash(page.cursor) in seen:
                break
            seen.add(hash(page.cursor))
            cursor = page.cursor
        raise contradiction("everyone", "cursor", "comes a second time, so the list would not end")


def _searched(refs: Sequence[Ref]) -> list[Ref]:
    return [ref for ref in dict.fromkeys(refs) if ref.kind in ordering.ADDRESSES]


def _identities(refs: Sequence[Ref]) -> list[Identity]:
    return [Identity(ref.kind, ref.value) for ref in refs]


def _found_by(refs: Sequence[Ref], place: int, operation: str, field: str) -> Ref:
    if place >= len(refs):
        raise contradiction(operation, f"{field}.found_by", "is the place of no identity that was asked by")
    return refs[place]


def _scope(scope: Scope) -> ScopeAsked:
    return ScopeAsked(scope.role.value, scope.tenant)
