"""Most steps wait for a day that is weeks away: looking for those that are due must not pass by all of them."""

from datetime import timedelta

import msgspec
import pytest

from dsar.store import steps
from dsar.store.queries import noun
from dsar.store.rows import new_id

WAITING = 20_000
LEASE = timedelta(seconds=30)
INSERT_CASES = """
INSERT INTO case_file (id, request_id, "right", role, state, regime, received_at, due_date, strict_due_date, clock,
    profile_hash, wrapped_key, created_at)
SELECT one.id, c.request_id, c."right", c.role, c.state, c.regime, c.received_at, c.due_date, c.strict_due_date, c.clock,
    c.profile_hash, c.wrapped_key, c.created_at
FROM case_file c, unnest($1::uuid[]) AS one (id) WHERE c.id = $2
"""
INSERT_STEPS = """
INSERT INTO step (id, case_id, kind, state, due_at, created_at)
SELECT gen_random_uuid(), one.id, 'clock.watch', 'ready', $2::timestamptz + random() * interval '20 days', $2
FROM unnest($1::uuid[]) AS one (id)
"""


@pytest.fixture
async def cases(office, sql):
    """Cases, oldest first, each of which waits for its next alarm; the statistics know of it."""
    reference = await office.ask("access")
    await office.unwatched()
    await sql.execute("DELETE FROM step")
    ids = [new_id() for _ in range(WAITING)]
    await sql.execute(INSERT_CASES, ids, (await office.case(reference)).id)
    await sql.execute(INSERT_STEPS, ids, office.clock() + timedelta(days=1))
    await sql.execute("ANALYZE step")
    return ids


async def pages_read(office, plan_mode):
    """How many pages of the database one claim looks at."""
    async with office.db.write() as tx:
        await tx.execute(f"SET LOCAL plan_cache_mode = {plan_mode}")
        await tx.execute(f"PREPARE claim (timestamptz, timestamptz, int) AS {noun('step')['claim'].sql}")
        now = office.clock()
        told = await tx.fetchval(
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE claim ('{now}', '{now + LEASE}', 50)"
        )
        await tx.execute("DEALLOCATE claim")
    plan = msgspec.json.decode(told)[0]["Plan"]
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


@pytest.mark.parametrize("plan_mode", ["force_custom_plan", "force_generic_plan"])
async def test_a_look_at_many_that_wait_touches_next_to_nothing(office, cases, plan_mode):
    assert await pages_read(office, plan_mode) < 20


@pytest.mark.parametrize("plan_mode", ["force_custom_plan", "force_generic_plan"])
async def test_a_few_due_ones_among_many_that_wait_are_found_without_passing_by_those(
    office, sql, cases, plan_mode
):
    due = cases[-5:]
    await sql.execute("UPDATE step SET due_at = $1 WHERE case_id = ANY($2)", office.clock(), due)
    assert await pages_read(office, plan_mode) < 150


async def claim(office, batch):
    async with office.db.read() as connection:
        return await steps.claim(connection, office.clock(), office.clock() + LEASE, batch)


@pytest.mark.parametrize("due", [199, 200, 201, 3000])
async def test_older_cases_come_first_however_many_are_due_and_whatever_came_due_first(
    office, sql, cases, due
):
    chosen = cases[-due:]
    # The younger the case, the longer it has been due.
    await sql.execute(
        "UPDATE step SET due_at = $1::timestamptz - place * interval '1 second' "
        "FROM unnest($2::uuid[]) WITH ORDINALITY AS one (id, place) WHERE case_id = one.id",
        office.clock(),
        chosen,
    )
    claimed = [await claim(office, 60) for _ in range(3)]
    assert [step.case_id for batch in claimed for step in batch] == chosen[:180]
