"""A restriction is ordered, stands until it is lifted, and is lifted on its day once the person has been told."""

from datetime import UTC, date, datetime, timedelta

import pytest
from stage_double import Row
from stage_office import EMAIL, PHONE
from stage_rights import ALL, actor, crm, decide, finish, letters, settings, tasks, told_all, types

from dsar.contract import Refused, Unreachable
from dsar.domain.case import Outcome, State
from dsar.domain.errors import InvalidInput, NotNow
from dsar.domain.identity import IdentityKind, ProofKind
from dsar.domain.work import StepKind, StepOutcome, StepState

__all__ = ["actor", "crm", "settings"]

DAY = date(2026, 3, 9)  # BEGAN is Monday the 2nd
ITS_MORNING = datetime(2026, 3, 8, 22, 0, tzinfo=UTC)  # midnight in Helsinki


async def restricted(office, actor, ground="18(1)(a)", **more):
    case = await office.case(await office.asked_and_proven("restriction", **more))
    await decide(office, actor, case, kind="restrict", ground=ground)
    await told_all(office, actor, case.id)
    return await office.one(case.id)


async def lift(office, actor, case, day=DAY, reasons="The dispute is settled."):
    await office.service.resolving.lift(actor, case.id, day, reasons)
    await office.work()


async def until(office, at):
    office.clock.at = at
    await office.work()


def lifts(system):
    return [kind for kind, _ in system.orders].count("Restrict") - 1


async def test_the_restriction_is_ordered_and_the_letter_names_its_ground_and_who_was_told(
    office, crm, actor
):
    # GDPR 18, GDPR 18(1), GDPR 19
    case = await restricted(office, actor)
    assert crm.restricted == {(None, "a")}
    assert (case.state, case.outcome) == (State.DELIVERED, Outcome.FULFILLED)
    letter = await office.letter(case.id)
    assert "You say that the data is wrong" in letter
    assert "Print House Oy" in letter
    assert "Before we lift the restriction, we tell you" in letter
    decided = await office.event(case.id, "case.decided")
    assert (decided.actor, decided.data["ground"]) == (actor.name, "GDPR 18(1)(a)")


async def test_it_stands_and_keeps_its_key_until_it_is_lifted(office, crm, actor):
    case = await restricted(office, actor)
    assert await office.steps(case.id, StepKind.CLOSE) == []
    await until(office, office.clock() + timedelta(days=400))
    case = await office.one(case.id)
    assert case.state is State.DELIVERED
    assert case.wrapped_key is not None
    assert crm.restricted == {(None, "a")}


async def test_the_person_is_told_first_then_it_is_lifted_on_its_day_then_the_case_closes(office, crm, actor):
    # GDPR 18(3)
    case = await restricted(office, actor)
    await lift(office, actor, case)
    told = office.messages(EMAIL)[0]
    assert "9 March 2026" in told.subject
    assert "The dispute is settled." in told.text
    await until(office, ITS_MORNING - timedelta(seconds=1))
    assert crm.restricted == {(None, "a")}
    assert "restriction.lifted" not in types(await office.events(case.id))
    await until(office, ITS_MORNING)
    assert crm.restricted == set()
    assert (await office.event(case.id, "restriction.lifted")).data == {"gaps": []}
    ends = await office.event(case.id, "restriction.ends")
    assert (ends.actor, ends.data) == (actor.name, {"lifted_on": "2026-03-09"})
    assert (await office.one(case.id)).state is State.DELIVERED
    await until(office, ITS_MORNING + timedelta(days=30))
    case = await office.one(case.id)
    assert (case.state, case.outcome, case.wrapped_key) == (State.CLOSED, Outcome.FULFILLED, None)
    assert await office.broken() is None


@pytest.mark.parametrize("days", [-30, 0, 1, 2])
async def test_a_lifting_without_three_days_of_notice_is_refused(office, crm, actor, days):
    case = await restricted(office, actor)
    with pytest.raises(InvalidInput) as caught:
        await lift(office, actor, case, date(2026, 3, 2) + timedelta(days=days))
    assert caught.value.errors[0].field == "lifted_on"
    await until(office, office.clock() + timedelta(days=10))
    assert crm.restricted == {(None, "a")}
    await lift(office, actor, case, (office.clock() + timedelta(days=3)).date())


@pytest.mark.parametrize("day", [date(9999, 12, 31), date(2226, 1, 1)])
async def test_a_day_of_another_century_is_refused(office, crm, actor, day):
    case = await restricted(office, actor)
    with pytest.raises(InvalidInput) as caught:
        await lift(office, actor, case, day)
    assert caught.value.errors[0].field == "lifted_on"


@pytest.mark.parametrize("reasons", ["", " \n", "x" * 2001, "a\x00b"])
async def test_a_lifting_says_why(office, crm, actor, reasons):
    case = await restricted(office, actor)
    with pytest.raises(InvalidInput) as caught:
        await lift(office, actor, case, reasons=reasons)
    assert caught.value.errors[0].field == "reasons"


async def test_it_is_lifted_once(office, crm, actor):
    case = await restricted(office, actor)
    await lift(office, actor, case)
    with pytest.raises(NotNow):
        await lift(office, actor, case, date(2026, 4, 1))
    await until(office, ITS_MORNING)
    with pytest.raises(NotNow):
        await lift(office, actor, case, date(2026, 4, 1))
    assert lifts(crm) == 1


async def test_only_a_restriction_that_stands_is_lifted(office, crm, actor):
    waiting = await office.case(await office.asked_and_proven("restriction"))
    access = await office.case(await office.asked_and_proven("access"))
    for case in (waiting, access):
        with pytest.raises(NotNow):
            await lift(office, actor, case)


# Orders that do not go through


async def test_an_order_that_is_refused_is_a_persons_task_and_the_answer_waits(office, crm, actor):
    crm.faults["carry_out"].append(Refused("no column for it"))
    case = await office.case(await office.asked_and_proven("restriction"))
    await decide(office, actor, case, kind="restrict", ground="18(1)(b)")
    await told_all(office, actor, case.id)
    order = await office.step(case.id, StepKind.ORDER)
    assert (order.state, (await office.one(case.id)).state) == (StepState.MANUAL, State.ACTING)


async def test_a_lifting_that_a_system_did_not_take_is_named_in_the_history(office, actor):
    crm = await office.system("crm", orders=ALL, on_failure="gap", attempts_max=1)
    crm.person("a", ("email", EMAIL)).add(Row("a", "r1"))
    case = await restricted(office, actor)
    await lift(office, actor, case)
    crm.faults["carry_out"].append(Unreachable("no answer"))
    await until(office, ITS_MORNING)
    assert (await office.step(case.id, StepKind.ORDER, "crm:lift")).outcome is StepOutcome.GAP
    assert (await office.event(case.id, "restriction.lifted")).data == {"gaps": ["crm"]}


# Nothing to restrict, and a refusal


async def test_nobody_restricts_what_was_not_found_and_the_case_ends(office, actor):
    await office.system("crm", orders=ALL)
    case = await office.case(await office.asked_and_proven("restriction"))
    with pytest.raises(NotNow):
        await decide(office, actor, case, kind="restrict", ground="18(1)(a)")
    await finish(office, actor, case.id, "restriction", "no_match")
    case = await office.one(case.id)
    assert (case.state, case.outcome) == (State.DELIVERED, Outcome.NOTHING_HELD)
    assert "has carried it out" not in await office.letter(case.id)
    await until(office, office.clock() + timedelta(days=31))
    assert (await office.one(case.id)).state is State.CLOSED


async def test_a_refused_restriction_closes_like_every_other_case(office, crm, actor):
    case = await office.case(await office.asked_and_proven("restriction"))
    await office.service.deciding.refuse(actor, case.id, "no_ground_to_restrict", "Nothing speaks for it.")
    await office.work()
    with pytest.raises(NotNow):
        await lift(office, actor, await office.one(case.id))
    await until(office, office.clock() + timedelta(days=31))
    assert (await office.one(case.id)).state is State.CLOSED
    assert crm.orders == []


async def test_a_restriction_that_staff_carried_out_by_hand_is_lifted_by_hand(office, actor):
    case = await office.case(await office.asked_and_proven("restriction"))
    await finish(office, actor, case.id, "no_systems")
    assert (await office.one(case.id)).outcome is Outcome.FULFILLED
    await lift(office, actor, await office.one(case.id))
    await until(office, ITS_MORNING)
    await finish(office, actor, case.id, "lift")
    assert "restriction.lifted" in types(await office.events(case.id))
    assert await tasks(office, case.id) == {}


async def test_where_a_person_searched_instead_the_restriction_is_a_persons_task_on_both_ends(
    office, crm, actor
):
    archive = await office.system("archive", orders=ALL)
    archive.faults["find"].append(Refused("look by hand"))
    case = await office.case(await office.asked_and_proven("restriction"))
    search = await office.step(case.id, StepKind.SEARCH, "archive")
    await office.service.tasks.finish(actor, case.id, search.id, "done", "box 12")
    await decide(office, actor, case, kind="restrict", ground="18(1)(a)")
    await told_all(office, actor, case.id)
    assert list(await tasks(office, case.id)) == ["restrict:archive"]
    await finish(office, actor, case.id, "restrict:archive")
    await lift(office, actor, await office.one(case.id))
    assert list(await tasks(office, case.id)) == ["lift:archive"]
    assert archive.orders == []


# In a controller's case


async def test_a_controllers_restriction_is_told_to_the_controller_never_to_its_caller(office, crm, actor):
    acme = await office.business("Acme", "acme")
    crm.add(Row("a", "t1", tenant="acme"))
    reference = await office.ask(
        "restriction",
        relations=("caller",),
        phone=PHONE,
        channel="controller_api",
        proof=ProofKind.CONTROLLER,
        controller_id=acme,
        tenant="acme",
    )
    case = await office.case(reference)
    await office.instruct(acme, case.id, "fulfil")
    await decide(office, actor, case, kind="restrict", ground="18(1)(a)")
    assert crm.restricted == {("acme", "a")}
    await lift(office, actor, await office.one(case.id))
    async with office.db.read() as connection:
        rows = await connection.fetch(
            "SELECT channel, template, facts FROM outbox WHERE case_id = $1", case.id
        )
    assert {row["channel"] for row in rows} == {"webhook"}
    [ends] = [row["facts"] for row in rows if row["template"] == "restriction.ends"]
    assert ends == {"lifted_on": "2026-03-09", "state": "delivered", "outcome": "fulfilled"}
    assert office.messages(EMAIL) == office.messages(PHONE) == []


async def test_whoever_asked_by_telephone_is_told_there(office, crm, actor):
    reference = await office.ask("restriction", email="", phone=PHONE)
    await office.prove(reference, IdentityKind.PHONE, PHONE)
    await office.work()
    case = await office.case(reference)
    await decide(office, actor, case, kind="restrict", ground="18(1)(d)")
    await told_all(office, actor, case.id)
    await lift(office, actor, await office.one(case.id))
    assert "9 March 2026" in office.messages(PHONE)[0].text
    assert [kind for kind, _, _ in await letters(office, case.id)] == ["restriction", "restriction_lifting"]
