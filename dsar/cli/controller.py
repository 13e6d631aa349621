"""`dsar controller add`: a customer-controller with its key and its webhook's secret, each shown once."""

import argparse
import asyncio
import json
from uuid import UUID

from msgspec import Struct

from dsar import settings as settings_
from dsar.domain.controllers import ALL_SCOPES
from dsar.domain.errors import NotFound
from dsar.domain.identity import IdentityKind, normalise
from dsar.engine.service import load_profile, utc_now
from dsar.outbound.webhook import new_secret
from dsar.settings import Settings
from dsar.store import Database, controllers, credentials, endpoints
from dsar.store.controllers import ControllerRow
from dsar.store.endpoints import SECRET_PURPOSE
from dsar.store.rows import new_id
from dsar.vault import Vault
from dsar.vault.keys import new_token, token_digest


class Added(Struct, frozen=True):
    """What the controller is told, once."""

    id: str
    key: str
    webhook_secret: str | None


def arguments(command: argparse.ArgumentParser) -> None:
    """`add`."""
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="Add a controller and print its key and webhook secret, once.")
    add.add_argument("name")
    add.add_argument(
        "--tenant", required=True, help="its key in the connected systems, for example an account code"
    )
    add.add_argument(
        "--number", action="append", default=[], help="a telephone number of the business; repeat it"
    )
    add.add_argument("--email", help="whom to write to when the webhook fails")
    add.add_argument("--webhook", help="an https address that takes Standard Webhooks")
    move = actions.add_parser("webhook", help="Change where a controller's webhook goes; its secret stays.")
    move.add_argument("id", type=UUID, help="as `dsar controller add` printed it")
    move.add_argument("url")


def run(given: argparse.Namespace) -> int:
    """Add and print."""
    settings = settings_.load()
    settings_.require(settings, "database_url", "operator_key")
    if given.action == "webhook":
        asyncio.run(move(settings, given.id, given.url))
        return 0
    added = asyncio.run(add(settings, given.name, given.tenant, given.number, given.email, given.webhook))
    print(json.dumps({"id": added.id, "key": added.key, "webhook_secret": added.webhook_secret}))
    return 0


async def add(
    settings: Settings, name: str, tenant: str, numbers: list[str], email: str | None, webhook: str | None
) -> Added:
    """Add a controller; its numbers are read in the profile's region."""
    region = load_profile(settings.profile).profile.operator.country
    lines = tuple(normalise(IdentityKind.PHONE, number, region).value for number in numbers)
    secret = new_secret() if webhook else None
    row = ControllerRow(id=new_id(), name=name, tenant=tenant, telephone_numbers=lines, contact_email=email)
    key = new_token("dsar_controller_")
    db = await Database.open(settings.database_url, size_max=1)
    try:
        async with db.write() as tx:
            await controllers.add(tx, row, utc_now())
            await credentials.add(
                tx, token_digest(key), "first key", utc_now(), controller_id=row.id, scopes=ALL_SCOPES
            )
            if webhook and secret:
                sealed = Vault.from_text(settings.operator_key).seal(secret.encode(), SECRET_PURPOSE)
                await endpoints.put(tx, row.id, webhook, sealed, "thin", utc_now())
    finally:
        await db.close()
    return Added(str(row.id), key, secret)


async def move(settings: Settings, controller_id: UUID, url: str) -> None:
    """Send a controller's webhooks elsewhere from now on."""
    db = await Database.open(settings.database_url, size_max=1)
    try:
        async with db.write() as tx:
            there = await endpoints.one(tx, controller_id)
            if there is None:
                raise NotFound("the controller has no endpoint; give `--webhook` when you add it")
            await endpoints.put(tx, controller_id, url, there.sealed_secret, there.payload, utc_now())
    finally:
        await db.close()
