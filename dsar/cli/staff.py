"""`dsar staff add`: a staff member with a key, which is shown once."""

import argparse
import asyncio

from dsar import settings as settings_
from dsar.domain.identity import IdentityKind, normalise
from dsar.engine.opening import utc_now
from dsar.store import Database, credentials, parties
from dsar.vault.keys import new_token, token_digest


def arguments(command: argparse.ArgumentParser) -> None:
    """`add`."""
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="Add a staff member and print the key, once.")
    add.add_argument("name")
    add.add_argument("--role", choices=["agent", "reviewer", "administrator"], default="agent")
    add.add_argument("--email", help="where alarms about cases that are theirs go")


def run(given: argparse.Namespace) -> int:
    """Add and print."""
    settings = settings_.load()
    settings_.require(settings, "database_url")
    email = normalise(IdentityKind.EMAIL, given.email, None).value if given.email else None
    print(asyncio.run(add(settings.database_url, given.name, given.role, email)))
    return 0


async def add(url: str, name: str, role: str, email: str | None = None) -> str:
    """The new staff member's key."""
    db = await Database.open(url, size_max=1)
    key = new_token("dsar_staff_")
    try:
        async with db.write() as tx:
            staff_id = await parties.add_staff(tx, name, role, utc_now(), email)
            await credentials.add(tx, token_digest(key), "first key", utc_now(), staff_id=staff_id)
    finally:
        await db.close()
    return key
