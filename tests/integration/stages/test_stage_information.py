"""A business asks the person through us: the question arrives, staff has the answer, and the business reads it."""

import pytest
from stage_callers import businesses, caller, calls, cut, told
from stage_office import EMAIL, PHONE

from dsar.domain.case import State
from dsar.domain.errors import NotNow
from dsar.domain.identity import ProofKind
from dsar.domain.information import AnswerState, questions
from dsar.domain.work import StepKind, StepOutcome, StepState

__all__ = ["businesses", "calls"]

QUESTION = "Which of our two lines did you call in May?"
ANSWER = "The one in Turku, says Mrs Zyxwv"


@pytest.fixture
async def case(office, calls, businesses):
    return (await cut(office, await caller(office, email=EMAIL)))["a"]


async def ask(office, businesses, case, question=QUESTION):
    await office.instruct(businesses["a"], case.id, "need_information", ground=question)


async def task(office, case, number=1):
    return await office.step(case.id, StepKind.BY_HAND, f"information:{number}")


async def finish(office, case, number=1, outcome="done", evidence=ANSWER):
    step = await task(office, case, number)
    await office.service.tasks.finish(await office.staff(f"S{number}"), case.id, step.id, outcome, evidence)
    await office.work()


async def test_the_question_reaches_the_person_and_the_case_waits_on(office, businesses, case):
    await ask(office, businesses, case)
    letter = office.messages(EMAIL)[0]
    assert "A question about your request" in letter.subject
    assert QUESTION in letter.text
    assert case.reference in letter.text
    assert "Acme" not in letter.subject + letter.text + letter.html
    assert (await office.one(case.id)).state is State.AWAITING_CONTROLLER
    assert (await task(office, case)).state is StepState.MANUAL
    assert await office.broken() is None


async def test_a_person_who_named_the_business_reads_their_own_words_for_it(office, calls, businesses):
    case = (await cut(office, await caller(office, email=EMAIL, business="ACME oy")))["a"]
    await ask(office, businesses, case)
    assert "ACME oy" in office.messages(EMAIL)[0].text


async def test_a_person_who_named_another_business_learns_no_name(office, calls, businesses):
    case = (await cut(office, await caller(office, email=EMAIL, business="Gamma Oy")))["a"]
    await ask(office, businesses, case)
    text = office.messages(EMAIL)[0].text
    assert QUESTION in text
    assert not any(name in text for name in ("Gamma", "Acme"))


async def test_who_gave_a_telephone_alone_is_asked_by_text_message(office, calls, businesses):
    case = (await cut(office, await caller(office)))["a"]
    await ask(office, businesses, case)
    assert QUESTION in office.messages(PHONE)[0].text


async def test_the_answer_is_sealed_and_the_business_hears_that_there_is_one(office, sql, businesses, case):
    await ask(office, businesses, case)
    before = await told(office, businesses["a"])
    await finish(office, case)
    assert (await told(office, businesses["a"]))[len(before) :] == [
        ("case.status_changed", "awaiting_controller")
    ]
    (question,) = questions(await office.events(case.id))
    assert question.state is AnswerState.ANSWERED
    key = office.service.vault.case_key((await office.one(case.id)).wrapped_key)
    assert key.open(bytes.fromhex(question.sealed_answer), "answer").decode() == ANSWER
    assert (await office.one(case.id)).state is State.AWAITING_CONTROLLER
    everything = str(await sql.fetch("SELECT * FROM event")) + str(await sql.fetch("SELECT * FROM outbox"))
    assert "Zyxwv" not in everything
    assert "Turku" not in everything
    assert QUESTION not in everything


async def test_where_no_answer_comes_the_business_hears_that_and_reads_no_words(office, businesses, case):
    await ask(office, businesses, case)
    await finish(office, case, outcome="no_match", evidence="wrote twice")
    (question,) = questions(await office.events(case.id))
    assert (question.state, question.sealed_answer) == (AnswerState.NO_ANSWER, None)


async def test_an_address_that_a_business_names_on_its_own_word_is_not_flooded_with_questions(
    office, calls, businesses
):
    for _ in range(4):
        await office.ask(
            "access",
            relations=("caller",),
            email="",
            phone=PHONE,
            channel="controller_api",
            proof=ProofKind.CONTROLLER,
            actor="controller:a/key:k",
            controller_id=businesses["a"],
            tenant="a",
        )
    async with office.db.read() as connection:
        ids = [row["id"] for row in await connection.fetch("SELECT id FROM case_file ORDER BY id")]
    for case_id in ids[:2]:
        for _ in range(3):
            await office.instruct(businesses["a"], case_id, "need_information", ground=QUESTION)
    with pytest.raises(NotNow):
        await office.instruct(businesses["a"], ids[2], "need_information", ground=QUESTION)
    assert len(office.messages(PHONE)) == 6
    assert questions(await office.events(ids[2])) == []
    office.clock.turn(days=1, seconds=1)
    await office.instruct(businesses["a"], ids[2], "need_information", ground=QUESTION)
    assert len(office.messages(PHONE)) == 7


async def test_three_questions_may_be_put_and_a_fourth_changes_nothing(office, businesses, case):
    for number in (1, 2, 3):
        await ask(office, businesses, case, f"{QUESTION} {number}")
    before = await office.events(case.id)
    letters = len(office.messages(EMAIL))
    with pytest.raises(NotNow):
        await ask(office, businesses, case)
    assert await office.events(case.id) == before
    assert len(office.messages(EMAIL)) == letters


async def test_an_instruction_drops_the_question_that_is_still_out_and_the_answer_is_not_held_up(
    office, calls, businesses
):
    case = (await cut(office, await caller(office, "erasure", email=EMAIL)))["a"]
    await ask(office, businesses, case)
    await office.instruct(businesses["a"], case.id, "fulfil")
    assert (await office.one(case.id)).state is State.DELIVERED
    assert (await task(office, case)).outcome is StepOutcome.DROPPED
    assert calls.ids() == ["b1"]


async def test_a_question_that_stands_answered_leaves_the_instruction_to_come(
    office, calls, businesses, case
):
    await ask(office, businesses, case)
    await finish(office, case)
    assert "find" not in calls.operations()
    await office.instruct(businesses["a"], case.id, "fulfil")
    assert (await office.one(case.id)).state is State.DELIVERED


async def test_the_words_go_with_the_cases_key(office, businesses, case):
    await ask(office, businesses, case)
    await finish(office, case)
    await office.instruct(businesses["a"], case.id, "refuse", ground="not our line")
    await office.work_for(days=31)
    assert (await office.one(case.id)).wrapped_key is None
