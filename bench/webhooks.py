"""Deliveries to a hundred endpoints: how long the healthy wait beside slow and dead ones, and how many a second."""

import asyncio
import subprocess
import sys
import time
from typing import Any
from uuid import UUID

from bench.mailroom import ENDPOINTS, Mailroom
from bench.measure import Measure, middle
from bench.memory import forget_peak, peak_mb, resident_mb
from bench.site import Site, answers
from bench.wire import Wire
from dsar.demo.stack import free_port
from dsar.engine.lanes import PLACES

DELIVERIES = 10_000
A_SECOND = 150  # at which they are committed: below what one worker delivers on this machine
BATCH = 5
RUNS = 3
BACKLOG = 5_000
BARE_AT_ONCE = 8  # where bare httpx is at its best: its one pool is slower the more it holds
WARM = 1_000  # before the memory is looked at
WAIT_SECONDS_MAX = 120.0


async def measure(site: Site) -> list[Measure]:
    """Beside slow and dead ones; then a backlog, by turns with bare httpx."""
    port = free_port()
    site.spawn("-m", "bench.endpoints", str(port))
    await answers(port, "/seen")
    measures = await _beside_slow_ones(site, port)
    rates, bare, as_many = [], [], []
    for _ in range(RUNS):
        rates.append(await _backlog(site, port))
        bare.append(_bare(port, BARE_AT_ONCE, BACKLOG))
        as_many.append(_bare(port, PLACES, BACKLOG // 5))
    return [
        *measures,
        Measure(
            key="webhooks.per_second",
            title=f"deliveries of a backlog (median of {RUNS})",
            figure=middle(rates),
            unit="/s",
            more_is_better=True,
            limit=middle(bare),
            limit_title=f"bare httpx, {BARE_AT_ONCE} at once",
            ratio_aim=0.5,
            note=f"from {min(rates):.0f} to {max(rates):.0f}; bare from {min(bare):.0f} to {max(bare):.0f}",
        ),
        Measure(
            key="webhooks.as_many",
            title="… beside bare httpx with as many",
            figure=middle(rates),
            unit="/s",
            more_is_better=True,
            limit=middle(as_many),
            limit_title=f"bare httpx, {PLACES} at once",
            ratio_aim=0.5,
        ),
    ]


async def _beside_slow_ones(site: Site, port: int) -> list[Measure]:
    await site.fresh()
    async with Mailroom.opened(site.stack.settings, port, mixed=True) as room:
        worker = site.work()
        await room.tell(ENDPOINTS)  # opens connections and learns who is slow
        await _seen(port, room.healthy_of(ENDPOINTS))
        await _ask(port, "/forget")
        committed: dict[UUID, float] = {}
        begin = time.monotonic()
        warm = 0.0
        while len(committed) < DELIVERIES:
            for message_id in await room.tell(BATCH):
                committed[message_id] = time.monotonic()
            if not warm and len(committed) >= WARM:
                warm = resident_mb(worker)
                forget_peak(worker)
            await asyncio.sleep(max(0.0, begin + len(committed) / A_SECOND - time.monotonic()))
        rate = DELIVERIES / (time.monotonic() - begin)
        await _seen(port, room.healthy_of(DELIVERIES))
        grown = peak_mb(worker) - warm
        came = await _ask(port, "/report")
    site.end_last()
    waits = sorted(max(0.0, at - committed[UUID(one)]) for one, at in came["quick"].items())
    note = (
        f"committed at {rate:.0f}/s; of the others {len(came['slow'])} came to slow and {len(came['dead'])} to dead "
        "endpoints meanwhile"
    )
    return [
        Measure(
            key="webhooks.p99",
            title=f"{DELIVERIES:,} messages, 99 % of the healthy come within",
            figure=waits[int(len(waits) * 0.99)],
            unit="s",
            aim=2.0,
            note=note,
        ),
        Measure(key="webhooks.p50", title="… half of them within", figure=middle(waits), unit="s"),
        Measure(key="webhooks.max", title="… all of them within", figure=waits[-1], unit="s"),
        Measure(key="webhooks.memory", title="… worker grew by at most", figure=grown, unit="MB", aim=20),
    ]


async def _backlog(site: Site, port: int) -> float:
    """Committed before the worker starts; from its first delivery until all are settled."""
    await site.fresh()
    await _ask(port, "/forget")
    async with Mailroom.opened(site.stack.settings, port, mixed=False) as room:
        for _ in range(BACKLOG // 500):
            await room.tell(500)
        site.work()
        await _seen(port, 1)
        began = time.monotonic()
        await room.all_settled(WAIT_SECONDS_MAX)
        rate = BACKLOG / (time.monotonic() - began)
    site.end_last()
    return rate


def _bare(port: int, at_once: int, posts: int) -> float:
    ran = subprocess.run(
        [sys.executable, "-m", "bench.bare_posts", *map(str, (port, posts, at_once, ENDPOINTS))],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(ran.stdout)


async def _seen(port: int, least: int) -> None:
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        while await _ask(port, "/seen") < least:  # noqa: ASYNC110 - another process counts them
            await asyncio.sleep(0.05)


async def _ask(port: int, path: str) -> Any:
    wire = await Wire.open(port)
    found = await wire.ask("GET", path)
    wire.close()
    return found
