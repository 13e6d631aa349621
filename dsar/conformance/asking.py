"""Short ways to ask a connector, each with an end, and its items in a form that compares."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

import httpx
import msgspec

from dsar.conformance.counterpart import Person
from dsar.contract import (
    Attachment,
    Connector,
    ConnectorError,
    Mark,
    Match,
    Record,
    Ref,
    Scope,
    Session,
    Tools,
)

SECONDS_MAX = 60.0  # no question of the kit is waited for longer
T = TypeVar("T")
Item = Record | Attachment
Pair = tuple[str, str]

_EPOCH = datetime.fromtimestamp(0, UTC)


class Openable(Protocol):
    """What it takes to open a system."""

    connector: Connector
    settings: Any

    def client(self) -> httpx.AsyncClient:
        """A new client."""


@asynccontextmanager
async def opened(counterpart: Openable) -> AsyncIterator[Session]:
    """The counterpart's system, open, with a client of its own."""
    async with counterpart.client() as http:
        tools = Tools(http)
        async with counterpart.connector.open(counterpart.settings, tools) as session:
            yield session


async def all_of(stream: AsyncIterator[T]) -> list[T]:
    """What a stream yields, to its end."""
    async with asyncio.timeout(SECONDS_MAX):
        return [each async for each in stream]


async def found(session: Session, refs: Sequence[Ref], scope: Scope) -> list[Match]:
    """Those whom the identities lead to."""
    return await all_of(session.find(refs, scope))


async def subjects(session: Session, person: Person) -> list[Ref]:
    """The subjects that a person is in the system; that there are any is a rule of its own."""
    matches = await found(session, person.refs, person.scope)
    assert matches, "find: names nobody for the identities of somebody whom the system holds"
    return [match.ref for match in matches]


async def stream(session: Session, ref: Ref, scope: Scope, after: Mark | None = None) -> list[Item | Mark]:
    """One subject's export as it comes, comparable."""
    given = await all_of(session.export(ref, scope, after))
    return [each if isinstance(each, Mark) else plain(each) for each in given]


async def items(session: Session, ref: Ref, scope: Scope, after: Mark | None = None) -> list[Item]:
    """One subject's items without the marks."""
    return [each for each in await stream(session, ref, scope, after) if not isinstance(each, Mark)]


async def exported(session: Session, person: Person) -> list[Item]:
    """All that an answer to the person would hold."""
    refs = await subjects(session, person)
    return [item for ref in refs for item in await items(session, ref, person.scope)]


async def left(session: Session, person: Person, refs: Sequence[Ref]) -> list[Item]:
    """What is still there of somebody after an erasure: by the subjects of before, and by a search of now."""
    now = [match.ref for match in await found(session, person.refs, person.scope)]
    there: list[Item] = []
    for ref in dict.fromkeys([*refs, *now]):
        try:
            there += await items(session, ref, person.scope)
        except ConnectorError:
            assert ref not in now, "export: refuses a subject whom find has just named"
    return there


def plain(item: Item) -> Item:
    """Without the moment of reading, which differs each time; a record's data as what its JSON says."""
    origin = msgspec.structs.replace(item.origin, read_at=_EPOCH)
    if isinstance(item, Record):
        return msgspec.structs.replace(item, origin=origin, data=data_of(item))
    return msgspec.structs.replace(item, origin=origin)


def data_of(record: Record) -> dict[str, object]:
    """A record's data, however it was handed over."""
    data = msgspec.json.decode(msgspec.json.encode(record.data))
    assert isinstance(data, dict), f"{record.origin.collection}: a record's data is a JSON object"
    return data


def pair(item: Item) -> Pair:
    """An item as an order and a receipt name it."""
    return item.origin.collection, item.origin.record_id


def pairs(given: Sequence[Item]) -> set[Pair]:
    """The items as orders and receipts name them."""
    return {pair(item) for item in given}
