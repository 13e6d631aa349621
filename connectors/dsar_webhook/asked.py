"""What the service is asked: one struct an operation, whole in its body, for the signature covers nothing else."""

from typing import Any

from msgspec import Struct

PROTOCOL = 1


class Identity(Struct, frozen=True):
    """An identity as a search begins with: `email`, `phone` or `account_id`."""

    kind: str
    value: str


class Item(Struct, frozen=True):
    """One item, as an export named it."""

    collection: str
    id: str


class ScopeAsked(Struct, frozen=True):
    """`controller` and no tenant: the operator's own data; `processor`: that of one customer."""

    role: str
    tenant: str | None


class Asked(Struct, frozen=True, kw_only=True, tag_field="operation"):
    """What every question says. The operation stands in the body too: signed, it can be no other."""

    protocol: int = PROTOCOL


class Probe(Asked, frozen=True, kw_only=True, tag="probe"):
    """Describe yourself."""


class Find(Asked, frozen=True, kw_only=True, tag="find"):
    """Which subjects do these identities lead to?"""

    scope: ScopeAsked
    identities: list[Identity]


class Tenants(Asked, frozen=True, kw_only=True, tag="tenants"):
    """Which customers hold somebody with these identities?"""

    identities: list[Identity]


class Export(Asked, frozen=True, kw_only=True, tag="export"):
    """The subject's next items, at most `limit`, after `cursor`."""

    scope: ScopeAsked
    subject: str
    cursor: str | None
    limit: int


class Piece(Asked, frozen=True, kw_only=True, tag="attachment"):
    """The attachment's bytes from `offset` on, at most `limit`."""

    scope: ScopeAsked
    collection: str
    id: str
    offset: int
    limit: int


class Everyone(Asked, frozen=True, kw_only=True, tag="everyone"):
    """Whom do you hold?"""

    cursor: str | None
    limit: int


class Plan(Asked, frozen=True, kw_only=True, tag="plan"):
    """What would the erasure do?"""

    scope: ScopeAsked
    subject: str
    only: list[Item]
    released: list[Item]


class Erase(Asked, frozen=True, kw_only=True, tag="erase"):
    """Erase the subject, or the named items of it, but for what must be kept."""

    scope: ScopeAsked
    subject: str
    key: str
    only: list[Item]
    released: list[Item]
    plan: str | None


class Rectify(Asked, frozen=True, kw_only=True, tag="rectify"):
    """Set these fields of the subject's records in the collection."""

    scope: ScopeAsked
    subject: str
    key: str
    collection: str
    values: dict[str, Any]


class Restrict(Asked, frozen=True, kw_only=True, tag="restrict"):
    """Restrict the subject's processing, or release it."""

    scope: ScopeAsked
    subject: str
    key: str
    on: bool


class Suppress(Asked, frozen=True, kw_only=True, tag="suppress"):
    """Send no marketing any more: to an address, or to a subject. One of the two is given."""

    scope: ScopeAsked
    key: str
    identity: Identity | None
    subject: str | None


class Status(Asked, frozen=True, kw_only=True, tag="status"):
    """What became of the order with this key?"""

    scope: ScopeAsked
    key: str
