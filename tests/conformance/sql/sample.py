"""A database of two tenants, its mapping, and short ways to ask a session."""

import json
from contextlib import asynccontextmanager

import asyncpg
import httpx
import msgspec

from dsar.contract import (
    Erase,
    Record,
    Ref,
    Role,
    Scope,
    Tools,
)
from dsar.demo import crm
from dsar_sql import Settings, connector

OURS = Scope(Role.CONTROLLER)
ACME, BOLT = Scope(Role.PROCESSOR, "acme"), Scope(Role.PROCESSOR, "bolt")
KNOWN = (crm.PETRA, crm.TOMI, crm.MAIJA, crm.ILKKA)
CALLER = "caller@example.com"

# Two tenants and the operator hold the same caller; the columns are what a careless CRM has.
TENANTS = """
CREATE TABLE caller (id bigint PRIMARY KEY, tenant text, email varchar(80) NOT NULL, account uuid, muted boolean);
CREATE TABLE call (
  id bigint PRIMARY KEY, caller_id bigint REFERENCES caller, tenant text, at timestamp, audio bytea, meta json,
  "odd ""name" text, answer text, locked boolean NOT NULL DEFAULT false);
CREATE TABLE stop (tenant text, email text, PRIMARY KEY (tenant, email));
CREATE INDEX ON call (caller_id, id);
INSERT INTO caller (id, tenant, email, account) VALUES (1, 'acme', 'Caller@example.com', '6e9d9f4e-0000-4000-8000-000000000001'),
  (2, 'bolt', 'caller@example.com', NULL), (3, NULL, 'caller@example.com', NULL), (4, 'acme', 'other@example.com', NULL);
INSERT INTO call SELECT n, 1 + n % 4, (ARRAY['acme', 'bolt', NULL, 'acme'])[1 + n % 4], timestamp '2026-01-15 12:00:00',
  decode(repeat('ff', 90), 'hex'), E'{"a":\n1}', 'odd', n::text FROM generate_series(1, 5000) AS n;
"""
MAPPING = {
    "timezone": "Europe/Helsinki",
    "tables": [
        {"name": "caller", "category": "caller", "description": "Callers", "key": ["id"], "tenant": "tenant",
         "subject": {"email": "email", "account_id": "account"}, "restrict": "muted"},
        {"name": "call", "category": "call", "description": "Calls", "key": ["id"], "tenant": "tenant",
         "path": {"table": "caller", "on": {"caller_id": "id"}}, "rectify": ["answer"]},
        {"name": "stop", "category": "marketing", "description": "List", "key": ["tenant", "email"], "tenant": "tenant",
         "subject": {"email": "email"}, "on_erase": "suppression"},
    ],
    "suppress": [{"table": "stop", "insert": ["email"]}],
}  # fmt: skip


def beside(url, database):
    address, mark, options = url.partition("?")
    return f"{address.rpartition('/')[0]}/{database}{mark}{options}"


def acting_as(url, role):
    """The same login, with the rights of another role from its first statement."""
    return f"{url}{'&' if '?' in url else '?'}role={role}"


async def run(url, statement):
    connection = await asyncpg.connect(url)
    try:
        return (
            await connection.fetch(statement)
            if statement.startswith("SELECT")
            else await connection.execute(statement)
        )
    finally:
        await connection.close()


@asynccontextmanager
async def opened(mapping, **changes):
    settings = msgspec.convert({**mapping, **changes}, Settings)
    async with httpx.AsyncClient() as http, connector.open(settings, Tools(http)) as session:
        yield session


def changed(mapping, table, **fields):
    """The mapping with some of one table's settings changed."""
    tables = [{**t, **fields} if t["name"] == table else t for t in mapping["tables"]]
    return {**mapping, "tables": tables}


async def find(session, *identities, scope=OURS):
    return [match async for match in session.find([Ref(*i) for i in identities], scope)]


async def items(session, ref, scope=OURS, after=None):
    return [item async for item in session.export(ref, scope, after)]


async def records(session, ref, scope=OURS, after=None):
    return [plain(i) for i in await items(session, ref, scope, after) if isinstance(i, Record)]


def plain(record):
    return record.origin.collection, record.origin.record_id, json.loads(bytes(record.data))


async def everything(session, email, scope=OURS):
    return [
        r
        for m in await find(session, ("email", email), scope=scope)
        for r in await records(session, m.ref, scope)
    ]


async def erase_all(session, email):
    return [await session.carry_out(m.ref, OURS, Erase(), "k") for m in await find(session, ("email", email))]
