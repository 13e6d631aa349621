"""Days after an erasure the system is searched once more, though the case is closed, and the proof is recorded."""

from datetime import date, timedelta

import msgspec
import pytest
from stage_double import Row
from stage_office import BEGAN, EMAIL, PHONE
from test_stage_erasure import approved

from dsar.contract import OrderKind, Proof, Refused, Unreachable
from dsar.domain.case import State
from dsar.domain.errors import NotNow
from dsar.domain.work import StepKind, StepOutcome, StepState
from dsar.store import health

GROUND = "FI-2:10-voucher"


@pytest.fixture
async def crm(office):
    system = await office.system("crm", recheck_days=(1, 7, 30))
    return system.person("a", ("email", EMAIL)).add(Row("a", "r1"), Row("a", "r2"))


@pytest.fixture
async def case(office, crm):
    return await approved(office)


async def looks(office, case):
    return [event.data for event in await office.events(case.id) if event.type == "erasure.rechecked"]


async def look(office, case, day, system="crm"):
    return await office.step(case.id, StepKind.RECHECK, f"{system}:{day}")


async def until_day(office, day):
    office.clock.at = max(office.clock.at, BEGAN + timedelta(days=day, hours=1))
    await office.work()


async def test_the_looks_are_planned_for_the_days_that_the_operator_set(office, case):
    steps = await office.steps(case.id, StepKind.RECHECK)
    assert [(step.key, step.due_at - BEGAN) for step in steps] == [
        ("crm:1", timedelta(days=1)),
        ("crm:30", timedelta(days=30)),
        ("crm:7", timedelta(days=7)),
    ]
    assert steps[0].payload == {"system": "crm", "day": 1, "proof": "verified"}


async def test_where_the_operator_set_none_the_connector_says_the_days(office):
    office.connector.manifest = msgspec.structs.replace(office.connector.manifest, rechecks=(3, 0, 400))
    shop = await office.system("shop")
    shop.person("s", ("email", EMAIL)).add(Row("s", "s1"))
    case = await approved(office)
    assert [step.key for step in await office.steps(case.id, StepKind.RECHECK)] == ["shop:3"]


async def test_a_system_may_be_looked_at_never_again(office, sql):
    shop = await office.system("shop", recheck_days=(0,))
    shop.person("s", ("email", EMAIL)).add(Row("s", "s1"))
    case = await approved(office)
    assert await office.steps(case.id, StepKind.RECHECK) == []
    assert await sql.fetchval("SELECT count(*) FROM recheck") == 0


async def test_each_look_that_finds_nothing_is_a_proof_in_the_history_though_the_key_is_gone(
    office, crm, case, sql
):
    # GDPR 5(2)
    await until_day(office, 1)
    assert await looks(office, case) == [
        {"system": "crm", "day": 1, "left": 0, "kept": 0, "since": 0, "unexpected": 0, "proof": "verified"}
    ]
    await until_day(office, 7)
    await until_day(office, 31)
    office.clock.turn(days=9)
    await office.work()
    closed = await office.one(case.id)
    assert (closed.state, closed.wrapped_key) == (State.CLOSED, None)
    assert sorted(data["day"] for data in await looks(office, case)) == [1, 7, 30]
    assert await office.broken() is None


async def test_a_look_comes_after_the_case_was_closed_and_its_key_destroyed(office, crm, case):
    crm.rows.append(Row("a", "crept back"))
    async with office.db.write() as tx:
        await tx.execute("UPDATE step SET due_at = due_at + interval '90 days' WHERE kind = 'fanout.recheck'")
    office.clock.turn(days=40)
    await office.work()
    assert (await office.one(case.id)).wrapped_key is None
    office.clock.turn(days=52)
    await office.work()
    assert (await look(office, case, 1)).state is StepState.MANUAL


async def test_whom_to_look_for_is_sealed_under_the_operators_key_and_forgotten_with_the_last_look(
    office, crm, case, sql
):
    # GDPR 5(1)(e)
    row = await sql.fetchrow("SELECT * FROM recheck")
    assert EMAIL.encode() not in row["sealed"]
    assert EMAIL.encode() in office.service.vault.open(row["sealed"], "recheck")
    assert row["last_on"] == BEGAN + timedelta(days=30)
    await until_day(office, 29)
    assert await sql.fetchval("SELECT count(*) FROM recheck") == 1
    await until_day(office, 30)
    assert await sql.fetchval("SELECT count(*) FROM recheck") == 0


async def test_a_step_says_of_nobody_who_they_are(office, crm, case, sql):
    crm.rows.append(Row("a", "crept back"))
    await until_day(office, 7)
    for table in ("step", "event"):
        text = await sql.fetchval(f"SELECT string_agg({table}::text, '') FROM {table}")
        assert not any(part in text for part in (EMAIL, "Virtanen", "crept back"))


async def test_what_the_erasure_kept_is_expected(office):
    books = await office.system("books", orders=(OrderKind.ERASE,), recheck_days=(1,))
    books.person("b", ("email", EMAIL)).add(
        Row("b", "i1", collection="invoices", kept_ground=GROUND, kept_dated=date(2024, 5, 6)), Row("b", "n1")
    )
    case = await approved(office)
    await until_day(office, 1)
    (data,) = await looks(office, case)
    assert (data["left"], data["kept"], data["unexpected"]) == (1, 1, 0)
    assert (await look(office, case, 1, "books")).outcome is StepOutcome.DONE


async def test_what_is_found_is_never_erased_but_a_persons_task(office, crm, case):
    crm.add(Row("a", "crept back"))
    crm.orders.clear()
    await until_day(office, 1)
    task = await look(office, case, 1)
    assert (task.state, task.detail["unexpected"]) == (StepState.MANUAL, 1)
    assert (crm.orders, crm.ids()) == ([], ["crept back"])
    assert (await looks(office, case))[0]["unexpected"] == 1


async def test_what_a_person_then_erased_is_expected_to_be_gone_and_has_a_tombstone(office, crm, case, sql):
    crm.add(Row("a", "crept back"))
    await until_day(office, 1)
    task = await look(office, case, 1)
    crm.rows.clear()
    before = await sql.fetchval("SELECT count(*) FROM tombstone")
    await office.service.tasks.finish(await office.staff("P"), case.id, task.id, "done", "erased it")
    assert await sql.fetchval("SELECT count(*) FROM tombstone") == before + 1
    crm.add(Row("a", "crept back"))
    await until_day(office, 7)
    assert (await look(office, case, 7)).state is StepState.MANUAL


async def test_what_a_person_says_came_since_is_told_once(office, crm, case):
    crm.add(Row("a", "a customer again"))
    await until_day(office, 1)
    task = await look(office, case, 1)
    await office.service.tasks.finish(
        await office.staff("P"), case.id, task.id, "no_match", "signed up again"
    )
    await until_day(office, 7)
    assert (await look(office, case, 7)).outcome is StepOutcome.DONE
    assert (await looks(office, case))[-1]["since"] == 1
    crm.add(Row("a", "one more"))
    await until_day(office, 30)
    assert (await look(office, case, 30)).detail["unexpected"] == 1


async def test_while_a_task_is_open_the_next_look_waits(office, crm, case, sql):
    crm.add(Row("a", "crept back"))
    await until_day(office, 1)
    task = await look(office, case, 1)
    await until_day(office, 7)
    waiting = await look(office, case, 7)
    assert (waiting.state, waiting.detail) == (StepState.READY, {"reason": "a task is open"})
    crm.rows.clear()
    await office.service.tasks.finish(await office.staff("P"), case.id, task.id, "done", "erased it")
    await until_day(office, 9)
    assert (await look(office, case, 7)).outcome is StepOutcome.DONE


async def test_a_task_may_be_tried_again_and_the_last_one_forgets_whom_it_was_for(office, crm, case, sql):
    await until_day(office, 29)
    crm.add(Row("a", "crept back"))
    await until_day(office, 30)
    task = await look(office, case, 30)
    assert await sql.fetchval("SELECT count(*) FROM recheck") == 1
    crm.rows.clear()
    staff = await office.staff("P")
    await office.service.tasks.retry(staff, case.id, task.id)
    await office.work()
    assert (await look(office, case, 30)).outcome is StepOutcome.DONE
    assert await sql.fetchval("SELECT count(*) FROM recheck") == 0


async def test_the_last_task_finished_by_hand_forgets_whom_it_was_for(office, crm, case, sql):
    await until_day(office, 29)
    crm.add(Row("a", "crept back"))
    await until_day(office, 30)
    office.clock.turn(days=20)
    await office.work()
    assert (await office.one(case.id)).wrapped_key is None
    task = await look(office, case, 30)
    await office.service.tasks.finish(await office.staff("P"), case.id, task.id, "gap", "it will not go")
    assert await sql.fetchval("SELECT count(*) FROM recheck") == 0


async def test_nobody_is_remembered_for_ever_by_a_task_that_stays_open(office, crm, case, sql):
    # GDPR 5(1)(e)
    crm.add(Row("a", "crept back"))
    await until_day(office, 1)
    async with office.db.write() as tx:
        from dsar.store import rechecks

        await rechecks.forget_old(tx, BEGAN + timedelta(days=119))
        assert await tx.fetchval("SELECT count(*) FROM recheck") == 1
        await rechecks.forget_old(tx, BEGAN + timedelta(days=121))
    assert await sql.fetchval("SELECT count(*) FROM recheck") == 0
    task = await look(office, case, 1)
    await office.service.tasks.retry(await office.staff("P"), case.id, task.id)
    await office.work()
    assert (await look(office, case, 1)).outcome is StepOutcome.GAP
    assert "forgotten" in (await office.event(case.id, "erasure.not_rechecked")).data["reason"]


async def test_of_looks_that_are_due_at_once_the_latest_is_taken(office, crm, case):
    crm.add(Row("a", "crept back"))
    await until_day(office, 8)
    assert (await look(office, case, 1)).outcome is StepOutcome.DROPPED
    assert (await look(office, case, 7)).state is StepState.MANUAL
    assert [data["day"] for data in await looks(office, case)] == [7]
    assert (await office.event(case.id, "erasure.not_rechecked")).data["day"] == 1


async def test_a_look_is_not_taken_before_its_day(office, case):
    step = await look(office, case, 7)
    with pytest.raises(NotNow):
        await office.service.tasks.retry(await office.staff("P"), case.id, step.id)
    assert (await look(office, case, 7)).due_at == BEGAN + timedelta(days=7)


async def test_what_is_dated_after_the_erasure_came_since_and_is_no_ones_task(office, crm, case):
    crm.add(Row("a", "c1", {"at": "2026-03-05T10:00:00+00:00"}, collection="calls"))
    await until_day(office, 7)
    data = (await looks(office, case))[-1]
    assert (data["left"], data["since"], data["unexpected"]) == (1, 1, 0)
    assert (await look(office, case, 7)).outcome is StepOutcome.DONE


@pytest.mark.parametrize(
    "at", ["2026-03-01T10:00:00+00:00", "2026-03-03T01:00:00+03:00", "2031-01-01", "", None]
)
async def test_what_is_dated_before_or_nowhere_near_the_look_is_a_persons(office, crm, case, at):
    """A day is read in whatever zone its system counts, and a date to come says nothing of when a record came."""
    crm.add(Row("a", "c1", {"at": at}, collection="calls"))
    await until_day(office, 7)
    assert (await look(office, case, 7)).state is StepState.MANUAL


async def test_what_a_vendor_had_only_taken_on_is_verified_by_a_later_look(office, crm):
    crm.proof = Proof.ACCEPTED
    case = await approved(office)
    await until_day(office, 1)
    (data,) = await looks(office, case)
    assert (data["before"], data["proof"]) == ("accepted", "verified")


async def test_what_a_vendor_hides_stays_unverifiable(office, crm):
    crm.proof = Proof.UNVERIFIABLE
    case = await approved(office)
    await until_day(office, 1)
    (data,) = await looks(office, case)
    assert data["proof"] == "unverifiable"


async def test_a_system_that_was_taken_out_is_a_gap_that_the_history_names(office, crm, case, sql):
    async with office.db.write() as tx:
        await health.take_out(tx, "crm", "staff:test", office.clock())
    await until_day(office, 30)
    assert {step.outcome for step in await office.steps(case.id, StepKind.RECHECK)} == {StepOutcome.GAP}, (
        "each"
    )
    missed = [e.data for e in await office.events(case.id) if e.type == "erasure.not_rechecked"]
    assert sorted(data["day"] for data in missed) == [1, 7, 30]
    assert await sql.fetchval("SELECT count(*) FROM recheck") == 0


async def test_a_system_that_does_not_answer_is_asked_again_and_then_as_it_is_configured(office):
    shop = await office.system("shop", recheck_days=(1,), on_failure="gap")
    shop.person("s", ("email", EMAIL)).add(Row("s", "s1"))
    case = await approved(office)
    shop.faults["find"].extend(Unreachable("no answer") for _ in range(3))
    office.clock.at = BEGAN + timedelta(days=1, hours=1)
    await office.work_for(minutes=2)
    assert (await look(office, case, 1, "shop")).outcome is StepOutcome.GAP
    assert (await office.event(case.id, "erasure.not_rechecked")).data["day"] == 1


async def test_what_refuses_the_look_is_a_persons_task(office, crm, case):
    crm.faults["find"].append(Refused("not today"))
    await until_day(office, 1)
    assert (await look(office, case, 1)).state is StepState.MANUAL


async def test_one_that_a_person_accepted_is_looked_for_and_a_strangers_record_is_not(office, crm):
    crm.person("u", ("email", EMAIL), sure=False).add(Row("u", "u1"))
    reference = await office.asked_and_proven("erasure")
    case = await office.case(reference)
    staff = await office.staff("P")
    (match,) = [row for row in await office.matches(case.id) if not row.sure]
    await office.service.deciding.decide_match(staff, case.id, match.id, "accepted")
    await office.work()
    await approved(office, reference)
    crm.add(Row("u", "crept back"))
    crm.person("x", ("email", EMAIL), sure=False).add(Row("x", "a stranger's"))
    await until_day(office, 1)
    assert (await look(office, case, 1)).detail["unexpected"] == 1


async def test_an_erasure_that_a_hold_kept_back_is_not_looked_at(office, crm):
    from dsar.domain.placing import HeldPerson

    staff = await office.staff("H")
    await office.service.holding.place(staff, HeldPerson("Matter 7", date(2027, 1, 1), email=EMAIL))
    case = await approved(office)
    assert await office.steps(case.id, StepKind.RECHECK) == []


async def test_what_a_verification_left_to_a_person_is_looked_at_all_the_same(office, crm):
    crm.leaves.add("r2")
    case = await approved(office)
    task = await office.step(case.id, StepKind.VERIFY)
    assert task.state is StepState.MANUAL
    await until_day(office, 1)
    assert (await look(office, case, 1)).detail == {"reason": "a task is open"}
    crm.rows.clear()
    await office.service.tasks.finish(await office.staff("P"), case.id, task.id, "done", "erased it")
    await until_day(office, 3)
    assert (await look(office, case, 1)).outcome is StepOutcome.DONE


async def test_two_identities_lead_to_one_look(office, crm):
    crm.subjects["a"].refs.add(("phone", PHONE))
    case = await approved(office, await office.asked_and_proven("erasure", email=EMAIL, phone=PHONE))
    crm.asked.clear()
    await until_day(office, 1)
    assert [what for operation, what in crm.asked if operation == "refs"] == [
        (("email", EMAIL), ("phone", PHONE))
    ]
    assert len(await looks(office, case)) == 1
