"""What a system holds: tenants, subjects, records, attachments, and the marks between them."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct

from dsar.contract.scope import Ref


class TenantHit(Struct, frozen=True):
    """One customer whose part of this system holds the person. Never shown to the person.

    `counts` says how many records of each collection the look-up met, for the customer to decide by; empty where it
    did not count. Nothing is read for it beyond what finding took.
    """

    tenant: str
    found_by: Ref
    counts: Mapping[str, int] = {}


class Held(Struct, frozen=True):
    """Somebody the system holds, by an identity that `find` would find them by; `tenant` as in a scope."""

    identity: Ref
    tenant: str | None = None


class Match(Struct, frozen=True):
    """One subject in the system. `sure` is False where a person must decide before anything is released."""

    ref: Ref
    found_by: Ref
    sure: bool = True


class Origin(Struct, frozen=True, gc=False):
    """Where an item was read: provenance for GDPR 15(1)(g) and for the manifest."""

    collection: str
    record_id: str
    read_at: datetime
    obtained_from: str | None = None


class Speaker(StrEnum):
    """Whose voice a channel carries, or whose words a turn is, as far as the system knows."""

    SUBJECT = "subject"
    BUSINESS = "business"
    MACHINE = "machine"
    OTHER = "other"
    MIXED = "mixed"
    UNKNOWN = "unknown"


class Turn(Struct, frozen=True, gc=False):
    """What one party of a conversation said at a time: `pointer` leads to its text in the record's `data`.

    `from_ms` and `to_ms` count from the start of each recording that names the record, where the system knows them.
    """

    pointer: str
    speaker: Speaker = Speaker.UNKNOWN
    from_ms: int | None = None
    to_ms: int | None = None


class Maker(Struct, frozen=True, gc=False):
    """The model that made what `made_by_ai` points to, and when, as far as the system knows."""

    model: str
    at: datetime | None = None


class Record(Struct, frozen=True, tag="record", gc=False):
    """One record as the system holds it. The pointers are RFC 6901 into `data`.

    `others` point to other people's data (GDPR 15(4)), `made_by_ai` to what a model wrote, `inferred` to what was
    concluded about the person: told on access, and no part of what is portable (GDPR 20(1): "provided"). `turns` are
    a conversation's, in the order they were spoken: what other persons said is withheld by them, in text and sound.
    """

    origin: Origin
    data: dict[str, Any] | msgspec.Raw
    others: tuple[str, ...] = ()
    made_by_ai: tuple[str, ...] = ()
    inferred: tuple[str, ...] = ()
    turns: tuple[Turn, ...] = ()
    maker: Maker | None = None


class Channel(Struct, frozen=True):
    """One audio channel of an attachment, in the file's order: what is redacted later is cut by it."""

    name: str
    speaker: Speaker = Speaker.UNKNOWN


class Attachment(Struct, frozen=True, tag="attachment"):
    """A file that belongs to the export; its bytes come by `Session.read`. `size` is in bytes.

    `record` is the `(collection, record_id)` of the record that the file belongs to, such as the call of a
    recording. `made_by_ai` and `inferred` say of the whole file what a record's pointers say of its fields.
    """

    origin: Origin
    name: str
    media_type: str
    size: int | None = None
    channels: tuple[Channel, ...] = ()
    record: tuple[str, str] | None = None
    made_by_ai: bool = False
    inferred: bool = False
    maker: Maker | None = None


class Mark(Struct, frozen=True, tag="mark"):
    """Everything yielded before it is complete; `cursor` resumes after it and holds no personal data."""

    cursor: str
