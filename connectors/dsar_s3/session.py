"""One open store: the connector protocol over its places."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing

from dsar.contract import (
    Attachment,
    Collection,
    Coverage,
    Erase,
    Held,
    Mark,
    Match,
    Order,
    Plan,
    Receipt,
    Record,
    Ref,
    Refused,
    Scope,
    Session,
    TenantHit,
)
from dsar_s3 import probing, reading
from dsar_s3.api import Api
from dsar_s3.erasure import erasure
from dsar_s3.export import Mine, export
from dsar_s3.files import found
from dsar_s3.items import collections_of
from dsar_s3.persons import Person, person
from dsar_s3.sources import Source, held, tenants_of


class S3Session(Session):
    """Asks the store anew at every call, and keeps nothing between two."""

    def __init__(self, api: Api, sources: Sequence[Source]) -> None:
        self._api = api
        self._sources = sources

    @property
    def collections(self) -> Mapping[str, Collection]:
        """Two for each place: what the store says of the files, and the files."""
        each = [collections_of(source.place) for source in self._sources]
        return {name: collection for mine in each for name, collection in mine.items()}

    @property
    def finds_by(self) -> frozenset[str]:
        """What the places go by: a bucket of numbers knows nobody by an address."""
        return frozenset[str]().union(*(source.place.kinds for source in self._sources))

    async def probe(self) -> Coverage:
        """Try each kind of reading, and look for what no place names; deleting can be tried only by deleting."""
        return await probing.probe(self._api, self._sources)

    async def tenants(self, refs: Sequence[Ref]) -> AsyncIterator[TenantHit]:
        """Each customer with the objects that name the person; the operator's own are no customers."""
        own = set(self._api.settings.operator_tenants)
        met: dict[str, tuple[Ref, Counter[str]]] = {}
        for source in self._sources:
            async for holder in source.holders(list(_persons(refs).values())):
                if holder.tenant not in own:
                    found_by = _first(refs, holder.person)
                    met.setdefault(holder.tenant, (found_by, Counter()))[1][source.place.key] += 1
        for tenant, (found_by, counts) in sorted(met.items()):
            yield TenantHit(tenant, found_by, dict(counts))

    async def find(self, refs: Sequence[Ref], scope: Scope) -> AsyncIterator[Match]:
        """One match for each identity that an object in scope names."""
        mine = self._mine(scope)
        for ref, who in _persons(refs).items():
            if await _any(who, mine):
                yield Match(ref=who.ref, found_by=ref)

    async def export(
        self, ref: Ref, scope: Scope, after: Mark | None
    ) -> AsyncIterator[Record | Attachment | Mark]:
        """Place by place, oldest first; each record before its file."""
        async for item in export(self._api, _subject(ref), self._mine(scope), after):
            yield item

    async def read(self, attachment: Attachment, scope: Scope) -> AsyncIterator[bytes]:
        """The version's bytes, once it is seen to be one of a place in scope."""
        wanted = await found(self._api, self._mine(scope), attachment)
        async with aclosing(reading.whole(self._api, wanted)) as pieces:
            async for piece in pieces:
                yield piece

    async def foresee(self, ref: Ref, scope: Scope, order: Erase) -> Plan:
        """What the erasure would do now."""
        return await erasure(self._api, _subject(ref), self._mine(scope), order).foresee()

    async def carry_out(self, ref: Ref, scope: Scope, order: Order, key: str) -> Receipt:  # noqa: ARG002 - by nature
        """Erase; what is gone stays gone, so that repeating changes nothing whatever the key."""
        if not isinstance(order, Erase):
            raise Refused("s3: objects can only be erased; a person carries out this order")
        await probing.refuse_second_factor(self._api)
        wanted = erasure(self._api, _subject(ref), self._mine(scope), order)
        return await (wanted.carry_out() if order.plan is None else wanted.approved(order.plan))

    async def everyone(self) -> AsyncIterator[Held]:
        """Whomever an object names, read in one listing of each place. Each is named once in a row, not once in all."""
        for source in self._sources:
            last: Held | None = None
            async for tenant, identity in source.everyone():
                one = held(tenant, identity, self._api.settings)
                if one != last:
                    yield one
                last = one

    def _mine(self, scope: Scope) -> Mine:
        each = [(source, tenants_of(source.place, scope, self._api.settings)) for source in self._sources]
        return [(source, tenants) for source, tenants in each if tenants]


def _persons(refs: Sequence[Ref]) -> dict[Ref, Person]:
    """Who is searched, each under the first identity that states it."""
    first: dict[Ref, tuple[Ref, Person]] = {}
    for ref in refs:
        if (who := person(ref)) is not None:
            first.setdefault(who.ref, (ref, who))
    return dict(first.values())


def _first(refs: Sequence[Ref], who: Person) -> Ref:
    return next(ref for ref, each in _persons(refs).items() if each == who)


def _subject(ref: Ref) -> Person:
    who = person(ref)
    if who is None:
        raise Refused("s3: the subject is no identity that this connector searches by; find it again")
    return who


async def _any(who: Person, mine: Mine) -> bool:
    for source, tenants in mine:
        async for _ in source.entries(who, tenants):
            return True
    return False
