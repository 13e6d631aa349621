"""What an erasure would do to a person: what was there when it is ordered goes, and what comes later stays."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime
from uuid import UUID

from dsar.contract import Kept, Origin, Plan, Refused, digest
from dsar_posthog import events, persons
from dsar_posthog.api import Api
from dsar_posthog.deletions import newest, refuse_second

CAPTURED_AFTER_REQUEST = "captured_after_request"


async def foresee(api: Api, person_id: UUID, named: frozenset[tuple[str, str]] = frozenset()) -> Plan:
    """As things stand now; with `named`, refused where other events have come since."""
    deletion = await newest(api, person_id)
    erased: list[tuple[str, str]] = []
    stay: list[Kept] = []
    async for collection, uuid, arrived, dated in _items(api, person_id):
        if deletion is not None and arrived > deletion.created_at:
            refuse_second(deletion, [arrived])
            stay.append(kept(collection, uuid, dated))
            continue
        erased.append((collection, str(uuid)))
        if named and collection == events.COLLECTION and erased[-1] not in named:
            raise Refused(
                "PostHog deletes a person whole, and events came since the order was held back; "
                "a person decides whether those go too"
            )
    counts = Counter(collection for collection, _ in erased)
    grounds = ((each.origin.collection, each.origin.record_id, each.ground) for each in stay)
    return Plan(counts, tuple(stay), digest(erased, grounds))


def kept(collection: str, uuid: UUID, dated: datetime) -> Kept:
    """An item that came after the deletion was ordered, which PostHog leaves."""
    origin = Origin(collection, str(uuid), datetime.now(UTC))
    return Kept(origin, CAPTURED_AFTER_REQUEST, dated=dated.astimezone(UTC).date())


async def _items(api: Api, person_id: UUID) -> AsyncIterator[tuple[str, UUID, datetime, datetime]]:
    """Collection, id, when it arrived at PostHog, and its own date."""
    person = await persons.row(api, person_id)
    if person is not None:
        yield persons.COLLECTION, person.id, person.created_at, person.created_at
    async with aclosing(events.stamps(api, person_id)) as pages:
        async for page in pages:
            for event in page:
                yield events.COLLECTION, event.uuid, event.created_at, event.timestamp
