"""Alarms under several workers and under kill -9: each is told once, and none is lost."""

import signal

from stage_office import EMAIL
from test_engine_loop import running, until
from test_engine_worker import connector, front, live, start

from dsar.domain.work import StepKind

__all__ = ["connector", "front", "live", "start"]

CASES = 60
RAISED = "SELECT count(*) FROM event WHERE type = 'alarm.raised'"
TOLD = "SELECT count(*) FROM outbox WHERE to_staff"


async def asked(office, count):
    return [await office.ask("access", email=f"p{number}.{EMAIL}", work=False) for number in range(count)]


async def each_once(sql, cases):
    """One entry and one message a case, and no watch that still wants to look."""
    assert await sql.fetchval(RAISED) == cases
    assert await sql.fetchval(f"{RAISED.replace('count(*)', 'count(DISTINCT case_id)')}") == cases
    assert await sql.fetchval(TOLD) == cases
    waiting = await sql.fetch(
        "SELECT state, due_at > now() AS later FROM step WHERE kind = $1", StepKind.WATCH.value
    )
    assert {(row["state"], row["later"]) for row in waiting} == {("ready", True)}


async def test_two_engines_at_once_raise_each_alarm_once(front, live, sql):
    from dsar.engine import open_service

    references = await asked(front, CASES)
    async with open_service(live) as one, open_service(live) as two:
        offices = [type(front)(service, None, service.now) for service in (one, two)]

        async def all_raised():
            return await sql.fetchval(f"{TOLD} AND sent_at IS NOT NULL") >= len(references)

        async with running(*offices):
            await until(all_raised, 60)
    await each_once(sql, CASES)
    assert await front.broken() is None


async def test_a_worker_killed_again_and_again_tells_each_alarm_once(front, start, sql):
    await asked(front, CASES)
    killed = 0
    for least in (5, 25, 45):
        worker = start()

        async def some(least=least):
            return await sql.fetchval(RAISED) >= least

        await until(some, 60)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        killed += await sql.fetchval("SELECT count(*) FROM step WHERE state = 'running'")
    assert killed > 0, "the worker was killed while it held nothing: the test proves nothing"
    start()

    async def all_sent():
        return await sql.fetchval(f"{TOLD} AND sent_at IS NOT NULL") >= CASES

    await until(all_sent, 60)
    await each_once(sql, CASES)
    staff = front.service.profile.profile.operator.contact
    assert len(front.messages(staff)) == CASES
    assert await front.broken() is None
