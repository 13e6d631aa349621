"""Real Postgres and real Valkey for the whole run, a fresh database for each test that asks."""

import asyncio
import base64
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from datetime import datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import hypothesis
import pytest
from support.oldest_postgres import oldest_postgres
from support.scratch import memory, scratch

from dsar.embedded import Embedded, postgres, start
from dsar.engine import signing as engine_signing
from dsar.settings import Settings
from dsar.store import Database
from dsar.store.migrations import migrate
from dsar.vault import signing

# A busy machine is no counterexample, and a run fails by no chance: `--hypothesis-profile default` tries new examples.
hypothesis.settings.register_profile(
    "steady",
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("steady")


def pytest_configure() -> None:
    """Have `tmp_path` in memory too: what the connectors and the blobs write is synced, and the disk waited for."""
    if found := memory():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", found)


@pytest.fixture(scope="session")
def embedded() -> Iterator[Embedded]:
    """Postgres and Valkey as an operator without either would have them.

    Where DSAR_TEST_POSTGRES names the folder of another Postgres' programs, the databases are that one's.
    """
    folder = scratch("dsar-test-")
    with pytest.MonkeyPatch.context() as patch, ExitStack() as beside:
        # Nobody cuts the power here: what survives a killed process is with the system already. It is thousands of
        # databases made and dropped, each of which would be waited for. Those who prove durability start their own.
        patch.setitem(postgres.SETTINGS, "fsync", "off")
        running = start(folder / "data")
        if programs := os.environ.get("DSAR_TEST_POSTGRES"):
            other = beside.enter_context(oldest_postgres(Path(programs)))
            of_socket = postgres.url
            patch.setattr(postgres, "url", lambda _, role, database: of_socket(other, role, database))
        yield running
    running.stop()
    shutil.rmtree(folder, ignore_errors=True)


def other_database(url: str, name: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{name}"))


@pytest.fixture(scope="session")
def postgres_url(embedded: Embedded) -> str:
    """An administrator's address, on which databases and roles may be made."""
    return embedded.admin_url


@pytest.fixture(scope="session")
def redis_url(embedded: Embedded) -> str:
    return embedded.redis_url


@pytest.fixture(scope="session")
def template_database(embedded: Embedded) -> str:
    """A migrated database that tests copy, which is faster than migrating."""

    async def make() -> None:
        connection = await asyncpg.connect(embedded.database_url)
        await connection.execute("CREATE DATABASE template_dsar")
        await connection.close()
        await migrate(other_database(embedded.database_url, "template_dsar"))

    asyncio.run(make())
    return "template_dsar"


@pytest.fixture
async def database_url(embedded: Embedded, template_database: str) -> AsyncIterator[str]:
    name = f"test_{secrets.token_hex(6)}"
    connection = await asyncpg.connect(embedded.database_url)
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template_database} STRATEGY file_copy")
    await connection.close()
    yield other_database(embedded.database_url, name)
    # As the superuser: an autovacuum worker that is in there just then is no other role's to end.
    connection = await asyncpg.connect(embedded.admin_url)
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    opened = await Database.open(database_url)
    yield opened
    await opened.close()


@pytest.fixture(scope="module")
def one_signing_key() -> Iterator[None]:
    """All of a module's installations sign OpenDSR's answers with one key: to make and to check one takes longer than
    most tests."""
    by_domain: dict[str, tuple[bytes, str]] = {}

    def made(domain: str, now: datetime) -> tuple[bytes, str]:
        if domain not in by_domain:
            by_domain[domain] = signing.new_pair(domain, now)
        return by_domain[domain]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_signing, "new_pair", made)
        patch.setattr(signing, "_private", cache(signing._private))
        yield


@pytest.fixture
def settings(database_url: str, redis_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=database_url,
        redis_url=redis_url,
        blob_url=f"file://{tmp_path / 'blobs'}",
        operator_key=base64.b64encode(secrets.token_bytes(32)).decode(),
        local_outbox=str(tmp_path / "outbox"),
        allow_http_to_loopback=True,
        sweep_seconds=0.2,
    )
