"""The connector protocol: all that a connector knows of the service, and all that the service knows of a system.

A connector author imports this package, the vendor's client or httpx, and nothing else of ours.

Rules that types alone cannot say:

- **Scope on every call.** A session never reads or changes a row outside the scope it was given.
- **Streams.** Nothing is loaded whole; `export` yields a `Mark` whenever everything before it is complete, and
  an export resumed `after` a mark neither loses nor repeats an item.
- **Orders are idempotent by key.** The same order with the same key changes nothing more, whenever it is repeated.
- **Only what was searched is said.** An empty `find` means a completed search; whatever prevents completion raises.
- **Errors say what to do**: each class of `dsar.contract.errors` has one consequence.
- **No personal data in an error's text**, in a log or in a URL's path that is not the vendor's own.
"""

from dsar.contract.coverage import Coverage, Field, Use
from dsar.contract.errors import (
    Changed,
    ConnectorError,
    NeedsPerson,
    NotHeld,
    Refused,
    Throttled,
    Unauthorised,
    Unreachable,
)
from dsar.contract.items import (
    Attachment,
    Channel,
    Held,
    Maker,
    Mark,
    Match,
    Origin,
    Record,
    Speaker,
    TenantHit,
    Turn,
)
from dsar.contract.manifest import CONTRACT_VERSION, Collection, Manifest
from dsar.contract.orders import Erase, Kept, Order, OrderKind, Proof, Receipt, Rectify, Restrict, Suppress
from dsar.contract.planning import Plan, digest
from dsar.contract.pointers import below, resolves, value_at
from dsar.contract.scope import Ref, Role, Scope
from dsar.contract.session import Connector, Session, Tools

__all__ = [
    "CONTRACT_VERSION",
    "Attachment",
    "Changed",
    "Channel",
    "Collection",
    "Connector",
    "ConnectorError",
    "Coverage",
    "Erase",
    "Field",
    "Held",
    "Kept",
    "Maker",
    "Manifest",
    "Mark",
    "Match",
    "NeedsPerson",
    "NotHeld",
    "Order",
    "OrderKind",
    "Origin",
    "Plan",
    "Proof",
    "Receipt",
    "Record",
    "Rectify",
    "Ref",
    "Refused",
    "Restrict",
    "Role",
    "Scope",
    "Session",
    "Speaker",
    "Suppress",
    "TenantHit",
    "Throttled",
    "Tools",
    "Turn",
    "Unauthorised",
    "Unreachable",
    "Use",
    "below",
    "digest",
    "resolves",
    "value_at",
]
