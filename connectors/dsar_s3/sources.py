"""How the objects of a place are searched: three ways with one face."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from msgspec import Struct

from dsar.contract import Held, Ref, Refused, Role, Scope
from dsar_s3.entries import Entry
from dsar_s3.persons import Person
from dsar_s3.places import Place
from dsar_s3.settings import S3Settings

Tenants = frozenset[str | None]
"""The customers whose objects may be touched; None stands for a place that knows no customers."""


class Holder(Struct, frozen=True):
    """A customer that holds a person, with one of the objects."""

    tenant: str
    person: Person
    entry_id: str


class Source(Protocol):
    """One place, searched."""

    place: Place

    def entries(self, person: Person, tenants: Tenants) -> AsyncIterator[Entry]:
        """All that is the person's, each once, in no order that is promised."""

    def holders(self, persons: Sequence[Person]) -> AsyncIterator[Holder]:
        """Each object of these persons with its customer."""

    def everyone(self) -> AsyncIterator[tuple[str | None, Ref]]:
        """Each identity that an object names, with its customer; some more than once."""

    async def probe(self) -> None:
        """Raise where what the settings say of the place is not so."""

    async def owns(self, key: str, version: str, tenants: Tenants) -> bool:
        """Whether the object is one of this place's, of these customers'."""


def tenants_of(place: Place, scope: Scope, settings: S3Settings) -> Tenants:
    """Whose objects of the place a case may touch; none: the place is not the case's."""
    if scope.role is Role.CONTROLLER or scope.tenant is None:
        return frozenset(settings.operator_tenants) if place.knows_tenants else frozenset({None})
    if not scope.tenant.strip():
        raise Refused("s3: the scope's tenant is empty; name the customer's")
    return frozenset({scope.tenant}) if place.knows_tenants else frozenset()


def held(tenant: str | None, identity: Ref, settings: S3Settings) -> Held:
    """As a scope would name the customer: the operator's own are none."""
    return Held(identity, None if tenant in settings.operator_tenants else tenant)
