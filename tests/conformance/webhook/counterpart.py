"""The two servers as counterparts of the kit: filled anew through SQLite for each test, made to misbehave on the way."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

import httpx
import msgspec

from dsar.conformance import Fault, Person
from dsar.contract import OrderKind, Rectify, Ref, Role, Scope
from dsar_webhook.connector import MANIFEST, WebhookConnector
from dsar_webhook.settings import WebhookSettings

SECRET = "whsec_" + "c2VjcmV0" * 4
WRONG = "whsec_" + "d3Jvbmch" * 4
REFERENCE = Path(__file__).parents[3] / "docs" / "connectors" / "webhook_server.py"
WHOLE = Path(__file__).with_name("webhook_whole.py")
TABLES = ("person", "ticket", "recording", "flag", "receipt")
OWN, ACME = Scope(Role.CONTROLLER), Scope(Role.PROCESSOR, "acme")
ANNA = ("anna.virtanen@example.com", "+358401234567")
DECOY = ("anna.virtanen@example.org", "+358409999999")
NOBODY = (Ref("email", "nobody@example.com"), Ref("phone", "+358400000000"))


class Running(msgspec.Struct):
    """A server at work, and the file that it works on."""

    url: str
    database: Path
    whole: bool


@contextmanager
def running(script: Path, folder: Path) -> Iterator[Running]:
    """The server as its operator would start it."""
    database = folder / "tickets.sqlite"
    environment = {
        **os.environ,
        "WEBHOOK_SECRET": SECRET,
        "DATABASE": str(database),
        "PORT": "0",
        "PYTHONPATH": str(REFERENCE.parent),
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, str(script)], env=environment, stdout=subprocess.PIPE, stderr=log, text=True
        )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line.startswith("listening on "), (folder / "log").read_text()
        yield Running(line.removeprefix("listening on ").strip(), database, script == WHOLE)
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


class Narrow(WebhookConnector):
    """As of a service that neither knows customers nor lists whom it holds."""

    @property
    def manifest(self):
        return msgspec.structs.replace(MANIFEST, knows_tenants=False, lists_everyone=False)


class WebhookCounterpart:
    """One server, filled."""

    faults = frozenset(Fault)
    nobody = NOBODY
    correction = Rectify("tickets", {"text": "As it should be"})

    def __init__(self, server: Running) -> None:
        self._server = server
        self.fault: Fault | None = None
        self.traffic: list[tuple[httpx.Request, httpx.Response]] = []
        orders = tuple(OrderKind) if server.whole else (OrderKind.ERASE,)
        self.connector = WebhookConnector() if server.whole else Narrow()
        self.settings = WebhookSettings(url=server.url, secret=SECRET, orders=orders, page_size=3)
        self.known = self._person("anna", ANNA, OWN)
        self.decoy = self._person("other", DECOY, OWN)
        self.other_tenant = self._person("acme", ANNA, ACME)
        self._fill()

    def sql(self, statement: str, *values: object) -> list[tuple]:
        """The service's own tables, beside it."""
        with closing(sqlite3.connect(self._server.database, timeout=10)) as db, db:
            return db.execute(statement, values).fetchall()

    def _fill(self) -> None:
        for table in TABLES if self._server.whole else ("person", "ticket", "receipt"):
            self.sql(f"DELETE FROM {table}")
        for who, (email, phone), tenant in (
            ("anna", ANNA, None),
            ("other", DECOY, None),
            ("acme", ANNA, "acme"),
        ):
            self.sql("INSERT INTO person VALUES (?, ?, ?, ?)", who, tenant, email, phone)
            for number in range(7):
                kept = "2031-12-31" if number == 2 else None
                text = f"Anna Virtanen asks for the {number}th time"
                self.sql(
                    "INSERT INTO ticket VALUES (?, ?, ?, ?, ?)", f"{who}-{number}", tenant, who, text, kept
                )
            if self._server.whole:
                self.sql(
                    "INSERT INTO recording VALUES (?, ?, ?, ?)",
                    f"{who}-r",
                    tenant,
                    who,
                    bytes(range(250)) * 100,
                )

    def _person(self, who: str, identities: tuple[str, str], scope: Scope) -> Person:
        items = {("people", who), *(("tickets", f"{who}-{number}") for number in range(7))}
        if self._server.whole:
            items.add(("recordings", f"{who}-r"))
        email, phone = identities
        return Person(
            (Ref("email", email), Ref("phone", phone), Ref("account_id", who)),
            scope,
            frozenset(items),
            (email, phone, "Anna Virtanen"),
        )

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=Mischief(self), timeout=5, trust_env=False)

    async def held(self, person: Person) -> int:
        ids = [record_id for _, record_id in person.items]
        marks = ",".join("?" * len(ids))
        tables = TABLES[:3] if self._server.whole else TABLES[:2]
        return sum(
            self.sql(
                f"SELECT count(*) FROM {table} WHERE id IN ({marks}) AND tenant IS ?",
                *ids,
                person.scope.tenant,
            )[0][0]
            for table in tables
        )

    @asynccontextmanager
    async def misbehave(self, fault: Fault):
        self.fault = fault
        try:
            yield
        finally:
            self.fault = None

    async def until(self, moment) -> None:
        """The server is done when it is asked again."""


class Mischief(httpx.AsyncBaseTransport):
    """What may lie between the two: real HTTP to the server, and its answers altered."""

    def __init__(self, counterpart: WebhookCounterpart) -> None:
        self._counterpart = counterpart
        self._inner = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        fault = self._counterpart.fault
        if fault is Fault.UNAUTHORISED:
            request.headers["webhook-signature"] = "v1," + "A" * 43 + "="  # the server itself says 401
        if fault is Fault.THROTTLED:
            return httpx.Response(429, headers={"retry-after": "7"}, request=request)
        if fault is Fault.BROKEN:
            return httpx.Response(500, text="Anna Virtanen caused an error", request=request)
        if fault is Fault.SILENT:
            await asyncio.sleep(0)
            raise httpx.ReadTimeout("no answer", request=request)
        answer = await self._inner.handle_async_request(request)
        body = await answer.aread()
        await answer.aclose()
        if fault is Fault.GARBAGE:
            body = b"<html>Welcome to this network</html>"
        if fault is Fault.CUT_OFF:
            body = body[: len(body) // 2]
        given = httpx.Response(answer.status_code, headers=answer.headers, content=body, request=request)
        self._counterpart.traffic.append((request, given))
        return given

    async def aclose(self) -> None:
        await self._inner.aclose()
