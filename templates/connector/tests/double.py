"""A system to try the connector on, in memory: what a vendor would have behind its API."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec
from dsar.conformance import Fault

TOKEN = "only-for-tests"


class Double:
    """People by address, items by person."""

    def __init__(self) -> None:
        self.people: dict[str, str] = {}
        self.items: dict[str, list[dict[str, Any]]] = {}
        self.fault: Fault | None = None

    def add(self, email: str, *items: tuple[str, dict[str, Any]]) -> list[tuple[str, str]]:
        person = f"person-{len(self.people) + 1}"
        self.people[email] = person
        self.items[person] = [
            {"id": f"{person}-{number}", "collection": collection, "data": data}
            for number, (collection, data) in enumerate(items)
        ]
        return [(item["collection"], item["id"]) for item in self.items[person]]

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self.answer), timeout=1)

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.fault is Fault.SILENT:
            raise httpx.ReadTimeout("no answer", request=request)
        if self.fault is not None:
            return FAULTS[self.fault]
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return httpx.Response(401)
        asked = msgspec.json.decode(request.content)
        called: dict[str, Callable[..., dict[str, Any]]] = {
            "status": self.status,
            "find": self.find,
            "items": self.page,
            "erase": self.erase,
        }
        return httpx.Response(200, json=called[request.url.path.strip("/")](**asked))

    def status(self) -> dict[str, Any]:
        return {"ok": True}

    def find(self, email: str) -> dict[str, Any]:
        return {"people": [{"id": self.people[email]}] if email in self.people else []}

    def page(self, person: str, after: str, limit: int) -> dict[str, Any]:
        start = int(after or 0)
        there = self.items.get(person, [])
        more = start + limit < len(there)
        return {"items": there[start : start + limit], "next": str(start + limit) if more else None}

    def erase(self, person: str, key: str) -> dict[str, Any]:
        self.people = {email: one for email, one in self.people.items() if one != person}
        return {"items": len(self.items.pop(person, []))}

    @asynccontextmanager
    async def misbehave(self, fault: Fault) -> AsyncIterator[None]:
        self.fault = fault
        try:
            yield
        finally:
            self.fault = None


FAULTS = {
    Fault.UNAUTHORISED: httpx.Response(401),
    Fault.THROTTLED: httpx.Response(429, headers={"retry-after": "30"}),
    Fault.BROKEN: httpx.Response(500),
    Fault.GARBAGE: httpx.Response(200, text="<html>"),
    Fault.CUT_OFF: httpx.Response(200, text='{"people": [{"id": "per'),
}
