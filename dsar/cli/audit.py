"""`dsar audit verify`: hold every case's history against its hash chain."""

import argparse
import asyncio

from dsar import settings as settings_
from dsar.domain.history import Broken, verify
from dsar.store import Database, cases, events


def arguments(command: argparse.ArgumentParser) -> None:
    """`verify`."""
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    check = actions.add_parser(
        "verify", help="Name the first changed or missing entry of each broken history."
    )
    check.add_argument("--database-url", help="instead of DSAR_DATABASE_URL")


def run(given: argparse.Namespace) -> int:
    """0 when every history holds, 1 when one does not."""
    url = given.database_url
    if not url:
        settings = settings_.load()
        settings_.require(settings, "database_url")
        url = settings.database_url
    checked, broken = asyncio.run(verify_all(url))
    for one in broken:
        print(f"BROKEN case {one.case_id}: entry {one.seq} {one.problem}")
    print(f"{checked} histories verified, {len(broken)} broken")
    return 1 if broken else 0


async def verify_all(url: str) -> tuple[int, list[Broken]]:
    """How many cases were checked, and where each broken history breaks."""
    db = await Database.open(url, size_max=1)
    try:
        async with db.read() as connection:
            heads = await cases.heads(connection)
            found = [
                verify(case_id, await events.of_case(connection, case_id), count, head)
                for case_id, count, head in heads
            ]
    finally:
        await db.close()
    return len(heads), [broken for broken in found if broken is not None]
