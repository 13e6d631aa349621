"""Export of 10,000 and 200,000 records of one person, against Postgres' COPY of the same rows."""

import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
from isal import igzip

from bench import memory
from bench.measure import RUNS, Measure, middle
from bench.people import BIG_SYSTEM, SAME_ROWS, World, add_big, address, path_of
from bench.site import Site
from bench.staff import Staff

KNOWN_SECONDS = {10_000: 1.5, 200_000: 29.0}
AIM_SECONDS = {10_000: 0.5, 200_000: 5.0}
GROWTH_AIM_MB, GROWTH_KNOWN_MB = 100, 1200


async def measure(site: Site, staff: Staff, world: World, worker: int) -> list[Measure]:
    """Each size in turn, COPY beside it; then how far the worker grew over both."""
    before = memory.resident_mb(worker)
    memory.forget_peak(worker)
    measures: list[Measure] = []
    for rows in AIM_SECONDS:
        measures += await _one_size(site, staff, world, rows)
    growth = Measure(
        key="export.growth_mb",
        title="… worker grew by at most",
        figure=memory.peak_mb(worker) - before,
        unit="MB",
        aim=GROWTH_AIM_MB,
        known=GROWTH_KNOWN_MB,
        note=f"from {before:.0f} MB resident",
    )
    return [*measures, growth]


async def _one_size(site: Site, staff: Staff, world: World, rows: int) -> list[Measure]:
    url, path = world.urls[BIG_SYSTEM], path_of(site)
    name = await add_big(url, rows)
    ours, plain, files = list[float](), list[float](), list[float]()
    for _ in range(RUNS):
        plain.append(await copied(url, name))
        files.append(await written(url, name, path))
        ours.append(await staff.answer(name, "access"))
    title = f"export of {rows:,} records"
    return [
        Measure(
            key=f"export.{rows}.seconds",
            title=title,
            figure=middle(ours),
            unit="s",
            limit=middle(files),
            limit_title="COPY as CSV and JSON, deflated",
            aim=AIM_SECONDS[rows],
            known=KNOWN_SECONDS[rows],
        ),
        Measure(
            key=f"export.{rows}.copy",
            title=f"{title}, beside plain COPY",
            figure=middle(ours),
            unit="s",
            limit=middle(plain),
            limit_title="COPY to nowhere",
        ),
    ]


async def copied(url: str, name: str) -> float:
    """Seconds of COPY TO STDOUT, thrown away."""

    async def nowhere(_data: bytes) -> None:
        return

    return await _copy(url, _rows(name), "", nowhere)


async def written(url: str, name: str, path: Path) -> float:
    """Seconds of COPY as CSV and as JSON, one after the other, each through isal at level 1 into a file."""
    seconds = 0.0
    as_json = f"SELECT row_to_json(x) FROM ({_rows(name)}) x"
    for query, options in ((_rows(name), "csv"), (as_json, "text")):
        with igzip.open(path, "wb", compresslevel=1) as sink:  # type: ignore[no-untyped-call]

            async def put(data: bytes, sink: Any = sink) -> None:
                sink.write(data)

            seconds += await _copy(url, query, options, put)
    return seconds


async def _copy(url: str, query: str, options: str, sink: Callable[[bytes], Awaitable[None]]) -> float:
    connection = await asyncpg.connect(url)
    began = time.perf_counter()
    await connection.copy_from_query(query, output=sink, format=options or None)
    seconds = time.perf_counter() - began
    await connection.close()
    return seconds


def _rows(name: str) -> str:
    return SAME_ROWS.format(email=address(name))
