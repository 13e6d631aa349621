"""What staff asks the person is a letter, a fact of the clock and an entry in the history; so is what comes back."""

from datetime import date, timedelta

import msgspec
import pytest
from stage_office import EMAIL, PHONE
from stage_rights import PROFILE, actor, ask, crm, letters, types

from dsar.contract import Refused
from dsar.domain.case import Outcome, State
from dsar.domain.errors import InvalidInput, NotNow
from dsar.domain.identity import IdentityKind, ProofKind
from dsar.domain.work import StepKind, StepState
from dsar.outbound.mail import PostError

__all__ = ["actor", "crm"]

IDENTITY = {
    "type": "identity_requested",
    "doubt": "Two people share this mailbox.",
    "asked": ["second_channel"],
}
SUSPENDED = pytest.mark.parametrize("settings", ["edpb_suspension"], indirect=True)


@pytest.fixture
def settings(settings, request, tmp_path):
    mode = getattr(request, "param", "strict")
    path = tmp_path / "profile.toml"
    path.write_text(f'clock_mode = "{mode}"\n{PROFILE.read_text(encoding="utf-8")}', encoding="utf-8")
    return msgspec.structs.replace(settings, profile=str(path))


async def claimed(office, right="access", **more):
    return await office.case(await office.ask(right, **more))


async def proven(office, right="rectification", **more):
    return await office.case(await office.asked_and_proven(right, message="x", **more))


async def facts(office, case_id):
    return [event.data["type"] for event in await office.events(case_id) if event.type == "clock.fact"]


# Identity


async def test_the_question_who_somebody_is_goes_to_the_address_they_gave_and_is_a_fact(office, crm, actor):
    case = await claimed(office)
    before = len(office.messages(EMAIL))
    await ask(office, actor, case, **IDENTITY)
    letter = office.messages(EMAIL)[0]
    assert len(office.messages(EMAIL)) == before + 1
    assert "We must be sure that it is you" in letter.subject
    assert "Two people share this mailbox." in letter.text
    assert "another address or telephone number of yours" in letter.text
    fact = await office.event(case.id, "clock.fact")
    assert (fact.actor, fact.data) == (
        actor.name,
        {"type": "identity_requested", "at": "2026-03-02T09:00:00+00:00"},
    )
    assert crm.asked == [], "nothing is searched for whoever has proven nothing"
    assert await office.broken() is None


async def test_in_the_united_kingdom_the_clock_starts_when_the_identity_has_come(office, crm, actor):
    reference = await office.ask("access", residence="GB")
    case = await office.case(reference)
    assert case.due_date == date(2026, 4, 2)
    office.clock.turn(days=2)
    await ask(office, actor, case, **IDENTITY)
    assert "begins on the day on which we have this from you" in office.messages(EMAIL)[0].text
    assert (await office.one(case.id)).paused
    office.clock.turn(days=6)
    await office.service.proving.send_again(reference, IdentityKind.EMAIL)
    await office.work()
    await office.prove(reference)
    await office.work()
    case = await office.one(case.id)
    assert await facts(office, case.id) == ["identity_requested", "identity_received"]
    assert (case.paused, case.statutory_due_date) == (False, date(2026, 4, 10))


async def test_in_strict_mode_a_question_moves_no_date(office, crm, actor):
    case = await claimed(office)
    clock = await ask(office, actor, case, **IDENTITY)
    after = await office.one(case.id)
    assert (after.due_date, after.paused) == (case.due_date, False)
    assert clock.due_date == case.due_date == date(2026, 4, 2)
    assert "goes on running meanwhile" in office.messages(EMAIL)[0].text


@SUSPENDED
async def test_where_the_profile_suspends_the_clock_stands_until_the_person_is_known(office, crm, actor):
    reference = await office.ask("access")
    case = await office.case(reference)
    office.clock.turn(days=2)
    await ask(office, actor, case, **IDENTITY)
    assert "stands still from today" in office.messages(EMAIL)[0].text
    standing = await office.one(case.id)
    assert (standing.paused, standing.due_date) == (True, date(2026, 4, 2))
    office.clock.turn(days=6)
    await office.service.proving.send_again(reference, IdentityKind.EMAIL)
    await office.work()
    await office.prove(reference)
    await office.work()
    renewed = await office.one(case.id)
    assert (renewed.paused, renewed.due_date, renewed.strict_due_date) == (
        False,
        date(2026, 4, 8),
        date(2026, 4, 2),
    )


@SUSPENDED
async def test_a_check_by_staff_ends_the_wait_as_a_code_does(office, crm, actor):
    case = await claimed(office)
    await ask(office, actor, case, **IDENTITY)
    office.clock.turn(days=3)
    await office.service.asking.check_identity(actor, case.id, "Called the number on file.")
    await office.work()
    case = await office.one(case.id)
    assert (case.paused, case.due_date) == (False, date(2026, 4, 7)), "Easter is the 5th, its Monday the 6th"
    assert await facts(office, case.id) == ["identity_requested", "identity_received"]
    assert case.state is State.DELIVERED


async def test_a_question_of_identity_stands_in_every_case_of_the_request_and_goes_out_once(
    office, crm, actor
):
    reference = await office.ask("access", "erasure", "rectification")
    first, *others = await office.cases(reference)
    before = len(office.messages(EMAIL))
    await ask(office, actor, first, **IDENTITY)
    assert len(office.messages(EMAIL)) == before + 1
    for case in (first, *others):
        assert await facts(office, case.id) == ["identity_requested"]
    await office.service.asking.not_identified(actor, others[0].id, "No answer came.")


async def test_nobody_is_asked_the_same_for_ever_and_nobodys_mailbox_is_flooded(office, crm, actor):
    case = await claimed(office)
    for _ in range(3):
        await ask(office, actor, case, **IDENTITY)
    with pytest.raises(NotNow):
        await ask(office, actor, case, **IDENTITY)
    for _ in range(3):
        await ask(office, actor, await claimed(office), **IDENTITY)
    sent = len(office.messages(EMAIL))
    other = await claimed(office)
    with pytest.raises(NotNow, match="many letters today"):
        await ask(office, actor, other, **IDENTITY)
    assert len(office.messages(EMAIL)) == sent + 1, "its code alone"
    office.clock.turn(days=1, seconds=1)
    await ask(office, actor, other, **IDENTITY)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"doubt": "  "}, "doubt"),
        ({"doubt": "a\x00b"}, "doubt"),
        ({"asked": ["id_seen", "id_seen"]}, "asked"),
    ],
)
async def test_a_question_says_the_doubt_and_offers_each_way_once(office, crm, actor, asked, field):
    case = await claimed(office)
    with pytest.raises(InvalidInput) as caught:
        await ask(office, actor, case, **(IDENTITY | asked))
    assert caught.value.errors[0].field == field
    assert await facts(office, case.id) == []


# Not identified


async def test_a_refusal_for_want_of_identity_comes_only_after_a_way_was_offered(office, crm, actor):
    case = await claimed(office)
    with pytest.raises(NotNow):
        await office.service.asking.not_identified(actor, case.id, "No answer came.")
    await ask(office, actor, case, **IDENTITY)
    office.clock.turn(days=20)
    await office.service.asking.not_identified(actor, case.id, "Zyxwv never answered.")
    await office.work()
    case = await office.one(case.id)
    assert (case.state, case.outcome) == (State.CLOSED, Outcome.NOT_IDENTIFIED)
    refused = await office.event(case.id, "case.refused")
    assert (refused.actor, refused.data["ground"]) == (actor.name, "GDPR 12(2)")
    assert "Zyxwv" not in str([event.data for event in await office.events(case.id)])
    assert "could not make sure" in office.messages(EMAIL)[0].text
    assert crm.asked == []
    office.clock.turn(days=31)
    await office.work()
    assert (await office.one(case.id)).wrapped_key is None


async def test_a_way_that_never_reached_the_person_was_not_offered(office, crm, actor, monkeypatch):
    case = await claimed(office)

    async def refused(_):
        raise PostError("no such mailbox", permanent=True)

    monkeypatch.setattr(office.service.handlers[StepKind.SEND].__self__._post, "mail", refused)
    await ask(office, actor, case, **IDENTITY)
    with pytest.raises(NotNow):
        await office.service.asking.not_identified(actor, case.id, "No answer came.")
    assert (await office.one(case.id)).state is State.AWAITING_IDENTITY


async def test_whoever_has_proven_who_they_are_is_not_refused_for_want_of_it(office, crm, actor):
    case = await proven(office)
    with pytest.raises(NotNow):
        await office.service.asking.not_identified(actor, case.id, "x")


# Clarification, fee, answers


async def test_an_unproven_address_is_asked_nothing_but_who_it_is(office, crm, actor):
    case = await claimed(office)
    for asked in (
        {"type": "clarification_requested", "question": "Which year?"},
        {"type": "fee_requested", "amount": "25 €", "reasons": "The tenth time."},
    ):
        with pytest.raises(NotNow):
            await ask(office, actor, case, **asked)
    assert await facts(office, case.id) == []


@pytest.mark.parametrize(
    ("right", "due"), [("access", date(2026, 4, 15)), ("rectification", date(2026, 4, 2))]
)
async def test_a_clarification_pauses_the_clock_of_british_access_and_of_no_other_right(
    office, crm, actor, right, due
):
    crm.faults["find"].append(Refused("a person looks"))  # so that an access waits too
    case = await proven(office, right, residence="GB")
    office.clock.turn(days=1)
    await ask(office, actor, case, type="clarification_requested", question="Which year do you mean?")
    assert "Which year do you mean?" in office.messages(EMAIL)[0].text
    assert (await office.one(case.id)).paused == (right == "access")
    office.clock.turn(days=12)
    await ask(office, actor, case, type="received", what="clarification", at="2026-03-15T08:00:00+00:00")
    case = await office.one(case.id)
    # Asked on the 3rd, answered on the 15th, both included: 13 days.
    assert (case.statutory_due_date, case.paused) == (due, False)


async def test_a_fee_is_announced_with_its_reasons_before_anything_is_charged(office, crm, actor):
    case = await proven(office)
    await ask(office, actor, case, type="fee_requested", amount="25 €", reasons="The tenth copy this year.")
    letter = office.messages(EMAIL)[0]
    assert "25 €" in letter.text
    assert "The tenth copy this year." in letter.text
    assert "have charged nothing yet" in letter.text
    office.clock.turn(days=1)
    await ask(office, actor, case, type="received", what="fee", at="2026-03-03T09:00:00Z")
    assert await facts(office, case.id) == ["fee_requested", "fee_paid"]
    assert "25" not in str(
        [event.data for event in await office.events(case.id) if event.type == "clock.fact"]
    )


@pytest.mark.parametrize("what", ["identity", "clarification", "fee"])
async def test_an_answer_that_nobody_asked_for_is_no_fact(office, crm, actor, what):
    case = await proven(office)
    office.clock.turn(hours=1)
    with pytest.raises(NotNow):
        await ask(office, actor, case, type="received", what=what, at="2026-03-02T09:30:00Z")
    assert await facts(office, case.id) == []


async def test_an_answer_comes_once_and_never_before_its_question(office, crm, actor):
    case = await proven(office)
    office.clock.turn(days=2)
    await ask(office, actor, case, type="fee_requested", amount="25 €", reasons="x")
    office.clock.turn(days=1)
    with pytest.raises(InvalidInput) as caught:
        await ask(office, actor, case, type="received", what="fee", at="2026-03-03T09:00:00Z")
    assert caught.value.errors[0].field == "at"
    await ask(office, actor, case, type="received", what="fee", at="2026-03-05T08:00:00Z")
    with pytest.raises(NotNow):
        await ask(office, actor, case, type="received", what="fee", at="2026-03-05T08:30:00Z")


@pytest.mark.parametrize(
    "at",
    [
        "2026-03-02T08:59:59Z",
        "2026-03-02T09:00:01Z",
        "2999-01-01T00:00:00Z",
        "0001-01-01T00:00:00+00:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-03-02T09:00:00",
    ],
)
async def test_a_time_before_the_receipt_or_in_the_future_is_refused(office, crm, actor, at):
    case = await proven(office)
    await ask(office, actor, case, type="fee_requested", amount="25 €", reasons="x")
    with pytest.raises(InvalidInput) as caught:
        await ask(office, actor, case, type="received", what="fee", at=at)
    assert caught.value.errors[0].field == "at"
    assert await facts(office, case.id) == ["fee_requested"]


async def test_an_answered_case_is_asked_nothing_more(office, crm, actor):
    case = await office.case(await office.asked_and_proven("access"))
    assert case.state is State.DELIVERED
    with pytest.raises(NotNow):
        await ask(office, actor, case, type="clarification_requested", question="Which year?")


async def test_a_controllers_caller_is_never_asked_by_us(office, crm, actor):
    acme = await office.business("Acme", "acme")
    vouched = {"proof": ProofKind.CONTROLLER, "controller_id": acme, "tenant": "acme"}
    reference = await office.ask(
        "access", relations=("caller",), phone=PHONE, channel="controller_api", **vouched
    )
    case = await office.case(reference)
    for asked in (IDENTITY, {"type": "clarification_requested", "question": "Which call?"}):
        with pytest.raises(NotNow):
            await ask(office, actor, case, **asked)
    assert office.messages(EMAIL) == office.messages(PHONE) == []


# Switzerland


async def delayed(office, actor, case, new_date, reasons="Your file is in the archive."):
    return await ask(office, actor, case, type="delay_notice", reasons=reasons, new_date=new_date)


async def test_a_swiss_delay_names_its_date_inside_the_thirty_days(office, crm, actor):
    case = await proven(office, residence="CH")
    assert case.due_date == date(2026, 4, 1)
    clock = await delayed(office, actor, case, "2026-05-20")
    assert clock.due_date == (await office.one(case.id)).due_date == date(2026, 5, 20)
    letter = office.messages(EMAIL)[0]
    assert "20 May 2026" in letter.text
    assert "Your file is in the archive." in letter.text


@pytest.mark.parametrize("new_date", ["2026-03-20", "2026-04-01", "0001-01-01", "9999-12-31"])
async def test_a_date_that_is_none_is_not_announced(office, crm, actor, new_date):
    case = await proven(office, residence="CH")
    sent = len(office.messages(EMAIL))
    with pytest.raises(InvalidInput) as caught:
        await delayed(office, actor, case, new_date)
    assert caught.value.errors[0].field == "new_date"
    assert (await office.one(case.id)).due_date == date(2026, 4, 1)
    assert len(office.messages(EMAIL)) == sent


async def test_after_the_thirty_days_no_date_is_announced_any_more(office, crm, actor):
    case = await proven(office, residence="CH")
    office.clock.turn(days=31)
    with pytest.raises(InvalidInput):
        await delayed(office, actor, case, "2026-05-20")


@pytest.mark.parametrize("new_date", ["2026-04-02", "2026-05-20"])
async def test_a_delay_is_no_notice_of_another_law(office, crm, actor, new_date):
    case = await proven(office)
    with pytest.raises(NotNow):
        await delayed(office, actor, case, new_date)


# All of it is on record


async def test_every_question_is_kept_sealed_and_the_watch_goes_on(office, crm, actor):
    case = await claimed(office)
    await ask(office, actor, case, **IDENTITY)
    kept = await letters(office, case.id)
    assert [kind for kind, _, _ in kept] == ["identity_request"]
    assert "letter.written" in types(await office.events(case.id))
    (watch,) = await office.steps(case.id, StepKind.WATCH)
    assert watch.state is StepState.READY
    assert watch.due_at > office.clock() - timedelta(seconds=1)
