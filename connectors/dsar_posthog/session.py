"""One open project: the connector protocol, held to the operator's own data."""

from collections.abc import AsyncIterator, Mapping, Sequence
from uuid import UUID

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
    Role,
    Scope,
    Session,
)
from dsar_posthog import erasure, events, hogql, persons, plan
from dsar_posthog.api import Api
from dsar_posthog.export import export
from dsar_posthog.wire import DeletionPage, PersonPage, PersonRow

COLLECTIONS = {
    persons.COLLECTION: Collection(
        "analytics", "The person's profile and its properties, with all distinct ids"
    ),
    events.COLLECTION: Collection(
        "analytics", "What the person did on the site and in the product, event by event", dated="timestamp"
    ),
}

NOT_COVERED = (
    "Session recordings: deleted with the person, and never exported",
    "Survey answers, other than as events",
    "Data-warehouse tables, batch exports and what they were sent to",
    "The copy of the person's properties that PostHog keeps in each event",
    "Events of anonymous visits that PostHog never joined to a person",
)


class PostHogSession(Session):
    """Holds no state of any case."""

    def __init__(self, api: Api) -> None:
        self._api = api

    @property
    def collections(self) -> Mapping[str, Collection]:
        return COLLECTIONS

    @property
    def finds_by(self) -> frozenset[str]:
        """By account only where the settings say that the product's distinct ids are accounts."""
        accounts = {"account_id"} if self._api.settings.distinct_ids_are_accounts else set()
        return frozenset({"email", *accounts})

    async def probe(self) -> Coverage:
        """Try each kind of reading on nobody's data; `person:write` can be tried only by deleting."""
        nobody = UUID(int=0)
        await self._api.get("persons/", {"email": "probe@dsar.invalid", "limit": 1}, PersonPage)
        await self._api.get(
            "persons/deletion_status/", {"person_uuid": str(nobody), "limit": 1}, DeletionPage
        )
        await self._api.query(hogql.person(nobody), PersonRow)
        return Coverage(not_covered=NOT_COVERED)

    async def find(self, refs: Sequence[Ref], scope: Scope) -> AsyncIterator[Match]:
        """Every person with a proven address is sure, however many: people arrive anew on each device."""
        seen: set[Ref] = set()
        look = {"email": persons.find, "account_id": persons.find_account}
        for known in dict.fromkeys(ref for ref in refs if ref.kind in self.finds_by and _is_ours(scope)):
            async for match in look[known.kind](self._api, known):
                if match.ref not in seen:
                    seen.add(match.ref)
                    yield match

    async def export(
        self, ref: Ref, scope: Scope, after: Mark | None
    ) -> AsyncIterator[Record | Attachment | Mark]:
        if not _is_ours(scope):
            return
        async for item in export(self._api, _person_id(ref), after):
            yield item

    async def foresee(self, ref: Ref, scope: Scope, order: Erase) -> Plan:
        """PostHog deletes a person whole; what it holds after a deletion stays, and is said to."""
        _refuse_others(scope)
        return await plan.foresee(self._api, _person_id(ref), order.named)

    async def everyone(self) -> AsyncIterator[Held]:
        """Everyone whose address PostHog shows; anonymous visitors have none to be found by."""
        async for held in persons.everyone(self._api):
            yield held

    async def carry_out(self, ref: Ref, scope: Scope, order: Order, key: str) -> Receipt:
        """Idempotent by the person, which is stricter than by `key`: a person is ordered away once."""
        _ = key
        _refuse_others(scope)
        if not isinstance(order, Erase):
            raise Refused(f"PostHog: {type(order).__name__} is not offered; do it in PostHog by hand")
        return await erasure.erase(self._api, _person_id(ref), order)


def _is_ours(scope: Scope) -> bool:
    return scope.role is Role.CONTROLLER


def _refuse_others(scope: Scope) -> None:
    if not _is_ours(scope):
        raise Refused(
            "PostHog holds the operator's own analytics only; nothing of a customer's is changed here"
        )


def _person_id(ref: Ref) -> UUID:
    if ref.kind != persons.KIND:
        raise Refused(f"PostHog: a subject here is a {persons.KIND}")
    try:
        return UUID(ref.value)
    except ValueError:
        raise Refused(f"PostHog: a {persons.KIND} is named by its uuid") from None
