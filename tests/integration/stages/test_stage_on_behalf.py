"""Fulfilled and sent to the person: the business answers, and we write it on the business's behalf."""

import re

import pytest
from stage_double import Row
from stage_office import EMAIL, PHONE

from dsar.contract import OrderKind
from dsar.domain.case import AnswerTo, Outcome, State
from dsar.domain.work import StepKind

LINK = re.compile(r"/download/([\w-]+)")


@pytest.fixture
async def calls(office):
    system = await office.system("calls")
    system.person("c", ("phone", PHONE))
    return system.add(
        Row("c", "a1", {"note": "asked for Tuesday"}, tenant="a", collection="calls"),
        Row("c", "a2", tenant="a", collection="calls"),
        Row("c", "b1", tenant="b", collection="calls"),
    )


@pytest.fixture
async def businesses(office, sql):
    found = {tenant: await office.business(f"{tenant.title()} Kampaamo", tenant) for tenant in ("a", "b")}
    await sql.execute("UPDATE controller SET contact_email = 'tieto@a.example' WHERE id = $1", found["a"])
    return found


async def caller(office, right="access", email=""):
    return await office.asked_and_proven(right, relations=("caller",), email=email, phone=PHONE)


async def fulfilled(office, businesses, right="access", email=""):
    """The case of the business `a`, answered as it said: to the person."""
    case = await office.case_of(await caller(office, right, email), "a")
    await office.instruct(businesses["a"], case.id, "fulfil", answer_to="person")
    return await office.one(case.id)


async def told(office, sql, case):
    """The webhooks of a case by event type, in their order."""
    rows = await sql.fetch(
        "SELECT template, facts FROM outbox WHERE case_id = $1 AND channel = 'webhook' ORDER BY id", case.id
    )
    return [row["template"] for row in rows]


async def fetched(office, case, to=PHONE):
    """The letter and the archive as the person gets them: by the link and a fresh code."""
    fetching = office.service.fetching
    token = next(found[1] for m in office.messages(to) if (found := LINK.search(m.text)))
    await fetching.send_code(token)
    await office.work()
    grant = await fetching.open_with_code(token, office.code(to))
    return await fetching.letter(token, grant), token, grant


async def test_the_person_gets_the_answer_and_the_business_hears_that_it_is_out(
    office, sql, calls, businesses
):
    # GDPR 12(3), GDPR 28(3)(e)
    case = await fulfilled(office, businesses)
    assert (case.state, case.outcome, case.answer_to) == (
        State.DELIVERED, Outcome.FULFILLED, AnswerTo.PERSON,
    )  # fmt: skip
    assert "bundle.ready" not in await told(office, sql, case)
    assert (await told(office, sql, case))[-1] == "case.status_changed"
    pointer = next(m for m in office.messages(PHONE) if LINK.search(m.text))
    assert "Demo Voice Oy on behalf of A Kampaamo: the answer" in pointer.text
    letter, token, grant = await fetched(office, case)
    assert letter.text.startswith("Hello,\n\nThis is from A Kampaamo, whose telephone calls we process.")
    assert "Kind regards\nDemo Voice Oy\non behalf of A Kampaamo\ntieto@a.example" in letter.text
    (offered,) = (await office.service.fetching.offered(token)).archives
    stream = await office.service.downloading.for_person(token, grant, 1)
    assert len(b"".join([piece async for piece in stream])) == offered.bytes
    assert sorted(await office.record_ids(case.id)) == ["a1", "a2"]


async def test_by_mail_where_the_person_proved_one(office, calls, businesses):
    case = await fulfilled(office, businesses, email=EMAIL)
    mail = next(m for m in office.messages(EMAIL) if LINK.search(m.text))
    assert mail.subject == f"Your answer is ready ({case.reference})"
    assert "This is from A Kampaamo" in mail.text
    assert not any(LINK.search(m.text) for m in office.messages(PHONE))


async def test_an_erasure_is_answered_to_the_person_with_what_was_done(office, calls, businesses):
    case = await fulfilled(office, businesses, "erasure")
    letter, _, _ = await fetched(office, case)
    assert "System calls: 2 items erased" in letter.text
    assert "This is from A Kampaamo" in letter.text
    assert "keyed fingerprint" not in letter.text
    assert calls.ids() == ["b1"]


async def test_what_goes_to_the_business_reaches_the_person_in_no_letter(office, sql, calls, businesses):
    case = await office.case_of(await caller(office), "a")
    before = office.messages(PHONE)
    await office.instruct(businesses["a"], case.id, "fulfil", answer_to="controller")
    assert office.messages(PHONE) == before
    assert (await told(office, sql, case))[-1] == "bundle.ready"
    assert await sql.fetchval("SELECT count(*) FROM download") == 0
    assert "on behalf of" not in await office.letter(case.id)


async def test_each_business_answers_for_itself_and_names_no_other(office, calls, businesses):
    reference = await caller(office)
    for tenant in ("a", "b"):
        case = await office.case_of(reference, tenant)
        await office.instruct(businesses[tenant], case.id, "fulfil", answer_to="person")
    first = await office.letter((await office.case_of(reference, "a")).id)
    second = await office.letter((await office.case_of(reference, "b")).id)
    assert "B Kampaamo" not in first
    assert "A Kampaamo" not in second
    assert "privacy@demo-voice.example" in second  # it gave no mailbox of its own


async def test_an_answer_that_can_reach_nobody_goes_to_the_business(office, sql, calls, businesses):
    """An account number, which is all that an OpenDSR request may hold, reaches nobody."""
    calls.person("x", ("account_id", PHONE)).add(Row("x", "a9", tenant="a", collection="calls"))
    case = await office.case_of(await caller(office), "a")
    await sql.execute("UPDATE identity SET kind = 'account_id' WHERE case_id = $1", case.id)
    await office.instruct(businesses["a"], case.id, "fulfil", answer_to="person")
    case = await office.one(case.id)
    assert case.state is State.DELIVERED
    assert (await told(office, sql, case))[-1] == "bundle.ready"
    assert [event.type for event in await office.events(case.id)].count("message.held_back") == 1


async def test_the_businesss_word_alone_lets_us_write_to_the_person(office, calls, businesses):
    """Nothing leaves for the person while the business is silent, nor when it deals with it itself."""
    case = await office.case_of(await caller(office), "a")
    await office.instruct(businesses["a"], case.id, "handled_by_us")
    assert not any(LINK.search(m.text) for m in office.messages(PHONE))
    assert await office.steps(case.id, StepKind.ANSWER) == []
    assert OrderKind.ERASE not in calls.operations()
