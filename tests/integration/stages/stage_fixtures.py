"""Fixtures that the stage tests and the engine tests share."""

import asyncio
from types import SimpleNamespace

import asyncpg
import pytest
from stage_double import DoubleConnector
from stage_office import BEGAN, HandClock, Office

from dsar.engine import open_service
from dsar.outbound import systems as outbound_systems


@pytest.fixture
def connector(monkeypatch):
    """The double, found as any connector is: through the entry points of this installation."""
    double = DoubleConnector()
    point = SimpleNamespace(load=lambda: double, value="double")
    monkeypatch.setattr(outbound_systems, "entry_points", lambda group: [point])
    outbound_systems.installed.cache_clear()
    yield double
    outbound_systems.installed.cache_clear()


@pytest.fixture
def clock():
    return HandClock(BEGAN)


@pytest.fixture
async def service(settings, connector, clock):
    async with open_service(settings, now=clock) as opened:
        yield opened


@pytest.fixture
def office(service, connector, clock):
    return Office(service, connector, clock)


@pytest.fixture
async def sql(database_url):
    """The database as its owner sees it, beneath every rule of the service's own roles."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def somebody_waits(sql):
    """Until somebody waits for a row that another transaction holds."""
    held = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    while not await sql.fetchval(held):  # noqa: ASYNC110 - Postgres sets no event
        await asyncio.sleep(0.01)
