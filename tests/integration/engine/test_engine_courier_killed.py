"""A worker killed while its messages are on the way: each arrives, each is settled once, and a repeated one bears its id."""

import asyncio
import signal
from collections import Counter

import pytest
from stage_receiver import receiver
from test_engine_loop import until
from test_engine_worker import connector, front, live, start

from dsar.domain.case import Notice
from dsar.store import outbox, steps

__all__ = ["connector", "front", "live", "receiver", "start"]

MESSAGES = 90
ENDPOINTS = 5


@pytest.fixture
async def told(front, receiver, sql):
    """Messages to several controllers, committed before any worker runs."""
    case = await front.case(await front.ask("access", work=False))
    await sql.execute("DELETE FROM step")
    controllers = [
        await front.business(f"b{number}", f"b{number}", url=f"{receiver.base}/b{number}")
        for number in range(ENDPOINTS)
    ]
    notices = [
        (case.id, Notice("webhook", "case.due_soon", controller_id=controllers[number % ENDPOINTS]))
        for number in range(MESSAGES)
    ]
    async with front.db.write() as tx:
        await steps.insert(tx, await outbox.insert(tx, notices, front.clock()), front.clock())
    rows = await sql.fetch("SELECT id FROM outbox WHERE channel = 'webhook'")
    return {str(row["id"]) for row in rows}


async def held(sql):
    """What the killed worker had claimed and not settled: the test sees it, the worker no more."""
    return await sql.fetchval("SELECT count(*) FROM step WHERE state = 'running'")


async def test_a_worker_killed_while_messages_are_on_the_way_loses_none_and_settles_each_once(
    receiver, told, start, sql
):
    unsettled = 0
    receiver.answers = [(500, b"")] * 7  # some come again by the schedule, too
    for arrived in (10, 30, 50):
        gate = asyncio.Event()
        worker = start()

        async def so_many(least=arrived):
            return len(set(receiver.ids)) >= least

        await until(so_many, 60)
        # Half of the endpoints hang when it is killed: their answers are never seen.
        receiver.gates.update({f"/b{number}": gate for number in range(ENDPOINTS // 2)})

        async def some_hang():
            return await held(sql) >= 1 and bool(receiver.gates)

        await until(some_hang, 60)
        await asyncio.sleep(0.2)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        unsettled += await held(sql)
        gate.set()
        receiver.gates.clear()
    assert unsettled > 0, "the worker was killed while it held nothing: the test proves nothing"
    start()

    async def all_sent():
        return not await sql.fetchval(
            "SELECT count(*) FROM outbox WHERE channel = 'webhook' AND sent_at IS NULL"
        )

    await until(all_sent, 120)

    arrivals = Counter(receiver.ids)
    assert set(arrivals) == told
    # Twice came what was told to come again, and what was on its way when its worker was killed: nothing else.
    assert sum(arrivals.values()) - MESSAGES <= 7 + unsettled
    rows = await sql.fetch(
        "SELECT outbox_id, array_agg(status ORDER BY number) AS statuses, array_agg(number ORDER BY number) AS numbers "
        "FROM attempt GROUP BY outbox_id"
    )
    assert {str(row["outbox_id"]) for row in rows} == told
    for row in rows:
        assert row["statuses"][-1] == 204
        assert row["statuses"].count(204) == 1
        assert row["numbers"] == list(range(1, len(row["numbers"]) + 1))
        assert len(row["numbers"]) <= arrivals[str(row["outbox_id"])], (
            "an attempt that never arrived was kept"
        )
    done = await sql.fetchrow(
        "SELECT count(*) AS steps, count(DISTINCT key) AS keys FROM step WHERE state = 'done' AND lane <> ''"
    )
    assert tuple(done) == (MESSAGES, MESSAGES)
