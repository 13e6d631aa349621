"""A sample system that a person works, and those that break a rule of such systems."""

from contextlib import asynccontextmanager

import httpx
import msgspec
from msgspec import Struct

from dsar.contract import (
    Collection,
    Coverage,
    Held,
    Manifest,
    NeedsPerson,
    OrderKind,
    Proof,
    Receipt,
    Ref,
    Refused,
    Role,
    Scope,
    Session,
    TenantHit,
)

from .catching import caught_by

FIND = "Look in the cellar, second shelf, by surname."


class ArchiveSettings(Struct, frozen=True):
    room: str = "cellar"


class ArchiveSession(Session):
    @property
    def collections(self):
        return {"letters": Collection("communication", "Letters on paper")}

    async def probe(self):
        return Coverage()

    async def find(self, refs, scope):
        raise NeedsPerson(self.words(refs), within_days=7)
        yield

    async def export(self, ref, scope, after):
        raise NeedsPerson(self.words([ref]), within_days=7)
        yield

    def words(self, refs):
        return FIND

    async def carry_out(self, ref, scope, order, key):
        if OrderKind(type(order).__struct_config__.tag) is OrderKind.ERASE:
            raise NeedsPerson("Shred them, and note the day.", within_days=14)
        raise Refused("archive: paper is erased and nothing else")


class ArchiveConnector:
    session = ArchiveSession
    manifest = Manifest(
        key="archive",
        title="Paper archive",
        settings=ArchiveSettings,
        finds_by=frozenset({"email"}),
        orders=frozenset({OrderKind.ERASE}),
    )

    def orders(self, settings):
        return frozenset({OrderKind.ERASE})

    @asynccontextmanager
    async def open(self, settings, tools):
        yield self.session()


class ArchiveCounterpart:
    settings = ArchiveSettings()
    refs = (Ref("email", "paavo.paperi@example.com"),)
    scope = Scope(Role.CONTROLLER)
    said = ("paavo.paperi@example.com", "Paavo Paperi")

    def __init__(self, session=ArchiveSession, connector=ArchiveConnector):
        self.connector = connector()
        self.connector.session = session

    def client(self):
        return httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(500)))


# ---- broken


@caught_by("test_every_call_is_a_persons_task_with_an_instruction", "answered by itself")
class FindsByItself(ArchiveSession):
    async def find(self, refs, scope):
        for match in ():
            yield match


@caught_by("test_every_call_is_a_persons_task_with_an_instruction", "without a text")
class InstructsNothing(ArchiveSession):
    def words(self, refs):
        return " "


@caught_by("test_every_call_is_a_persons_task_with_an_instruction", "says a person's value")
class InstructsByName(ArchiveSession):
    def words(self, refs):
        return f"Look for {refs[0].value}"


@caught_by("test_every_call_is_a_persons_task_with_an_instruction", "leaves no day")
class LeavesNoDay(ArchiveSession):
    async def find(self, refs, scope):
        raise NeedsPerson(FIND, within_days=0)
        yield


@caught_by("test_an_order_is_a_persons_task_or_refused[erase]", "answered by itself")
class ErasesByItself(ArchiveSession):
    async def carry_out(self, ref, scope, order, key):
        return Receipt(1, Proof.VERIFIED)


@caught_by("test_an_order_is_a_persons_task_or_refused[rectify]", "not refused")
class TakesEverything(ErasesByItself):
    pass


@caught_by("test_it_names_nobody", "would have to look")
class NamesBusinesses(ArchiveSession):
    async def tenants(self, refs):
        yield TenantHit("one", refs[0])


@caught_by("test_it_names_nobody", "everyone")
class NamesEveryone(ArchiveSession):
    async def everyone(self):
        yield Held(Ref("email", "x@example.com"))


@caught_by("test_it_is_a_connector_that_is_described", "without a description")
class DescribesNoPaper(ArchiveSession):
    @property
    def collections(self):
        return {"letters": Collection("communication", "")}


@caught_by("test_it_is_a_connector_that_is_described", "no Coverage")
class CoversNoPaper(ArchiveSession):
    async def probe(self):
        return None


@caught_by("test_it_is_a_connector_that_is_described", "does not declare")
class TakesUndeclared(ArchiveConnector):
    manifest = msgspec.structs.replace(ArchiveConnector.manifest, orders=frozenset())
