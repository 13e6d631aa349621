"""A configured system as decisions see it."""

from msgspec import Struct

from dsar.contract import OrderKind, Role


class SystemFacts(Struct, frozen=True):
    """What a decision needs to know of a configured system."""

    key: str
    roles: frozenset[Role]
    orders: frozenset[OrderKind]
    knows_tenants: bool = False
