"""What a connector says of itself."""

from collections.abc import Mapping

from msgspec import Struct

from dsar.contract.orders import OrderKind

CONTRACT_VERSION = 1


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

    `settings` is the struct that configures a system; `secret_settings` names its fields that no answer ever shows
    again. `calls_per_minute` is the vendor's limit for the HTTP calls of one system: the client that is handed in
    keeps it. `residue` says, for the letter, what the vendor keeps after an erasure and how long.
    `lists_everyone` says that `Session.everyone` can name all it holds, so that a restored backup is erased again.
    `rechecks` are the days after an erasure on which the system is searched once more.
    `by_hand` says that a person works the system: all that is asked of it raises `NeedsPerson`, and whom a person
    found there is ordered about as if the system had named them.
    `grounds` says, for the letter, why the system keeps an item by itself: for each `Kept.ground` of its own, in words
    that stand after a colon. One that the profile has under the same key is told as the profile tells it.
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
    lists_everyone: bool = False
    rechecks: tuple[int, ...] = (1, 7, 30)
    by_hand: bool = False
    grounds: Mapping[str, str] = {}
    contract: int = CONTRACT_VERSION
