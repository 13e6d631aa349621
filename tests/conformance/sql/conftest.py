import uuid

import pytest

from dsar.demo import crm

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
