"""A receiver that is down, busy, moved or hangs: attempts by the schedule, one row each, one id over all of them."""

import asyncio
from datetime import timedelta
from email.utils import format_datetime

import pytest
from stage_receiver import SECRET, attempts, forwarded, receiver
from standardwebhooks.webhooks import Webhook

from dsar.domain.case import State
from dsar.domain.delivering import ATTEMPTS_MAX, JITTER_MAX, RETRY_SECONDS
from dsar.domain.work import StepKind, StepOutcome, StepState
from dsar.outbound import webhook
from dsar.store import courier

__all__ = ["forwarded", "receiver"]


async def waits(office, case):
    """How long the case's first message waits for its next attempt."""
    step = next(one for one in await office.steps(case.id, StepKind.DELIVER) if one.state is StepState.READY)
    return (step.due_at - office.clock()).total_seconds()


async def go_on(office, case):
    """Turn the clock to the next attempt, and have it made."""
    office.clock.turn(seconds=await waits(office, case))
    await office.work()


async def test_a_receiver_that_is_down_busy_moved_and_hangs_is_tried_by_the_schedule_until_it_takes_the_message(
    office, receiver, forwarded, sql, monkeypatch
):
    receiver.answers = [(500, b"x" * 5000), (429, b"busy"), (301, b"go away"), (204, b"")]
    case = await forwarded()
    for seconds in RETRY_SECONDS[:2]:
        assert seconds <= await waits(office, case) <= seconds * (1 + JITTER_MAX)
        await go_on(office, case)
    # Down: nobody listens there at all.
    await sql.execute("UPDATE endpoint SET url = 'http://127.0.0.1:1/'")
    await go_on(office, case)
    # It hangs.
    await sql.execute("UPDATE endpoint SET url = $1", f"{receiver.base}/slow")
    monkeypatch.setattr(webhook, "SECONDS_MAX", 0.2)
    receiver.gates["/slow"] = asyncio.Event()
    await go_on(office, case)
    assert RETRY_SECONDS[4] <= await waits(office, case) <= RETRY_SECONDS[4] * (1 + JITTER_MAX)
    monkeypatch.setattr(webhook, "SECONDS_MAX", 15.0)
    await sql.execute("UPDATE endpoint SET url = $1", receiver.url)
    await go_on(office, case)
    assert await attempts(sql) == [
        (1, 500, None),
        (2, 429, None),
        (3, 301, None),
        (4, None, "ConnectError"),
        (5, None, "TimeoutError"),
        (6, 204, None),
    ]
    assert len(receiver.got) == 5
    assert len(set(receiver.ids)) == 1
    assert {headers[":path"] for headers, _ in receiver.got} == {"/hook", "/slow"}, "a redirect was followed"
    (step,) = await office.steps(case.id, StepKind.DELIVER)
    assert (step.state, step.outcome) == (StepState.DONE, StepOutcome.DONE)
    assert await sql.fetchval("SELECT max(octet_length(response)) FROM attempt") == 512
    assert (
        await sql.fetchval("SELECT count(*) FROM outbox WHERE channel = 'webhook' AND sent_at IS NULL") == 0
    )
    assert (await office.one(case.id)).state is State.AWAITING_CONTROLLER


async def test_each_attempt_is_signed_for_its_own_time(office, receiver, forwarded):
    receiver.answers = [(500, b"")]
    case = await forwarded()
    await go_on(office, case)
    (headers, body), (again, same) = receiver.got
    assert body == same
    assert headers["webhook-signature"] != again["webhook-signature"]
    assert Webhook(SECRET).verify(same, again)["data"]["case_id"] == str(case.id)


@pytest.mark.parametrize("status", [429, 503])
async def test_a_receiver_that_asks_for_more_time_is_given_it(office, receiver, forwarded, status):
    receiver.answers = [(status, b"", ("Retry-After", "1200"))]
    case = await forwarded()
    assert await waits(office, case) == 1200


async def test_a_date_to_come_back_on_is_understood_as_well(office, receiver, forwarded):
    receiver.answers = [(503, b"")]
    case = await forwarded()
    until = (office.clock() + timedelta(hours=3)).replace(microsecond=0)
    receiver.answers = [(429, b"", ("Retry-After", format_datetime(until, usegmt=True)))]
    await go_on(office, case)
    step = next(one for one in await office.steps(case.id, StepKind.DELIVER))
    assert step.due_at == until


async def test_less_time_than_the_schedule_gives_is_not_taken_nor_more_than_a_day(
    office, receiver, forwarded
):
    receiver.answers = [(500, b""), (429, b"", ("Retry-After", "1")), (429, b"", ("Retry-After", "9999999"))]
    case = await forwarded()
    await go_on(office, case)
    assert RETRY_SECONDS[1] <= await waits(office, case) <= RETRY_SECONDS[1] * (1 + JITTER_MAX)
    await go_on(office, case)
    assert await waits(office, case) == 86_400


async def test_the_schedule_has_ten_attempts_over_three_days(office, receiver, forwarded, sql):
    receiver.always = (500, b"")
    case = await forwarded()
    began = office.clock()
    for _ in RETRY_SECONDS:
        await go_on(office, case)
    assert [number for number, _, _ in await attempts(sql)] == list(range(1, ATTEMPTS_MAX + 1))
    assert len(set(receiver.ids)) == 1
    took = (office.clock() - began).total_seconds()
    assert sum(RETRY_SECONDS) <= took <= sum(RETRY_SECONDS) * (1 + JITTER_MAX)


async def test_a_new_address_is_where_the_next_attempt_goes(office, receiver, forwarded, sql):
    receiver.answers = [(500, b"")]
    case = await forwarded()
    await sql.execute("UPDATE endpoint SET url = $1", f"{receiver.base}/moved")
    async with office.db.write() as tx:
        await courier.hurry(tx, forwarded.business, office.clock())
    await office.work()
    assert [headers[":path"] for headers, _ in receiver.got] == ["/hook", "/moved"]
    (step,) = await office.steps(case.id, StepKind.DELIVER)
    assert step.outcome is StepOutcome.DONE


# Replay


async def replay(office, controller_id, **which):
    async with office.db.write() as tx:
        found = await courier.replay(tx, controller_id, office.clock(), **which)
    await office.work()
    return found


async def test_a_replayed_message_comes_again_under_its_id_and_its_attempts_are_numbered_on(
    office, receiver, forwarded, sql
):
    await forwarded()
    (message_id,) = [row["id"] for row in await sql.fetch("SELECT id FROM outbox WHERE channel = 'webhook'")]
    arrived = await sql.fetchval("SELECT sent_at FROM outbox WHERE id = $1", message_id)
    office.clock.turn(hours=1)
    assert await replay(office, forwarded.business, message_ids=[message_id]) == 1
    assert receiver.ids == [str(message_id)] * 2
    assert await attempts(sql) == [(1, 204, None), (2, 204, None)]
    assert await sql.fetchval("SELECT sent_at FROM outbox WHERE id = $1", message_id) == arrived


async def test_a_replayed_message_has_all_its_attempts_again(office, receiver, forwarded, sql):
    case = await forwarded()
    (message_id,) = [row["id"] for row in await sql.fetch("SELECT id FROM outbox WHERE channel = 'webhook'")]
    receiver.always = (500, b"")
    await replay(office, forwarded.business, message_ids=[message_id])
    for seconds in RETRY_SECONDS:
        assert seconds <= await waits(office, case) <= seconds * (1 + JITTER_MAX)
        await go_on(office, case)
    assert len(receiver.got) == 1 + ATTEMPTS_MAX


async def test_all_since_a_moment_are_replayed_and_what_came_before_is_not(office, receiver, forwarded):
    await forwarded()
    office.clock.turn(hours=1)
    later = office.clock()
    await forwarded()
    receiver.got.clear()
    assert await replay(office, forwarded.business, since=later) == 1
    assert len(receiver.got) == 1


async def test_nobody_replays_anothers_messages(office, receiver, forwarded, sql):
    await forwarded()
    other = await office.business("Beta Ab", "b", url=receiver.url)
    ids = [row["id"] for row in await sql.fetch("SELECT id FROM outbox WHERE channel = 'webhook'")]
    assert await replay(office, other, message_ids=ids) == 0
    assert await replay(office, other, since=office.clock() - timedelta(days=1)) == 0
    assert len(receiver.got) == 1


async def test_what_is_on_its_way_just_now_is_not_replayed(office, receiver, forwarded, sql):
    await forwarded()
    await sql.execute(
        "UPDATE step SET state = 'running', leased_until = now() + interval '1 hour', outcome = NULL, finished_at = NULL "
        "WHERE kind = 'delivery.webhook'"
    )
    assert await replay(office, forwarded.business, since=office.clock() - timedelta(days=1)) == 0
    assert len(receiver.got) == 1
