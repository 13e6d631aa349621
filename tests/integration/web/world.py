"""One opened service with its faces, a clock that tests move, an outbox that they read, and shorthands for both."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from litestar import Litestar

from dsar.cli import controller as controller_command
from dsar.cli import staff as staff_command
from dsar.contract import OrderKind
from dsar.engine import Service, open_service
from dsar.outbound import LocalOutbox, Mail, Sms
from dsar.routing import NewController, NewEndpoint
from dsar.settings import Settings
from dsar.store import systems
from dsar.store.systems import SystemRow
from dsar.web.app import behind, create_app

from .recorder import ROLES, Recorder

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
KNOWN = "anna.known@example.com"
KNOWN_PHONE = "+358401234567"
UNKNOWN = "nobody.here@example.com"
UNKNOWN_PHONE = "+358409876543"
TENANT, OTHER_TENANT = "acme", "globex"

TABLES = (
    "request", "case_file", "identity", "challenge", "event", "step", "outbox", "attempt", "match", "segment",
    "letter", "bundle", "download", "hold", "suppression", "tombstone", "note", "idempotency", "legal_hold",
    "opendsr_request", "erasure_plan", "transfer", "redaction", "approval",
)  # fmt: skip


class Clock:
    """The service's time, moved by hand. It ticks a little at each look, as a real one does."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


class World:
    """What a test plays with."""

    def __init__(self, service: Service, app: Litestar, clock: Clock, recorder: Recorder) -> None:
        self.service = service
        self.app = app
        self.clock = clock
        self.recorder = recorder
        self.engine = service.engine()
        self.client = self.new_client()

    def new_client(self, **options: Any) -> httpx.AsyncClient:
        """A browser or program of its own, without another's cookies."""
        transport = httpx.ASGITransport(self.app, client=options.pop("client", ("127.0.0.1", 5000)))
        return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8321", **options)

    async def drain(self) -> None:
        await self.engine.drain()

    # -- what left

    def messages(self, to: str | None = None) -> list[Mail | Sms]:
        """Newest first."""
        found = LocalOutbox.at(self.service.settings.local_outbox).messages(10_000)
        return [message for message in found if to is None or message.to == to]

    async def code(self, to: str) -> str:
        """The latest six digits that went to an address."""
        await self.drain()
        found = re.search(r"\b(\d{6})\b", self.messages(to)[0].text)
        assert found is not None, "no code in the latest message"
        return found[1]

    async def link(self, to: str) -> str:
        """The path of the latest download link that went to an address."""
        await self.drain()
        for message in self.messages(to):
            if found := re.search(r"/download/[\w-]+", message.text):
                return found[0]
        raise AssertionError("no link went out")

    # -- the database, as it is

    async def rows(self, sql: str, *args: Any) -> list[dict[str, Any]]:
        async with self.service.db.read() as connection:
            return [dict(row) for row in await connection.fetch(sql, *args)]

    async def run(self, sql: str, *args: Any) -> None:
        async with self.service.db.write() as connection:
            await connection.execute(sql, *args)

    async def counts(self) -> dict[str, int]:
        """How many rows each table has: the same before and after what must write nothing."""
        counts = ", ".join(f"(SELECT count(*) FROM {table}) AS {table}" for table in TABLES)
        return (await self.rows(f"SELECT {counts}"))[0]

    async def snapshot(self) -> dict[str, list[str]]:
        """Every row of every table, for what must change nothing at all."""
        return {
            table: [row["row"] for row in await self.rows(f"SELECT t::text AS row FROM {table} t ORDER BY 1")]
            for table in TABLES
        }

    async def cases(self, reference: str) -> list[dict[str, Any]]:
        return await self.rows(
            "SELECT c.* FROM case_file c JOIN request r ON r.id = c.request_id WHERE r.reference = $1 ORDER BY c.id",
            reference,
        )

    # -- the public face

    async def post(self, **body: Any) -> httpx.Response:
        """A request by the public API; what is not given is a prospect's access."""
        given = {"rights": ["access"], "relations": ["prospect"], "email": KNOWN} | body
        return await self.client.post(
            "/api/v1/requests", json={k: v for k, v in given.items() if v is not None}
        )

    async def asked(self, **body: Any) -> str:
        """The reference of a request that was taken."""
        answer = await self.post(**body)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["reference"])

    async def type_code(self, reference: str, kind: str, code: str) -> httpx.Response:
        return await self.client.post(f"/verify/{reference}", data={"kind": kind, "code": code})

    async def prove(self, reference: str, kind: str = "email", to: str = KNOWN) -> None:
        """Type the right code."""
        answer = await self.type_code(reference, kind, await self.code(to))
        assert answer.status_code == 303, answer.text

    async def answered(self, email: str = KNOWN, **body: Any) -> tuple[str, str]:
        """A request played until its answer is out: its reference and the path of its link."""
        reference = await self.asked(email=email, **body)
        await self.prove(reference, to=email)
        return reference, await self.link(email)

    # -- keys

    async def staff(self, name: str = "Tilda", role: str = "agent") -> "Staff":
        key = await staff_command.add(self.service.settings.database_url, name, role)
        staff_id = (await self.rows("SELECT id FROM staff WHERE name = $1", name))[0]["id"]
        return Staff(self.new_client(headers={"authorization": f"Bearer {key}"}), key, staff_id)

    async def controller(self, tenant: str = TENANT, webhook: str | None = None) -> "Controller":
        endpoint = NewEndpoint(webhook) if webhook else None
        new = NewController(name=f"Business {tenant}", tenant=tenant, webhook=endpoint)
        added = await controller_command.onboard(self.service.settings, new, self.clock)
        client = self.new_client(headers={"authorization": f"Bearer {added.key}"})
        return Controller(client, added.key, added.id)


class Staff:
    """A staff member with a key."""

    def __init__(self, client: httpx.AsyncClient, key: str, staff_id: UUID) -> None:
        self.client = client
        self.key = key
        self.id = staff_id

    async def act(self, case_id: Any, act: str, **body: Any) -> httpx.Response:
        return await self.client.post(f"/api/v1/cases/{case_id}/{act}", json=body)

    async def case(self, case_id: Any) -> dict[str, Any]:
        answer = await self.client.get(f"/api/v1/cases/{case_id}")
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def enter(self, **body: Any) -> httpx.Response:
        given = {
            "rights": ["access"],
            "relations": ["prospect"],
            "channel": "telephone",
            "received_at": START.isoformat(),
            "email": KNOWN,
        } | body
        return await self.client.post("/api/v1/staff/requests", json=given)


class Controller:
    """A customer-controller with a key."""

    def __init__(self, client: httpx.AsyncClient, key: str, controller_id: UUID) -> None:
        self.client = client
        self.key = key
        self.id = controller_id

    async def instruct(self, case_id: Any, instruction: str, ground: str = "") -> httpx.Response:
        body = {"instruction": instruction, "ground": ground}
        return await self.client.post(f"/api/v1/controller/cases/{case_id}/instruction", json=body)

    async def create(self, **body: Any) -> httpx.Response:
        given = {"rights": ["access"], "phone": KNOWN_PHONE} | body
        return await self.make("requests", given)

    async def make(self, what: str, body: Any, **headers: str) -> httpx.Response:
        """A POST that creates, each with a key of its own."""
        key = {"Idempotency-Key": str(uuid4())} | headers
        return await self.client.post(f"/api/v1/controller/{what}", json=body, headers=key)


@asynccontextmanager
async def open_world(settings: Settings, recorder: Recorder) -> AsyncIterator[World]:
    """A service with one system, the recorder."""
    clock = Clock()
    async with open_service(settings, now=clock) as service:
        row = SystemRow(
            key="recorder",
            connector="recorder",
            title="Recorder",
            settings=service.vault.seal(b"{}", "system"),
            roles=ROLES,
            orders=(OrderKind.ERASE, OrderKind.SUPPRESS),
            retry_delay_seconds=1.0,
            attempts_max=2,
        )
        async with service.db.write() as tx:
            await systems.put(tx, row, clock())
        with lent_app(service) as app:
            world = World(service, app, clock, recorder)
            try:
                yield world
            finally:
                await world.client.aclose()


# To read all the routes takes a quarter of a second, more than the rest of most tests.
_idle: dict[tuple[int, int], list[Litestar]] = {}


@contextmanager
def lent_app(service: Service) -> Iterator[Litestar]:
    """An application that no other test uses meanwhile, before this service; its sizes are what it is made with."""
    apps = _idle.setdefault((service.settings.upload_bytes_max, service.settings.body_bytes_max), [])
    app = apps.pop() if apps else create_app(service)
    app.state.update(behind(service))
    yield app
    apps.append(app)
