"""What a system holds: tenants, subjects, records, attachments, and the marks between them."""

from collections.abc import Mapping
from datetime import datetime
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


class Match(Struct, frozen=True):
    """One subject in the system. `sure` is False where a person must decide before anything is released."""

    ref: Ref
    found_by: Ref
    sure: bool = True


class Origin(Struct, frozen=True):
    """Where an item was read: provenance for GDPR 15(1)(g) and for the manifest."""

    collection: str
    record_id: str
    read_at: datetime
    obtained_from: str | None = None


class Record(Struct, frozen=True, tag="record"):
    """One record as the system holds it. The pointers are RFC 6901 into `data`."""

    origin: Origin
    data: dict[str, Any] | msgspec.Raw
    others: tuple[str, ...] = ()
    made_by_ai: tuple[str, ...] = ()
    inferred: tuple[str, ...] = ()


class Attachment(Struct, frozen=True, tag="attachment"):
    """A file that belongs to the export; its bytes come by `Session.read`. `channels` names each audio channel."""

    origin: Origin
    name: str
    media_type: str
    size: int | None = None
    channels: tuple[str, ...] = ()


class Mark(Struct, frozen=True, tag="mark"):
    """Everything yielded before it is complete; `cursor` resumes after it and holds no personal data."""

    cursor: str
