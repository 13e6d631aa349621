"""A person's copy from the request to the sealed archive, against Postgres' COPY of the same rows in the same forms."""

from collections.abc import Sequence

from bench import memory
from bench.export import written
from bench.measure import RUNS, Measure, middle
from bench.people import BIG_SYSTEM, World, add_big, path_of
from bench.site import Site
from bench.staff import Staff

ROWS, MANY_ROWS = 200_000, 1_000_000
AIM_SECONDS, RATIO_AIM = 5.0, 3.0
GROWTH_AIM_MB = 64


async def measure(site: Site, staff: Staff, world: World, worker: int) -> list[Measure]:
    """The smaller size as often as anything, the larger once; the worker's growth over each."""
    measures: list[Measure] = []
    for rows, runs in ((ROWS, RUNS), (MANY_ROWS, 1)):
        measures += await _one_size(site, staff, world, worker, rows, runs)
    return measures


async def _one_size(
    site: Site, staff: Staff, world: World, worker: int, rows: int, runs: int
) -> Sequence[Measure]:
    url, path = world.urls[BIG_SYSTEM], path_of(site)
    name = await add_big(url, rows)
    ours, copied = list[float](), list[float]()
    before = memory.resident_mb(worker)
    memory.forget_peak(worker)
    for _ in range(runs):
        copied.append(await written(url, name, path))
        ours.append(await staff.answer(name, "access"))
    return (
        Measure(
            key=f"bundle.{rows}.seconds",
            title=f"archive of {rows:,} rows, from the request",
            figure=middle(ours),
            unit="s",
            limit=middle(copied),
            limit_title="COPY as CSV and JSON, deflated",
            aim=AIM_SECONDS if rows == ROWS else None,
            ratio_aim=RATIO_AIM,
        ),
        Measure(
            key=f"bundle.{rows}.growth_mb",
            title="… worker grew by at most",
            figure=memory.peak_mb(worker) - before,
            unit="MB",
            aim=GROWTH_AIM_MB,
            note=f"from {before:.0f} MB resident",
        ),
    )
