"""The sample connector: keeps every rule of the contract. Those of `broken.py` each break one."""

import json
from collections import Counter
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
from msgspec import Struct

from dsar.contract import (
    Attachment,
    Changed,
    Collection,
    Coverage,
    Erase,
    Field,
    Held,
    Kept,
    Maker,
    Manifest,
    Mark,
    Match,
    NotHeld,
    OrderKind,
    Origin,
    Plan,
    Proof,
    Receipt,
    Record,
    Ref,
    Refused,
    Restrict,
    Session,
    Speaker,
    Suppress,
    TenantHit,
    Throttled,
    Turn,
    Unauthorised,
    Unreachable,
    Use,
    digest,
)

KIND = "shop_person"
GROUND = "FI-2:10-voucher"
COLLECTIONS = {
    "orders": Collection("orders", "What you bought", dated="on"),
    "invoices": Collection("billing", "Your invoices"),
    "recordings": Collection("call_recordings", "Your calls to the shop"),
}


class ShopSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    url: str
    token: str

    def __repr__(self):
        return f"ShopSettings(url={self.url!r}, …)"


class ShopSession(Session):
    def __init__(self, settings, http):
        self.settings = settings
        self.http = http

    def __repr__(self):
        return "ShopSession(…)"

    @property
    def collections(self):
        return COLLECTIONS

    async def ask(self, path, **asked):
        return json.loads(await self.bytes_of(path, **asked) or b"null")

    async def bytes_of(self, path, **asked):
        headers = {"authorization": f"Bearer {self.settings.token}"}
        try:
            answer = await self.http.post(f"{self.settings.url}/{path}", json=asked, headers=headers)
        except httpx.HTTPError as error:
            raise Unreachable(f"shop {path}: {type(error).__name__}") from None
        if answer.status_code == 401:
            raise Unauthorised(f"shop {path}: 401; check token")
        if answer.status_code == 429:
            raise Throttled(f"shop {path}: 429", until=datetime.now(UTC) + timedelta(seconds=7))
        if not answer.is_success:
            raise Unreachable(f"shop {path}: {answer.status_code}")
        if path != "body":
            self.check(path, answer.content)
        return answer.content

    def check(self, path, content):
        try:
            json.loads(content)
        except ValueError:
            raise Unreachable(f"shop {path}: an answer that is no JSON") from None

    async def at_once(self):
        """The shop does not wait with what it was told to delete."""
        await self.ask("hurry")

    async def probe(self):
        there = await self.ask("status")
        fields = tuple(Field(collection, name, Use.EXPORTED) for collection, name in there["fields"])
        return Coverage((*fields, Field("orders", "margin", Use.EXCLUDED, "the shop's own")), ("parcels",))

    async def tenants(self, refs):
        hits = {}
        for ref in refs:
            if ref.kind == "email":
                for tenant in await self.ask("tenants", email=ref.value):
                    hits.setdefault(tenant, TenantHit(tenant, ref))
        for hit in hits.values():
            yield hit

    async def find(self, refs, scope):
        for ref in dict.fromkeys(ref for ref in refs if ref.kind == "email"):
            for key in await self.ask("find", email=ref.value, tenant=scope.tenant):
                yield Match(Ref(KIND, key), ref)

    async def export(self, ref, scope, after):
        self.own(ref)
        cursor = self.position(after)
        while True:
            page = await self.ask("page", person=ref.value, tenant=scope.tenant, after=cursor)
            for item in page["items"]:
                yield self.item(item)
            if not page["more"]:
                return
            cursor = page["items"][-1]["id"]
            yield Mark(cursor)

    def own(self, ref):
        if ref.kind != KIND:
            raise Refused(f"shop: a subject here is a {KIND}")

    def position(self, after):
        if after is None:
            return ""
        if not (after.cursor.startswith("i") and after.cursor[1:].isdigit()):
            raise Refused("shop: a mark of another connector; begin anew")
        return after.cursor

    def item(self, item):
        origin = Origin(item["collection"], item["id"], datetime.now(UTC), "the shop")
        data = dict(item["data"])
        if item["collection"] == "recordings":
            size = len(data["body"])
            return Attachment(origin, data["name"], "audio/wav", size, record=("orders", data["of"]))
        if item["collection"] == "orders":
            turns = (Turn("/note", Speaker.SUBJECT, 0, 900),)
            return Record(origin, data, ("/also/0",), ("/note",), ("/score",), turns, Maker("scribe"))
        return Record(origin, data)

    async def read(self, attachment, scope):
        body = await self.bytes_of("body", item=attachment.origin.record_id)
        for start in range(0, len(body), 4):
            yield body[start : start + 4]

    async def foresee(self, ref, scope, order):
        going, staying = await self.decided(ref, scope, order)
        return self.plan(going, staying)

    def plan(self, going, staying):
        counts = Counter(item.origin.collection for item in going)
        kept = tuple(Kept(item.origin, GROUND) for item in staying)
        named = [(k.origin.collection, k.origin.record_id, k.ground) for k in kept]
        return Plan(counts, kept, digest([self.pair(item) for item in going], named))

    def pair(self, item):
        return item.origin.collection, item.origin.record_id

    async def decided(self, ref, scope, order):
        there = [item async for item in self.export(ref, scope, None) if not isinstance(item, Mark)]
        wanted = [item for item in there if not order.named or self.pair(item) in order.named]
        going = [item for item in wanted if item.origin.collection != "invoices"]
        return going, [item for item in wanted if item not in going]

    async def carry_out(self, ref, scope, order, key):
        if isinstance(order, Suppress):
            await self.ask("stop", email=ref.value)
            return Receipt(1, Proof.VERIFIED)
        self.own(ref)
        there = await self.ask("person", person=ref.value, tenant=scope.tenant)
        if isinstance(order, Erase):
            return await self.erase(ref, scope, order, there)
        if there is None:
            raise Refused("shop: nobody of that reference is in this scope")
        if isinstance(order, Restrict):
            await self.ask("restrict", person=ref.value, on=order.on)
            return Receipt(1, Proof.VERIFIED)
        return await self.rectify(ref, scope, order)

    async def erase(self, ref, scope, order, there):
        going, staying = await self.decided(ref, scope, order)
        if order.plan is not None and going and self.plan(going, staying).digest != order.plan:
            raise Changed("shop: what there is has changed since the plan; approve it anew")
        done = await self.ask("delete", items=[item.origin.record_id for item in going])
        kept = tuple(Kept(item.origin, GROUND) for item in staying)
        until = datetime.fromisoformat(done["until"]) if done["until"] else None
        proof = Proof.ACCEPTED if until else Proof.VERIFIED
        return Receipt(len(going), proof, kept, until)

    async def rectify(self, ref, scope, order):
        there = [item async for item in self.export(ref, scope, None) if isinstance(item, Record)]
        mine = [item for item in there if item.origin.collection == order.collection]
        if not mine:
            raise NotHeld("shop: this person has nothing of that collection")
        for item in mine:
            await self.ask("set", item=item.origin.record_id, values=order.values)
        return Receipt(len(mine), Proof.VERIFIED)

    async def everyone(self):
        for email, tenant in await self.ask("everyone"):
            yield Held(Ref("email", email), tenant)


class ShopConnector:
    """`session` is the class of its sessions: that is what the broken ones change."""

    session = ShopSession
    manifest = Manifest(
        key="shop",
        title="Shop",
        settings=ShopSettings,
        finds_by=frozenset({"email"}),
        orders=frozenset(OrderKind),
        knows_tenants=True,
        secret_settings=("token",),
        lists_everyone=True,
    )

    def orders(self, settings):
        return frozenset(OrderKind)

    @asynccontextmanager
    async def open(self, settings, tools):
        yield self.session(settings, tools.http)
