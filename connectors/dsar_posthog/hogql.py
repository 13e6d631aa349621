"""The text of every query. Only UUIDs, moments and numbers enter it, as types, so nothing can be injected.

Every query names its LIMIT: without one PostHog returns 100 rows and says nothing of the rest.
"""

from datetime import UTC, datetime
from uuid import UUID

from msgspec import Struct

PERSON_COLUMNS = "id, created_at, is_identified, properties"
EVENT_COLUMNS = "uuid, timestamp, created_at, event, distinct_id, properties, elements_chain"
STAMP_COLUMNS = "uuid, timestamp, created_at"


class EventKey(Struct, frozen=True):
    """Where a page of events ends: the place in the order (timestamp, uuid)."""

    timestamp: datetime
    uuid: UUID


def person(person_id: UUID) -> str:
    return f"select {PERSON_COLUMNS} from persons where id = {_uuid(person_id)} limit 1"  # noqa: S608 - typed values


def distinct_ids(person_id: UUID) -> str:
    """All of them in one row, so that no LIMIT can cut the list."""
    what = "arraySort(groupArray(distinct_id)) as distinct_ids"
    return f"select {what} from person_distinct_ids where person_id = {_uuid(person_id)} limit 1"  # noqa: S608 - typed


def events(person_id: UUID, after: EventKey | None, *, columns: str, limit: int) -> str:
    """The next page in the order (timestamp, uuid). Only the server compares uuids: its order is its own."""
    where = f"person_id = {_uuid(person_id)}{_beyond(after)}"
    return f"select {columns} from events where {where} order by timestamp, uuid limit {limit:d}"  # noqa: S608 - typed


def _beyond(after: EventKey | None) -> str:
    if after is None:
        return ""
    moment = _moment(after.timestamp)
    # The first term lets the server skip what lies before; the second is the keyset.
    return f" and timestamp >= {moment} and (timestamp > {moment} or uuid > {_uuid(after.uuid)})"


def _uuid(value: UUID) -> str:
    return f"toUUID('{UUID(int=value.int)}')"


def _moment(value: datetime) -> str:
    """With the zone, because the project's own is applied to a time without one."""
    return f"toDateTime64('{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}', 6, 'UTC')"
