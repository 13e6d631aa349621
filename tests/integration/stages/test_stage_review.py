"""People decide what rules do not; every act of theirs is in the case's history."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from stage_double import Row
from stage_office import EMAIL, PHONE

from dsar.contract import Refused
from dsar.domain.case import Outcome, State
from dsar.domain.errors import InvalidInput, NotFound, NotNow
from dsar.domain.work import StepKind, StepOutcome, StepState
from dsar.store import deliveries


@pytest.fixture
async def crm(office):
    system = await office.system("crm")
    return system.person("a", ("email", EMAIL)).add(Row("a", "r1"))


@pytest.fixture
async def actor(office):
    return await office.staff()


async def in_review(office):
    return await office.case(await office.asked_and_proven("erasure"))


# Rights that a person carries out


@pytest.mark.parametrize("right", ["rectification", "restriction", "automated_decision"])
async def test_a_right_that_no_order_carries_out_is_a_persons_task_and_is_answered_when_it_is_done(
    office, crm, actor, right
):
    reference = await office.asked_and_proven(right, message="please")
    case = await office.case(reference)
    (task,) = await office.steps(case.id, StepKind.BY_HAND)
    assert (task.key, task.state, case.state) == (right, StepState.MANUAL, State.IN_REVIEW)
    assert crm.orders == []
    await office.work_for(days=3)
    assert (await office.case(reference)).state is State.IN_REVIEW
    await office.service.tasks.finish(actor, case.id, task.id, "done", "corrected in the CRM")
    await office.work()
    case = await office.case(reference)
    assert (case.state, case.outcome) == (State.DELIVERED, Outcome.FULFILLED)
    assert "carried it out" in await office.letter(case.id)


async def test_a_right_by_hand_that_ended_as_a_gap_is_fulfilled_in_part(office, crm, actor):
    case = await office.case(await office.asked_and_proven("restriction"))
    (task,) = await office.steps(case.id, StepKind.BY_HAND)
    await office.service.tasks.finish(actor, case.id, task.id, "gap", "cannot be done")
    await office.work()
    assert (await office.one(case.id)).outcome is Outcome.FULFILLED_IN_PART


# Tasks


async def test_the_evidence_of_a_task_is_sealed_and_goes_with_the_key(office, crm, actor, sql):
    case = await office.case(await office.asked_and_proven("rectification"))
    (task,) = await office.steps(case.id, StepKind.BY_HAND)
    await office.service.tasks.finish(actor, case.id, task.id, "done", "Anna Virtanen was told by telephone")
    async with office.db.read() as connection:
        (note,) = await deliveries.notes_of_case(connection, case.id)
    assert b"Virtanen" not in note["sealed"]
    key = office.service.vault.case_key((await office.one(case.id)).wrapped_key)
    assert key.open(note["sealed"], "note").decode() == "Anna Virtanen was told by telephone"
    assert (await office.step(case.id, StepKind.BY_HAND)).detail["evidence"] == str(note["id"])
    event = await office.event(case.id, "task.finished")
    assert (event.actor, event.data["outcome"]) == (actor.name, "done")


async def test_a_task_is_finished_once_and_only_a_task_is(office, crm, actor):
    crm.faults["find"].append(Refused("no"))
    case = await office.case(await office.asked_and_proven("access"))
    task = await office.step(case.id, StepKind.SEARCH)
    sent = (await office.steps(case.id, StepKind.SEND))[0]
    with pytest.raises(NotNow):
        await office.service.tasks.finish(actor, case.id, sent.id, "done", "x")
    await office.service.tasks.finish(actor, case.id, task.id, "no_match", "x")
    with pytest.raises(NotNow):
        await office.service.tasks.finish(actor, case.id, task.id, "gap", "x")
    assert (await office.step(case.id, StepKind.SEARCH)).outcome is StepOutcome.NO_MATCH


@pytest.mark.parametrize(
    ("outcome", "evidence", "field"),
    [("perhaps", "x", "outcome"), ("done", " ", "evidence"), ("done", "x" * 2001, "evidence")],
)
async def test_a_task_that_is_ended_unclearly_stays_open(office, crm, actor, outcome, evidence, field):
    case = await office.case(await office.asked_and_proven("rectification"))
    (task,) = await office.steps(case.id, StepKind.BY_HAND)
    with pytest.raises(InvalidInput) as caught:
        await office.service.tasks.finish(actor, case.id, task.id, outcome, evidence)
    assert caught.value.errors[0].field == field
    assert (await office.step(case.id, StepKind.BY_HAND)).state is StepState.MANUAL


async def test_a_search_that_a_person_did_instead_counts_as_found_or_as_nothing(office, crm, actor):
    for ended, outcome in (("done", Outcome.FULFILLED), ("no_match", Outcome.NOTHING_HELD)):
        crm.faults["find"].append(Refused("no"))
        case = await office.case(await office.asked_and_proven("access"))
        await office.service.tasks.finish(
            actor, case.id, (await office.step(case.id, StepKind.SEARCH)).id, ended, "x"
        )
        await office.work()
        assert (await office.one(case.id)).outcome is outcome


async def test_the_services_own_work_cannot_be_ended_by_hand_for_the_case_would_stand_still(
    office, crm, actor, sql
):
    calls = await office.system("calls")
    calls.person("c", ("phone", PHONE)).add(Row("c", "a1", tenant="a", collection="calls"))
    calls.faults["tenants"].append(Refused("no"))
    case = await office.case(
        await office.asked_and_proven("access", relations=("caller",), email="", phone=PHONE)
    )
    task = await office.step(case.id, StepKind.LOOK_UP)
    assert task.state is StepState.MANUAL
    with pytest.raises(NotNow):
        await office.service.tasks.finish(actor, case.id, task.id, "done", "x")
    await office.service.tasks.retry(actor, case.id, task.id)
    await office.work()
    assert (await office.one(case.id)).state is State.CLOSED


async def test_a_step_of_another_case_is_neither_retried_nor_finished_from_this_one(office, crm, actor):
    crm.faults["find"].extend([Refused("no")] * 2)
    mine = await office.case(await office.asked_and_proven("access"))
    theirs = await office.case(await office.asked_and_proven("access", email="other@example.com"))
    task = await office.step(theirs.id, StepKind.SEARCH)
    for act in (
        office.service.tasks.retry(actor, mine.id, task.id),
        office.service.tasks.finish(actor, mine.id, task.id, "done", "x"),
        office.service.tasks.retry(actor, mine.id, uuid4()),
    ):
        with pytest.raises(NotFound):
            await act
    assert (await office.step(theirs.id, StepKind.SEARCH)).state is StepState.MANUAL


async def test_a_persons_task_and_an_ended_step_are_not_tried_again(office, crm, actor):
    case = await office.case(await office.asked_and_proven("rectification"))
    for step in (
        *await office.steps(case.id, StepKind.BY_HAND),
        *await office.steps(case.id, StepKind.SEARCH),
    ):
        with pytest.raises(NotNow):
            await office.service.tasks.retry(actor, case.id, step.id)


async def test_a_case_is_assigned_to_who_works_here_and_a_note_is_sealed(office, crm, actor):
    case = await in_review(office)
    await office.service.tasks.assign(actor, case.id, actor.id)
    assert (await office.one(case.id)).assignee == actor.id
    with pytest.raises(InvalidInput):
        await office.service.tasks.assign(actor, case.id, uuid4())
    await office.service.tasks.note(actor, case.id, "Anna Virtanen rang")
    assert "Virtanen" not in str([event.data for event in await office.events(case.id)])
    assert [event.type for event in await office.events(case.id)][-2:] == ["case.assigned", "note.added"]


# Refusals


async def test_a_refusal_names_its_law_to_the_person_and_nothing_is_touched(office, crm, actor):
    # GDPR 12(4)
    case = await in_review(office)
    await office.service.deciding.refuse(actor, case.id, "legal_claims", "Anna Virtanen is suing us")
    await office.work()
    case = await office.one(case.id)
    assert (case.state, case.outcome) == (State.DELIVERED, Outcome.REFUSED)
    letter = await office.letter(case.id)
    assert "Article 17(3)(e) GDPR" in letter
    assert "Anna Virtanen is suing us" in letter
    assert crm.orders == []
    assert crm.ids() == ["r1"]
    assert "Virtanen" not in str([event.data for event in await office.events(case.id)])
    assert await office.broken() is None


@pytest.mark.parametrize(
    ("ground", "reasons", "field"), [("because", "x", "ground"), ("excessive", "", "reasons")]
)
async def test_a_refusal_without_a_ground_of_the_list_or_without_reasons_is_none(
    office, crm, actor, ground, reasons, field
):
    case = await in_review(office)
    with pytest.raises(InvalidInput) as caught:
        await office.service.deciding.refuse(actor, case.id, ground, reasons)
    assert caught.value.errors[0].field == field
    assert (await office.one(case.id)).state is State.IN_REVIEW


async def test_a_refused_case_drops_what_waits_and_is_not_approved_afterwards(office, crm, actor):
    crm.person("b", ("email", EMAIL), sure=False).add(Row("b", "b1"))
    case = await in_review(office)
    await office.service.deciding.refuse(actor, case.id, "excessive", "the tenth this week")
    with pytest.raises(NotNow):
        await office.service.deciding.approve(actor, case.id)
    await office.work()
    assert crm.orders == []


async def test_a_case_that_is_not_in_review_is_neither_approved_nor_refused(office, crm, actor):
    waiting = await office.case(await office.ask("erasure"))
    for act in (
        office.service.deciding.approve(actor, waiting.id),
        office.service.deciding.refuse(actor, waiting.id, "excessive", "x"),
    ):
        with pytest.raises(NotNow):
            await act


async def test_an_unknown_case_is_not_found_by_any_act(office, actor):
    for act in (
        office.service.deciding.approve(actor, uuid4()),
        office.service.deciding.refuse(actor, uuid4(), "excessive", "x"),
        office.service.deciding.extend(actor, uuid4(), "complexity", "x"),
        office.service.tasks.note(actor, uuid4(), "x"),
        office.service.tasks.assign(actor, uuid4(), None),
    ):
        with pytest.raises(NotFound):
            await act


# Extensions


async def test_an_extension_inside_the_first_month_recomputes_the_due_date_from_the_facts(office, crm, actor):
    case = await in_review(office)
    assert (case.due_date, case.statutory_due_date) == (date(2026, 4, 1), date(2026, 4, 2))
    office.clock.turn(days=20)
    due = await office.service.deciding.extend(actor, case.id, "complexity", "your file is large")
    await office.work()
    case = await office.one(case.id)
    # Three months from 2 March: 2 June 2026, a Tuesday.
    assert case.statutory_due_date == due.statutory_due_date == date(2026, 6, 2)
    fact = await office.event(case.id, "clock.fact")
    assert (fact.actor, fact.data["type"], fact.data["reasons"]) == (
        actor.name,
        "extension_notice",
        "complexity",
    )
    told = office.messages(EMAIL)[0]
    assert "need more time" in told.subject
    assert "your file is large" in told.text
    assert await office.broken() is None


async def test_an_extension_on_the_last_day_of_the_month_counts_and_a_day_later_it_does_not(
    office, crm, actor
):
    early, late = (
        await in_review(office),
        await office.case(await office.asked_and_proven("erasure", email="b@example.com")),
    )
    office.clock.at = datetime(2026, 4, 2, 20, 59, tzinfo=UTC)  # 23:59 in Helsinki
    await office.service.deciding.extend(actor, early.id, "complexity", "x")
    office.clock.at = datetime(2026, 4, 2, 21, 0, tzinfo=UTC)
    with pytest.raises(NotNow, match="void"):
        await office.service.deciding.extend(actor, late.id, "complexity", "x")
    after = await office.one(late.id)
    assert after.statutory_due_date == date(2026, 4, 2)
    assert not [event for event in await office.events(late.id) if event.type == "clock.fact"]


async def test_a_second_extension_is_refused_and_changes_nothing(office, crm, actor):
    case = await in_review(office)
    await office.service.deciding.extend(actor, case.id, "complexity", "x")
    await office.work()
    before, messages = await office.one(case.id), len(office.messages(EMAIL))
    office.clock.turn(days=1)
    with pytest.raises(NotNow):
        await office.service.deciding.extend(actor, case.id, "number_of_requests", "y")
    await office.work()
    after = await office.one(case.id)
    assert (after.statutory_due_date, after.event_count) == (before.statutory_due_date, before.event_count)
    assert len(office.messages(EMAIL)) == messages, "no second notice"


@pytest.mark.parametrize(
    ("reason", "reasons", "field"), [("holidays", "x", "reason"), ("complexity", "", "reasons")]
)
async def test_an_extension_without_a_reason_of_the_law_or_without_words_for_the_person_is_refused(
    office, crm, actor, reason, reasons, field
):
    case = await in_review(office)
    with pytest.raises(InvalidInput) as caught:
        await office.service.deciding.extend(actor, case.id, reason, reasons)
    assert caught.value.errors[0].field == field


async def test_an_answered_case_is_not_extended(office, crm, actor):
    case = await office.case(await office.asked_and_proven("access"))
    with pytest.raises(NotNow):
        await office.service.deciding.extend(actor, case.id, "complexity", "x")
