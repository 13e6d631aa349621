"""Twenty systems at a second each, in one case: side by side, they take little more than the slowest of them."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import uvloop
from msgspec import Struct

from bench.measure import Measure, middle
from bench.site import Site, answers
from dsar.contract import (
    Attachment,
    Collection,
    Coverage,
    Manifest,
    Mark,
    Match,
    Order,
    OrderKind,
    Origin,
    Proof,
    Receipt,
    Record,
    Ref,
    Role,
    Scope,
    Session,
    Tools,
)
from dsar.demo.stack import free_port
from dsar.domain.case import State
from dsar.domain.identity import ProofKind
from dsar.engine import Service, open_service
from dsar.intake import RawSubmission, read
from dsar.outbound import installed
from dsar.store import cases, systems
from dsar.store.systems import SystemRow

SYSTEMS = 20
SECONDS = 1.0
RUNS = 5
WAIT_SECONDS_MAX = 120.0
POLL_SECONDS = 0.003
SLOWEST_TIMES = 1.2


class VendorSettings(Struct, frozen=True):
    """Where it is, and how long it takes for a search."""

    url: str
    seconds: float


class Vendor(Session):
    """Connector and session: one slow call to find, one quick one to export."""

    def __init__(self, settings: VendorSettings | None = None, http: httpx.AsyncClient | None = None) -> None:
        self.manifest = Manifest(
            key="bench_vendor",
            title="A slow vendor",
            settings=VendorSettings,
            finds_by=frozenset({"email"}),
            orders=frozenset({OrderKind.ERASE}),
        )
        self._settings = settings
        self._http = http

    def orders(self, settings: VendorSettings) -> frozenset[OrderKind]:  # noqa: ARG002
        return self.manifest.orders

    @asynccontextmanager
    async def open(self, settings: VendorSettings, tools: Tools) -> AsyncIterator[Session]:
        yield Vendor(settings, tools.http)

    @property
    def collections(self) -> Mapping[str, Collection]:
        return {"people": Collection("contact", "People")}

    async def _call(self, seconds: float) -> None:
        assert self._http is not None
        assert self._settings is not None
        answer = await self._http.get(f"{self._settings.url}/{seconds}")
        answer.raise_for_status()

    async def probe(self) -> Coverage:
        await self._call(0)
        return Coverage()

    async def find(self, refs: Sequence[Ref], scope: Scope) -> AsyncIterator[Match]:  # noqa: ARG002
        assert self._settings is not None
        await self._call(self._settings.seconds)
        yield Match(Ref("person", "1"), refs[0])

    async def export(
        self,
        ref: Ref,  # noqa: ARG002
        scope: Scope,  # noqa: ARG002
        after: Mark | None,  # noqa: ARG002
    ) -> AsyncIterator[Record | Attachment | Mark]:
        await self._call(0)
        for number in range(10):
            yield Record(Origin("people", str(number), datetime.now(UTC)), {"number": number})

    async def carry_out(self, ref: Ref, scope: Scope, order: Order, key: str) -> Receipt:  # noqa: ARG002
        return Receipt(0, Proof.VERIFIED)


def measure(site: Site) -> list[Measure]:
    """By turns with systems that answer at once: what such a case costs anyway."""
    port = free_port()
    site.spawn("-m", "bench.slow_vendor", str(port))
    installed()["bench_vendor"] = Vendor()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            fixed, slow = runner.run(_by_turns(site, port))
    finally:
        del installed()["bench_vendor"]
    return [
        Measure(
            key="fanout.seconds",
            title=f"one case, {SYSTEMS} systems at {SECONDS:g} s each (median of {RUNS})",
            figure=middle(slow),
            unit="s",
            limit=SECONDS + middle(fixed),
            limit_title="the slowest, and the case at 0 s",
            aim=SLOWEST_TIMES * SECONDS + middle(fixed),
            note=f"from {min(slow):.3f} to {max(slow):.3f} s",
        ),
        Measure(
            key="fanout.fixed",
            title=f"… the same case, systems at 0 s (median of {RUNS})",
            figure=middle(fixed),
            unit="s",
            note=f"from {min(fixed):.3f} to {max(fixed):.3f} s",
        ),
    ]


async def _by_turns(site: Site, port: int) -> tuple[list[float], list[float]]:
    await answers(port, "/0")
    await site.fresh()
    fixed, slow = [], []
    settings = msgspec.structs.replace(site.stack.settings, allow_http_to_loopback=True)
    async with open_service(settings) as service:
        engine = service.engine()
        working = asyncio.create_task(engine.run())
        try:
            for seconds, taken in ((0.0, fixed), (SECONDS, slow)) * (RUNS + 1):
                await _set_up(service, port, seconds)
                taken.append(await _case(service, engine.look))
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
    return fixed[1:], slow[1:]  # the first opens the connections


async def _set_up(service: Service, port: int, seconds: float) -> None:
    raw = msgspec.json.encode(VendorSettings(f"http://127.0.0.1:{port}", seconds))
    async with service.db.write() as tx:
        for number in range(SYSTEMS):
            row = SystemRow(
                key=f"vendor_{number:02}",
                connector="bench_vendor",
                title=f"Vendor {number}",
                settings=service.vault.seal(raw, "system"),
                roles=(Role.CONTROLLER,),
                orders=(OrderKind.ERASE,),
            )
            await systems.put(tx, row, service.now())


async def _case(service: Service, look: Any) -> float:
    """From the request, whose sender is proven, to an answer that the person can fetch."""
    raw = RawSubmission(rights=("access",), relations=("prospect",), email="anna@example.com")
    submission = read(raw, service.profile.profile, service.now(), channel="telephone", proof=ProofKind.STAFF)
    began = time.perf_counter()
    filed = await service.desk.take(submission)
    look()
    case_id = filed.cases[0].id
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        while True:
            async with service.db.read() as connection:
                if (await cases.one(connection, case_id)).state is State.DELIVERED:
                    return time.perf_counter() - began
            await asyncio.sleep(POLL_SECONDS)
