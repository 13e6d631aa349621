"""The double's memory: people, what they did, and the deletions that take their time."""

from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from msgspec import Struct


class Event(Struct, frozen=True):
    """One captured event. `created_at` is when it arrived, which decides whether a deletion reaches it."""

    uuid: UUID
    person_id: UUID
    distinct_id: str
    event: str
    timestamp: datetime
    created_at: datetime
    properties: dict[str, Any]
    elements_chain: str = ""


class Person(Struct):
    """One person; its uuid follows from its first distinct id, as PostHog's does."""

    id: int
    uuid: UUID
    created_at: datetime
    distinct_ids: list[str]
    properties: dict[str, Any]


class Deletion(Struct):
    """One queued deletion of a person's events."""

    person_uuid: UUID
    created_at: datetime
    delete_verified_at: datetime | None = None


class Project:
    """One project. The caller gives the time and calls `settle` before it looks."""

    def __init__(self, project_id: str, deletion_time: timedelta) -> None:
        self.project_id = project_id
        self.persons: dict[UUID, Person] = {}
        self.events: list[Event] = []
        self.deletions: list[Deletion] = []
        self._deletion_time = deletion_time
        self._owned: dict[str, set[UUID]] = {}

    def identify(self, distinct_id: str, properties: dict[str, Any], now: datetime) -> Person:
        """The person of the distinct id, made when there is none (again)."""
        uuid = uuid5(NAMESPACE_URL, f"{self.project_id}:{distinct_id}")
        person = self.persons.get(uuid)
        if person is None:
            number = len(self.persons) + len(self.deletions) + 1
            person = self.persons[uuid] = Person(number, uuid, now, [distinct_id], {})
        person.properties.update(properties)
        self._owned.setdefault(str(person.properties.get("email", "")).lower(), set()).add(uuid)
        return person

    def capture(self, distinct_id: str, event: Event) -> None:
        self.identify(distinct_id, {}, event.created_at)
        self.events.append(event)

    def delete(self, uuids: set[UUID], now: datetime, *, with_events: bool) -> int:
        """Remove the persons at once, and queue their events. How many there were."""
        found = uuids & self.persons.keys()
        for uuid in found:
            del self.persons[uuid]
            if with_events:
                self.deletions.append(Deletion(uuid, now))
        return len(found)

    def settle(self, now: datetime) -> None:
        """Finish the deletions whose time has come: only events that arrived before the request go."""
        for deletion in self.deletions:
            due_at = deletion.created_at + self._deletion_time
            if deletion.delete_verified_at is None and due_at <= now:
                self.events = [event for event in self.events if not _covers(deletion, event)]
                deletion.delete_verified_at = due_at

    def remaining(self, email: str) -> int:
        """How many persons and events of whoever ever had the address are still there."""
        uuids = self._owned.get(email.lower(), set())
        return len(uuids & self.persons.keys()) + sum(event.person_id in uuids for event in self.events)


def _covers(deletion: Deletion, event: Event) -> bool:
    return event.person_id == deletion.person_uuid and event.created_at <= deletion.created_at
