"""`dsar audit verify` on what a whole demo left, and after somebody with every right has laid hands on it."""

import contextlib
import secrets
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from support.house import dsar

from dsar.embedded import start

ALTERED = {
    "data": 'UPDATE event SET data = data || \'{"note": "x"}\' WHERE case_id = $1 AND seq = $2',
    "at": "UPDATE event SET at = at + interval '1 microsecond' WHERE case_id = $1 AND seq = $2",
    "type": "UPDATE event SET type = type || '.' WHERE case_id = $1 AND seq = $2",
    "actor": "UPDATE event SET actor = 'person:' WHERE case_id = $1 AND seq = $2",
    "hash": "UPDATE event SET hash = sha256(hash) WHERE case_id = $1 AND seq = $2",
}


@pytest.fixture(scope="module")
def kept(demo):
    """The demo's own data folder, served again."""
    running = start(demo.data)
    yield running
    running.stop()


def other(url, name):
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@pytest.fixture
async def copy(kept):
    """The name of a copy that a test may spoil."""
    name = f"copy_{secrets.token_hex(4)}"
    connection = await asyncpg.connect(other(kept.admin_url, "postgres"))
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE dsar STRATEGY file_copy")
    yield name
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


@contextlib.asynccontextmanager
async def by_hand(kept, name):
    """The superuser, past the trigger that keeps history as it is."""
    connection = await asyncpg.connect(other(kept.admin_url, name))
    await connection.execute("ALTER TABLE event DISABLE TRIGGER event_is_append_only")
    yield connection
    await connection.close()


async def longest_history(connection):
    return await connection.fetchval(
        "SELECT case_id FROM event GROUP BY case_id ORDER BY count(*) DESC LIMIT 1"
    )


def verified(kept, name):
    return dsar("audit", "verify", "--database-url", other(kept.database_url, name))


def test_every_history_of_the_demo_holds(kept):
    ran = verified(kept, "dsar")

    assert ran.returncode == 0, ran.stderr
    # seven requests; the callers' three cases at businesses, and the impostor's and the stranger's two each
    assert ran.stdout == "13 histories verified, 0 broken\n"


@pytest.mark.parametrize("what", ALTERED)
async def test_an_altered_entry_is_named(kept, copy, what):
    async with by_hand(kept, copy) as connection:
        case_id = await longest_history(connection)
        assert await connection.execute(ALTERED[what], case_id, 2) == "UPDATE 1"

    ran = verified(kept, copy)

    assert ran.returncode == 1
    assert f"BROKEN case {case_id}: entry 2 was changed" in ran.stdout
    assert ran.stdout.endswith("13 histories verified, 1 broken\n")


@pytest.mark.parametrize("place", ["the first", "one between", "the last"])
async def test_a_missing_entry_is_named(kept, copy, place):
    async with by_hand(kept, copy) as connection:
        case_id = await longest_history(connection)
        count = await connection.fetchval("SELECT max(seq) FROM event WHERE case_id = $1", case_id)
        seq = {"the first": 1, "one between": 3, "the last": count}[place]
        await connection.execute("DELETE FROM event WHERE case_id = $1 AND seq = $2", case_id, seq)

    ran = verified(kept, copy)

    assert ran.returncode == 1
    assert f"BROKEN case {case_id}: entry {seq} is missing" in ran.stdout


async def test_a_history_that_is_gone_as_a_whole_is_named(kept, copy):
    async with by_hand(kept, copy) as connection:
        case_id = await longest_history(connection)
        await connection.execute("DELETE FROM event WHERE case_id = $1", case_id)

    ran = verified(kept, copy)

    assert ran.returncode == 1
    assert f"BROKEN case {case_id}: entry 1 is missing" in ran.stdout


@pytest.mark.parametrize("statement", ["UPDATE event SET actor = 'x'", "DELETE FROM event", "TRUNCATE event"])
async def test_without_laying_hands_on_the_trigger_not_even_the_owner_can(kept, copy, statement):
    connection = await asyncpg.connect(other(kept.database_url, copy))

    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await connection.execute(statement)

    await connection.close()


async def test_the_service_itself_has_no_right_to(kept, copy):
    connection = await asyncpg.connect(other(kept.database_url, copy))
    await connection.execute("SET ROLE dsar_app")

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("UPDATE event SET actor = 'x'")

    await connection.close()
