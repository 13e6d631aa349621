"""The connector protocol: all that a connector knows of the service, and all that the service knows of a system.

A connector author imports this package, the vendor's client or httpx, and nothing else of ours.

Rules that types alone cannot say:

- **Scope on every call.** A session never reads or changes a row outside the scope it was given.
- **Streams.** Nothing is loaded whole; `export` yields a `Mark` whenever everything before it is complete, and
  an export resumed `after` a mark neither loses nor repeats an item.
- **Orders are idempotent by key.** The same order with the same key changes nothing more, whenever it is repeated.
- **Only what was searched is said.** An empty `find` means a completed search; whatever prevents completion raises.
- **No personal data in an error's text**, in a log or in a URL's path that is not the vendor's own.
"""

from dsar.contract.errors import ConnectorError, NotHeld, Refused, Throttled, Unauthorised, Unreachable
from dsar.contract.items import Attachment, Mark, Match, Origin, Record, TenantHit
from dsar.contract.manifest import CONTRACT_VERSION, Collection, Manifest
from dsar.contract.orders import Erase, Kept, Order, OrderKind, Proof, Receipt, Rectify, Restrict, Suppress
from dsar.contract.scope import Ref, Role, Scope
from dsar.contract.session import Connector, Session, Tools

__all__ = [
    "CONTRACT_VERSION",
    "Attachment",
    "Collection",
    "Connector",
    "ConnectorError",
    "Erase",
    "Kept",
    "Manifest",
    "Mark",
    "Match",
    "NotHeld",
    "Order",
    "OrderKind",
    "Origin",
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
    "Suppress",
    "TenantHit",
    "Throttled",
    "Tools",
    "Unauthorised",
    "Unreachable",
]
