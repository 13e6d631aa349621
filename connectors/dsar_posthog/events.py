"""A person's events, in the order (timestamp, uuid), a page at a time, none cut off and none twice."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

from dsar.contract import Origin, Record, Unreachable
from dsar_posthog import hogql
from dsar_posthog.api import Api
from dsar_posthog.hogql import EventKey
from dsar_posthog.properties import inferred, opened
from dsar_posthog.wire import EventRow, StampRow

COLLECTION = "events"
Row = TypeVar("Row", EventRow, StampRow)


def pages(api: Api, person_id: UUID, after: EventKey | None) -> AsyncGenerator[list[EventRow]]:
    """Whole events, for an export."""
    return _pages(api, person_id, after, hogql.EVENT_COLUMNS, EventRow)


def stamps(api: Api, person_id: UUID) -> AsyncGenerator[list[StampRow]]:
    """Only which events there are, and when they came."""
    return _pages(api, person_id, None, hogql.STAMP_COLUMNS, StampRow)


def key_of(row: EventRow | StampRow) -> EventKey:
    return EventKey(row.timestamp, row.uuid)


def record(row: EventRow) -> Record:
    data = {
        "uuid": str(row.uuid),
        "event": row.event,
        "timestamp": row.timestamp.astimezone(UTC).isoformat(),
        "created_at": row.created_at.astimezone(UTC).isoformat(),
        "distinct_id": row.distinct_id,
        "properties": opened(row.properties),
        "elements_chain": row.elements_chain,
    }
    origin = Origin(COLLECTION, str(row.uuid), read_at=datetime.now(UTC))
    return Record(origin, data, inferred=inferred(data))


async def _pages(
    api: Api, person_id: UUID, after: EventKey | None, columns: str, row: type[Row]
) -> AsyncGenerator[list[Row]]:
    """Until an empty page: a short one may be the vendor's own limit."""
    while True:
        text = hogql.events(person_id, after, columns=columns, limit=api.settings.event_page_size)
        rows = await api.query(text, row)
        if not rows:
            return
        after = _advanced(after, [key_of(found) for found in rows])
        yield _once(rows)


def _advanced(after: EventKey | None, keys: list[EventKey]) -> EventKey:
    """The page's last key. A page that breaks the order or repeats `after` would make an endless export."""
    moments = [key.timestamp for key in ([after] if after else []) + keys]
    if moments != sorted(moments) or after in keys:
        raise Unreachable("PostHog query/: the events are not in the order asked for")
    return keys[-1]


def _once(rows: list[Row]) -> list[Row]:
    """Each event once: the vendor's store may show a row twice until it has merged its parts."""
    return list({key_of(row): row for row in rows}.values())
