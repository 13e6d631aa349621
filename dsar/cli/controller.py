"""`dsar controller`: customer-controllers, their endpoint, people and keys. What is secret is printed once."""

import argparse
import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from msgspec import Struct, to_builtins

from dsar import settings as settings_
from dsar.cli.controller_words import arguments
from dsar.domain.controllers import ALL_SCOPES, KeyScope
from dsar.engine.opening import load_profile, nobody_to_wake, try_key, utc_now
from dsar.outbound import guarded_client
from dsar.routing import (
    Endpoints,
    Keys,
    NewController,
    NewEndpoint,
    NewKey,
    NewMember,
    Onboarded,
    Onboarding,
    Team,
)
from dsar.settings import Settings
from dsar.store import Database, controllers, systems
from dsar.vault import Vault

PAGE = 200

__all__ = ["arguments", "onboard", "run"]


class _Desk(Struct, frozen=True):
    """What the commands work with."""

    db: Database
    keys: Keys
    team: Team
    endpoints: Endpoints
    onboarding: Onboarding


def run(given: argparse.Namespace) -> int:
    """Carry out one command and print what came of it."""
    settings = settings_.load()
    settings_.require(settings, "database_url", "operator_key")
    for line in asyncio.run(_answer(settings, given)):
        print(line)
    return 0


async def _answer(settings: Settings, given: argparse.Namespace) -> list[str]:
    async with _open(settings, utc_now) as desk:
        return await _COMMANDS[given.action, getattr(given, "act", None)](desk, given)


@asynccontextmanager
async def _open(settings: Settings, now: Callable[[], datetime]) -> AsyncIterator[_Desk]:
    profile = load_profile(settings.profile)
    vault = Vault.from_text(settings.operator_key)
    db = await Database.open(settings.database_url, size_max=1)
    client = guarded_client(allow_loopback=settings.allow_http_to_loopback, allow=settings.outbound_allow)
    keys, team = Keys(db, now), Team(db, vault, profile, now)
    endpoints = Endpoints(db, vault, client, settings, now, nobody_to_wake)
    try:
        async with db.read() as connection:
            try_key(vault, await systems.enabled(connection))
        yield _Desk(db, keys, team, endpoints, Onboarding(db, keys, team, endpoints, profile, now))
    finally:
        await client.aclose()
        await db.close()


async def onboard(settings: Settings, new: NewController, now: Callable[[], datetime] = utc_now) -> Onboarded:
    """Add a controller; its numbers are read in the profile's region."""
    async with _open(settings, now) as desk:
        return await _onboard(desk, new)


async def _onboard(desk: _Desk, new: NewController) -> Onboarded:
    row = await desk.onboarding.read(new)
    async with desk.db.write() as tx:
        return await desk.onboarding.add(tx, row, new)


async def _add(desk: _Desk, given: argparse.Namespace) -> list[str]:
    new = NewController(
        name=given.name,
        tenant=given.tenant,
        telephone_numbers=tuple(given.number),
        other_names=tuple(given.also_known_as),
        callers=given.callers,
        email=given.email or "",
        language=given.language or "",
        webhook=NewEndpoint(given.webhook, given.payload) if given.webhook else None,
        key_days=given.key_days,
    )
    return [_json(await _onboard(desk, new))]


async def _list(desk: _Desk, _: argparse.Namespace) -> list[str]:
    lines: list[str] = []
    after: UUID | None = None
    while True:
        async with desk.db.read() as connection:
            rows = await controllers.page(connection, after, PAGE)
        lines += [f"{row.id}  {row.tenant}  {row.name}" for row in rows]
        if len(rows) < PAGE:
            return lines
        after = rows[-1].id


async def _webhook(desk: _Desk, given: argparse.Namespace) -> list[str]:
    secret = await desk.endpoints.put(given.id, NewEndpoint(given.url, given.payload))
    return [json.dumps({"webhook_secret": secret})] if secret else []


async def _add_member(desk: _Desk, given: argparse.Namespace) -> list[str]:
    async with desk.db.write() as tx:
        member = await desk.team.add(tx, given.id, NewMember(given.name, given.email, given.language or ""))
    return [str(member.id)]


async def _list_members(desk: _Desk, given: argparse.Namespace) -> list[str]:
    return [f"{m.id}  {m.language}  {m.email}  {m.name}" for m in await desk.team.all(given.id)]


async def _remove_member(desk: _Desk, given: argparse.Namespace) -> list[str]:
    await desk.team.remove(given.id, given.member)
    return []


async def _add_key(desk: _Desk, given: argparse.Namespace) -> list[str]:
    scopes = tuple(KeyScope(scope) for scope in given.scope) or ALL_SCOPES
    async with desk.db.write() as tx:
        made = await desk.keys.grant(tx, given.id, NewKey(given.name, scopes, given.days))
    return [_json(made)]


async def _list_keys(desk: _Desk, given: argparse.Namespace) -> list[str]:
    return [
        f"{row.id}  {row.name}  until {_day(row.expires_at)}, last used {_day(row.last_used_at)}: "
        + " ".join(row.scopes)
        for row in await desk.keys.all(given.id)
    ]


async def _revoke_key(desk: _Desk, given: argparse.Namespace) -> list[str]:
    await desk.keys.end(given.id, given.key)
    return []


def _json(said: Struct) -> str:
    return json.dumps(to_builtins(said))


def _day(moment: datetime | None) -> str:
    return moment.date().isoformat() if moment else "never"


_COMMANDS: dict[tuple[str, str | None], Callable[[_Desk, argparse.Namespace], Awaitable[list[str]]]] = {
    ("add", None): _add,
    ("list", None): _list,
    ("webhook", None): _webhook,
    ("member", "add"): _add_member,
    ("member", "list"): _list_members,
    ("member", "remove"): _remove_member,
    ("key", "add"): _add_key,
    ("key", "list"): _list_keys,
    ("key", "revoke"): _revoke_key,
}
