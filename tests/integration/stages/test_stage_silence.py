"""A business that says nothing: it is reminded, staff hears, the person has a letter, and nothing is ever collected."""

import pytest
from stage_callers import acts_for, businesses, caller, calls, cut, letters, told
from stage_office import EMAIL, PHONE

from dsar.domain.case import State
from dsar.domain.work import StepKind

__all__ = ["businesses", "calls"]


@pytest.fixture
async def reference(office, calls, businesses):
    return await caller(office, email=EMAIL)


async def days(office, count):
    for _ in range(count):
        office.clock.turn(days=1)
        await office.work()


async def test_silence_reminds_the_business_then_tells_staff_then_the_person_and_collects_nothing(
    office, calls, businesses, reference
):
    # GDPR 28(3)(a), 12(4)
    case = (await cut(office, reference))["a"]
    heard = []
    for _ in range(60):
        await days(office, 1)
        at = office.clock().date()
        if "due_soon" not in heard and ("case.due_soon", "awaiting_controller") in await told(
            office, businesses["a"]
        ):
            heard.append("due_soon")
        if "staff" not in heard and any(
            event.type == "alarm.raised" and event.data["clock"] == "assist"
            for event in await office.events(case.id)
        ):
            heard.append("staff")
        if "person" not in heard and await letters(office, reference, "no_instruction"):
            heard.append("person")
            assert at > case.assist_due_date
            assert (at - case.assist_due_date).days <= 1
    assert heard == ["due_soon", "staff", "person"]
    assert set(calls.operations()) == {"open", "tenants"}
    assert [one.state for one in (await cut(office, reference)).values()] == [State.AWAITING_CONTROLLER] * 2
    assert await office.broken() is None


async def test_the_person_gets_one_letter_however_many_businesses_are_silent(office, reference):
    await days(office, 60)
    assert await letters(office, reference, "no_instruction") == 1


async def test_two_businesses_whose_dates_run_out_at_once_make_one_letter_too(office, sql, reference):
    found = (await cut(office, reference)).values()
    office.clock.turn(days=40)
    watches = [await office.step(case.id, StepKind.WATCH) for case in found]
    assert len({watch.due_at for watch in watches}) == 1
    await office.work()
    assert await letters(office, reference, "no_instruction") == 1


async def test_the_letter_names_no_business_and_says_whom_to_ask_and_where_to_complain(
    office, businesses, reference
):
    case = (await cut(office, reference))["a"]
    await days(office, 30)
    letter = next(m for m in office.messages(EMAIL) if "We still wait" in m.subject)
    assert "Please ask the business" in letter.text.replace("please", "Please")
    assert "It has not told us yet what to do" in letter.text
    assert "complain" in letter.text
    assert "court" in letter.text
    assert "Article 28" in letter.text
    assert str(case.statutory_due_date.day) in letter.text
    assert not any(name in letter.text + letter.html for name in ("Acme", "Beta", "Zeta"))


async def test_who_gave_a_telephone_alone_gets_it_as_a_text_message(office, calls, businesses):
    reference = await caller(office)
    await days(office, 30)
    text = office.messages(PHONE)[0].text
    assert reference in text
    assert "has not told us what to do" in text


async def test_a_business_that_decides_in_time_has_nobody_written_to(office, businesses, reference):
    found = await cut(office, reference)
    await office.instruct(businesses["a"], found["a"].id, "handled_by_us")
    await office.instruct(businesses["b"], found["b"].id, "fulfil")
    await days(office, 60)
    assert await letters(office, reference, "no_instruction") == 0


async def test_an_instruction_after_the_letter_is_carried_out(office, calls, businesses, reference):
    await days(office, 45)
    case = (await cut(office, reference))["a"]
    await office.instruct(businesses["a"], case.id, "fulfil")
    assert (await office.one(case.id)).state is State.DELIVERED
    assert await office.record_ids(case.id) == ["a1", "a2"]


async def test_whom_the_business_itself_filed_for_hears_nothing_from_us(office, calls, businesses):
    from dsar.domain.identity import ProofKind

    reference = await office.ask(
        "access",
        relations=("caller",),
        email="",
        phone=PHONE,
        channel="controller_api",
        proof=ProofKind.CONTROLLER,
        actor=acts_for(businesses["a"]).name,
        controller_id=businesses["a"],
        tenant="a",
    )
    await days(office, 60)
    assert await letters(office, reference, "no_instruction") == 0
    assert office.messages(PHONE) == []
    assert (await office.case(reference)).state is State.AWAITING_CONTROLLER
    assert calls.asked == []
