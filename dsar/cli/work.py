"""`dsar work`: one worker. Start as many as there is work for, on as many machines."""

import argparse
import asyncio
import gc
import signal
from contextlib import suppress

from dsar import settings as settings_
from dsar.cli.serve import uvloop_run
from dsar.settings import Settings
from dsar.telemetry import configure
from dsar.worker import work

# Archives are made of records by the hundred thousand, none of them in a cycle: to look through them for cycles every
# 700 objects took an eighth of their time.
OBJECTS_BETWEEN_COLLECTIONS = 100_000


def arguments(command: argparse.ArgumentParser) -> None:
    """None: settings come from the environment."""
    command.epilog = "Settings come from the environment: see docs/settings.md."


def run(_: argparse.Namespace) -> int:
    """Work until interrupted; unfinished steps are given back."""
    settings = settings_.load()
    settings_.require(settings, "database_url", "redis_url", "blob_url", "operator_key")
    configure(settings.log_level)
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, *gc.get_threshold()[1:])
    uvloop_run(until_told(settings))
    return 0


async def until_told(settings: Settings) -> None:
    """Run one worker until SIGINT or SIGTERM."""
    task = asyncio.create_task(work(settings))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):
        await task
