"""An approved erasure that is broken off meets its own effect when it is repeated, and is not stopped by that."""

import asyncio
from contextlib import suppress
from datetime import date, timedelta

import pytest
from stage_double import Row
from stage_office import EMAIL
from test_stage_planning import VOUCHER, anew, approve, order_of, waiting

from dsar.contract import OrderKind, Unreachable
from dsar.domain.case import Outcome, State
from dsar.domain.work import StepState
from dsar.fanout.approved import SENT
from dsar.store import steps


@pytest.fixture(params=["knows its keys again", "forgets them"])
async def crm(office, request):
    system = await office.system("crm", orders=(OrderKind.ERASE,))
    system.forgetful = request.param == "forgets them"
    return system.person("a", ("email", EMAIL)).add(
        Row("a", "r1"),
        Row("a", "r2"),
        Row("a", "i1", collection="invoices", kept_ground=VOUCHER, kept_dated=date(2024, 5, 6)),
    )


@pytest.fixture
async def sanna(office):
    return await office.staff("Sanna")


async def killed_at(office, system, operation):
    """A worker is killed while the system has its call, and its lease runs out."""
    gate = system.hold(operation)
    system.entered[operation].clear()
    worker = asyncio.create_task(office.service.engine().drain())
    await system.entered[operation].wait()
    await killed(office, worker)
    gate.set()


async def killed(office, worker):
    worker.cancel()
    running = [task for task in asyncio.all_tasks() if "Engine._run" in repr(task)]
    for task in running:
        task.cancel()
    with suppress(asyncio.CancelledError):
        await worker
    await asyncio.gather(*running, return_exceptions=True)
    office.clock.turn(seconds=office.service.settings.lease_seconds + 1)
    async with office.db.write() as tx:
        assert await steps.release_expired(tx, office.clock())


async def test_a_worker_killed_between_the_order_and_its_end_is_followed_by_one_that_ends_it(
    office, crm, sanna
):
    case = await waiting(office)
    await office.service.deciding.approve(sanna, case.id)
    await killed_at(office, crm, "carry_out")
    assert crm.ids() == ["i1"], "the system had done it"
    assert list((await order_of(office, case)).detail[SENT].values()) == [False]
    await office.work()
    case = await office.one(case.id)
    assert (case.state, case.outcome) == (State.DELIVERED, Outcome.FULFILLED_IN_PART)
    assert crm.ids() == ["i1"]
    assert "2 items erased" in await office.letter(case.id)
    assert not [event for event in await office.events(case.id) if event.type == "plan.changed"]
    assert await office.broken() is None


async def test_a_worker_killed_before_the_order_went_out_is_followed_by_one_that_compares(office, crm, sanna):
    case = await waiting(office)
    await office.service.deciding.approve(sanna, case.id)
    await killed_at(office, crm, "foresee")
    crm.add(Row("a", "r3"))
    await office.work()
    assert crm.ids() == ["i1", "r1", "r2", "r3"]
    assert (await order_of(office, case)).detail["reason"] == "Changed"


async def test_what_came_after_a_broken_off_order_is_not_erased_by_its_repetition(office, crm, sanna):
    case = await waiting(office)
    await office.service.deciding.approve(sanna, case.id)
    await killed_at(office, crm, "carry_out")
    crm.add(*(Row("a", f"new{number}") for number in range(3)))
    await office.work()
    assert crm.ids() == ["i1", "new0", "new1", "new2"]
    assert (await order_of(office, case)).state is StepState.MANUAL
    drawn = await anew(office, sanna, case)
    case = await approve(office, sanna, case, drawn.digest)
    assert crm.ids() == ["i1"]
    assert case.state is State.DELIVERED


async def test_an_order_whose_answer_was_lost_is_repeated_though_nothing_is_as_it_was(office, crm, sanna):
    crm.faults["carry_out"].append(Unreachable("the answer was lost"))
    case = await waiting(office)
    await office.service.deciding.approve(sanna, case.id)
    await office.work()
    assert crm.ids() == ["i1"]
    await office.work_for(minutes=1)
    assert (await office.one(case.id)).state is State.DELIVERED
    keys = [key for kind, key in crm.orders if kind == "Erase"]
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert "2 items erased" in await office.letter(case.id)


async def test_a_vendor_that_works_on_it_is_asked_after_and_not_compared(office, sanna):
    crm = (await office.system("slow", orders=(OrderKind.ERASE,))).person("a", ("email", EMAIL))
    crm.add(Row("a", "r1"))
    later = office.clock() + timedelta(minutes=3)
    crm.ask_again.extend([later, later + timedelta(minutes=3)])
    case = await waiting(office)
    await office.service.deciding.approve(sanna, case.id)
    await office.work()
    assert list((await order_of(office, case, "slow")).detail[SENT].values()) == [True]
    looked = crm.operations().count("foresee")
    for _ in range(2):
        office.clock.turn(minutes=3)
        await office.work()
    assert (await office.one(case.id)).state is State.DELIVERED
    assert crm.operations().count("foresee") == looked
    assert len({key for kind, key in crm.orders if kind == "Erase"}) == 1


async def test_what_an_order_left_half_done_is_finished_by_a_system_that_knows_its_key(office, sanna):
    crm = (await office.system("slow", orders=(OrderKind.ERASE,))).person("a", ("email", EMAIL))
    crm.add(Row("a", "r1"), Row("a", "r2"))
    crm.leaves.add("r2")  # not gone yet when its answer is lost
    crm.faults["carry_out"].append(Unreachable("the answer was lost"))
    case = await waiting(office)
    await office.service.deciding.approve(sanna, case.id)
    await office.work()
    assert crm.ids() == ["r2"]
    crm.rows.clear()
    await office.work_for(minutes=1)
    assert (await office.one(case.id)).state is State.DELIVERED


async def test_two_subjects_of_one_system_go_both_or_neither(office, sanna):
    crm = await office.system("two", orders=(OrderKind.ERASE,))
    crm.person("a", ("email", EMAIL)).person("b", ("email", EMAIL)).add(Row("a", "a1"), Row("b", "b1"))
    case = await waiting(office)
    gate = crm.hold("foresee")
    await office.service.deciding.approve(sanna, case.id)
    crm.add(Row("b", "b2"))
    gate.set()
    await office.work()
    assert crm.ids() == ["a1", "b1", "b2"]
    drawn = await anew(office, sanna, case)
    await approve(office, sanna, case, drawn.digest)
    assert crm.ids() == []
    assert "3 items erased" in await office.letter(case.id)


async def test_an_item_of_two_subjects_goes_with_the_first_and_stops_the_second_no_more(office, sanna):
    crm = await office.system("two", orders=(OrderKind.ERASE,))
    crm.person("a", ("email", EMAIL)).person("b", ("email", EMAIL))
    crm.add(Row("a", "a1"), Row("b", "b1"), Row("a", "both"), Row("b", "both"))
    crm.shared.add("both")
    case = await waiting(office)
    case = await approve(office, sanna, case)
    assert crm.ids() == []
    assert case.state is State.DELIVERED


async def test_a_worker_killed_between_two_subjects_is_followed_by_one_that_erases_the_other(office, sanna):
    crm = await office.system("two", orders=(OrderKind.ERASE,))
    crm.person("a", ("email", EMAIL)).person("b", ("email", EMAIL))
    crm.add(Row("a", "a1"), Row("b", "b1"), Row("a", "both"), Row("b", "both"))
    crm.shared.add("both")
    case = await waiting(office)
    await office.service.deciding.approve(sanna, case.id)
    await killed_at(office, crm, "carry_out")
    assert len(crm.ids()) == 1
    await office.work()
    assert crm.ids() == []
    assert (await office.one(case.id)).state is State.DELIVERED
