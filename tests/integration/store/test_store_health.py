"""The pace of calls over all workers, and what they know of a system together, in real Postgres."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from dsar.contract import Role
from dsar.domain.health import OPENS_AFTER, Pace, pace
from dsar.store import Database, health, systems
from dsar.store.systems import SystemRow

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
# Wide enough that none runs out while a test does, however slow the machine is.
HOURLY = Pace(gap=3600.0, ahead=0.0)
TWO_AT_ONCE = Pace(gap=3600.0, ahead=3600.0)


@pytest.fixture
async def crm(db):
    async with db.write() as tx:
        row = SystemRow(
            key="crm", connector="x", title="CRM", settings=b"", roles=(Role.CONTROLLER,), orders=()
        )
        await systems.put(tx, row, NOW)


@pytest.fixture
async def other_worker(database_url):
    """A second pool, as another process has it."""
    opened = await Database.open(database_url)
    yield opened
    await opened.close()


async def turn(db, at_pace, wait=0.0, now=NOW, key="crm"):
    async with db.read() as connection:
        return await health.turn(connection, key, at_pace, wait, now)


async def test_two_workers_share_one_limit(db, other_worker, crm):
    turns = await asyncio.gather(*(turn(db if n % 2 else other_worker, TWO_AT_ONCE) for n in range(20)))
    assert [taken for taken, _ in turns].count(True) == 2, "the burst, and no more"
    assert all(seconds > 0 for taken, seconds in turns if not taken)


@pytest.mark.parametrize(
    ("at_pace", "earlier"),
    [pytest.param(HOURLY, 0, id="the first"), pytest.param(TWO_AT_ONCE, 1, id="the last")],
)
async def test_whoever_comes_while_a_place_is_being_taken_is_turned_away_for_a_while(
    db, other_worker, crm, sql, at_pace, earlier
):
    """Its statement began before: it cannot see the row of the system's calls that it waits for as that becomes."""
    for _ in range(earlier):
        assert (await turn(db, at_pace))[0]
    async with db.write() as first:
        assert (await health.turn(first, "crm", at_pace, 0.0, NOW))[0]
        second = asyncio.create_task(turn(other_worker, at_pace))
        while not await sql.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        ):
            assert not second.done()
    assert await second == (False, at_pace.gap)


async def test_places_that_are_waited_for_come_one_after_another(db, crm):
    spoken_for = []
    for _ in range(5):
        assert (await turn(db, HOURLY, wait=36000.0))[0]
        async with db.read() as connection:
            spoken_for.append(await connection.fetchval("SELECT next_at FROM system_rate"))
    gaps = {later - earlier for earlier, later in pairwise(spoken_for)}
    assert gaps == {timedelta(hours=1)}


async def test_whoever_is_turned_away_takes_no_place_from_others(db, crm):
    await turn(db, HOURLY)
    for _ in range(50):
        assert (await turn(db, HOURLY))[0] is False
    taken, seconds = await turn(db, HOURLY, wait=HOURLY.gap)
    assert taken
    assert seconds <= HOURLY.gap


async def test_a_place_of_a_worker_that_was_killed_is_one_call_and_no_more(db, other_worker, crm):
    """It takes its place in a statement of its own: nothing is held, and nothing has to be given back."""
    assert (await turn(other_worker, HOURLY))[0]
    await other_worker.close()
    assert (await turn(db, HOURLY, wait=HOURLY.gap))[0]


async def test_the_workers_own_clocks_do_not_move_the_pace(db, crm):
    assert (await turn(db, HOURLY, now=NOW))[0]
    assert not (await turn(db, HOURLY, now=NOW + timedelta(days=1)))[0]
    assert not (await turn(db, HOURLY, now=NOW - timedelta(days=1)))[0]


async def test_what_the_vendor_asked_one_worker_to_wait_all_wait(db, other_worker, crm):
    async with db.read() as connection:
        await health.hold(connection, "crm", NOW + timedelta(minutes=7))
        await health.hold(connection, "crm", NOW + timedelta(minutes=2))
    taken, seconds = await turn(other_worker, pace(600))
    assert not taken
    assert seconds == 7 * 60
    assert (await turn(other_worker, pace(600), now=NOW + timedelta(minutes=7)))[0]


async def test_a_system_that_is_not_configured_yet_is_tried_without_a_limit(db):
    assert await turn(db, HOURLY, key="new") == (True, 0.0)


async def test_failures_open_the_circuit_once_whatever_workers_they_come_from(db, other_worker, crm):
    async def fail(pool):
        async with pool.write() as tx:
            return await health.failed(tx, "crm", 1, NOW)

    opened = await asyncio.gather(*(fail(db if n % 2 else other_worker) for n in range(OPENS_AFTER + 3)))
    assert opened.count(True) == 1
    async with db.write() as tx:
        assert await health.answered(tx, "crm", 1, NOW)
        assert not await health.answered(tx, "crm", 1, NOW)
        row = await systems.one(tx, "crm")
    assert (row.failures, row.circuit_opened_at) == (0, None)


async def test_an_answer_between_makes_failures_begin_anew(db, crm):
    async with db.write() as tx:
        for _ in range(OPENS_AFTER - 1):
            assert not await health.failed(tx, "crm", 1, NOW)
        await health.answered(tx, "crm", 1, NOW)
        for _ in range(OPENS_AFTER - 1):
            assert not await health.failed(tx, "crm", 1, NOW)
        assert await health.failed(tx, "crm", 1, NOW)


async def test_what_old_settings_met_says_nothing_of_the_new(db, crm):
    async with db.write() as tx:
        for _ in range(OPENS_AFTER):
            assert not await health.failed(tx, "crm", 7, NOW)
        assert not await health.pause(tx, "crm", 7, "HTTP 401", NOW)
        assert await health.pause(tx, "crm", 1, "HTTP 401", NOW)
        assert not await health.pause(tx, "crm", 1, "HTTP 401", NOW)


async def test_a_probe_is_claimed_by_one_worker_and_by_another_when_that_one_died(db, other_worker, crm):
    async def claim(pool, now):
        async with pool.read() as connection:
            return await health.claim_probes(connection, now, now + timedelta(minutes=3))

    claimed = await asyncio.gather(claim(db, NOW), claim(other_worker, NOW))
    assert sorted(claimed) == [[], ["crm"]]
    assert await claim(db, NOW + timedelta(minutes=2)) == []
    assert await claim(db, NOW + timedelta(minutes=3)) == ["crm"]
