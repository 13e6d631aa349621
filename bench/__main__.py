"""Run all, or the parts named. Ends 0: what falls short says so in the table."""

import argparse
import asyncio
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from bench import (
    answering,
    bundle,
    clock,
    erasure,
    export,
    fanout,
    footprint,
    intake,
    recordings,
    size,
    sql,
    webhooks,
)
from bench.measure import Measure, show
from bench.people import build
from bench.site import Site, folder
from bench.staff import Staff

LAST = Path(__file__).parent / "last.json"
PARTS = ("footprint", "pipeline", "bundle", "fanout", "intake", "webhooks", "sql", "clock", "size")


def main() -> int:
    """Measure and tell."""
    given = _parser().parse_args()
    parts = [part for part in given.parts or PARTS if part != "size" or given.size]
    measures: list[Measure] = []
    if "footprint" in parts:
        _say("Starting `dsar up` cold and warm …")
        measures += footprint.measure()
    if {"pipeline", "bundle", "fanout", "intake", "webhooks", "sql"} & set(parts):
        measures = _on_a_site(parts) + measures
    if "clock" in parts:
        _say("Due dates …")
        measures += clock.measure()
    if "size" in parts:
        _say("Installing the lock in a fresh environment …")
        measures += size.measure()
    print()
    show(measures)
    _keep(measures)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="which parts; all when none is named")
    parser.add_argument(
        "--size", action=argparse.BooleanOptionalAction, default=True, help="weigh the installation"
    )
    return parser


def _on_a_site(parts: list[str]) -> list[Measure]:
    measures: list[Measure] = []
    with folder() as place:
        site = Site(place / "data")
        site.start()
        try:
            if "intake" in parts:
                _say("Intake …")
                measures += asyncio.run(intake.measure(site))
            if {"pipeline", "bundle"} & set(parts):
                measures += asyncio.run(_pipeline(site, parts))
            if "fanout" in parts:
                _say("Twenty slow systems …")
                measures += fanout.measure(site)
            if "webhooks" in parts:
                _say("Deliveries to a hundred endpoints …")
                measures += asyncio.run(webhooks.measure(site))
            if "sql" in parts:
                _say("Ten million rows for the connector sql …")
                measures += asyncio.run(sql.measure(site))
        finally:
            site.stop()
    if "bundle" in parts:
        _say("Recordings into an archive …")
        with folder() as place:
            measures += asyncio.run(recordings.measure(place))
    return measures


async def _pipeline(site: Site, parts: list[str]) -> list[Measure]:
    _say("Building three systems …")
    await site.fresh()
    world = await build(site)
    await site.serve()
    worker = site.work()
    connection = await site.connect()
    staff = Staff(site, world, connection)
    measures: list[Measure] = []
    if "bundle" in parts:
        _say("Archives …")
        measures += await bundle.measure(site, staff, world, worker)
    if "pipeline" in parts:
        _say("One request alone, then a hundred at once …")
        measures += await answering.measure(staff)
        _say("Exports …")
        measures += await export.measure(site, staff, world, worker)
        _say("Erasures …")
        measures += await erasure.measure(staff, world)
    await connection.close()
    site.end()
    return measures


def _keep(measures: list[Measure]) -> None:
    told = [msgspec.structs.asdict(m) | {"ratio": m.ratio, "verdict": m.verdict or None} for m in measures]
    run = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": len(os.sched_getaffinity(0)),
        "load_average": os.getloadavg()[0],
        "python": platform.python_version(),
        "measures": told,
    }
    LAST.write_bytes(msgspec.json.format(msgspec.json.encode(run), indent=2) + b"\n")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
