"""What an erasure kept on a ground with a date is erased by itself when the date has passed, and recorded."""

from datetime import UTC, date, datetime, timedelta

import pytest
from stage_double import Row
from stage_office import EMAIL, PHONE
from test_stage_erasure import approved, asked

from dsar.contract import OrderKind, Proof, Refused, Throttled, Unreachable
from dsar.domain.case import Outcome, State
from dsar.domain.errors import NotNow
from dsar.domain.work import StepKind, StepOutcome, StepState
from dsar.store import findings, health

GROUND = "FI-2:10-voucher"  # six years from the end of the year
DAY_AFTER = datetime(2030, 12, 31, 22, 0, tzinfo=UTC)  # midnight in Helsinki


def invoice(record_id, dated=date(2024, 5, 6), **more):
    return Row("b", record_id, collection="invoices", kept_ground=GROUND, kept_dated=dated, **more)


@pytest.fixture
async def books(office):
    system = await office.system("books", orders=(OrderKind.ERASE,))
    return system.person("b", ("email", EMAIL)).add(invoice("i1"), invoice("i2"), Row("b", "n1"))


@pytest.fixture
async def closed(office, books):
    """A case whose answer was given, whose key is destroyed, and whose invoices the law keeps until 2030."""
    case = await approved(office)
    assert books.ids() == ["i1", "i2"]
    office.clock.turn(days=40)
    await office.work()
    case = await office.one(case.id)
    assert (case.state, case.wrapped_key) == (State.CLOSED, None)
    return case


async def release_of(office, case, key="books:2030-12-31"):
    return await office.step(case.id, StepKind.RELEASE, key)


async def standing(office, case):
    async with office.db.read() as connection:
        return await findings.holds_of_case(connection, case.id)


async def test_the_release_waits_for_the_end_of_the_last_day_where_the_operator_is(office, closed, books):
    step = await release_of(office, closed)
    assert (step.state, step.due_at) == (StepState.READY, DAY_AFTER)
    assert step.payload == {"system": "books", "until": "2030-12-31"}
    office.clock.at = DAY_AFTER - timedelta(seconds=1)
    await office.work()
    assert books.ids() == ["i1", "i2"]
    office.clock.at = DAY_AFTER
    await office.work()
    assert books.ids() == []


async def test_a_release_is_recorded_in_the_closed_cases_history_which_still_holds(
    office, closed, books, sql
):
    assert len(await standing(office, closed)) == 1
    office.clock.at = DAY_AFTER
    await office.work()
    event = await office.event(closed.id, "hold.released")
    assert event.data == {"system": "books", "items": 2, "until": "2030-12-31", "proof": "verified"}
    assert await standing(office, closed) == []
    rows = await sql.fetch("SELECT released_at, sealed_item FROM hold")
    assert {(row["released_at"], row["sealed_item"]) for row in rows} == {(DAY_AFTER, None)}
    assert await office.broken() is None
    after = await office.one(closed.id)
    assert (after.state, after.closed_at) == (State.CLOSED, closed.closed_at)


async def test_nobody_in_a_hurry_releases_before_the_day(office, closed, books):
    # GDPR 17(3)(b)
    step = await release_of(office, closed)
    with pytest.raises(NotNow):
        await office.service.tasks.retry(await office.staff(), closed.id, step.id)
    await office.work()
    assert books.ids() == ["i1", "i2"]


async def test_what_is_kept_to_find_an_item_again_is_sealed_under_the_operators_key(office, closed, sql):
    for row in await sql.fetch("SELECT sealed_item, sealed_record_id FROM hold"):
        assert EMAIL.encode() not in row["sealed_item"]
        assert b"i1" in office.service.vault.open(row["sealed_item"], "hold item") or b"i2" in (
            office.service.vault.open(row["sealed_item"], "hold item")
        )


async def test_what_no_date_will_release_is_kept_findable_by_nobody(office, books, sql):
    books.rows[0].kept_ground = "Some other act"
    await approved(office)
    rows = await sql.fetch("SELECT ground, sealed_item IS NULL AS gone FROM hold ORDER BY ground")
    assert [(row["ground"], row["gone"]) for row in rows] == [(GROUND, False), ("Some other act", True)]


async def test_each_date_has_a_release_of_its_own_and_takes_its_own_items(office, books):
    books.add(invoice("i3", date(2025, 7, 1)))
    case = await approved(office)
    keys = [step.key for step in await office.steps(case.id, StepKind.RELEASE)]
    assert keys == ["books:2030-12-31", "books:2031-12-31"]
    office.clock.at = DAY_AFTER
    await office.work()
    assert books.ids() == ["i3"]
    office.clock.at = datetime(2032, 1, 1, tzinfo=UTC)
    await office.work()
    assert books.ids() == []
    released = [e.data["until"] for e in await office.events(case.id) if e.type == "hold.released"]
    assert released == ["2030-12-31", "2031-12-31"]


async def test_what_the_person_left_since_is_no_part_of_it(office, closed, books):
    books.add(Row("b", "new"), invoice("i9", date(2029, 1, 1)))
    office.clock.at = DAY_AFTER
    await office.work()
    assert books.ids() == ["i9", "new"]


async def test_a_ground_whose_time_was_over_already_keeps_nothing(office, books):
    """The system keeps invoices for ever; the law only six years."""
    books.add(invoice("i0", date(2015, 3, 4)))
    case = await approved(office)
    assert books.ids() == ["i1", "i2"]
    assert [step.key for step in await office.steps(case.id, StepKind.RELEASE)] == ["books:2030-12-31"]
    assert (await office.step(case.id, StepKind.ORDER, "books")).detail["changed"] == 2
    assert (await office.step(case.id, StepKind.VERIFY)).detail["unexpected"] == 0
    assert "2021" not in await office.letter(case.id)


async def test_what_a_system_cannot_take_alone_is_a_persons_task_beside_the_answer(office, books):
    books.add(invoice("i0", date(2015, 3, 4)))
    books.faults["carry_out"].extend([None, Refused("rows are needed"), Refused("rows are needed")])
    case = await approved(office)
    assert case.state is State.DELIVERED
    task = await release_of(office, case, "books:2021-12-31")
    assert (task.state, task.detail["reason"]) == (StepState.MANUAL, "Refused")


async def test_a_release_that_was_done_and_whose_answer_was_lost_is_repeated_under_its_key(
    office, closed, books
):
    books.orders.clear()
    books.faults["carry_out"].append(Unreachable("the answer was lost"))
    office.clock.at = DAY_AFTER
    await office.work_for(minutes=1)
    assert (await release_of(office, closed)).outcome is StepOutcome.DONE
    keys = [key for _, key in books.orders]
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert EMAIL not in keys[0]
    assert (await office.event(closed.id, "hold.released")).data["items"] == 2


async def test_a_vendor_that_is_slow_is_asked_again_and_one_that_throttles_is_left_alone(
    office, closed, books
):
    office.clock.at = DAY_AFTER
    books.faults["carry_out"].append(Throttled("slow down", until=DAY_AFTER + timedelta(hours=1)))
    books.ask_again.extend([DAY_AFTER + timedelta(hours=2)])
    await office.work()
    assert (await release_of(office, closed)).due_at == DAY_AFTER + timedelta(hours=1)
    office.clock.turn(hours=1)
    await office.work()
    waiting = await release_of(office, closed)
    assert (waiting.due_at, waiting.attempt) == (DAY_AFTER + timedelta(hours=2), 0)
    office.clock.turn(hours=1)
    await office.work()
    assert (await release_of(office, closed)).outcome is StepOutcome.DONE


@pytest.mark.parametrize("on_failure", ["manual", "gap"])
async def test_a_release_that_never_goes_through_is_a_persons_task_on_the_closed_case(
    office, closed, books, on_failure, sql
):
    await sql.execute("UPDATE system SET on_failure = $1", on_failure)
    books.faults["carry_out"].extend([Unreachable("no answer")] * 3)
    office.clock.at = DAY_AFTER
    await office.work_for(minutes=1)
    task = await release_of(office, closed)
    assert task.state is StepState.MANUAL
    assert (await standing(office, closed))[0].items == 2
    await office.service.tasks.retry(await office.staff(), closed.id, task.id)
    await office.work()
    assert (await release_of(office, closed)).outcome is StepOutcome.DONE
    assert await office.broken() is None


async def test_a_release_that_the_system_refuses_is_finished_by_a_person_with_what_shows_it(
    office, closed, books, sql
):
    books.faults["carry_out"].append(Refused("other rows need them"))
    office.clock.at = DAY_AFTER
    await office.work()
    task = await release_of(office, closed)
    assert (task.state, task.detail["reason"]) == (StepState.MANUAL, "Refused")
    staff = await office.staff()
    await office.service.tasks.finish(staff, closed.id, task.id, "done", "shredded by Sanna")
    event = await office.event(closed.id, "hold.released")
    assert (event.actor, event.data["proof"], event.data["items"]) == (staff.name, "by_hand", 2)
    assert await standing(office, closed) == []
    sealed = await sql.fetchval("SELECT sealed FROM note ORDER BY created_at DESC LIMIT 1")
    assert office.service.vault.open(sealed, "late note") == b"shredded by Sanna"
    assert (await office.one(closed.id)).state is State.CLOSED
    assert await office.broken() is None
    with pytest.raises(NotNow):
        await office.service.tasks.finish(staff, closed.id, task.id, "done", "twice")


async def test_a_person_who_could_not_erase_them_either_leaves_them_in_the_books(office, closed, books):
    books.faults["carry_out"].append(Refused("other rows need them"))
    office.clock.at = DAY_AFTER
    await office.work()
    task = await release_of(office, closed)
    await office.service.tasks.finish(await office.staff(), closed.id, task.id, "gap", "nobody can")
    assert (await standing(office, closed))[0].items == 2
    assert "hold.released" not in [event.type for event in await office.events(closed.id)]


async def test_where_a_systems_word_is_no_proof_they_are_searched_for_again(office, closed, books):
    books.proof = Proof.ACCEPTED
    books.leaves.add("i2")
    for row in books.rows:
        row.kept_ground = None
    office.clock.at = DAY_AFTER
    await office.work()
    task = await release_of(office, closed)
    assert (task.state, task.detail["left"]) == (StepState.MANUAL, 1)
    books.leaves.clear()
    books.rows.clear()
    await office.service.tasks.retry(await office.staff(), closed.id, task.id)
    await office.work()
    assert (await office.event(closed.id, "hold.released")).data["proof"] == "accepted"


async def test_a_system_that_was_taken_out_meanwhile_is_a_persons_task(office, closed, books):
    async with office.db.write() as tx:
        await health.take_out(tx, "books", "staff:test", office.clock())
    office.clock.at = DAY_AFTER
    await office.work()
    task = await release_of(office, closed)
    assert (task.state, task.detail["reason"]) == (StepState.MANUAL, "the system was taken out")


async def test_a_release_is_remembered_for_a_backup_that_is_restored(office, closed, books, sql):
    before = await sql.fetchval("SELECT count(*) FROM tombstone")
    office.clock.at = DAY_AFTER
    await office.work()
    row = await sql.fetchrow("SELECT * FROM tombstone ORDER BY at DESC LIMIT 1")
    assert await sql.fetchval("SELECT count(*) FROM tombstone") == before + 1
    assert (row["system_key"], row["blind_index"]) == (
        "books",
        office.service.vault.blind_index("email", EMAIL),
    )


async def test_two_subjects_of_one_system_are_two_orders(office, books):
    books.person("c", ("email", EMAIL)).add(
        Row("c", "j1", collection="invoices", kept_ground=GROUND, kept_dated=date(2024, 1, 1))
    )
    case = await approved(office)
    books.orders.clear()
    office.clock.at = DAY_AFTER
    await office.work()
    assert len({key for _, key in books.orders}) == 2
    assert books.ids() == []
    assert (await office.event(case.id, "hold.released")).data["items"] == 3


async def test_a_processors_release_stays_within_its_tenant(office):
    calls = await office.system("calls", orders=(OrderKind.ERASE,))
    calls.person("c", ("phone", PHONE), ("email", EMAIL)).add(
        Row("c", "a1", tenant="a", collection="calls", kept_ground="x", kept_until=date(2027, 1, 2)),
        Row("c", "a1", tenant="b", collection="calls"),
    )
    business = await office.business("Acme Oy", "a")
    reference = await office.asked_and_proven("erasure", relations=("caller",), phone=PHONE)
    case = await office.case_of(reference, "a")
    await office.instruct(business, case.id, "fulfil")
    assert (await office.one(case.id)).outcome is Outcome.FULFILLED_IN_PART
    office.clock.at = datetime(2027, 1, 3, 12, tzinfo=UTC)
    await office.work()
    assert [(row.tenant, row.record_id) for row in calls.rows] == [("b", "a1")]


async def test_a_release_that_two_workers_reach_for_is_recorded_once(office, closed, books):
    import asyncio

    office.clock.at = DAY_AFTER
    await asyncio.gather(office.work(), office.work(), office.work())
    assert [event.type for event in await office.events(closed.id)].count("hold.released") == 1
    assert await asked(office)


async def test_what_was_released_is_looked_for_again_and_nothing_else_of_who_is_back(
    office, closed, books, sql
):
    # GDPR 5(2)
    office.clock.at = DAY_AFTER
    await office.work()
    (released, *_) = [s for s in await office.steps(closed.id, StepKind.RELEASE) if s.state is StepState.DONE]
    looks = [s for s in await office.steps(closed.id, StepKind.RECHECK) if s.payload.get("cause")]
    assert sorted((s.payload["day"], s.payload["cause"]) for s in looks) == [
        (day, f"release:{released.id}") for day in (1, 7, 30)
    ]
    assert EMAIL.encode() not in await sql.fetchval("SELECT sealed FROM recheck WHERE cause <> ''")
    books.add(Row("b", "new"))
    office.clock.turn(days=1, hours=1)
    await office.work()
    seen = [e.data for e in await office.events(closed.id) if e.type == "erasure.rechecked"][-1]
    assert (seen["cause"], seen["left"], seen["unexpected"]) == (f"release:{released.id}", 0, 0)
    books.add(invoice("i1"))
    office.clock.turn(days=6)
    await office.work()
    (task,) = [s for s in await office.steps(closed.id, StepKind.RECHECK) if s.state is StepState.MANUAL]
    assert (task.detail["left"], task.detail["unexpected"]) == (1, 1)
    await office.service.tasks.finish(await office.staff(), closed.id, task.id, "done", "erased there")
    keys = await sql.fetch("SELECT order_key FROM tombstone WHERE order_key LIKE '%' || $1", str(task.id))
    assert {row["order_key"] for row in keys} == {f"release:{task.id}"}
    books.rows = [row for row in books.rows if row.record_id != "i1"]
    office.clock.turn(days=24)
    await office.work()
    assert await sql.fetchval("SELECT count(*) FROM recheck") == 0
