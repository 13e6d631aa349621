"""A configured system as decisions see it."""

from msgspec import Struct

from dsar.contract import OrderKind, Role


class SystemFacts(Struct, frozen=True):
    """What a decision needs to know of a configured system."""

    key: str
    roles: frozenset[Role]
    orders: frozenset[OrderKind]
    knows_tenants: bool = False
    by_hand: bool = False  # a person works it, and is told of orders about whom a person found
