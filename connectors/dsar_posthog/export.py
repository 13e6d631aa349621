"""An export: the person's record, then the events, with a mark after each part that is complete."""

from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

from dsar.contract import Mark, Record, Refused
from dsar_posthog import events, persons
from dsar_posthog.api import Api
from dsar_posthog.hogql import EventKey

PERSON_DONE = Mark("person")


async def export(api: Api, person_id: UUID, after: Mark | None) -> AsyncIterator[Record | Mark]:
    if after is None:
        person = await persons.record(api, person_id)
        if person is not None:
            yield person
        yield PERSON_DONE
    async for page in events.pages(api, person_id, _key(after)):
        for row in page:
            yield events.record(row)
        yield _mark(events.key_of(page[-1]))


def _mark(key: EventKey) -> Mark:
    return Mark(f"event {key.timestamp.isoformat()} {key.uuid}")


def _key(mark: Mark | None) -> EventKey | None:
    if mark is None or mark == PERSON_DONE:
        return None
    try:
        _, moment, uuid = mark.cursor.split(" ")
        return EventKey(datetime.fromisoformat(moment), UUID(uuid))
    except ValueError:
        raise Refused("PostHog: this mark is not one of this connector's; start the export anew") from None
