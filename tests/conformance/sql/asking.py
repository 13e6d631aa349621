"""Short ways to ask a session about the world of `stock`."""

import json
from contextlib import asynccontextmanager

import httpx

from dsar.contract import Record, Ref, Tools
from dsar_sql import connector
from dsar_sql.reading.references import row_ref

from .places import settings
from .stock import ACME, KAISA

CALLER = row_ref("caller", ["1"])
EMAIL = Ref("email", KAISA)


@asynccontextmanager
async def asking(place, **changes):
    async with (
        httpx.AsyncClient() as http,
        connector.open(settings(place, **changes), Tools(http)) as session,
    ):
        yield session


def with_table(place, name, **fields):
    """The mapping with some of one table's settings changed, or a table added."""
    tables = place.mapping["tables"]
    if name not in [table["name"] for table in tables]:
        return [*tables, {"name": name, "category": "call", "description": "-", **fields}]
    return [{**t, **fields} if t["name"] == name else t for t in tables]


async def told(session, ref=CALLER, scope=ACME, after=None):
    return [i async for i in session.export(ref, scope, after) if isinstance(i, Record)]


async def pairs(session, ref=CALLER, scope=ACME):
    return {(i.origin.collection, i.origin.record_id) for i in await told(session, ref, scope)}


async def data(session, collection, record_id, ref=CALLER, scope=ACME):
    (one,) = [
        i
        for i in await told(session, ref, scope)
        if (i.origin.collection, i.origin.record_id) == (collection, record_id)
    ]
    return one, json.loads(bytes(one.data))


async def found(session, *identities, scope=ACME):
    return [match.ref.value async for match in session.find([Ref(*i) for i in identities], scope)]
