"""A standing instruction is carried out as a case comes, named in its history, and never on a case that waits."""

import asyncio

import msgspec
import pytest
from stage_callers import acts_for, businesses, caller, calls, cut, told
from stage_office import PHONE

from dsar.contract import Role, Scope
from dsar.domain.case import AnswerTo, Outcome, State
from dsar.domain.errors import InvalidInput, NotFound, NotNow
from dsar.domain.identity import IdentityKind, ProofKind
from dsar.domain.work import StepKind
from dsar.intake import RawSubmission, read
from dsar.routing import NewStanding
from dsar.store import controllers, steps

__all__ = ["businesses", "calls"]


async def give(office, controller_id, *rights, instruction="fulfil", **more):
    given = msgspec.convert({"rights": rights, "instruction": instruction, **more}, NewStanding)
    async with office.db.write() as tx:
        return await office.service.standings.give(tx, acts_for(controller_id), given)


async def test_a_case_that_comes_after_it_is_fulfilled_by_it_and_names_it(office, calls, businesses):
    # GDPR 28(3)(a)
    one = await give(office, businesses["a"], "access", "erasure")
    office.clock.turn(hours=5)
    found = await cut(office, await caller(office))
    case = found["a"]
    assert (case.state, case.outcome, case.answer_to) == (
        State.DELIVERED,
        Outcome.FULFILLED,
        AnswerTo.CONTROLLER,
    )
    heard = await office.event(case.id, "controller.instructed")
    assert heard.data["standing"] == str(one.id)
    assert heard.data["given_by"] == f"controller:{businesses['a']}/member:test"
    assert heard.data["given_at"] == one.given_at.isoformat()
    assert heard.actor == "service"
    assert await office.record_ids(case.id) == ["a1", "a2"]
    touched = {scope for operation, scope in calls.asked if operation in {"find", "export"}}
    assert touched == {Scope(Role.PROCESSOR, "a")}
    assert found["b"].state is State.AWAITING_CONTROLLER
    assert await office.broken() is None


async def test_its_controller_hears_of_the_case_first_and_then_of_each_change(office, calls, businesses):
    await give(office, businesses["a"], "access")
    await caller(office)
    assert await told(office, businesses["a"]) == [
        ("case.forwarded", "awaiting_controller"),
        ("case.status_changed", "searching"),
        ("case.status_changed", "assembling"),
        ("case.status_changed", "answering"),
        ("bundle.ready", "delivered"),
    ]


async def test_a_case_that_waits_already_waits_on(office, calls, businesses):
    reference = await caller(office)
    await give(office, businesses["a"], "access")
    await office.work_for(days=3)
    assert (await cut(office, reference))["a"].state is State.AWAITING_CONTROLLER
    assert "find" not in calls.operations()


async def test_it_speaks_of_its_rights_alone(office, calls, businesses):
    await give(office, businesses["a"], "erasure")
    assert (await cut(office, await caller(office, "access")))["a"].state is State.AWAITING_CONTROLLER
    assert calls.orders == []


async def test_one_that_was_withdrawn_counts_no_more_and_is_kept_with_who_withdrew_it(
    office, calls, businesses
):
    actor = acts_for(businesses["a"])
    one = await give(office, businesses["a"], "access")
    office.clock.turn(hours=1)
    after = await office.service.standings.withdraw(actor, one.id)
    assert (after.withdrawn_by, after.withdrawn_at) == (actor.name, office.clock())
    assert (await cut(office, await caller(office)))["a"].state is State.AWAITING_CONTROLLER
    assert [kept.id for kept in await office.service.standings.of_controller(actor)] == [one.id]
    with pytest.raises(NotNow):
        await office.service.standings.withdraw(actor, one.id)
    assert (await give(office, businesses["a"], "access")).withdrawn_at is None


async def test_what_the_business_always_deals_with_itself_ends_as_it_comes(office, calls, businesses):
    await give(office, businesses["a"], "access", instruction="handled_by_us")
    case = (await cut(office, await caller(office)))["a"]
    assert (case.state, case.outcome) == (State.CLOSED, Outcome.HANDLED_BY_CONTROLLER)
    assert [step.key for step in await office.steps(case.id, StepKind.CLOSE)] == [""]
    assert "find" not in calls.operations()


async def test_one_that_sends_to_the_person_is_carried_out_for_the_person(office, calls, businesses):
    await give(office, businesses["a"], "access", answer_to="person")
    case = (await cut(office, await caller(office)))["a"]
    assert (case.state, case.answer_to) == (State.DELIVERED, AnswerTo.PERSON)


async def test_two_that_speak_of_the_same_right_are_refused_even_when_they_come_at_once(office, businesses):
    given = await asyncio.gather(
        *(
            give(office, businesses["a"], "access", right)
            for right in ("erasure", "portability", "objection")
        ),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in given) == ["NotNow", "NotNow", "Standing"]
    assert (await give(office, businesses["b"], "access")).controller_id == businesses["b"]


async def test_nobody_withdraws_anothers_and_an_unknown_one_looks_the_same(office, businesses):
    one = await give(office, businesses["a"], "access")
    with pytest.raises(NotFound) as foreign:
        await office.service.standings.withdraw(acts_for(businesses["b"]), one.id)
    with pytest.raises(NotFound) as absent:
        await office.service.standings.withdraw(acts_for(businesses["b"]), businesses["b"])
    assert str(foreign.value) == str(absent.value)
    assert await office.service.standings.of_controller(acts_for(businesses["b"])) == []


async def test_a_right_that_is_not_offered_here_is_named(office, businesses):
    with pytest.raises(InvalidInput) as caught:
        await give(office, businesses["a"], "limit_sensitive")
    assert caught.value.errors[0].field == "rights"


# A request that the controller files itself


async def file(office, controller_id, answer_to=None, *, vouched=True, right="access"):
    async with office.db.read() as connection:
        own = await controllers.one(connection, controller_id)
    actor = acts_for(controller_id).name
    submission = read(
        RawSubmission(rights=(right,), relations=("caller",), phone=PHONE),
        office.service.profile.profile,
        office.clock(),
        channel="controller_api",
        actor=actor,
        proof=ProofKind.CONTROLLER if vouched else None,
        controller_id=controller_id,
        tenant=own.tenant,
    )

    async def say(tx, filed):
        await office.service.instructing.filed(tx, [case.id for case in filed.cases], actor, answer_to)

    filed = await office.service.desk.take(submission, say)
    await office.work()
    return filed.request.reference


async def test_a_request_that_comes_with_its_instruction_is_carried_out_at_once(office, calls, businesses):
    case = await office.case(await file(office, businesses["a"], AnswerTo.CONTROLLER))
    assert (case.state, case.outcome) == (State.DELIVERED, Outcome.FULFILLED)
    assert await office.record_ids(case.id) == ["a1", "a2"]
    assert office.messages(PHONE) == []


async def test_a_filed_request_follows_a_standing_instruction_too(office, calls, businesses):
    one = await give(office, businesses["a"], "access")
    case = await office.case(await file(office, businesses["a"]))
    assert case.state is State.DELIVERED
    assert (await office.event(case.id, "controller.instructed")).data["standing"] == str(one.id)


async def test_whom_we_are_to_prove_is_asked_and_the_case_waits_for_its_instruction_only_then(
    office, calls, businesses
):
    reference = await file(office, businesses["a"], vouched=False)
    case = await office.case(reference)
    assert case.state is State.AWAITING_IDENTITY
    assert "a business that you spoke with on the telephone sent us" in office.messages(PHONE)[0].text
    with pytest.raises(NotNow):
        await office.instruct(businesses["a"], case.id, "fulfil")
    await office.prove(reference, IdentityKind.PHONE, PHONE)
    await office.work()
    case = await office.case(reference)
    assert case.state is State.AWAITING_CONTROLLER
    assert calls.asked == []
    assert await told(office, businesses["a"]) == [("case.status_changed", "awaiting_controller")]
    await office.instruct(businesses["a"], case.id, "fulfil")
    assert (await office.case(reference)).state is State.DELIVERED


@pytest.mark.parametrize("standing", [False, True])
async def test_an_instruction_that_came_ahead_is_carried_out_when_the_person_is_proven(
    office, calls, businesses, standing
):
    if standing:
        await give(office, businesses["a"], "access", answer_to="controller")
    reference = await file(office, businesses["a"], None if standing else AnswerTo.CONTROLLER, vouched=False)
    assert (await office.case(reference)).state is State.AWAITING_IDENTITY
    assert calls.asked == []
    await office.prove(reference, IdentityKind.PHONE, PHONE)
    await office.work()
    case = await office.case(reference)
    assert (case.state, case.answer_to) == (State.DELIVERED, AnswerTo.CONTROLLER)
    assert ("standing" in (await office.event(case.id, "controller.instructed")).data) is standing
    assert await office.broken() is None


async def test_a_staff_members_check_serves_as_proof_for_what_came_ahead(office, calls, businesses):
    reference = await file(office, businesses["a"], AnswerTo.CONTROLLER, vouched=False)
    case = await office.case(reference)
    await office.service.asking.check_identity(
        await office.staff(), case.id, "called back, and knew the last call"
    )
    await office.work()
    assert (await office.case(reference)).state is State.DELIVERED


async def test_a_person_who_never_proves_who_they_are_is_never_searched_for(office, calls, businesses):
    reference = await file(office, businesses["a"], AnswerTo.CONTROLLER, vouched=False)
    office.clock.turn(days=120)
    async with office.db.write() as tx:
        await steps.close_unproven(tx, office.clock(), office.clock())
    await office.work()
    case = await office.case(reference)
    assert (case.state, case.outcome) == (State.CLOSED, Outcome.NOT_IDENTIFIED)
    assert (await told(office, businesses["a"]))[-1] == ("case.status_changed", "closed")
    assert calls.asked == []
