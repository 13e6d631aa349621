"""`dsar connector`: list what is installed, add a system, check the systems there are."""

import argparse
import asyncio
import json
import tomllib
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from dsar import settings as settings_
from dsar.contract import ConnectorError, Role
from dsar.engine.opening import utc_now
from dsar.outbound import BadSystem, OpenSystem, Systems, guarded_client, installed
from dsar.outbound.systems import connector_of, settings_of
from dsar.settings import Settings
from dsar.store import Database, systems
from dsar.store.systems import SystemRow
from dsar.vault import Vault


class SystemFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A system as its file describes it: `settings` is the connector's own table."""

    connector: str
    roles: tuple[Role, ...]
    settings: dict[str, Any]
    title: str | None = None
    concurrency: int = 4
    attempts_max: int = 6
    retry_delay_seconds: float = 2.0
    on_failure: str = "manual"


def arguments(command: argparse.ArgumentParser) -> None:
    """`list`, `add`, `check`."""
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="List the installed connectors.")
    add = actions.add_parser(
        "add", help="Add a system, or change it, from a TOML or JSON file; it is probed first."
    )
    add.add_argument("key", help="its name in this installation, for example crm")
    add.add_argument("file", type=Path)
    check = actions.add_parser("check", help="Probe one system, or all.")
    check.add_argument("key", nargs="?")


def run(given: argparse.Namespace) -> int:
    """Carry out the action."""
    if given.action == "list":
        return _list()
    settings = settings_.load()
    settings_.require(settings, "database_url", "operator_key")
    if given.action == "add":
        asyncio.run(add(settings, given.key, read(given.file)))
        print(f"added {given.key}")
        return 0
    return asyncio.run(check(settings, given.key))


def _list() -> int:
    for key, connector in sorted(installed().items()):
        manifest = connector.manifest
        orders = ", ".join(sorted(manifest.orders)) or "none"
        print(f"{key}: {manifest.title}; finds by {', '.join(sorted(manifest.finds_by))}; orders: {orders}")
    return 0


def read(path: Path) -> SystemFile:
    """Read a system's file, TOML or JSON; raises BadSystem naming the field."""
    text = path.read_text(encoding="utf-8")
    try:
        if path.suffix == ".json":
            return msgspec.json.decode(text, type=SystemFile)
        return msgspec.convert(tomllib.loads(text), SystemFile)
    except (msgspec.ValidationError, msgspec.DecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSystem(f"{path.name}: {error}") from error


async def add(settings: Settings, key: str, given: SystemFile) -> None:
    """Keep a system whose probe succeeds: never half a connector."""
    connector = connector_of(given.connector)
    raw = json.dumps(given.settings, default=str).encode()
    checked = settings_of(connector, raw)
    vault = Vault.from_text(settings.operator_key)
    row = SystemRow(
        key=key,
        connector=given.connector,
        title=given.title or connector.manifest.title,
        settings=vault.seal(raw, "system"),
        roles=given.roles,
        orders=tuple(sorted(connector.orders(checked))),
        concurrency=given.concurrency,
        attempts_max=given.attempts_max,
        retry_delay_seconds=given.retry_delay_seconds,
        on_failure="gap" if given.on_failure == "gap" else "manual",
    )
    await probe(settings, row, raw)
    db = await Database.open(settings.database_url, size_max=1)
    try:
        async with db.write() as tx:
            await systems.put(tx, row, utc_now())
    finally:
        await db.close()


async def probe(settings: Settings, row: SystemRow, raw: bytes) -> None:
    """Raise the fitting ConnectorError unless the system answers."""
    async with guarded_client(
        allow_loopback=settings.allow_http_to_loopback, allow=settings.outbound_allow
    ) as client:
        opened = Systems(client)
        try:
            async with opened.session(OpenSystem(row.key, row.connector, raw, row.version, 1)) as session:
                await session.probe()
        finally:
            await opened.close()


async def check(settings: Settings, key: str | None) -> int:
    """Probe and print; 1 when any fails."""
    vault = Vault.from_text(settings.operator_key)
    db = await Database.open(settings.database_url, size_max=1)
    try:
        async with db.read() as connection:
            rows = [row for row in await systems.enabled(connection) if key in (None, row.key)]
    finally:
        await db.close()
    failed = 0
    for row in rows:
        try:
            await probe(settings, row, vault.open(row.settings, "system"))
            print(f"{row.key}: ok")
        except ConnectorError as error:
            failed += 1
            print(f"{row.key}: {type(error).__name__}: {error}")
    if not rows:
        print("no such system")
    return 1 if failed or not rows else 0
