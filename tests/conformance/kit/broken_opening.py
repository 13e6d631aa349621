"""Connectors that do not close, reach elsewhere, or misstate what they are."""

import asyncio
import contextlib
import socket

import httpx
from msgspec import Struct

from dsar.contract import (
    Coverage,
    Field,
    Mark,
    OrderKind,
    Use,
)

from .catching import caught_by, replace
from .shop import ShopConnector, ShopSession


@caught_by("test_a_cancelled_export_leaves_nothing_open", "still running")
class LeavesATask(ShopConnector):
    @contextlib.asynccontextmanager
    async def open(self, settings, tools):
        self.running = asyncio.create_task(asyncio.sleep(20))
        async with super().open(settings, tools) as session:
            yield session


@caught_by("test_exports_of_two_people_at_once_do_not_mix", "not what each alone is")
class SharesItsPlace(ShopSession):
    person = ""

    async def export(self, ref, scope, after):
        self.own(ref)
        self.person, cursor = ref.value, self.position(after)
        while True:
            page = await self.ask("page", person=self.person, tenant=scope.tenant, after=cursor)
            for item in page["items"]:
                yield self.item(item)
            if not page["more"]:
                return
            cursor = page["items"][-1]["id"]
            yield Mark(cursor)


@caught_by("test_a_cancelled_export_leaves_nothing_open", "TimeoutError")
class KeepsTheDoorLocked(ShopSession):
    def __init__(self, settings, http):
        super().__init__(settings, http)
        self.lock = asyncio.Lock()

    async def export(self, ref, scope, after):
        await asyncio.wait_for(self.lock.acquire(), 0.2)
        async for item in super().export(ref, scope, after):
            yield item
        self.lock.release()


@caught_by("test_nothing_is_reached_but_through_the_given_client", "127.0.0.1")
class HasItsOwnConnections(ShopSession):
    async def probe(self):
        with contextlib.suppress(Exception):
            await asyncio.open_connection("127.0.0.1", 9)
        return await super().probe()


@caught_by("test_nothing_is_reached_but_through_the_given_client", "elsewhere.example")
class HasItsOwnClient(ShopSession):
    async def probe(self):
        with contextlib.suppress(Exception):
            async with httpx.AsyncClient() as other:
                await other.get("http://elsewhere.example/")
        return await super().probe()


@caught_by("test_nothing_is_reached_but_through_the_given_client", "192.0.2.1")
class SendsDatagrams(ShopSession):
    async def probe(self):
        with contextlib.suppress(AssertionError, OSError), socket.socket(type=socket.SOCK_DGRAM) as telling:
            telling.sendto(b"anna", ("192.0.2.1", 9))
        return await super().probe()


@caught_by("test_the_manifest_is_of_this_contract", "another version")
class IsOfAnotherContract(ShopConnector):
    manifest = replace(ShopConnector.manifest, contract=99)


@caught_by("test_the_manifest_is_of_this_contract", "none of the settings")
class MisnamesItsSecret(ShopConnector):
    manifest = replace(ShopConnector.manifest, secret_settings=("tokn",))


@caught_by("test_no_order_is_taken_that_the_manifest_does_not_declare", "does not declare")
class TakesUndeclaredOrders(ShopConnector):
    manifest = replace(ShopConnector.manifest, orders=frozenset({OrderKind.ERASE}))


@caught_by("test_the_settings_come_back_from_json_as_they_were", "no instance")
class HasOtherSettings(ShopConnector):
    class Other(Struct):
        token: str = ""

    manifest = replace(ShopConnector.manifest, settings=Other)


@caught_by("test_a_probe_says_what_is_covered_and_changes_nothing", "no Coverage")
class CoversNothing(ShopSession):
    async def probe(self):
        await super().probe()


@caught_by("test_a_probe_says_what_is_covered_and_changes_nothing", "without a reason")
class ExcludesForNoReason(ShopSession):
    async def probe(self):
        return Coverage((Field("orders", "margin", Use.EXCLUDED),))


@caught_by("test_a_probe_says_what_is_covered_and_changes_nothing", "twice")
class CoversTwice(ShopSession):
    async def probe(self):
        return Coverage(2 * (Field("orders", "note", Use.EXPORTED),))


@caught_by("test_a_probe_says_what_is_covered_and_changes_nothing", "no known collection")
class CoversTheUnknown(ShopSession):
    async def probe(self):
        return Coverage((Field("parcels", "note", Use.EXPORTED),))


@caught_by("test_an_export_that_is_given_up_leaves_nothing_open", "cannot be given up")
class CannotBeGivenUp(ShopSession):
    def export(self, ref, scope, after):
        return Endless(super().export(ref, scope, after))


class Endless:
    """An iterator that nobody can close."""

    def __init__(self, inner):
        self.inner = inner

    def __aiter__(self):
        return self

    async def __anext__(self):
        return await anext(self.inner)


@caught_by("test_a_session_that_was_never_asked_closes", "RuntimeError")
class WaitsToBeAsked(ShopConnector):
    @contextlib.asynccontextmanager
    async def open(self, settings, tools):
        async with super().open(settings, tools) as session:
            yield session
            raise RuntimeError("nobody asked")
