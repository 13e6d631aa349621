"""The parts of PostHog's answers that are read; a missing or mistyped one makes the answer unusable."""

from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from msgspec import Meta, Struct

Moment = Annotated[datetime, Meta(tz=True)]
Row = TypeVar("Row")


class Person(Struct, frozen=True):
    """One entry of the persons list."""

    uuid: UUID
    distinct_ids: list[str] = []
    properties: Any = None


class PersonPage(Struct, frozen=True):
    """One page of the persons list; `next` is the vendor's link and not yet trusted."""

    results: list[Person]
    next: str | None = None


class Deletion(Struct, frozen=True):
    """The vendor's word on one queued deletion of a person's events."""

    person_uuid: str
    created_at: Moment
    delete_verified_at: Moment | None


class DeletionPage(Struct, frozen=True):
    """The deletions asked for; in which order the vendor does not say."""

    results: list[Deletion]
    next: str | None = None


class BulkDeleted(Struct, frozen=True):
    """What `bulk_delete` took on. `persons_deleted` is not read: it is 0 where persons are queued too."""

    persons_found: int
    events_queued_for_deletion: bool
    recordings_queued_for_deletion: bool
    deletion_errors: list[Any] = []


class Rows(Struct, Generic[Row], frozen=True):
    """A query's answer. An answer still being computed has no `results`, and is unusable."""

    results: list[Row]


class PersonRow(Struct, frozen=True, array_like=True):
    """One row of `hogql.PERSON_COLUMNS`."""

    id: UUID
    created_at: Moment
    is_identified: bool | int | None
    properties: Any


class DistinctIdsRow(Struct, frozen=True, array_like=True):
    """The one row of `hogql.distinct_ids`."""

    distinct_ids: list[str]


class EventRow(Struct, frozen=True, array_like=True):
    """One row of `hogql.EVENT_COLUMNS`."""

    uuid: UUID
    timestamp: Moment
    created_at: Moment
    event: str
    distinct_id: str
    properties: Any
    elements_chain: str | None


class StampRow(Struct, frozen=True, array_like=True):
    """One row of `hogql.STAMP_COLUMNS`."""

    uuid: UUID
    timestamp: Moment
    created_at: Moment
