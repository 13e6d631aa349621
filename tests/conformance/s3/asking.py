"""Short ways to ask an open store."""

from contextlib import asynccontextmanager

import httpx

from dsar.contract import Attachment, Erase, Mark, Record, Ref, Role, Scope, Tools
from dsar_s3 import connector

from .counterpart import settings

OWN = Scope(Role.CONTROLLER)
T1, T2 = Scope(Role.PROCESSOR, "t1"), Scope(Role.PROCESSOR, "t2")
PHONE = Ref("phone", "+358401234567")
ERASE = Erase()
FOLDER = "recordings/t1/+358401234567/"


@asynccontextmanager
async def opened(store, *places, transport=None, **more):
    async with (
        httpx.AsyncClient(transport=transport, timeout=30, trust_env=False, verify=False) as http,
        connector.open(settings(store.url, *places, **more), Tools(http)) as session,
    ):
        yield session


async def found(session, *refs, scope=T1):
    return [match.ref async for match in session.find(refs or [PHONE], scope)]


async def exported(session, ref=PHONE, scope=T1, after=None):
    return [item async for item in session.export(ref, scope, after)]


def records(items):
    return [item for item in items if isinstance(item, Record)]


def files(items):
    return [item for item in items if isinstance(item, Attachment)]


def marks(items):
    return [item for item in items if isinstance(item, Mark)]


def keys(items):
    return [record.data["key"] for record in records(items)]


async def content(session, attachment, scope=T1):
    return b"".join([piece async for piece in session.read(attachment, scope)])


def pairs(items):
    return {(item.origin.collection, item.origin.record_id) for item in items if not isinstance(item, Mark)}


async def erased(store, *places, ref=PHONE, scope=T1, order=ERASE, **more):
    async with opened(store, *places, **more) as session:
        return await session.carry_out(ref, scope, order, "k")
