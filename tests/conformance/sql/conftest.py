import uuid

import pytest

from dsar.demo import crm

from . import mariadb, places
from .sample import TENANTS, beside, run


@pytest.fixture
async def world(postgres_url):
    return await crm.build(postgres_url)


@pytest.fixture
async def tenants_url(postgres_url):
    name = f"tenants_{uuid.uuid4().hex}"
    await run(postgres_url, f"CREATE DATABASE {name}")
    url = beside(postgres_url, name)
    await run(url, TENANTS)
    yield url
    await run(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def role(tenants_url):
    name = f"r_{uuid.uuid4().hex}"
    await run(tenants_url, f"CREATE ROLE {name}")
    yield name
    await run(tenants_url, f"DROP OWNED BY {name}; DROP ROLE {name}")


@pytest.fixture(scope="session")
def mariadb_server():
    """Debian's MariaDB; .ci/run installs it, and under CI its want is a failure."""
    if reason := mariadb.missing():
        pytest.skip(reason)
    with mariadb.running() as server:
        yield server


@pytest.fixture
async def on_postgres(postgres_url):
    async with places.postgres(postgres_url, f"world_{uuid.uuid4().hex}") as place:
        yield place


@pytest.fixture
async def on_mariadb(mariadb_server):
    async with places.mariadb(mariadb_server, f"world_{uuid.uuid4().hex}") as place:
        yield place


@pytest.fixture
async def on_sqlite(tmp_path):
    async with places.sqlite(tmp_path / "world.db") as place:
        yield place


@pytest.fixture(params=["postgres", "mariadb", "sqlite"])
def place(request):
    """The world in each of the three, one after the other."""
    return request.getfixturevalue(f"on_{request.param}")
