"""The sample system that the kit is proven on: a shop behind HTTP, in memory, with two tenants and a namesake."""

import json
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import httpx

from dsar.conformance import Fault

PAGE = 2
TOKEN = "s3cret-of-the-shop"
BEGAN = datetime.fromisoformat("2026-11-22T10:00:00+00:00")
DELETION = timedelta(minutes=5)
TRAIT = {"orders": "note", "invoices": "total", "recordings": "name"}


class Vendor:
    """People by id, items by id. What is deleted goes when its time has come."""

    def __init__(self):
        self.people = {}
        self.items = {}
        self.doomed = {}  # item -> when it goes
        self.stopped = set()
        self.fault = None
        self.now = BEGAN

    def add_person(self, tenant, email, name):
        key = f"p{len(self.people) + 1}"
        self.people[key] = {"tenant": tenant, "email": email, "name": name, "restricted": False}
        return key

    def add_item(self, person, collection, **data):
        key = f"i{len(self.items) + 1:03}"
        self.items[key] = {"id": key, "person": person, "collection": collection, "data": data}
        return key

    def items_of(self, person):
        return [item for item in self.items.values() if item["person"] == person]

    # ---- what it answers

    def answer(self, request):
        if self.fault is not None:
            return self._misbehave(request)
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return httpx.Response(401)
        asked = json.loads(request.content or b"{}")
        said = getattr(self, "on_" + request.url.path.strip("/"))(**asked)
        return httpx.Response(200, content=said if isinstance(said, bytes) else json.dumps(said).encode())

    def _misbehave(self, request):
        match self.fault:
            case Fault.UNAUTHORISED:
                return httpx.Response(401)
            case Fault.THROTTLED:
                return httpx.Response(429, headers={"retry-after": "7"})
            case Fault.BROKEN:
                return httpx.Response(500)
            case Fault.SILENT:
                raise httpx.ReadTimeout("nothing came", request=request)
            case Fault.GARBAGE:
                return httpx.Response(200, content=b"<html>")
        return httpx.Response(200, content=b'{"items": [{"id": "i00')

    @asynccontextmanager
    async def misbehaving(self, fault):
        self.fault = fault
        try:
            yield
        finally:
            self.fault = None

    def pass_time(self, moment):
        self.now = max(self.now, moment)
        for key in [key for key, when in self.doomed.items() if when <= self.now]:
            self.items.pop(key, None)
        for key in [key for key in self.people if not self.items_of(key)]:
            del self.people[key]

    def on_status(self):
        return {"fields": [[name, trait] for name, trait in TRAIT.items()]}

    def on_find(self, email, tenant):
        return [
            key
            for key, person in self.people.items()
            if person["email"] == email and person["tenant"] == tenant
        ]

    def on_tenants(self, email):
        return sorted({person["tenant"] for person in self.people.values() if person["email"] == email})

    def on_everyone(self):
        return [[person["email"], person["tenant"]] for person in self.people.values()]

    def on_person(self, person, tenant):
        there = self.people.get(person)
        return there if there and there["tenant"] == tenant else None

    def on_page(self, person, tenant, after=""):
        if self.on_person(person, tenant) is None:
            return {"items": [], "more": False}
        rest = sorted((item for item in self.items_of(person) if item["id"] > after), key=lambda i: i["id"])
        return {"items": rest[:PAGE], "more": len(rest) > PAGE}

    def on_body(self, item):
        return self.items[item]["data"]["body"].encode()

    def on_delete(self, items):
        fresh = [key for key in items if key in self.items and key not in self.doomed]
        self.doomed |= dict.fromkeys(fresh, self.now + DELETION)
        pending = [self.doomed[key].isoformat() for key in items if key in self.items]
        return {"deleted": len(items), "until": max(pending, default=None)}

    def on_hurry(self):
        self.pass_time(self.now + DELETION)

    def on_set(self, item, values):
        self.items[item]["data"] |= values

    def on_restrict(self, person, on):
        self.people[person]["restricted"] = on

    def on_stop(self, email):
        self.stopped.add(email)
