"""What a connector is tried against: a real system, or one that checks each request against the vendor's contract."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

import httpx
from msgspec import Struct

from dsar.contract import Connector, ConnectorError, Ref, Scope, Throttled, Unauthorised, Unreachable


class Fault(StrEnum):
    """How a system may misbehave, and what a connector then raises: `EXPECTED`."""

    UNAUTHORISED = "unauthorised"  # the credentials are refused: HTTP 401
    THROTTLED = "throttled"  # HTTP 429
    BROKEN = "broken"  # the system's own failure: HTTP 500
    SILENT = "silent"  # no answer within the client's time
    GARBAGE = "garbage"  # an answer that is none
    CUT_OFF = "cut_off"  # an answer, or a page of an export, that ends in its middle


EXPECTED: Mapping[Fault, type[ConnectorError]] = {
    Fault.UNAUTHORISED: Unauthorised,
    Fault.THROTTLED: Throttled,
    Fault.BROKEN: Unreachable,
    Fault.SILENT: Unreachable,
    Fault.GARBAGE: Unreachable,
    Fault.CUT_OFF: Unreachable,
}


class Person(Struct, frozen=True):
    """Somebody whom the counterpart holds.

    `refs` are the identities that a search begins with. `items` are all that an export must yield, as
    `(collection, record_id)`. `said` are the person's values (name, address, number) that may stand in no log and
    in no error.
    """

    refs: tuple[Ref, ...]
    scope: Scope
    items: frozenset[tuple[str, str]]
    said: tuple[str, ...]


class Counterpart(Protocol):
    """A system filled with people, made anew for each test. An author writes one for their connector.

    Two attributes more are looked for where they are needed. `servers`: the addresses, `(host, port)` or a socket's
    path, that a database's driver connects to by itself. `correction`: the `Rectify` to try on the known, where the
    system takes one; its collection and values are such that the export then shows them.
    """

    connector: Connector
    settings: Any
    """An instance of `connector.manifest.settings`."""

    known: Person
    """Found, exported and erased. Enough items that an export has several marks, if the connector ever marks."""

    decoy: Person
    """A namesake within the same scope: as alike as two people can be, and never found by `known`'s identities."""

    other_tenant: Person | None
    """The same identities as `known`'s, held for another customer; None where the connector knows no tenants."""

    nobody: Sequence[Ref]
    """Identities of a kind that is searched, which the system does not hold."""

    faults: frozenset[Fault]
    """Those that the counterpart can show; one that a system cannot have is left out, with the reason in a comment."""

    def client(self) -> httpx.AsyncClient:
        """A new client to hand in, which the kit closes. It reaches the counterpart and nothing else.

        Its time-out is a second or so.
        """

    async def held(self, person: Person) -> int:
        """How many items the system holds of a person, read from the system itself and not through the connector."""

    def misbehave(self, fault: Fault) -> AbstractAsyncContextManager[None]:
        """Show a fault for as long as the context lasts, at whatever the connector asks."""

    async def until(self, moment: datetime) -> None:
        """Wait, or have the system's clock moved, until a vendor that asked for time is done."""
