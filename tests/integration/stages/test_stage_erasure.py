"""An erasure is approved, ordered, checked by a second search, and answered with what was really done."""

from datetime import date, timedelta

import pytest
from stage_double import Row
from stage_office import EMAIL, PHONE

from dsar.contract import OrderKind, Refused, Throttled, Unauthorised, Unreachable
from dsar.domain.case import Outcome, State
from dsar.domain.errors import NotNow
from dsar.domain.identity import IdentityKind
from dsar.domain.work import StepKind, StepOutcome, StepState
from dsar.store import findings, identities, systems


@pytest.fixture
async def crm(office):
    system = await office.system("crm")
    return system.person("a", ("email", EMAIL)).add(Row("a", "r1"), Row("a", "r2"))


@pytest.fixture
async def books(office):
    system = await office.system("books", orders=(OrderKind.ERASE,))
    return system.person("b", ("email", EMAIL)).add(
        Row("b", "i1", collection="invoices", kept_ground="FI-2:10-voucher", kept_dated=date(2024, 5, 6)),
        Row("b", "n1"),
    )


async def asked(office):
    return await office.asked_and_proven("erasure")


async def approved(office, reference=None):
    reference = reference or await asked(office)
    case = await office.case(reference)
    await office.service.deciding.approve(await office.staff(f"S{reference}"), case.id)
    await office.work()
    return await office.case(reference)


async def suppressed(office, kind, value):
    async with office.db.read() as connection:
        return await identities.suppressed(connection, office.service.vault.blind_index(kind, value))


async def test_nothing_is_erased_before_a_person_has_approved(office, crm):
    reference = await asked(office)
    await office.work_for(days=5)
    case = await office.case(reference)
    assert case.state is State.IN_REVIEW
    assert crm.orders == []
    assert crm.ids() == ["r1", "r2"]
    assert not await suppressed(office, "email", EMAIL)
    case = await approved(office, reference)
    assert crm.ids() == []
    assert (case.state, case.outcome) == (State.DELIVERED, Outcome.FULFILLED)
    assert (await office.event(case.id, "case.approved")).actor.startswith("staff:")


async def test_an_erasure_is_approved_once(office, crm):
    case = await approved(office)
    with pytest.raises(NotNow):
        await office.service.deciding.approve(await office.staff(), case.id)


async def test_after_the_erasure_the_system_is_searched_again_and_the_proof_recorded(office, crm):
    # GDPR 17
    case = await approved(office)
    assert (await office.event(case.id, "erasure.verified")).data == {
        "system": "crm",
        "left": 0,
        "kept": 0,
        "unexpected": 0,
    }
    assert crm.operations().index("carry_out") < len(crm.operations()) - crm.operations()[::-1].index("find")
    assert "2 items erased; a second search found nothing" in await office.letter(case.id)


async def test_a_leftover_that_the_second_search_finds_is_a_persons_task_and_the_case_waits(office, crm):
    crm.leaves.add("r2")
    case = await approved(office)
    task = await office.step(case.id, StepKind.VERIFY)
    assert (task.state, task.detail["unexpected"]) == (StepState.MANUAL, 1)
    assert case.state is State.ACTING
    await office.service.tasks.finish(await office.staff(), case.id, task.id, "done", "erased it by hand")
    await office.work()
    assert (await office.one(case.id)).outcome is Outcome.FULFILLED


async def test_a_leftover_that_nobody_could_erase_is_named_as_missing(office, crm):
    crm.leaves.add("r2")
    case = await approved(office)
    task = await office.step(case.id, StepKind.VERIFY)
    await office.service.tasks.finish(await office.staff(), case.id, task.id, "gap", "it will not go")
    await office.work()
    assert (await office.one(case.id)).outcome is Outcome.FULFILLED_IN_PART
    letter = await office.letter(case.id)
    assert "System crm" in letter.partition("What is missing")[2]
    assert "second search found nothing" not in letter


async def test_what_a_law_keeps_is_left_restricted_with_its_ground_and_its_date(office, crm, books):
    # GDPR 17(3)(b)
    case = await approved(office)
    assert books.ids() == ["i1"]
    async with office.db.read() as connection:
        (hold,) = await findings.holds_of_case(connection, case.id)
    assert (hold.ground, hold.until, hold.restricted, hold.items) == (
        "FI-2:10-voucher",
        date(2030, 12, 31),
        True,
        1,
    )
    assert case.outcome is Outcome.FULFILLED_IN_PART
    assert (await office.step(case.id, StepKind.VERIFY, "books")).detail["unexpected"] == 0
    letter = await office.letter(case.id)
    assert "Finnish Accounting Act 2:10" in letter
    assert "31 December 2030" in letter


async def test_a_date_that_the_system_gives_itself_counts_before_the_rule(office, books):
    books.rows[0].kept_until = date(2027, 1, 2)
    case = await approved(office)
    async with office.db.read() as connection:
        (hold,) = await findings.holds_of_case(connection, case.id)
    assert hold.until == date(2027, 1, 2)


async def test_an_item_that_is_kept_without_a_rule_of_the_profile_has_no_date_and_is_still_named(
    office, books
):
    books.rows[0].kept_ground = "Some other act"
    case = await approved(office)
    async with office.db.read() as connection:
        (hold,) = await findings.holds_of_case(connection, case.id)
    assert (hold.ground, hold.until) == ("Some other act", None)
    assert "Some other act" in await office.letter(case.id)


async def test_an_erasure_adds_the_proven_identities_to_the_suppression_list_and_to_the_systems(office, crm):
    await approved(office)
    assert await suppressed(office, "email", EMAIL)
    assert crm.suppressed == {("email", EMAIL)}
    assert [kind for kind, _ in crm.orders] == ["Suppress", "Erase"]


async def test_an_erasure_adds_to_the_list_even_where_no_system_can_stop_marketing(office):
    await office.system("crm", orders=(OrderKind.ERASE,))
    case = await approved(office)
    assert case.outcome is Outcome.NOTHING_HELD
    assert await suppressed(office, "email", EMAIL)


async def test_an_unproven_identity_never_gets_on_the_suppression_list(office, crm):
    reference = await office.ask("erasure", phone=PHONE)
    await office.prove(reference)
    await office.service.proving.go_on(reference)
    await office.work()
    await approved(office, reference)
    assert await suppressed(office, "email", EMAIL)
    assert not await suppressed(office, "phone", PHONE)


async def test_the_letter_counts_what_was_erased_and_not_what_was_told_to_stop_marketing(office, crm):
    await office.system("newsletter")
    case = await approved(office)
    letter = await office.letter(case.id)
    assert "System crm: 2 items erased" in letter
    assert "System newsletter: searched through, and nothing about you was found" in letter


async def test_a_system_that_takes_no_erasure_is_a_persons_task(office, crm):
    paper = await office.system("paper", orders=())
    paper.person("p", ("email", EMAIL)).add(Row("p", "p1"))
    case = await approved(office)
    (task,) = await office.steps(case.id, StepKind.BY_HAND)
    assert (task.key, task.state) == ("erase:paper", StepState.MANUAL)
    assert paper.orders == []
    assert case.state is State.ACTING
    await office.service.tasks.finish(await office.staff(), case.id, task.id, "done", "shredded")
    await office.work()
    assert (await office.one(case.id)).outcome is Outcome.FULFILLED


async def test_an_erasure_by_hand_that_ended_as_a_gap_is_named(office, crm):
    paper = await office.system("paper", orders=())
    paper.person("p", ("email", EMAIL)).add(Row("p", "p1"))
    case = await approved(office)
    (task,) = await office.steps(case.id, StepKind.BY_HAND)
    await office.service.tasks.finish(await office.staff(), case.id, task.id, "gap", "the archive burnt down")
    await office.work()
    assert (await office.one(case.id)).outcome is Outcome.FULFILLED_IN_PART
    assert "could not reach System paper" in await office.letter(case.id)


async def test_an_incomplete_search_is_approved_by_a_person_before_anything_is_erased(office, crm):
    broken = await office.system("broken", on_failure="gap", attempts_max=1)
    broken.faults["find"].append(Unreachable("no answer"))
    case = await approved(office)
    assert case.outcome is Outcome.FULFILLED_IN_PART
    assert (await office.event(case.id, "search.finished")).data["gaps"] == ["broken"]


# Orders that do not go through at once


async def test_a_vendor_that_still_works_is_asked_again_with_the_same_key_and_burns_no_attempt(office, crm):
    later = office.clock() + timedelta(minutes=3)
    # The first answer is that of the marketing stop.
    crm.ask_again.extend([None, later, None, later + timedelta(minutes=3)])
    case = await approved(office)
    waiting = await office.step(case.id, StepKind.ORDER)
    assert (waiting.state, waiting.attempt, waiting.due_at) == (StepState.READY, 0, later)
    assert case.state is State.ACTING
    office.clock.turn(minutes=3)
    await office.work()
    office.clock.turn(minutes=3)
    await office.work()
    case = await office.one(case.id)
    assert case.state is State.DELIVERED
    keys = [key for kind, key in crm.orders if kind == "Erase"]
    assert len(keys) == 3
    assert len(set(keys)) == 1
    assert "2 items erased" in await office.letter(case.id)


async def test_an_order_that_was_done_but_whose_answer_was_lost_is_repeated_under_the_same_key(office, crm):
    crm.faults["carry_out"].extend([None, Unreachable("the answer was lost")])
    case = await approved(office)
    assert crm.ids() == [], "the system had done it"
    await office.work_for(minutes=1)
    assert (await office.one(case.id)).state is State.DELIVERED
    erasures = [key for kind, key in crm.orders if kind == "Erase"]
    assert len(erasures) == 2
    assert len(set(erasures)) == 1
    assert "2 items erased" in await office.letter(case.id)


async def test_orders_of_two_cases_of_one_person_have_keys_of_their_own(office, crm):
    await approved(office)
    crm.add(Row("a", "r3"))
    await approved(office)
    assert len(set(crm.effects)) == 4
    assert crm.ids() == []


@pytest.mark.parametrize("end", ["manual", "gap"])
async def test_an_order_that_never_goes_through_ends_as_the_system_is_configured(office, end):
    crm = await office.system("crm", on_failure=end, orders=(OrderKind.ERASE,))
    crm.person("a", ("email", EMAIL)).add(Row("a", "r1"))
    crm.faults["carry_out"].extend([Unreachable("no answer")] * 3)
    case = await approved(office)
    await office.work_for(minutes=2)
    step, case = await office.step(case.id, StepKind.ORDER), await office.one(case.id)
    assert len(crm.orders) == 3
    if end == "manual":
        assert (step.state, case.state) == (StepState.MANUAL, State.ACTING)
    else:
        assert (step.outcome, case.outcome) == (StepOutcome.GAP, Outcome.FULFILLED_IN_PART)
        assert "could not reach System crm" in await office.letter(case.id)


@pytest.mark.parametrize("error", [Refused("not this one"), Unauthorised("the key is not good")])
async def test_an_order_that_is_refused_is_a_persons_task_at_once(office, crm, error):
    crm.faults["carry_out"].append(error)
    case = await approved(office)
    step = await office.step(case.id, StepKind.ORDER)
    assert (step.state, step.detail["reason"]) == (StepState.MANUAL, type(error).__name__)
    async with office.db.read() as connection:
        paused = (await systems.one(connection, "crm")).paused_reason
    assert (paused is not None) == isinstance(error, Unauthorised)


async def test_a_throttled_order_burns_no_attempt(office, crm):
    until = office.clock() + timedelta(minutes=30)
    crm.faults["carry_out"].append(Throttled("slow down", until=until))
    case = await approved(office)
    step = await office.step(case.id, StepKind.ORDER)
    assert (step.state, step.attempt, step.due_at) == (StepState.READY, 0, until)


async def test_a_check_whose_system_lets_us_in_no_more_pauses_it_as_every_other_call_does(office, crm):
    crm.faults["find"].extend([None, Unauthorised("the key is not good")])
    case = await approved(office)
    assert (await office.step(case.id, StepKind.VERIFY)).state is StepState.MANUAL
    async with office.db.read() as connection:
        assert (await systems.one(connection, "crm")).paused_reason is not None


async def test_what_was_erased_is_remembered_by_a_tombstone_that_names_nobody(office, crm, sql):
    case = await approved(office)
    row = await sql.fetchrow("SELECT * FROM tombstone")
    assert (row["system_key"], row["tenant"]) == ("crm", None)
    assert row["blind_index"] == office.service.vault.blind_index("email", EMAIL)
    assert await sql.fetchval("SELECT count(*) FROM tombstone") == 1
    assert case.state is State.DELIVERED


# Objection


async def test_an_objection_takes_effect_at_once_without_a_search_or_an_approval(office, crm):
    news = await office.system("news")
    case = await office.case(await office.asked_and_proven("objection"))
    assert (case.state, case.outcome) == (State.DELIVERED, Outcome.FULFILLED)
    assert crm.suppressed == news.suppressed == {("email", EMAIL)}
    assert "find" not in crm.operations()
    assert crm.ids() == ["r1", "r2"]
    assert await suppressed(office, "email", EMAIL)
    letter = await office.letter(case.id)
    assert "- System crm: marketing is off\n" in letter
    assert "- System news: marketing is off\n" in letter


async def test_an_objection_in_the_persons_own_words_is_weighed_by_a_person_while_marketing_stops_at_once(
    office, crm
):
    case = await office.case(await office.asked_and_proven("objection", message="Stop profiling me"))
    assert crm.suppressed == {("email", EMAIL)}
    (task,) = await office.steps(case.id, StepKind.BY_HAND)
    assert (task.key, task.state, case.state) == ("weighing", StepState.MANUAL, State.ACTING)


async def test_a_system_that_could_not_be_told_to_stop_is_not_said_to_have_stopped(office, crm):
    news = await office.system("news", on_failure="gap", attempts_max=1)
    news.faults["carry_out"].append(Unreachable("no answer"))
    case = await office.case(await office.asked_and_proven("objection"))
    letter = await office.letter(case.id)
    assert case.outcome is Outcome.FULFILLED_IN_PART
    assert "- System crm: marketing is off" in letter
    assert "- System news: marketing is off" not in letter
    assert "could not reach System news" in letter


async def test_both_proven_addresses_of_a_person_are_suppressed(office, crm):
    await office.asked_and_proven("objection", phone=PHONE)
    assert crm.suppressed == {("email", EMAIL), ("phone", PHONE)}
    assert await suppressed(office, "phone", PHONE)
    assert IdentityKind.PHONE == "phone"
