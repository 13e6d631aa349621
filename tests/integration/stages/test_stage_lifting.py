"""Nobody lifts a restriction silently: not by a retry, not by hand, not while the letter is out, not for another case."""

from datetime import UTC, date, datetime, timedelta

import pytest
from stage_double import Row
from stage_office import EMAIL, PHONE
from stage_rights import actor, crm, decide, finish, settings, told_all, types
from test_stage_restriction import ITS_MORNING, lift, restricted, until

from dsar.contract import OrderKind
from dsar.delivery.readdressing import NewAddress
from dsar.domain.case import State
from dsar.domain.errors import NotNow
from dsar.domain.work import StepKind, StepState
from dsar.outbound.mail import PostError

__all__ = ["actor", "crm", "settings"]


async def test_while_the_letter_cannot_be_sent_the_order_waits(office, crm, actor, monkeypatch):
    case = await restricted(office, actor)

    async def broken(_):
        raise PostError("the mail server is away", permanent=False)

    monkeypatch.setattr(office.service.handlers[StepKind.SEND].__self__._post, "mail", broken)
    await lift(office, actor, case)
    await until(office, ITS_MORNING + timedelta(hours=1))
    assert crm.restricted == {(None, "a")}
    order = await office.step(case.id, StepKind.ORDER, "crm:lift")
    assert (order.state, order.attempt, order.detail["reason"]) == (StepState.READY, 0, "not told yet")
    monkeypatch.undo()
    office.clock.turn(hours=3)
    await office.work()
    office.clock.turn(hours=2)
    await office.work()
    assert crm.restricted == set()
    assert "restriction.lifted" in types(await office.events(case.id))


async def test_a_person_who_changed_their_address_is_told_there(office, crm, actor):
    # GDPR 18(3): informed before it is lifted, and not whoever has the mailbox that they left
    case = await restricted(office, actor)
    new = NewAddress(checked="Called back on the known number.", email="anna.new@example.org")
    async with office.db.write() as tx:
        await office.service.readdressing.set(tx, actor.name, actor.id, case.id, new)
    await office.work()
    await office.service.readdressing.prove(case.reference, office.code(new.email))
    await office.work()
    before = len(office.messages(EMAIL))
    await lift(office, actor, case)
    assert "9 March 2026" in office.messages(new.email)[0].subject
    assert len(office.messages(EMAIL)) == before


async def test_where_the_letter_never_arrives_a_person_takes_over_and_the_case_stays(
    office, crm, actor, monkeypatch
):
    case = await restricted(office, actor)

    async def refused(_):
        raise PostError("no such mailbox", permanent=True)

    monkeypatch.setattr(office.service.handlers[StepKind.SEND].__self__._post, "mail", refused)
    await lift(office, actor, case)
    await until(office, ITS_MORNING)
    order = await office.step(case.id, StepKind.ORDER, "crm:lift")
    assert (order.state, order.detail["reason"]) == (StepState.MANUAL, "the person could not be told")
    await until(office, ITS_MORNING + timedelta(days=90))
    case = await office.one(case.id)
    assert (case.state, crm.restricted) == (State.DELIVERED, {(None, "a")})
    await office.service.tasks.finish(actor, case.id, order.id, "done", "told by telephone, released by hand")
    assert "restriction.lifted" in types(await office.events(case.id))
    office.clock.turn(days=2)
    await office.work()
    assert (await office.one(case.id)).state is State.CLOSED


async def test_a_retry_does_not_bring_the_day_forward(office, crm, actor):
    case = await restricted(office, actor)
    await lift(office, actor, case)
    order = await office.step(case.id, StepKind.ORDER, "crm:lift")
    with pytest.raises(NotNow):
        await office.service.tasks.retry(actor, case.id, order.id)
    await office.work()
    assert crm.restricted == {(None, "a")}


async def test_a_due_date_that_was_moved_beneath_the_service_does_not_bring_the_day_forward(
    office, crm, actor, sql
):
    case = await restricted(office, actor)
    await lift(office, actor, case)
    await sql.execute("UPDATE step SET due_at = $1 WHERE key = 'crm:lift'", office.clock())
    await office.work()
    assert crm.restricted == {(None, "a")}
    await until(office, ITS_MORNING)
    assert crm.restricted == set()


async def test_a_system_that_cannot_restrict_is_a_persons_task_on_both_ends_and_not_before_its_day(
    office, crm, actor, monkeypatch
):
    paper = await office.system("paper", orders=(OrderKind.ERASE,))
    paper.person("p", ("email", EMAIL)).add(Row("p", "p1"))
    case = await office.case(await office.asked_and_proven("restriction"))
    await decide(office, actor, case, kind="restrict", ground="18(1)(c)")
    await told_all(office, actor, case.id)
    await finish(office, actor, case.id, "restrict:paper")
    await lift(office, actor, case)
    with pytest.raises(NotNow):
        await finish(office, actor, case.id, "lift:paper")
    await until(office, ITS_MORNING)
    assert crm.restricted == set()
    assert "restriction.lifted" not in types(await office.events(case.id)), "paper is still restricted"
    await finish(office, actor, case.id, "lift:paper")
    assert types(await office.events(case.id)).count("restriction.lifted") == 1
    assert paper.orders == []


async def test_a_persons_lifting_too_waits_for_the_letter(office, actor, monkeypatch):
    paper = await office.system("paper", orders=())
    paper.person("p", ("email", EMAIL)).add(Row("p", "p1"))
    case = await office.case(await office.asked_and_proven("restriction"))
    await decide(office, actor, case, kind="restrict", ground="18(1)(c)")
    await told_all(office, actor, case.id)
    await finish(office, actor, case.id, "restrict:paper")

    async def broken(_):
        raise PostError("the mail server is away", permanent=False)

    monkeypatch.setattr(office.service.handlers[StepKind.SEND].__self__._post, "mail", broken)
    await lift(office, actor, await office.one(case.id))
    office.clock.at = ITS_MORNING
    with pytest.raises(NotNow):
        await finish(office, actor, case.id, "lift:paper")
    monkeypatch.undo()
    office.clock.turn(hours=2)
    await office.work()
    await finish(office, actor, case.id, "lift:paper")
    assert "restriction.lifted" in types(await office.events(case.id))


async def test_a_message_that_a_person_ends_by_hand_lifts_nothing(office, crm, actor, sql):
    case = await restricted(office, actor)
    await sql.execute(
        "UPDATE step SET state = 'manual', outcome = NULL, finished_at = NULL WHERE case_id = $1 "
        "AND kind = 'delivery.send'",
        case.id,
    )
    sent = (await office.steps(case.id, StepKind.SEND))[0]
    await office.service.tasks.finish(actor, case.id, sent.id, "done", "posted as a letter")
    assert "restriction.lifted" not in types(await office.events(case.id))


async def test_another_restriction_of_the_same_person_keeps_the_rows_restricted(office, crm, actor):
    first = await restricted(office, actor)
    second = await restricted(office, actor, "18(1)(c)", phone=PHONE)
    await lift(office, actor, first)
    await until(office, ITS_MORNING)
    assert crm.restricted == {(None, "a")}
    assert (await office.step(first.id, StepKind.ORDER, "crm:lift")).detail["reason"] == (
        "another restriction stands"
    )
    await lift(office, actor, second, date(2026, 3, 20))
    await until(office, datetime(2026, 3, 20, 12, tzinfo=UTC))
    assert crm.restricted == set()


async def test_two_restrictions_that_end_on_one_day_are_both_lifted(office, crm, actor):
    first, second = await restricted(office, actor), await restricted(office, actor, "18(1)(c)")
    await lift(office, actor, first)
    await lift(office, actor, second)
    await until(office, ITS_MORNING)
    assert crm.restricted == set()


async def test_somebody_elses_restriction_holds_up_no_lifting(office, crm, actor):
    crm.person("b", ("email", "b@example.com")).add(Row("b", "r2"))
    mine = await restricted(office, actor)
    await restricted(office, actor, email="b@example.com")
    await lift(office, actor, mine)
    await until(office, ITS_MORNING)
    assert crm.restricted == {(None, "b")}
