"""A case's history: a hash chain that shows a changed or missing entry."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

_encoder = msgspec.json.Encoder(order="sorted")


class NewEvent(Struct, frozen=True):
    """Something that happened, in words of the service; `data` holds ids, dates and counts, no personal data."""

    type: str
    actor: str = "service"
    data: dict[str, Any] = {}


class Event(Struct, frozen=True):
    """One entry of a case's append-only history."""

    case_id: UUID
    seq: int
    at: datetime
    type: str
    actor: str
    data: dict[str, Any]
    prev: bytes
    hash: bytes


class Broken(Struct, frozen=True):
    """The first place at which a case's history does not hold."""

    case_id: UUID
    seq: int
    problem: str


def digest(case_id: UUID, seq: int, at: datetime, new: NewEvent, prev: bytes) -> bytes:
    """SHA-256 over the entry and the one before it. `at` is aware and of whole microseconds, as Postgres keeps it."""
    entry = [str(case_id), seq, at.timestamp(), new.type, new.actor, new.data, prev.hex()]
    return sha256(_encoder.encode(entry)).digest()


def chain(case_id: UUID, count: int, head: bytes, at: datetime, new: Iterable[NewEvent]) -> list[Event]:
    """The entries that come after `count` others, the last of which has the hash `head`."""
    events: list[Event] = []
    for item in new:
        count += 1
        hash_ = digest(case_id, count, at, item, head)
        events.append(Event(case_id, count, at, item.type, item.actor, item.data, head, hash_))
        head = hash_
    return events


def verify(case_id: UUID, events: Iterable[Event], count: int, head: bytes) -> Broken | None:
    """Hold a case's events, in order, against themselves and against what the case says of them."""
    prev, seq = b"", 0
    for event in events:
        seq += 1
        if event.seq != seq:
            return Broken(case_id, seq, "is missing")
        new = NewEvent(event.type, event.actor, event.data)
        if event.prev != prev or event.hash != digest(case_id, seq, event.at, new, prev):
            return Broken(case_id, seq, "was changed")
        prev = event.hash
    if seq > count:
        return Broken(case_id, count + 1, "was added")
    if seq < count:
        return Broken(case_id, seq + 1, "is missing")
    return Broken(case_id, seq, "is not the one the case knows as its last") if prev != head else None
