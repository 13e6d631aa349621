"""Objects that name the person themselves, in their user metadata or their tags."""

from collections.abc import AsyncIterator, Mapping, Sequence

from dsar.contract import Ref
from dsar_s3 import heads, listing
from dsar_s3.api import Api
from dsar_s3.entries import Entry, Sort
from dsar_s3.persons import Person, said
from dsar_s3.places import Labels, Place
from dsar_s3.sources import Holder, Tenants

Named = tuple[str | None, frozenset[tuple[str, str]]]  # the customer, and each identity as (kind, value)


class ByLabels:
    """Searched by asking every object under the prefix: a store has no look-up by what objects say."""

    def __init__(self, api: Api, place: Place, labels: Labels) -> None:
        self._api = api
        self.place = place
        self._labels = labels

    async def entries(self, person: Person, tenants: Tenants) -> AsyncIterator[Entry]:
        async for (tenant, identities), entry in self._all():
            if tenant in tenants and (person.kind, person.value) in identities:
                yield entry

    async def holders(self, persons: Sequence[Person]) -> AsyncIterator[Holder]:
        if not self.place.knows_tenants:
            return
        async for (tenant, identities), entry in self._all():
            for person in persons:
                if tenant is not None and (person.kind, person.value) in identities:
                    yield Holder(tenant, person, entry.id)

    async def everyone(self) -> AsyncIterator[tuple[str | None, Ref]]:
        async for (tenant, identities), _ in self._all():
            for kind, value in sorted(identities):
                yield tenant, Ref(kind, value)

    async def probe(self) -> None:
        """Ask the first object, so that a right that is missing is told."""
        async for entry in listing.versions(self._api, self.place.bucket, self.place.prefix):
            if entry.sort is Sort.VERSION:
                await self._said(entry)
                return

    async def owns(self, key: str, version: str, tenants: Tenants) -> bool:
        if not key.startswith(self.place.prefix):
            return False
        async for (tenant, _), entry in self._named(
            listing.versions(self._api, self.place.bucket, key, exactly=True)
        ):
            if entry.version == version and tenant in tenants:
                return True
        return False

    def _all(self) -> AsyncIterator[tuple[Named, Entry]]:
        return self._named(listing.versions(self._api, self.place.bucket, self.place.prefix))

    async def _named(self, entries: AsyncIterator[Entry]) -> AsyncIterator[tuple[Named, Entry]]:
        """Every version that names somebody, and the delete markers of a key whose versions all name the same.

        A marker names nobody itself. An upload in progress shows no labels before it is complete.
        """
        key: str | None = None
        markers: list[Entry] = []
        names: set[Named | None] = set()
        async for entry in entries:
            if entry.key != key:
                for marked in _markers(markers, names):
                    yield marked
                key, markers, names = entry.key, [], set()
            if entry.sort is Sort.MARKER:
                markers.append(entry)
                continue
            named = await self._of(entry)
            names.add(named)
            if named is not None:
                yield named, entry
        for marked in _markers(markers, names):
            yield marked

    async def _of(self, entry: Entry) -> Named | None:
        """Whom a version names: None if it names nobody, or has gone meanwhile."""
        said_by = await self._said(entry)
        identities = {
            (kind, value)
            for kind, label in self._labels.identities.items()
            if (value := said(kind, said_by.get(label.lower(), ""))) is not None
        }
        tenant = said_by.get(self._labels.tenant.lower()) if self._labels.tenant else None
        if not identities or (self._labels.tenant and not tenant):
            return None
        return tenant, frozenset(identities)

    async def _said(self, entry: Entry) -> Mapping[str, str]:
        if self._labels.where == "metadata":
            found = await heads.head(self._api, entry)
            return found.metadata if found else {}
        return {name.lower(): value for name, value in (await heads.tags(self._api, entry)).items()}


def _markers(markers: Sequence[Entry], names: set[Named | None]) -> list[tuple[Named, Entry]]:
    [named] = names if len(names) == 1 else [None]
    return [] if named is None else [(named, marker) for marker in markers]
