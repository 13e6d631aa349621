"""What an erasure would do is told before it is approved, and what was approved is what is done: that or nothing."""

import asyncio
from datetime import date, timedelta

import pytest
from stage_callers import businesses, caller, calls
from stage_double import Row
from stage_office import EMAIL
from test_stage_erasure import asked
from test_stage_holds import lift, on_crm, on_person, place

from dsar.contract import NeedsPerson, OrderKind, Refused, Throttled, Unauthorised, Unreachable
from dsar.domain.case import Outcome, State
from dsar.domain.errors import NotFound, NotNow
from dsar.domain.planning import How
from dsar.domain.work import StepKind, StepOutcome, StepState
from dsar.review.planning import Approval

__all__ = ["businesses", "calls"]

VOUCHER = "FI-2:10-voucher"


@pytest.fixture
async def crm(office):
    system = await office.system("crm")
    return system.person("a", ("email", EMAIL)).add(
        Row("a", "r1"), Row("a", "r2"), Row("a", "c1", collection="calls")
    )


@pytest.fixture
async def books(office):
    system = await office.system("books", orders=(OrderKind.ERASE,))
    return system.person("b", ("email", EMAIL)).add(
        Row("b", "i1", collection="invoices", kept_ground=VOUCHER, kept_dated=date(2024, 5, 6)),
        Row("b", "i2", collection="invoices", kept_ground=VOUCHER, kept_dated=date(2024, 9, 9)),
        Row("b", "n1"),
    )


@pytest.fixture
async def sanna(office):
    return await office.staff("Sanna")


async def waiting(office):
    """An erasure that waits for its approval."""
    return await office.case(await asked(office))


async def plan(office, case):
    return await office.service.planning.shown(case.id)


async def system_of(office, case, key):
    (found,) = [one for one in (await plan(office, case)).drawn.systems if one.system_key == key]
    return found


async def approve(office, staff, case, named=None, **more):
    await office.service.deciding.approve(staff, case.id, Approval(named, **more))
    await office.work()
    return await office.one(case.id)


async def anew(office, staff, case):
    await office.service.planning.anew(staff, case.id)
    await office.work()
    return (await plan(office, case)).drawn


async def types(office, case):
    return [event.type for event in await office.events(case.id)]


async def order_of(office, case, key="crm"):
    return await office.step(case.id, StepKind.ORDER, key)


# What it says


async def test_the_plan_counts_what_would_go_and_stay_by_collection_with_ground_and_day(office, crm, books):
    # GDPR 17(3)(b)
    case = await waiting(office)
    assert (await system_of(office, case, "crm")).erased == {"calls": 1, "contacts": 2}
    kept = await system_of(office, case, "books")
    assert kept.erased == {"contacts": 1}
    (invoices,) = kept.kept
    assert (invoices.collection, invoices.ground, invoices.until, invoices.restricted, invoices.items) == (
        "invoices",
        VOUCHER,
        date(2030, 12, 31),
        True,
        2,
    )
    drawn = (await plan(office, case)).drawn
    assert (await office.event(case.id, "plan.made")).data == {
        "plan": drawn.digest,
        "erased": 4,
        "kept": 2,
        "by_hand": [],
        "unforeseen": [],
        "held": [],
    }
    assert crm.orders == books.orders == []


async def test_what_a_ground_no_longer_keeps_is_counted_among_what_goes(office, books):
    books.add(Row("b", "i0", collection="invoices", kept_ground=VOUCHER, kept_dated=date(2010, 5, 6)))
    case = await waiting(office)
    planned = await system_of(office, case, "books")
    assert (planned.erased, planned.kept[0].items) == ({"contacts": 1, "invoices": 1}, 2)
    await approve(office, await office.staff(), case)
    assert books.ids() == ["i1", "i2"]


async def test_a_system_that_takes_no_erasure_stands_in_the_plan_as_a_persons_work(office, crm, sanna):
    paper = await office.system("paper", orders=())
    paper.person("p", ("email", EMAIL)).add(Row("p", "p1"))
    case = await waiting(office)
    assert (await system_of(office, case, "paper")).how is How.BY_HAND
    assert "foresee" not in paper.operations()
    await approve(office, sanna, case)
    assert (await office.event(case.id, "plan.approved")).data["by_hand"] == ["paper"]


async def test_a_system_that_is_worked_by_hand_needs_no_plan_to_be_approved(office, crm, sanna):
    crm.faults["foresee"].append(NeedsPerson("open the cabinet", within_days=3))
    case = await waiting(office)
    assert (await system_of(office, case, "crm")).how is How.BY_HAND
    case = await approve(office, sanna, case)
    assert case.state is State.DELIVERED


async def test_a_legal_hold_shows_in_the_plan_for_as_long_as_it_stands(office, crm, sanna):
    # GDPR 17(3)(e)
    case = await waiting(office)
    before = (await plan(office, case)).drawn.digest
    hold = await place(office, sanna, on_person())
    held = (await plan(office, case)).drawn
    assert held.systems[0].holds.whole == (hold,)
    assert held.digest != before
    await lift(office, sanna, hold)
    assert (await plan(office, case)).drawn.digest == before


async def test_a_plan_holds_counts_and_grounds_and_nothing_of_the_person(office, crm, books, sql):
    case = await waiting(office)
    rows = [str(dict(row)) for row in await sql.fetch("SELECT * FROM erasure_plan")]
    assert len(rows) == 2
    for secret in (EMAIL, "Anna", "r1", "i1"):
        assert not [row for row in rows if f"'{secret}'" in row or f'"{secret}"' in row or EMAIL in row]
    assert case.state is State.IN_REVIEW


async def test_only_an_erasure_has_a_plan(office, crm, sanna):
    case = await office.case(await office.asked_and_proven("access"))
    with pytest.raises(NotFound):
        await plan(office, case)
    with pytest.raises(NotFound):
        await office.service.planning.anew(sanna, case.id)


# What is approved


async def test_the_plan_that_is_named_is_approved_and_executed(office, crm, books, sanna):
    case = await waiting(office)
    named = (await plan(office, case)).drawn.digest
    case = await approve(office, sanna, case, named)
    assert (crm.ids(), books.ids()) == ([], ["i1", "i2"])
    assert (case.state, case.outcome) == (State.DELIVERED, Outcome.FULFILLED_IN_PART)
    event = await office.event(case.id, "plan.approved")
    assert (event.actor, event.data["plan"], event.data["erased"], event.data["kept"]) == (
        sanna.name,
        named,
        4,
        2,
    )
    seen = await types(office, case)
    assert seen.index("plan.made") < seen.index("plan.approved") < seen.index("orders.given")
    shown = await plan(office, case)
    assert all(system.is_approved for system in shown.drawn.systems)
    assert await office.broken() is None


async def test_a_plan_that_is_no_longer_the_one_that_stands_is_not_approved(office, crm, sanna):
    case = await waiting(office)
    named = (await plan(office, case)).drawn.digest
    crm.add(Row("a", "r3"))
    await anew(office, sanna, case)
    with pytest.raises(NotNow, match="plan"):
        await approve(office, sanna, case, named)
    assert (await office.one(case.id)).state is State.IN_REVIEW
    assert crm.orders == []


async def test_the_same_plan_made_anew_has_the_same_name(office, crm, books, sanna):
    case = await waiting(office)
    named = (await plan(office, case)).drawn.digest
    office.clock.turn(days=2)
    assert (await anew(office, sanna, case)).digest == named
    await approve(office, sanna, case, named)
    assert crm.ids() == []


async def test_a_plan_that_is_still_being_made_is_not_approved_unless_somebody_says_so(office, crm, sanna):
    crm.faults["foresee"].append(Throttled("slow down", until=office.clock() + timedelta(hours=1)))
    case = await waiting(office)
    assert (await system_of(office, case, "crm")).how is How.BEING_MADE
    with pytest.raises(NotNow, match="being made"):
        await approve(office, sanna, case)
    await approve(office, sanna, case, accept_unforeseen=True)
    await office.work_for(hours=2)
    assert (await office.one(case.id)).state is State.DELIVERED
    assert (await office.step(case.id, StepKind.FORESEE)).outcome is StepOutcome.DROPPED
    assert (await office.event(case.id, "plan.approved")).data["unforeseen"] == ["crm"]


@pytest.mark.parametrize(
    "error", [Refused("it will not say"), Unauthorised("the key is not good"), Unreachable("no answer")]
)
async def test_a_system_that_cannot_say_is_named_and_ordered_only_when_somebody_says_so(
    office, crm, books, sanna, error
):
    books.faults["foresee"].extend([error] * 3)
    case = await waiting(office)
    await office.work_for(minutes=2)
    failed = await system_of(office, case, "books")
    assert (failed.how, failed.reason) == (How.UNFORESEEN, str(error))
    assert (await office.event(case.id, "plan.made")).data["unforeseen"] == ["books"]
    with pytest.raises(NotNow, match="did not say"):
        await approve(office, sanna, case)
    named = (await plan(office, case)).drawn.digest
    await approve(office, sanna, case, named, accept_unforeseen=True)
    assert (await office.event(case.id, "plan.approved")).data["unforeseen"] == ["books"]
    assert crm.ids() == []


async def test_a_system_that_answers_again_is_foreseen_when_the_plan_is_made_anew(office, crm, sanna):
    crm.faults["foresee"].append(Refused("not today"))
    case = await waiting(office)
    drawn = await anew(office, sanna, case)
    assert drawn.keys(How.FORESEEN) == ["crm"]
    assert (await approve(office, sanna, case)).state is State.DELIVERED


async def test_a_plan_of_long_ago_is_made_anew_before_it_is_approved(office, crm, sanna):
    case = await waiting(office)
    office.clock.turn(days=31)
    assert (await plan(office, case)).stale
    with pytest.raises(NotNow, match="too old"):
        await approve(office, sanna, case)
    await anew(office, sanna, case)
    assert (await approve(office, sanna, case)).state is State.DELIVERED


async def test_a_match_accepted_after_the_plan_was_asked_for_is_not_ordered_by_it(office, crm, sanna):
    crm.person("u", ("email", EMAIL), sure=False).add(Row("u", "u1"))
    case = await waiting(office)
    await anew(office, sanna, case)  # of the sure one alone
    (unsure,) = [match for match in await office.matches(case.id) if not match.sure]
    await office.service.deciding.decide_match(sanna, case.id, unsure.id, "accepted")
    await office.work()
    assert (await system_of(office, case, "crm")).how is How.UNFORESEEN
    with pytest.raises(NotNow, match="did not say"):
        await approve(office, sanna, case)
    await anew(office, sanna, case)
    await approve(office, sanna, case)
    assert crm.ids() == []


async def test_a_plan_is_asked_for_once_the_case_can_have_one_and_not_after_it_was_ordered(
    office, crm, sanna
):
    reference = await office.ask("erasure")
    with pytest.raises(NotNow):
        await office.service.planning.anew(sanna, (await office.case(reference)).id)
    await office.prove(reference)
    await office.work()
    case = await approve(office, sanna, await office.case(reference))
    with pytest.raises(NotNow):
        await office.service.planning.anew(sanna, case.id)


async def test_a_refused_erasure_asks_no_system_any_more(office, crm, sanna):
    crm.faults["foresee"].append(Throttled("slow down", until=office.clock() + timedelta(hours=1)))
    case = await waiting(office)
    await office.service.deciding.refuse(sanna, case.id, "excessive", "too many")
    await office.work_for(hours=2)
    assert crm.operations().count("foresee") == 1
    assert (await office.step(case.id, StepKind.FORESEE)).outcome is StepOutcome.DROPPED


async def test_an_instruction_of_the_controller_needs_no_plan(office, calls, businesses):
    # GDPR 28(3)(a)
    case = await office.case_of(await caller(office, "erasure"), "a")
    await office.instruct(businesses["a"], case.id, "fulfil")
    assert calls.ids() == ["b1"]
    assert await office.steps(case.id, StepKind.FORESEE) == []
    assert "plan.approved" not in await types(office, case)


async def test_an_incomplete_search_of_a_controllers_caller_may_be_planned_and_is_then_held_to_it(
    office, calls, businesses, sanna
):
    broken = await office.system("broken", on_failure="gap", attempts_max=1)
    broken.faults["find"].append(Refused("no"))
    case = await office.case_of(await caller(office, "erasure"), "a")
    await office.instruct(businesses["a"], case.id, "fulfil")
    (search,) = [step for step in await office.steps(case.id, StepKind.SEARCH) if step.key == "broken"]
    await office.service.tasks.finish(sanna, case.id, search.id, "gap", "it is gone")
    await office.work()
    assert (await office.one(case.id)).state is State.IN_REVIEW
    drawn = await anew(office, sanna, case)
    calls.add(Row("c", "a3", tenant="a", collection="calls"))
    await approve(office, sanna, case, drawn.digest)
    assert calls.ids() == ["a1", "a2", "a3", "b1"]


# What has changed since


@pytest.mark.parametrize("compares", [True, False])
@pytest.mark.parametrize("change", ["comes", "goes", "is kept", "is another"])
async def test_a_change_since_the_approval_stops_the_erasure_there_and_nowhere_else(
    office, crm, books, sanna, compares, change
):
    crm.compares = compares
    case = await waiting(office)
    gate = crm.hold("foresee")
    await office.service.deciding.approve(sanna, case.id)
    if change != "comes":
        crm.rows.remove(next(row for row in crm.rows if row.record_id == "r2"))
    if change in {"comes", "is another"}:
        crm.add(Row("a", "r3"))
    if change == "is kept":
        crm.add(Row("a", "r2", kept_ground=VOUCHER, kept_dated=date(2024, 5, 6)))
    left = crm.ids()
    gate.set()
    await office.work()
    assert crm.ids() == left
    assert "Erase" not in [kind for kind, _ in crm.orders]
    assert books.ids() == ["i1", "i2"]
    order = await order_of(office, case)
    assert (order.state, order.detail["reason"]) == (StepState.MANUAL, "Changed")
    assert "changed since it was approved" in order.detail["text"]
    assert (await office.event(case.id, "plan.changed")).data == {"system": "crm"}
    assert (await office.one(case.id)).state is State.ACTING
    assert (await plan(office, case)).waiting == ("crm",)


async def test_a_plan_made_anew_and_approved_lets_the_order_go_on(office, crm, sanna):
    case = await waiting(office)
    gate = crm.hold("foresee")
    await office.service.deciding.approve(sanna, case.id)
    crm.add(Row("a", "r3"))
    gate.set()
    await office.work()
    with pytest.raises(NotNow, match="has changed since"):
        await approve(office, sanna, case)
    drawn = await anew(office, sanna, case)
    assert crm.ids() == ["c1", "r1", "r2", "r3"]
    with pytest.raises(NotNow, match="plan"):
        await approve(office, sanna, case, "0" * 64)
    case = await approve(office, sanna, case, drawn.digest)
    assert crm.ids() == []
    assert (case.state, case.outcome) == (State.DELIVERED, Outcome.FULFILLED)
    assert "4 items erased" in await office.letter(case.id)
    approvals = [
        event.data["erased"] for event in await office.events(case.id) if event.type == "plan.approved"
    ]
    assert approvals == [3, 4]
    assert await office.broken() is None


async def test_a_retry_without_a_new_approval_erases_nothing_that_was_not_approved(office, crm, sanna):
    case = await waiting(office)
    gate = crm.hold("foresee")
    await office.service.deciding.approve(sanna, case.id)
    crm.add(Row("a", "r3"))
    gate.set()
    await office.work()
    await office.service.tasks.retry(sanna, case.id, (await order_of(office, case)).id)
    await office.work()
    assert crm.ids() == ["c1", "r1", "r2", "r3"]
    assert (await order_of(office, case)).state is StepState.MANUAL
    crm.rows.pop()  # it is as it was approved
    await office.service.tasks.retry(sanna, case.id, (await order_of(office, case)).id)
    await office.work()
    assert crm.ids() == []


async def test_a_new_plan_that_cannot_be_made_lets_no_order_go_on(office, crm, sanna):
    case = await waiting(office)
    gate = crm.hold("foresee")
    await office.service.deciding.approve(sanna, case.id)
    crm.add(Row("a", "r3"))
    gate.set()
    await office.work()
    crm.faults["foresee"].append(Refused("not today"))
    await anew(office, sanna, case)
    with pytest.raises(NotNow, match="did not say"):
        await approve(office, sanna, case, accept_unforeseen=True)
    assert crm.ids() == ["c1", "r1", "r2", "r3"]


async def test_a_change_right_before_the_rows_go_is_met_by_the_system_itself(office, crm, sanna):
    case = await waiting(office)
    gate = crm.hold("carry_out")  # at the marketing stop, after the core has compared

    async def meanwhile():
        await crm.entered["carry_out"].wait()
        crm.add(Row("a", "r3"))
        gate.set()

    await office.service.deciding.approve(sanna, case.id)
    await asyncio.gather(office.work(), meanwhile())
    assert crm.ids() == ["c1", "r1", "r2", "r3"]
    assert (await order_of(office, case)).detail["reason"] == "Changed"


async def test_a_legal_hold_set_after_the_approval_still_holds_everything(office, crm, sanna):
    # GDPR 17(3)(e)
    case = await waiting(office)
    await office.service.deciding.approve(sanna, case.id)
    hold = await place(office, sanna, on_crm())
    await office.work()
    assert crm.ids() == ["c1", "r1", "r2"]
    crm.add(Row("a", "r3"))
    await lift(office, sanna, hold)
    assert crm.ids() == ["c1", "r1", "r2", "r3"], "what came meanwhile nobody has approved"
    assert (await order_of(office, case)).detail["reason"] == "Changed"
