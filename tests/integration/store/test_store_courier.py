"""However much waits in the lanes and whatever was delivered before, a look at what is due touches next to nothing."""

from datetime import timedelta

import msgspec
import pytest

from dsar.engine.lanes import PLACES, QUICK_LIMIT, SLOW_LIMIT, SLOW_PLACES
from dsar.store import courier
from dsar.store.courier import Lane, Room
from dsar.store.queries import noun

LANES = 40
EACH = 500
LEASE = timedelta(seconds=30)
INSERT_MESSAGES = """
INSERT INTO outbox (id, case_id, channel, template, controller_id, created_at)
SELECT gen_random_uuid(), $1, 'webhook', 'case.due_soon', one.id, $3
FROM unnest($2::uuid[]) AS one (id), generate_series(1, $4)
"""
INSERT_STEPS = """
INSERT INTO step (id, case_id, kind, key, lane, state, due_at, created_at)
SELECT gen_random_uuid(), case_id, 'delivery.webhook', id::text, controller_id::text, 'ready', $1, created_at FROM outbox
WHERE channel = 'webhook'
"""


@pytest.fixture
async def lanes(office, sql):
    """Controllers for each of whom much waits for tomorrow; the statistics know of it."""
    reference = await office.ask("access")
    await sql.execute("DELETE FROM step")
    case = await office.case(reference)
    controllers = [await office.business(f"b{n}", f"b{n}", url="https://b.example/") for n in range(LANES)]
    await sql.execute(INSERT_MESSAGES, case.id, controllers, office.clock(), EACH)
    await sql.execute(INSERT_STEPS, office.clock() + timedelta(days=1))
    await sql.execute("ANALYZE")
    return controllers


async def pages_read(office, plan_mode):
    """How many pages of the database one claim looks at."""
    async with office.db.write() as tx:
        await tx.execute(f"SET LOCAL plan_cache_mode = {plan_mode}")
        types = "timestamptz, timestamptz, text[], int[], int[], boolean[], int, int, int"
        await tx.execute(f"PREPARE claim ({types}) AS {noun('courier')['claim'].sql}")
        now = office.clock()
        told = await tx.fetchval(
            "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "
            f"EXECUTE claim ('{now}', '{now + LEASE}', '{{}}', '{{}}', '{{}}', '{{}}', 1, 256, 128)"
        )
        await tx.execute("DEALLOCATE claim")
    plan = msgspec.json.decode(told)[0]["Plan"]
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


@pytest.mark.parametrize("plan_mode", ["force_custom_plan", "force_generic_plan"])
async def test_a_look_at_lanes_in_which_nothing_is_due_leaps_from_one_to_the_next(office, lanes, plan_mode):
    assert await pages_read(office, plan_mode) < 8 * LANES


@pytest.mark.parametrize("plan_mode", ["force_custom_plan", "force_generic_plan"])
async def test_a_few_due_ones_are_found_without_passing_by_those_that_wait(office, sql, lanes, plan_mode):
    for controller in lanes[:5]:
        await sql.execute(
            "UPDATE step SET due_at = $1 WHERE id = (SELECT id FROM step WHERE lane = $2 LIMIT 1)",
            office.clock(),
            str(controller),
        )
    await sql.execute("VACUUM ANALYZE step")
    assert await pages_read(office, plan_mode) < 8 * LANES + 5 * 80


async def test_a_backlog_in_every_lane_is_claimed_round_by_round_and_each_lane_in_its_order(
    office, sql, lanes
):
    await sql.execute(
        "UPDATE step SET due_at = $1::timestamptz - random() * interval '1 hour'", office.clock()
    )
    known = [Lane(str(one), 0, QUICK_LIMIT, False) for one in lanes]
    room = Room(known, PLACES, SLOW_PLACES, SLOW_LIMIT)
    async with office.db.read() as connection:
        claimed = await courier.claim(connection, room, office.clock(), office.clock() + LEASE)
    by_lane = {
        one: [step.id for step, message, _, _ in claimed if message.controller_id == one] for one in lanes
    }
    assert {len(ids) for ids in by_lane.values()} == {QUICK_LIMIT}
    for one, ids in by_lane.items():
        rows = await sql.fetch("SELECT id FROM step WHERE lane = $1 ORDER BY due_at LIMIT 4", str(one))
        assert {row["id"] for row in rows} == set(ids)
