"""Durable commits a second through the public API, against a bare handler with one INSERT."""

import asyncio
import subprocess
import sys

import msgspec

from bench.load import CONNECTIONS, Seen
from bench.measure import RUNS, Measure, middle
from bench.site import Site, answers
from dsar.demo.stack import free_port

SECONDS = 4.0


async def measure(site: Site) -> list[Measure]:
    """Both in turns, so that a neighbour's noise meets both; no worker runs."""
    await site.fresh()
    await site.serve()
    bare_port = free_port()
    site.spawn("-m", "bench.bare", site.stack.settings.database_url, str(bare_port))
    await answers(bare_port, "/")
    ours, bare = list[Seen](), list[Seen]()
    for _ in range(RUNS):
        bare.append(await load(bare_port, "/bare"))
        ours.append(await load(site.port, "/api/v1/requests"))
    await _durable(site, sum(seen.answers for seen in ours))
    site.end()
    return _measures(ours, bare)


async def load(port: int, path: str, seconds: float = SECONDS) -> Seen:
    """One run of the load, in a process of its own."""
    words = [sys.executable, "-m", "bench.load", str(port), path, "202", str(seconds)]
    ran = await asyncio.to_thread(subprocess.run, words, capture_output=True, check=True)
    seen = msgspec.json.decode(ran.stdout, type=Seen)
    if seen.failures:
        raise RuntimeError(f"{path}: {seen.failures} requests were not taken")
    return seen


async def _durable(site: Site, answered: int) -> None:
    connection = await site.connect()
    kept = await connection.fetchval("SELECT count(*) FROM request")
    await connection.close()
    if kept < answered:
        raise RuntimeError(f"{answered} requests were answered and {kept} are kept")


def _measures(ours: list[Seen], bare: list[Seen]) -> list[Measure]:
    limit = "bare handler, one INSERT"
    share = middle(seen.cpu_share for seen in ours)
    return [
        Measure(
            key="intake.per_second",
            title=f"intake, {CONNECTIONS} clients",
            figure=middle(seen.per_second for seen in ours),
            unit="/s",
            more_is_better=True,
            limit=middle(seen.per_second for seen in bare),
            limit_title=limit,
            aim=800,
            ratio_aim=0.5,
            known=24,
            note=f"the client took {share:.0%} of a core",
        ),
        Measure(
            key="intake.p50_ms",
            title="intake, half answered within",
            figure=middle(seen.p50_ms for seen in ours),
            unit="ms",
            limit=middle(seen.p50_ms for seen in bare),
            limit_title=limit,
        ),
        Measure(
            key="intake.p99_ms",
            title="intake, 99 % answered within",
            figure=middle(seen.p99_ms for seen in ours),
            unit="ms",
            limit=middle(seen.p99_ms for seen in bare),
            limit_title=limit,
        ),
    ]
