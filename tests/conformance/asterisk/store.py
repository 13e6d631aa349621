"""What the tests of a call store share: opening it, asking it, and what Asterisk writes into it."""

from contextlib import asynccontextmanager

import httpx
import msgspec

from dsar.contract import Mark, Record, Ref, Role, Scope, Tools
from dsar.demo.callstore import TENANTS
from dsar_asterisk import AsteriskSettings, connector

ONE, TWO = (Scope(Role.PROCESSOR, tenant) for tenant in TENANTS)
OWN = Scope(Role.CONTROLLER)
NOTHING = {
    "master_csv": 0,
    "account_csv": 0,
    "sqlite": 0,
    "sqlite_traces": 0,
    "recordings": 0,
    "transcripts": 0,
}


@asynccontextmanager
async def opened(store, **changes):
    async with httpx.AsyncClient() as http:
        settings = msgspec.convert(store.settings | changes, AsteriskSettings)
        async with connector.open(settings, Tools(http)) as session:
            yield session


def phone(caller):
    return Ref("phone", caller.phone)


async def everything(stream):
    return [item async for item in stream]


async def exported(session, caller, scope, after=None):
    """The export without the time of reading, which differs each time."""
    items = await everything(session.export(phone(caller), scope, after))
    return [item if isinstance(item, Mark) else untimed(item) for item in items]


def untimed(item):
    origin = msgspec.structs.replace(item.origin, read_at=None)
    return msgspec.structs.replace(item, origin=origin)


def records(items):
    return [item for item in items if isinstance(item, Record)]


def calls_of(items):
    return [item for item in records(items) if item.origin.collection == "calls"]


def files(store):
    return {path: path.read_bytes() for path in sorted(store.folder.rglob("*")) if path.is_file()}


def append(path, line):
    """Write a row as cdr_csv does."""
    with path.open("a", encoding="utf-8") as stream:
        stream.write(line)


def row(number, uniqueid, tenant="tenant-1"):
    return (
        f'"{tenant}","{number}","0457000091","inbound","""X"" <{number}>","SIP/t-1","","Hangup","",'
        f'"2026-11-22 00:00:00","","2026-11-22 00:00:09",9,0,"NO ANSWER","DOCUMENTATION","{uniqueid}",""\n'
    )
