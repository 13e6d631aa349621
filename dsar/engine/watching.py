"""Beside the engine: looks after the connected systems, and tells staff of what waits for them."""

import asyncio

from dsar.fanout import Probing
from dsar.review import Waiting
from dsar.telemetry import log

LOOKS_MAX = 4  # at once: a probe that hangs holds up neither the others nor what staff is told


async def watch_systems(probing: Probing, waiting: Waiting, every_seconds: float) -> None:
    """Until cancelled."""
    looks: set[asyncio.Task[None]] = set()
    try:
        while True:
            if len(looks) < LOOKS_MAX:
                task = asyncio.create_task(_look(probing, waiting))
                looks.add(task)
                task.add_done_callback(looks.discard)
            await asyncio.sleep(every_seconds)
    finally:
        for task in looks:
            task.cancel()
        await asyncio.gather(*looks, return_exceptions=True)


async def _look(probing: Probing, waiting: Waiting) -> None:
    """One that fails is made again: the database may be restarting."""
    try:
        await probing.tell()
        await waiting.tell()
        await probing.look()
    except Exception as error:  # noqa: BLE001 - as in the engine's own sweep
        log.warning("systems.look_failed", error=type(error).__name__)
