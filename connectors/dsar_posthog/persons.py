"""Persons: found by e-mail address, read by id."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from dsar.contract import Held, Match, Origin, Record, Ref, Refused, Unreachable
from dsar_posthog import hogql
from dsar_posthog.api import Api
from dsar_posthog.properties import inferred, opened
from dsar_posthog.wire import DistinctIdsRow, Person, PersonPage, PersonRow

KIND = "posthog_person"
COLLECTION = "persons"
PAGES_MAX = 100
EVERYONE_PAGES_MAX = 1_000_000


async def find(api: Api, email: Ref) -> AsyncIterator[Match]:
    """One match a person; a person that both searches show comes twice."""
    async for person in _listed(api, {"email": email.value}):
        yield Match(ref=Ref(KIND, str(person.uuid)), found_by=email, sure=_is_sure(person, email))
    if not api.settings.any_case:
        return
    # The vendor's exact filter tells A@x from a@x; its search does not, but finds parts of addresses too.
    async for person in _listed(api, {"search": email.value}):
        if _address(person) == email.value:
            yield Match(ref=Ref(KIND, str(person.uuid)), found_by=email)


async def find_account(api: Api, account: Ref) -> AsyncIterator[Match]:
    """The person whom the product identifies by this account: PostHog has one for each distinct id."""
    async for person in _listed(api, {"distinct_id": account.value}):
        if account.value not in person.distinct_ids:
            raise Refused("PostHog persons/: the distinct_id filter was not applied; check host")
        yield Match(ref=Ref(KIND, str(person.uuid)), found_by=account)


async def everyone(api: Api) -> AsyncIterator[Held]:
    """Each address, and account, that the project's persons show; who came while the list was read may come twice."""
    async for person in _listed(api, {}, pages_max=EVERYONE_PAGES_MAX):
        address = _address(person)
        if address and (api.settings.any_case or address == _written(person)):
            yield Held(Ref("email", address))
        for account in person.distinct_ids if api.settings.distinct_ids_are_accounts else ():
            yield Held(Ref("account_id", account))


async def row(api: Api, person_id: UUID) -> PersonRow | None:
    """The person as it is now, None when it is gone."""
    rows = await api.query(hogql.person(person_id), PersonRow)
    if any(found.id != person_id for found in rows):
        raise Refused("PostHog query/: answered with another person")
    return rows[0] if rows else None


async def record(api: Api, person_id: UUID) -> Record | None:
    """The person's record with all distinct ids, None when it is gone."""
    person = await row(api, person_id)
    if person is None:
        return None
    ids = await api.query(hogql.distinct_ids(person_id), DistinctIdsRow)
    data = _data(person, [value for found in ids for value in found.distinct_ids])
    origin = Origin(COLLECTION, str(person_id), read_at=datetime.now(UTC))
    return Record(origin, data, inferred=inferred(data))


def _data(person: PersonRow, distinct_ids: list[str]) -> dict[str, Any]:
    return {
        "uuid": str(person.id),
        "created_at": person.created_at.astimezone(UTC).isoformat(),
        "is_identified": None if person.is_identified is None else bool(person.is_identified),
        "distinct_ids": distinct_ids,
        "properties": opened(person.properties),
    }


async def _listed(api: Api, wanted: dict[str, str], pages_max: int = PAGES_MAX) -> AsyncIterator[Person]:
    page = await api.get("persons/", {**wanted, "limit": api.settings.person_page_size}, PersonPage)
    seen: set[int] = set()
    for _ in range(pages_max):
        for person in page.results:
            yield person
        if page.next is None:
            return
        if hash(page.next) in seen:
            raise Unreachable("PostHog persons/: the pages lead in a circle; it is tried again")
        seen.add(hash(page.next))
        page = await api.follow("persons/", page.next, PersonPage)
    raise Refused(
        f"PostHog persons/: more than {pages_max} pages of persons for one question; look in PostHog"
    )


def _is_sure(person: Person, email: Ref) -> bool:
    """Sure when the person shows the proven address; unsure when the key may not see the address."""
    address = _address(person)
    if address not in {None, email.value}:
        raise Refused("PostHog persons/: the e-mail filter was not applied; check host")
    return address is not None


def _address(person: Person) -> str | None:
    address = _written(person)
    return None if address is None else address.strip().lower()


def _written(person: Person) -> str | None:
    properties = person.properties if isinstance(person.properties, dict) else {}
    address = properties.get("email")
    return None if address is None else str(address)
