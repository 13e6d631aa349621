"""The connector protocol: all that a connector knows of the service, and all that the service knows of a system.

A connector author imports this module, the vendor's client or httpx, and nothing else of ours.

Rules that types alone cannot say:

- **Scope on every call.** A session never reads or changes a row outside the scope it was given.
- **Streams.** Nothing is loaded whole; `export` yields a `Mark` whenever everything before it is complete, and
  an export resumed `after` a mark neither loses nor repeats an item.
- **Orders are idempotent by key.** The same order with the same key changes nothing more, whenever it is repeated.
- **Only what was searched is said.** An empty `find` means a completed search; whatever prevents completion raises.
- **No personal data in an error's text**, in a log or in a URL's path that is not the vendor's own.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

import httpx
import msgspec
from msgspec import Struct

CONTRACT_VERSION = 1


class Role(StrEnum):
    """Whose data a case may touch: the operator's own, or one customer-controller's."""

    CONTROLLER = "controller"
    PROCESSOR = "processor"


class Ref(Struct, frozen=True):
    """A typed identifier. `email` is lower-case, `phone` is E.164 (`+358401234567`); others are the vendor's."""

    kind: str
    value: str

    def __repr__(self) -> str:
        """Keep the value out of tracebacks and logs."""
        return f"Ref({self.kind!r}, …)"


class Scope(Struct, frozen=True):
    """What a case may touch. `tenant` is the customer's key in the system; None only for the operator's own data."""

    role: Role
    tenant: str | None = None

    def __post_init__(self) -> None:
        if (self.role is Role.PROCESSOR) != (self.tenant is not None):
            msg = "scope: a processor's scope names its tenant, and the operator's own names none"
            raise ValueError(msg)


class TenantHit(Struct, frozen=True):
    """One customer whose part of this system holds the person. Never shown to the person."""

    tenant: str
    found_by: Ref


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


class Erase(Struct, frozen=True, tag="erase"):
    """Erase the subject, but for what the system's settings keep on a named ground.

    Both lists are of `(collection, record_id)`, as an earlier export or receipt named them, and make the order one
    about these items and no others: what came to the subject since stays. A connector that cannot tell them from
    the rest refuses, and a person takes over.

    `only`: an order that was held back is carried out late; grounds keep what they keep.
    `released`: kept by an earlier erasure, and their time is over: erase them although a ground would otherwise keep
    them. What cannot go, because other rows need it, is refused.
    """

    only: tuple[tuple[str, str], ...] = ()
    released: tuple[tuple[str, str], ...] = ()

    @property
    def named(self) -> frozenset[tuple[str, str]]:
        """The items that the order is about; none: all of the subject."""
        return frozenset(self.only) | frozenset(self.released)


class Rectify(Struct, frozen=True, tag="rectify"):
    """Set the fields of the collection to the values given."""

    collection: str
    values: dict[str, Any]


class Restrict(Struct, frozen=True, tag="restrict"):
    """Restrict (or, with `on` False, release) processing of the subject, GDPR 18."""

    on: bool = True


class Suppress(Struct, frozen=True, tag="suppress"):
    """Stop direct marketing to the subject for ever, GDPR 21(3)."""


Order = Erase | Rectify | Restrict | Suppress


class OrderKind(StrEnum):
    """The tags of `Order`, as a manifest declares them."""

    ERASE = "erase"
    RECTIFY = "rectify"
    RESTRICT = "restrict"
    SUPPRESS = "suppress"


class Proof(StrEnum):
    """How far a system's word goes: seen gone, taken on, or never to be known."""

    VERIFIED = "verified"
    ACCEPTED = "accepted"
    UNVERIFIABLE = "unverifiable"


class Kept(Struct, frozen=True):
    """An item that an erasure left, and why.

    `ground` is the key of a hold rule in the operator's profile or a statute's name. The service computes
    `until` from `dated` (the object's own date, e.g. an invoice's) when the system gives no date itself.
    """

    origin: Origin
    ground: str
    until: date | None = None
    dated: date | None = None
    restricted: bool = False


class Receipt(Struct, frozen=True):
    """What an order did. With `ask_again_at` the vendor still works: the same order is sent again then.

    An erasure's `changed` counts what is gone; what was restricted instead stands in `kept`.
    """

    changed: int
    proof: Proof
    kept: tuple[Kept, ...] = ()
    ask_again_at: datetime | None = None


class Collection(Struct, frozen=True):
    """One kind of record in a system. `category` is the profile's; `portable` says provided or observed data.

    `suppression` marks the list of those who want no marketing: an erasure adds to it and never empties it,
    GDPR 21(3). `dated` is the field of a record's `data` that holds the record's own date, in ISO 8601: what a
    retention period of the profile is counted from.
    """

    category: str
    description: str
    portable: bool = True
    suppression: bool = False
    dated: str | None = None


class Manifest(Struct, frozen=True):
    """What a connector is and can do. What it does not declare becomes a person's task.

    `settings` is the struct that configures a system; `secret_settings` names its fields that are sealed at rest.
    `residue` says, for the letter, what the vendor keeps after an erasure and how long.
    """

    key: str
    title: str
    settings: type[Struct]
    finds_by: frozenset[str]
    orders: frozenset[OrderKind]
    knows_tenants: bool = False
    secret_settings: tuple[str, ...] = ()
    calls_per_minute: int | None = None
    residue: str | None = None
    contract: int = CONTRACT_VERSION


class Session(Protocol):
    """A system that is open. One session serves many cases at once."""

    @property
    def collections(self) -> Mapping[str, Collection]:
        """The collections that `export` may yield, by name."""

    async def probe(self) -> None:
        """Raise the fitting `ConnectorError` unless the system answers and the settings fit it."""

    def tenants(self, refs: Sequence[Ref]) -> AsyncIterator[TenantHit]:
        """Name the customers that hold the person, each once."""

    def find(self, refs: Sequence[Ref], scope: Scope) -> AsyncIterator[Match]:
        """Name the subjects that the proven identities lead to, each once."""

    def export(self, ref: Ref, scope: Scope, after: Mark | None) -> AsyncIterator[Record | Attachment | Mark]:
        """Stream the subject's items in a stable order, with marks between."""

    def read(self, attachment: Attachment, scope: Scope) -> AsyncIterator[bytes]:
        """Stream one attachment's bytes, as exported a moment or a day ago."""

    async def carry_out(self, ref: Ref, scope: Scope, order: Order, key: str) -> Receipt:
        """Do what is ordered, once for each key."""


class Tools(Struct, frozen=True):
    """What the service hands a connector: the only HTTP client it may use, with limits and the address guard."""

    http: httpx.AsyncClient


@runtime_checkable
class Connector(Protocol):
    """What the entry point `dsar.connectors` names."""

    @property
    def manifest(self) -> Manifest:
        """What this connector is and can do."""

    def orders(self, settings: Any) -> frozenset[OrderKind]:
        """Which of the manifest's orders a system with these settings takes."""

    def open(self, settings: Any, tools: Tools) -> AbstractAsyncContextManager[Session]:
        """Open a system; `settings` is an instance of `manifest.settings`."""


# ConnectorError
# ├── Unreachable    back off and try again
# ├── Throttled      wait until the time it names; burns no attempt
# ├── Unauthorised   pause the system and tell the operator
# └── Refused        a person's task: trying again cannot help
#     └── NotHeld    the subject has nothing of that collection: a correction is for another subject of the person's


class ConnectorError(Exception):
    """The system did not do it. The text names the problem and the remedy, and holds no personal data."""


class Unreachable(ConnectorError):
    """No answer, a broken answer or the vendor's own failure: back off and try again."""


class Throttled(ConnectorError):
    """The vendor asks to wait."""

    def __init__(self, text: str, *, until: datetime) -> None:
        super().__init__(text)
        self.until = until


class Unauthorised(ConnectorError):
    """The credentials do not work: the system pauses and the operator is told."""


class Refused(ConnectorError):
    """The system will not, or cannot: a person takes over."""


class NotHeld(Refused):
    """The subject has no record in the collection that is to be corrected.

    One person is often several subjects of a system, and the collection belongs to one of them.
    """
