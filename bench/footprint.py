"""`dsar up`: how soon it answers over an empty folder and over a full one, and what it takes up while idle."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import memory
from bench.measure import RUNS, Measure, middle
from bench.site import answers, folder
from dsar.demo.stack import free_port

SETTLE_SECONDS = 5.0
STOP_SECONDS_MAX = 30.0
PARTS = {"dsar.cli up": "up", "dsar.cli serve": "serve", "dsar.cli work": "work", "valkey": "Valkey"}


def measure() -> list[Measure]:
    """Cold and warm starts in turns; idle memory after the last."""
    cold, warm = list[float](), list[float]()
    parts: dict[str, float] = {}
    for _ in range(RUNS):
        with folder() as data:
            with _up(data / "data") as (seconds, _):
                cold.append(seconds)
            with _up(data / "data") as (seconds, pid):
                warm.append(seconds)
                if len(warm) == RUNS:
                    time.sleep(SETTLE_SECONDS)
                    parts = by_part(pid)
    return [
        Measure(
            key="idle.mb",
            title="idle memory of `dsar up` (PSS)",
            figure=sum(parts.values()),
            unit="MB",
            aim=300,
            known=1200,
        ),
        *(
            Measure(key=f"idle.{name}.mb", title=f"… {name}", figure=size, unit="MB")
            for name, size in parts.items()
        ),
        Measure(
            key="start.cold", title="cold start, empty folder", figure=middle(cold), unit="s", aim=8, known=58
        ),
        Measure(key="start.warm", title="warm start", figure=middle(warm), unit="s", aim=4, known=17),
    ]


def by_part(pid: int) -> dict[str, float]:
    """MB of each part of a process tree; all of Postgres' processes are one."""
    parts: dict[str, float] = {}
    for member in memory.tree(pid):
        command = memory.command(member)
        name = next((name for mark, name in PARTS.items() if mark in command), "Postgres")
        parts[name] = parts.get(name, 0.0) + memory.proportional_mb(member)
    return parts


@contextmanager
def _up(data: Path) -> Iterator[tuple[float, int]]:
    port = free_port()
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "dsar.cli", "up", "--data", str(data), "--port", str(port)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        asyncio.run(answers(port))
        yield time.perf_counter() - began, process.pid
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(STOP_SECONDS_MAX)
