"""What a system may be ordered to do, and its receipt."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct

from dsar.contract.items import Origin


class Erase(Struct, frozen=True, tag="erase"):
    """Erase the subject, but for what the system's settings keep on a named ground.

    Both lists are of `(collection, record_id)`, as an earlier export or receipt named them, and make the order one
    about these items and no others: what came to the subject since stays. A connector that cannot tell them from
    the rest refuses, and a person takes over.

    `only`: an order that was held back is carried out late; grounds keep what they keep.
    `released`: kept by an earlier erasure, and their time is over: erase them although a ground would otherwise keep
    them. What cannot go, because other rows need it, is refused.
    `plan`: the `digest` of the plan that a person approved. The connector makes the plan anew, in the same
    transaction where it has one, and raises `Changed` where the two differ. An order that it knows again by its key is
    not compared anew: it would meet its own effect.
    """

    only: tuple[tuple[str, str], ...] = ()
    released: tuple[tuple[str, str], ...] = ()
    plan: str | None = None

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

    `ground` is the key of a hold rule in the operator's profile, a statute's name, or one of `Manifest.grounds`. The
    service computes
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
