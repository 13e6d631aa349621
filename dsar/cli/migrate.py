"""`dsar migrate`: bring the database up to date."""

import argparse
import asyncio

from dsar import settings as settings_
from dsar.store.migrations import migrate


def arguments(command: argparse.ArgumentParser) -> None:
    """None."""
    command.epilog = (
        "Run it as the role that owns the tables. It may create the roles dsar_app and dsar_controller."
    )


def run(_: argparse.Namespace) -> int:
    """Apply what has not been applied."""
    settings = settings_.load()
    settings_.require(settings, "database_url")
    applied = asyncio.run(migrate(settings.database_url))
    for name in applied.files:
        print(f"applied {name}")
    if not applied.files:
        print("nothing to apply")
    return 0
