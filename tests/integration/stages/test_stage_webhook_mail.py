"""An endpoint that is gone, dead or was never there: its owner is told, and what would go there goes by mail."""

import asyncio

import pytest
from stage_receiver import add_member, attempts, forwarded, mails, receiver

from dsar.delivery.falling_back import MAILED, NOBODY
from dsar.domain.delivering import ATTEMPTS_MAX
from dsar.domain.telling import EVENT_TYPES, PING, STATUS_CHANGED
from dsar.domain.work import StepKind, StepOutcome, StepState
from dsar.store import courier

__all__ = ["forwarded", "receiver"]


@pytest.fixture
async def people(office, forwarded):
    """Two who work for the business, and one who did."""
    there = [await add_member(office, forwarded.business, f"{name}@acme.example") for name in ("ann", "bo")]
    gone = await add_member(office, forwarded.business, "carl@acme.example")
    async with office.db.write() as tx:
        await tx.execute("UPDATE member SET removed_at = now() WHERE id = $1", gone)
    return there


async def endpoint(sql):
    return await sql.fetchrow("SELECT disabled_at, disabled_for FROM endpoint")


async def use_up(office, case):
    """Play the whole schedule."""
    for _ in range(ATTEMPTS_MAX + 1):
        office.clock.turn(hours=27)
        await office.work()


def each(people, *templates):
    return [(template, person) for template in templates for person in people]


async def test_a_receiver_that_answers_410_is_switched_off_and_its_owner_told(
    office, receiver, forwarded, people, sql
):
    receiver.always = (410, b"")
    case = await forwarded()
    assert len(receiver.got) == 1
    row = await endpoint(sql)
    assert (row["disabled_at"], row["disabled_for"]) == (office.clock(), "gone")
    assert await mails(sql) == each(people, "business_endpoint_off", "business_forwarded")
    assert await attempts(sql) == [(1, 410, None)]
    (step,) = await office.steps(case.id, StepKind.DELIVER)
    assert (step.state, step.outcome) == (StepState.DONE, StepOutcome.FAILED)
    assert await sql.fetchval("SELECT failed_at FROM outbox WHERE channel = 'webhook'") == office.clock()


async def test_what_comes_after_goes_by_mail_at_once_and_the_owner_is_not_told_twice(
    office, receiver, forwarded, people, sql
):
    receiver.always = (410, b"")
    case = await forwarded()
    receiver.always = (204, b"")
    await office.instruct(forwarded.business, case.id, "fulfil")
    assert len(receiver.got) == 1
    assert await mails(sql) == each(people, "business_endpoint_off", "business_forwarded", "business_ready")
    assert len(await attempts(sql)) == 1


async def test_what_waits_for_an_endpoint_that_turns_out_gone_goes_by_mail_at_once(
    office, receiver, forwarded, people, sql
):
    receiver.answers = [(500, b"")]
    await forwarded()
    assert await mails(sql) == []
    receiver.always = (410, b"")
    await forwarded()
    assert sorted(await mails(sql)) == sorted(
        each(people, "business_endpoint_off", "business_forwarded", "business_forwarded")
    )
    assert len(receiver.got) == 2
    assert await sql.fetchval("SELECT count(*) FROM step WHERE lane <> '' AND state <> 'done'") == 0


async def test_an_endpoint_that_never_answers_is_given_up_after_the_schedule_and_its_owner_told(
    office, receiver, forwarded, people, sql
):
    receiver.always = (500, b"")
    case = await forwarded()
    await use_up(office, case)
    assert len(receiver.got) == ATTEMPTS_MAX
    assert len(set(receiver.ids)) == 1
    assert (await endpoint(sql))["disabled_for"] == "gave_up"
    assert await mails(sql) == each(people, "business_endpoint_off", "business_forwarded")


async def test_one_message_that_an_endpoint_never_takes_goes_by_mail_and_the_endpoint_stays_on(
    office, receiver, forwarded, people, sql
):
    receiver.answers = [(500, b"")]
    case = await forwarded()
    office.clock.turn(seconds=1)
    await forwarded()  # taken at once: it lives
    assert len(receiver.got) == 2
    receiver.always = (422, b"")
    await use_up(office, case)
    assert (await endpoint(sql))["disabled_for"] is None
    assert await mails(sql) == each(people, "business_forwarded")


async def test_a_change_of_state_alone_is_not_mailed_and_every_other_event_has_its_letter(
    office, forwarded, people, sql
):
    await sql.execute("UPDATE endpoint SET disabled_at = now(), disabled_for = 'owner'")
    case = await forwarded()
    await office.instruct(forwarded.business, case.id, "fulfil")
    told = await sql.fetch(
        "SELECT DISTINCT template FROM outbox WHERE channel = 'webhook' AND failed_at IS NOT NULL"
    )
    assert {row["template"] for row in told} == {"case.forwarded", "case.status_changed", "bundle.ready"}
    assert await mails(sql) == each(people, "business_forwarded", "business_ready")
    assert set(EVENT_TYPES) - set(MAILED) == {STATUS_CHANGED, PING}


async def test_an_endpoint_that_its_owner_switched_off_gets_nothing_and_nobody_is_told_what_they_know(
    office, receiver, forwarded, people, sql
):
    await sql.execute("UPDATE endpoint SET disabled_at = now(), disabled_for = 'owner'")
    await forwarded()
    assert receiver.got == []
    assert await mails(sql) == each(people, "business_forwarded")
    assert (await endpoint(sql))["disabled_for"] == "owner"
    assert await attempts(sql) == [], "nothing was attempted"


async def test_a_controller_that_never_set_an_endpoint_is_told_by_mail_at_once(
    office, receiver, forwarded, people, sql
):
    await sql.execute("DELETE FROM endpoint")
    await forwarded()
    assert await mails(sql) == each(people, "business_forwarded")


async def test_with_neither_endpoint_nor_people_staff_is_told_once_a_case(office, receiver, forwarded, sql):
    await sql.execute("DELETE FROM endpoint")
    case = await forwarded()
    (step,) = await office.steps(case.id, StepKind.DELIVER)
    assert (step.state, step.detail["reason"]) == (StepState.MANUAL, NOBODY)
    await office.instruct(forwarded.business, case.id, "fulfil")
    waiting = [one for one in await office.steps(case.id, StepKind.DELIVER) if one.state is StepState.MANUAL]
    assert [one.id for one in waiting] == [step.id]


async def test_staff_has_it_tried_again_once_there_is_an_endpoint(office, receiver, forwarded, sql):
    held = await sql.fetchrow("DELETE FROM endpoint RETURNING *")
    case = await forwarded()
    (step,) = await office.steps(case.id, StepKind.DELIVER)
    await sql.execute(
        "INSERT INTO endpoint (controller_id, url, sealed_secret, created_at) VALUES ($1, $2, $3, $4)",
        *(held[name] for name in ("controller_id", "url", "sealed_secret", "created_at")),
    )
    await office.service.tasks.retry(await office.staff(), case.id, step.id)
    await office.work()
    assert len(receiver.got) == 1
    assert await sql.fetchval("SELECT failed_at FROM outbox WHERE channel = 'webhook'") is None


async def test_staff_may_end_it_when_they_have_told_the_business_otherwise(office, forwarded, sql):
    await sql.execute("DELETE FROM endpoint")
    case = await forwarded()
    (step,) = await office.steps(case.id, StepKind.DELIVER)
    await office.service.tasks.finish(
        await office.staff(), case.id, step.id, "done", "Told them on the telephone."
    )
    (step,) = await office.steps(case.id, StepKind.DELIVER)
    assert (step.state, step.outcome) == (StepState.DONE, StepOutcome.DONE)


async def test_an_endpoint_that_was_switched_on_again_gets_what_waits(
    office, receiver, forwarded, people, sql
):
    receiver.answers = [(500, b"")]
    await forwarded()
    await sql.execute("UPDATE endpoint SET disabled_at = now(), disabled_for = 'owner'")
    await sql.execute("UPDATE endpoint SET disabled_at = NULL, disabled_for = NULL")
    office.clock.turn(seconds=6)
    await office.work()
    assert len(receiver.got) == 2
    assert await mails(sql) == []


async def test_a_410_of_an_address_that_was_changed_meanwhile_does_not_switch_the_new_one_off(
    office, receiver, forwarded, people, sql
):
    receiver.answers = [(410, b"")]
    gate = receiver.gates["/hook"] = asyncio.Event()
    working = asyncio.create_task(forwarded())
    while not receiver.got:  # noqa: ASYNC110 - the receiver is a plain server
        await asyncio.sleep(0.01)
    await sql.execute("UPDATE endpoint SET url = $1", f"{receiver.base}/moved")
    gate.set()
    case = await working
    assert (await endpoint(sql))["disabled_for"] is None
    assert await mails(sql) == []
    office.clock.turn(seconds=6)
    await office.work()
    assert [headers[":path"] for headers, _ in receiver.got] == ["/hook", "/moved"]
    (step,) = await office.steps(case.id, StepKind.DELIVER)
    assert step.outcome is StepOutcome.DONE


async def test_a_replay_that_runs_out_of_attempts_is_judged_by_its_own_run_and_not_by_what_arrived_long_ago(
    office, receiver, forwarded, people, sql
):
    receiver.answers = [(500, b"")]
    await forwarded()
    office.clock.turn(seconds=6)
    await office.work()
    (message_id,) = [row["id"] for row in await sql.fetch("SELECT id FROM outbox WHERE channel = 'webhook'")]
    office.clock.turn(days=30)
    async with office.db.write() as tx:
        await courier.replay(tx, forwarded.business, office.clock(), message_ids=[message_id])
    receiver.always = (500, b"")
    await use_up(office, None)
    assert (await endpoint(sql))["disabled_for"] == "gave_up"
