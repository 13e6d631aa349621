"""A request is taken back: what waits or is searched ends, its controllers hear of it, and orders are not called back."""

import asyncio
from uuid import uuid4

import pytest
from stage_callers import acts_for, businesses, caller, calls, cut, told
from stage_double import Row
from stage_office import EMAIL, PHONE

from dsar.contract import Unreachable
from dsar.domain.case import Outcome, State
from dsar.domain.errors import InvalidInput, NotFound, NotNow
from dsar.domain.identity import ProofKind
from dsar.domain.work import StepKind, StepOutcome, StepState

__all__ = ["businesses", "calls"]


async def withdraw(office, case_id, how="called us, and knew the reference"):
    actor = await office.staff(f"S{uuid4()}")
    done = await office.service.withdrawing.by_person(actor.id, case_id, how)
    await office.work()
    return done


async def test_a_callers_request_takes_the_businesses_cases_along_and_each_hears_of_it(
    office, calls, businesses
):
    reference = await caller(office)
    parent, *_ = await office.cases(reference)
    found = await cut(office, reference)
    done = await withdraw(office, parent.id)
    assert set(done.withdrawn) == {case.id for case in found.values()}
    assert done.going_on == []
    for tenant, case in (await cut(office, reference)).items():
        assert (case.state, case.outcome) == (State.CLOSED, Outcome.WITHDRAWN)
        assert (await told(office, businesses[tenant]))[-1] == ("case.withdrawn", "closed")
        assert (await office.event(case.id, "case.withdrawn")).actor == "person"
        assert (await office.step(case.id, StepKind.WATCH)).outcome is StepOutcome.DROPPED
    assert "find" not in calls.operations()
    await office.work_for(days=31)
    assert {case.wrapped_key for case in await office.cases(reference)} == {None}
    assert await office.broken() is None


async def test_what_a_business_had_answered_stays_and_the_others_end(office, calls, businesses):
    reference = await caller(office)
    parent, *_ = await office.cases(reference)
    found = await cut(office, reference)
    await office.instruct(businesses["a"], found["a"].id, "fulfil")
    done = await withdraw(office, parent.id)
    assert (done.withdrawn, done.going_on) == ([found["b"].id], [])
    assert (await office.one(found["a"].id)).state is State.DELIVERED


async def test_a_search_that_is_under_way_is_dropped(office, calls, businesses):
    calls.faults["find"].append(Unreachable("the store does not answer"))
    reference = await caller(office)
    parent, *_ = await office.cases(reference)
    case = (await cut(office, reference))["a"]
    await office.instruct(businesses["a"], case.id, "fulfil")
    assert (await office.one(case.id)).state is State.SEARCHING
    await withdraw(office, parent.id)
    await office.work_for(hours=2)
    assert [step.outcome for step in await office.steps(case.id, StepKind.SEARCH)] == [StepOutcome.DROPPED]
    assert await office.collected(case.id) == []
    with pytest.raises(NotNow):
        await office.instruct(businesses["a"], case.id, "fulfil")


@pytest.mark.parametrize("operation", ["find", "export"])
async def test_a_search_that_runs_just_then_leaves_nothing_behind_and_is_not_tried_again(
    office, calls, businesses, operation
):
    reference = await caller(office, business="Acme Oy")
    parent, *_ = await office.cases(reference)
    case = (await cut(office, reference))["a"]
    gate = calls.hold(operation)
    at_work = asyncio.create_task(office.instruct(businesses["a"], case.id, "fulfil"))
    await calls.entered[operation].wait()
    actor = await office.staff()
    await office.service.withdrawing.by_person(actor.id, parent.id, "rang us")
    gate.set()
    await at_work
    await office.work_for(hours=2)
    case = await office.one(case.id)
    assert (case.state, case.outcome) == (State.CLOSED, Outcome.WITHDRAWN)
    assert await office.collected(case.id) == []
    assert [step.outcome for step in await office.steps(case.id, StepKind.SEARCH)] == [StepOutcome.DROPPED]
    assert calls.operations().count(operation) == 1
    assert await office.broken() is None


async def test_once_orders_are_out_nothing_is_called_back(office, calls, businesses):
    calls.faults["carry_out"].append(Unreachable("the store does not answer"))
    reference = await caller(office, "erasure", business="Acme Oy")
    parent, *_ = await office.cases(reference)
    case = (await cut(office, reference))["a"]
    await office.instruct(businesses["a"], case.id, "fulfil")
    assert (await office.one(case.id)).state is State.ACTING
    before = await office.events(case.id)
    with pytest.raises(NotNow) as caught:
        await withdraw(office, parent.id)
    assert "orders" in str(caught.value)
    assert await office.events(case.id) == before
    await office.work_for(hours=1)
    assert (await office.one(case.id)).outcome is Outcome.FULFILLED


async def test_orders_of_one_business_leave_the_other_to_be_taken_back(office, calls, businesses):
    calls.faults["carry_out"].append(Unreachable("the store does not answer"))
    reference = await caller(office, "erasure")
    parent, *_ = await office.cases(reference)
    found = await cut(office, reference)
    await office.instruct(businesses["a"], found["a"].id, "fulfil")
    done = await withdraw(office, parent.id)
    assert (done.withdrawn, done.going_on) == ([found["b"].id], [found["a"].id])


async def test_a_case_of_our_own_is_taken_back_before_its_proof_and_in_its_review(office):
    crm = await office.system("crm")
    crm.person("p", ("email", EMAIL)).add(Row("p", "own"))
    unproven = await office.case(await office.ask("access"))
    await withdraw(office, unproven.id)
    assert (await office.one(unproven.id)).outcome is Outcome.WITHDRAWN
    reference = await office.asked_and_proven("erasure")
    case = await office.case(reference)
    assert case.state is State.IN_REVIEW
    await withdraw(office, case.id)
    case = await office.case(reference)
    assert (case.state, case.outcome) == (State.CLOSED, Outcome.WITHDRAWN)
    assert all(step.state is not StepState.MANUAL for step in await office.steps(case.id))
    assert crm.ids() == ["own"]


async def test_how_the_person_took_it_back_is_kept_sealed(office, sql):
    case = await office.case(await office.ask("access"))
    await withdraw(office, case.id, "her son Zyxwv rang")
    (note,) = await sql.fetch("SELECT sealed FROM note WHERE case_id = $1", case.id)
    key = office.service.vault.case_key((await office.one(case.id)).wrapped_key)
    assert key.open(note["sealed"], "note").decode() == "her son Zyxwv rang"
    assert "Zyxwv" not in str(await sql.fetch("SELECT * FROM event"))


@pytest.mark.parametrize("how", ["", "  ", "x" * 2001, "a\x00b"])
async def test_without_saying_how_nothing_is_taken_back(office, how):
    case = await office.case(await office.ask("access"))
    with pytest.raises(InvalidInput) as caught:
        await withdraw(office, case.id, how)
    assert caught.value.errors[0].field == "how"
    assert (await office.one(case.id)).state is State.AWAITING_IDENTITY


async def test_what_ended_is_not_taken_back_twice(office, calls, businesses):
    reference = await caller(office)
    parent, *_ = await office.cases(reference)
    await withdraw(office, parent.id)
    with pytest.raises(NotNow):
        await withdraw(office, parent.id)


# By the controller


async def filed(office, controller_id, right="access"):
    reference = await office.ask(
        right,
        relations=("caller",),
        email="",
        phone=PHONE,
        channel="controller_api",
        proof=ProofKind.CONTROLLER,
        actor=acts_for(controller_id).name,
        controller_id=controller_id,
        tenant="a",
    )
    return await office.case(reference)


async def test_a_controller_takes_back_what_it_filed(office, calls, businesses):
    case = await filed(office, businesses["a"])
    after = await office.service.withdrawing.by_controller(acts_for(businesses["a"]), case.id)
    assert (after.state, after.outcome) == (State.CLOSED, Outcome.WITHDRAWN)
    assert await told(office, businesses["a"]) == [("case.withdrawn", "closed")]
    assert calls.asked == []
    assert (await office.event(case.id, "case.withdrawn")).actor == acts_for(businesses["a"]).name


async def test_a_controller_does_not_take_back_what_the_person_asked(office, calls, businesses):
    case = (await cut(office, await caller(office)))["a"]
    with pytest.raises(NotNow):
        await office.service.withdrawing.by_controller(acts_for(businesses["a"]), case.id)
    assert (await office.one(case.id)).state is State.AWAITING_CONTROLLER


async def test_nor_what_another_filed_nor_what_was_answered_nor_what_is_ordered(office, calls, businesses):
    case = await filed(office, businesses["a"])
    for case_id in (case.id, uuid4()):
        with pytest.raises(NotFound):
            await office.service.withdrawing.by_controller(acts_for(businesses["b"]), case_id)
    await office.instruct(businesses["a"], case.id, "fulfil")
    calls.faults["carry_out"].append(Unreachable("the store does not answer"))
    ordered = await filed(office, businesses["a"], "erasure")
    await office.instruct(businesses["a"], ordered.id, "fulfil")
    for one, state in ((case, State.DELIVERED), (ordered, State.ACTING)):
        with pytest.raises(NotNow):
            await office.service.withdrawing.by_controller(acts_for(businesses["a"]), one.id)
        assert (await office.one(one.id)).state is state


async def test_staff_does_not_take_back_what_a_controller_filed(office, calls, businesses):
    case = await filed(office, businesses["a"])
    with pytest.raises(NotNow):
        await withdraw(office, case.id)
    assert (await office.one(case.id)).state is State.AWAITING_CONTROLLER
