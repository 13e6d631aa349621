"""Alarms of a case's dates: each once, to whoever must know, quiet while the clock stands and after the answer."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from stage_double import Row
from stage_office import EMAIL
from test_stage_webhook import forwarded, receiver

from dsar.domain.asking import Clarification, Received
from dsar.domain.case import State
from dsar.domain.errors import InvalidInput
from dsar.domain.work import StepKind, StepOutcome, StepState
from dsar.review import Actor
from dsar.store import parties, shipped
from dsar.telemetry import alarms_raised

__all__ = ["forwarded", "receiver"]

MAILBOX = "privacy@demo-voice.example"  # the operator's contact, where no other is named
DUE = date(2026, 4, 1)  # the thirty days that the demo's profile promises; the statute has until the 2nd
WHOLE = ["acknowledge", "half", "days_7", "days_3", "notice_window", "days_1", "overdue"]


@pytest.fixture
def changes():
    """What this test's profile has otherwise than the demo's."""
    return ()


@pytest.fixture
def settings(settings, changes, tmp_path):
    text = (shipped("profiles") / "demo.toml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "changed.toml"
    path.write_text(text)
    return msgspec.structs.replace(settings, profile=str(path))


def local(*parts):
    return datetime(*parts, tzinfo=ZoneInfo("Europe/Helsinki"))


async def raised(office, case_id, clock="answer"):
    found = [event.data for event in await office.events(case_id) if event.type == "alarm.raised"]
    return [data["alarm"] for data in found if data["clock"] == clock]


async def told(office, to=MAILBOX):
    return [message.subject for message in office.messages(to) if " for you " not in message.subject]


async def days(office, count):
    for _ in range(count):
        office.clock.turn(days=1)
        await office.work()


async def test_a_month_without_an_answer_raises_each_alarm_once_and_tells_staff_of_each(office, sql):
    case = await office.case(await office.ask("access"))
    assert case.strict_due_date == DUE
    await days(office, 45)
    assert await raised(office, case.id) == WHOLE
    assert len(await told(office)) == len(WHOLE)
    assert await sql.fetchval("SELECT count(*) FROM outbox WHERE to_staff AND sent_at IS NOT NULL") == 7
    watch = await office.step(case.id, StepKind.WATCH)
    assert (watch.state, watch.outcome) == (StepState.DONE, StepOutcome.DONE)
    assert await office.broken() is None


async def test_an_alarm_rings_at_its_local_midnight_and_not_before(office):
    case = await office.case(await office.ask("access"))
    office.clock.at = local(2026, 3, 24, 23, 59)
    await office.work()
    assert await raised(office, case.id) == ["acknowledge", "half"]
    office.clock.at = local(2026, 3, 25)
    await office.work()
    assert await raised(office, case.id) == ["acknowledge", "half", "days_7"]
    sleeping = await office.step(case.id, StepKind.WATCH)
    assert (sleeping.state, sleeping.attempt, sleeping.due_at) == (StepState.READY, 0, local(2026, 3, 29))


async def test_the_message_says_which_case_and_which_date_and_nothing_of_the_person(office):
    reference = await office.ask("access", message="I am Anna and want to know")
    office.clock.at = local(2026, 3, 31, 6)
    await office.work()
    (first, *_) = office.messages(MAILBOX)
    assert reference in first.subject
    assert "1 April 2026" in first.text
    assert "1 day left" in first.text
    for message in office.messages(MAILBOX):
        assert "anna" not in f"{message.subject} {message.text} {message.html}".lower()


async def test_what_is_told_of_an_alarm_lies_open_without_personal_data(office, sql):
    case = await office.case(await office.ask("access"))
    row = await sql.fetchrow("SELECT facts, sealed FROM outbox WHERE to_staff")
    assert row["sealed"] is None
    assert msgspec.json.decode(row["facts"]) == {
        "alarm": "acknowledge",
        "clock": "answer",
        "days": 30,
        "due_date": "2026-04-01",
        "date": "2026-03-02",
    }
    (event,) = [event for event in await office.events(case.id) if event.type == "alarm.raised"]
    assert event.data == {"alarm": "acknowledge", "clock": "answer", "date": "2026-03-02"}


async def test_an_answered_case_is_watched_no_more(office):
    crm = await office.system("crm")
    crm.person("a", ("email", EMAIL)).add(Row("a", "r1"))
    case = await office.case(await office.asked_and_proven("access"))
    assert case.state is State.DELIVERED
    assert (await office.step(case.id, StepKind.WATCH)).outcome is StepOutcome.DROPPED
    await days(office, 45)
    assert await raised(office, case.id) == ["acknowledge"]


async def test_a_refused_case_is_watched_until_its_answer_is_written_and_then_no_more(office, monkeypatch):
    crm = await office.system("crm")
    crm.person("a", ("email", EMAIL)).add(Row("a", "r1"))
    case = await office.case(await office.asked_and_proven("erasure"))
    await office.service.deciding.refuse(await office.staff(), case.id, "legal_claims", "A dispute is open.")
    waiting = await office.step(case.id, StepKind.WATCH)
    assert (await office.one(case.id)).state is State.ANSWERING
    assert waiting.state is StepState.READY, "the answer may still fail: its date is watched"
    await office.work()
    assert (await office.step(case.id, StepKind.WATCH)).state is StepState.DONE
    await days(office, 45)
    assert await raised(office, case.id) == ["acknowledge"]


async def test_a_request_that_is_entered_late_tells_the_most_urgent_alarm_alone(office):
    office.clock.at = local(2026, 3, 30, 9)
    late = await office.ask("access", channel="letter", received_at=local(2026, 3, 2, 9))
    case = await office.case(late)
    assert await raised(office, case.id) == ["notice_window"]
    (only,) = office.messages(MAILBOX)
    assert "2 days left" in only.text, "it says what the others would have said"
    office.clock.at = local(2026, 4, 4)
    await office.work()
    assert (await raised(office, case.id))[-1] == "overdue"


EXTENDING = ('promise = "30d"', 'promise = "30d+60d"')


@pytest.mark.parametrize("changes", [[EXTENDING]])
async def test_an_extension_moves_the_alarms_with_the_date(office):
    crm = await office.system("crm")
    crm.person("a", ("email", EMAIL)).add(Row("a", "r1"))
    case = await office.case(await office.asked_and_proven("erasure"))
    office.clock.at = local(2026, 3, 26, 9)
    await office.work()
    assert await raised(office, case.id) == ["acknowledge", "days_7"]
    before = await office.step(case.id, StepKind.WATCH)
    due = await office.service.deciding.extend(await office.staff(), case.id, "complexity", "Much to search.")
    await office.work()
    after = await office.step(case.id, StepKind.WATCH)
    assert after.due_at > before.due_at + timedelta(days=10)
    office.clock.at = local(2026, 4, 10)
    await office.work()
    assert "notice_window" not in await raised(office, case.id), "the notice was given"
    assert "overdue" not in await raised(office, case.id)
    await days(office, 70)
    rang = await raised(office, case.id)
    assert rang == ["acknowledge", "days_7", "half", "days_7", "days_3", "days_1", "overdue"]
    last = [event.data["date"] for event in await office.events(case.id) if event.type == "alarm.raised"][-1]
    assert last == due.strict_due_date.isoformat()


@pytest.mark.parametrize("changes", [[EXTENDING]])
async def test_an_overdue_case_that_is_extended_is_watched_again(office):
    """The promise ended, the statute's month has not: an extension still counts."""
    crm = await office.system("crm")
    crm.person("a", ("email", EMAIL)).add(Row("a", "r1"))
    case = await office.case(await office.asked_and_proven("erasure"))
    await days(office, 31)
    assert (await raised(office, case.id))[-1] == "overdue"
    assert (await office.step(case.id, StepKind.WATCH)).state is StepState.DONE
    await office.service.deciding.extend(await office.staff(), case.id, "complexity", "Much to search.")
    await office.work()
    assert (await office.step(case.id, StepKind.WATCH)).state is StepState.READY


PAUSING = ('promise = "30d"', 'clock_mode = "edpb_suspension"')


@pytest.mark.parametrize("changes", [[PAUSING]])
async def test_a_clock_that_stands_is_quiet_and_its_return_tells_the_most_urgent_of_what_was_missed(office):
    crm = await office.system("crm")
    crm.person("a", ("email", EMAIL)).add(Row("a", "r1"))
    case = await office.case(await office.asked_and_proven("erasure"))
    staff = await office.staff()
    await office.service.asking.ask(staff, case.id, Clarification("Which account do you mean?"))
    assert (await office.one(case.id)).paused
    await days(office, 29)
    assert await raised(office, case.id) == ["acknowledge"]
    assert len(await told(office)) == 1
    came = Received("clarification", office.clock())
    await office.service.asking.ask(staff, case.id, came)
    await office.work()
    after = await office.one(case.id)
    assert not after.paused
    # The strict date is the one without the pause: a day is left of it.
    assert after.strict_due_date == date(2026, 4, 2)
    assert sorted(await raised(office, case.id)) == ["acknowledge", "days_3", "notice_window"]
    await days(office, 5)
    assert (await raised(office, case.id))[3:] == ["days_1", "overdue"]


# Who is told


@pytest.mark.parametrize(
    "changes", [[("[assist]", '[alarms]\nmail = "dates@demo-voice.example"\n\n[assist]')]]
)
async def test_the_mailbox_of_the_profile_is_told_before_the_operators_contact(office):
    await office.ask("access")
    assert len(await told(office, "dates@demo-voice.example")) == 1
    assert await told(office) == []


async def test_the_assignee_is_told_where_they_have_an_address(office, sql):
    async with office.db.write() as tx:
        sanna = Actor(await parties.add_staff(tx, "Sanna", "reviewer", office.clock(), "sanna@demo.example"))
    nameless = await office.staff("Sami")
    case = await office.case(await office.ask("access"))
    await office.service.tasks.assign(sanna, case.id, sanna.id)
    office.clock.at = local(2026, 3, 25)
    await office.work()
    assert len(await told(office, "sanna@demo.example")) == 1
    await office.service.tasks.assign(sanna, case.id, nameless.id)
    office.clock.at = local(2026, 3, 29)
    await office.work()
    assert len(await told(office, "sanna@demo.example")) == 1
    assert len(await told(office)) == 2, "the receipt, and what came when nobody with an address had the case"
    await office.service.tasks.assign(sanna, case.id, sanna.id)
    await sql.execute("UPDATE staff SET disabled_at = now()")
    office.clock.at = local(2026, 3, 31)
    await office.work()
    assert len(await told(office, "sanna@demo.example")) == 1, "who left is told no more"


@pytest.mark.parametrize("changes", [[('contact = "privacy@demo-voice.example"\n', "")]])
async def test_where_nobody_can_be_told_the_alarm_stands_in_the_history_and_nothing_is_tried_again(
    office, sql
):
    case = await office.case(await office.ask("access"))
    assert await raised(office, case.id) == ["acknowledge"]
    (sending,) = [
        step
        for step in await office.steps(case.id, StepKind.SEND)
        if step.key not in {told.key for told in await office.sendings(case.id)}
    ]
    assert (sending.outcome, sending.detail["reason"]) == (StepOutcome.DONE, "nobody to tell")
    row = await sql.fetchrow("SELECT sent_at, failed_at FROM outbox WHERE to_staff")
    assert row["sent_at"] is None
    assert row["failed_at"] is not None


async def test_alarms_are_counted_by_name(office):
    def count():
        return alarms_raised.labels("acknowledge")._value.get()

    before = count()
    await office.ask("access")
    assert count() == before + 1


# A processor's case


async def test_a_controller_is_told_of_our_help_and_of_its_own_date_and_staff_of_our_help_alone(
    office, receiver, forwarded
):
    case = await forwarded(watched=True)
    office.outbox.messages(1000)
    began = len(office.messages(MAILBOX))
    assert await raised(office, case.id) == []
    await days(office, 40)
    assert await raised(office, case.id, "assist") == ["days_7", "days_3", "days_1", "overdue"]
    assert await raised(office, case.id) == ["days_7", "days_3", "days_1", "overdue"]
    bodies = [msgspec.json.decode(body) for _, body in receiver.got]
    soon = [body["data"] for body in bodies if body["type"] == "case.due_soon"]
    assert len(soon) == 8
    for data in soon:
        assert data["assist_due_date"] == case.assist_due_date.isoformat()
        assert data["statutory_due_date"] == case.statutory_due_date.isoformat()
        assert data["case_id"] == str(case.id)
    assert {(data["alarm"], data["clock"]) for data in soon} == {
        (name, clock) for name in ("days_7", "days_3", "days_1", "overdue") for clock in ("assist", "answer")
    }
    ours = [message for message in office.messages(MAILBOX) if case.reference in message.subject]
    assert len(ours) >= 4
    assert began <= len(office.messages(MAILBOX)) - 4


async def test_a_case_that_its_controller_handles_itself_is_watched_no_more(office, receiver, forwarded):
    case = await forwarded(watched=True)
    await office.instruct(forwarded.business, case.id, "handled_by_us")
    assert (await office.step(case.id, StepKind.WATCH)).state is StepState.DONE
    await days(office, 40)
    assert await raised(office, case.id) == []


# The watch itself


async def test_a_watch_that_died_in_the_middle_is_taken_over_and_nothing_is_told_twice(office, monkeypatch):
    from dsar.store import outbox

    real = outbox.insert

    async def dying(connection, notices, now):
        made = await real(connection, notices, now)
        if any(notice.to_staff for _, notice in notices):
            raise RuntimeError("killed after the messages were written")
        return made

    monkeypatch.setattr("dsar.store.cases.outbox.insert", dying)
    reference = await office.ask("access")
    case = await office.case(reference)
    assert await raised(office, case.id) == []
    monkeypatch.setattr("dsar.store.cases.outbox.insert", real)
    await office.work_for(minutes=1)
    assert await raised(office, case.id) == ["acknowledge"]
    assert len(await told(office)) == 1


@pytest.mark.parametrize("changes", [[EXTENDING]])
async def test_a_fact_that_comes_while_the_watch_is_at_work_is_seen_by_it_or_wakes_it(office):
    """Both hold the case; whichever is second sees the other's work."""
    import asyncio

    crm = await office.system("crm")
    crm.person("a", ("email", EMAIL)).add(Row("a", "r1"))
    staff = await office.staff()
    for number in range(5):
        office.clock.at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        reference = await office.asked_and_proven("erasure", email=f"p{number}@example.com")
        case = await office.case(reference)
        office.clock.at = local(2026, 3, 25)
        await asyncio.gather(
            office.work(), office.service.deciding.extend(staff, case.id, "complexity", "Much to search.")
        )
        await office.work()
        watch = await office.step(case.id, StepKind.WATCH)
        assert watch.due_at > local(2026, 4, 1), "it sleeps by the new date"


async def test_an_unknown_reason_of_an_extension_wakes_nothing(office):
    case = await office.case(await office.ask("access"))
    before = await office.step(case.id, StepKind.WATCH)
    with pytest.raises(InvalidInput):
        await office.service.deciding.extend(await office.staff(), case.id, "holidays", "We are away.")
    assert (await office.step(case.id, StepKind.WATCH)).due_at == before.due_at
