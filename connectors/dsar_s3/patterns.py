"""Objects whose key names the person."""

from collections.abc import AsyncIterator, Sequence

from dsar.contract import Ref, Refused
from dsar_s3 import listing
from dsar_s3.api import Api
from dsar_s3.entries import Entry
from dsar_s3.persons import Person, said
from dsar_s3.places import Place
from dsar_s3.sources import Holder, Tenants
from dsar_s3.template import Template

FOLDER_PAGES_MAX = 1_000


class ByPattern:
    """Searched by the longest beginning of the key that the person and the customer fix."""

    def __init__(self, api: Api, place: Place, template: Template) -> None:
        self._api = api
        self.place = place
        self._template = template
        self._kind = template.kind or ""

    async def entries(self, person: Person, tenants: Tenants) -> AsyncIterator[Entry]:
        for tenant in sorted(tenants, key=str):
            async for holder, entry in self._under(person, self._prefixes(person, tenant)):
                if holder == tenant:
                    yield entry

    async def holders(self, persons: Sequence[Person]) -> AsyncIterator[Holder]:
        if not (self.place.knows_tenants and any(person.kind == self._kind for person in persons)):
            return
        tenants = None if self._is_fixed_without() or self.place.scan else await self._tenants()
        for person in persons:
            prefixes = [p for tenant in tenants or (None,) for p in self._prefixes(person, tenant)]
            async for tenant, entry in self._under(person, [] if tenants == [] else prefixes):
                if tenant is not None:
                    yield Holder(tenant, person, entry.id)

    async def everyone(self) -> AsyncIterator[tuple[str | None, Ref]]:
        async for entry in self._all():
            if named := self._named(entry.key):
                yield named[0], Ref(self._kind, named[1])

    async def probe(self) -> None:
        """The settings have seen to the pattern."""

    async def owns(self, key: str, version: str, tenants: Tenants) -> bool:  # noqa: ARG002 - the key says it
        named = self._named(key)
        return named is not None and named[0] in tenants

    def _named(self, key: str) -> tuple[str | None, str] | None:
        """The customer and the identity that a key names; None if it does not fit the pattern."""
        read = self._template.read(key)
        if read is None or self._kind not in read:
            return None
        value = said(self._kind, read[self._kind])
        return None if value is None else (read.get("tenant"), value)

    async def _under(
        self, person: Person, prefixes: Sequence[str]
    ) -> AsyncIterator[tuple[str | None, Entry]]:
        """What lies under these prefixes and is the person's, with its customer."""
        if person.kind != self._kind:
            return
        for prefix in dict.fromkeys(prefixes):
            async for entry in listing.everything(self._api, self.place.bucket, prefix):
                named = self._named(entry.key)
                if named is not None and named[1] == person.value:
                    yield named[0], entry

    def _prefixes(self, person: Person, tenant: str | None) -> list[str]:
        known = {} if tenant is None else {"tenant": tenant}
        return [self._template.prefix({**known, self._kind: form}) for form in person.forms]

    def _is_fixed_without(self) -> bool:
        """Whether the person alone fixes the prefix, because the customer stands after them in the key."""
        return self._template.reaches(self._kind)

    async def _tenants(self) -> list[str]:
        """The folders where the customers stand; the settings have seen to it that they are folders."""
        head = self._template.head
        names, _, whole = await listing.folders(self._api, self.place.bucket, head, FOLDER_PAGES_MAX)
        if not whole:
            raise Refused(
                "s3: there are too many folders of customers to look through; name the customer by hand"
            )
        return [name.removeprefix(head).rstrip("/") for name in names]

    def _all(self) -> AsyncIterator[Entry]:
        return listing.everything(self._api, self.place.bucket, self._template.head)
