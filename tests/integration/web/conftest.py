"""An opened service, served in the test's own event loop."""

import base64
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from dsar.embedded import Embedded
from dsar.outbound import installed
from dsar.settings import Settings

from .recorder import Recorder
from .world import KNOWN, KNOWN_PHONE, TENANT, Controller, Staff, World, open_world


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """A connector that is installed for the test; it knows one person, as prospect and as a tenant's caller."""
    made = Recorder()
    made.people[None, "email", KNOWN] = [{"name": "Anna Known", "note": "likes blue"}]
    made.people[TENANT, "phone", KNOWN_PHONE] = [{"call": 1}, {"call": 2}]
    installed()["recorder"] = made
    yield made
    del installed()["recorder"]


@asynccontextmanager
async def fresh_database(embedded: Embedded, template: str) -> AsyncIterator[str]:
    """A database of its own, dropped by the administrator: none else may end an autovacuum that is at work in it."""
    name = f"test_{secrets.token_hex(6)}"
    await _run(embedded.database_url, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    try:
        yield urlunsplit(urlsplit(embedded.database_url)._replace(path=f"/{name}"))
    finally:
        await _run(embedded.admin_url, f"DROP DATABASE {name} WITH (FORCE)")


async def _run(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
async def database_url(embedded: Embedded, template_database: str) -> AsyncIterator[str]:
    async with fresh_database(embedded, template_database) as url:
        yield url


@pytest.fixture(scope="module")
async def shared_world(
    embedded: Embedded, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """One world for all tests of a module: for those that prove that nothing is written."""
    folder = tmp_path_factory.mktemp("shared")
    async with fresh_database(embedded, template_database) as url:
        settings = Settings(
            database_url=url,
            blob_url=f"file://{folder / 'blobs'}",
            operator_key=base64.b64encode(secrets.token_bytes(32)).decode(),
            local_outbox=str(folder / "outbox"),
        )
        async with open_world(settings, Recorder()) as opened:
            yield opened


@pytest.fixture(scope="module")
async def shared_staff(shared_world: World) -> Staff:
    return await shared_world.staff()


@pytest.fixture(scope="module")
async def shared_controller(shared_world: World) -> Controller:
    return await shared_world.controller()


@pytest.fixture
async def world(settings: Settings, recorder: Recorder) -> AsyncIterator[World]:
    async with open_world(settings, recorder) as opened:
        yield opened


@pytest.fixture
async def staff(world: World) -> Staff:
    return await world.staff()


@pytest.fixture
async def controller(world: World) -> Controller:
    return await world.controller()
