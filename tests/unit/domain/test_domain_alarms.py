"""Which alarms a case has, when they ring, and what is told of those that were missed."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.domain.alarms import AlarmClock, AlarmName, Dates, acknowledge_by, alarms, next_at, ringing
from dsar.domain.clock import Place, Regime
from dsar.domain.deadline import deadline
from dsar.domain.history import chain
from dsar.domain.profile import Jurisdiction
from dsar.domain.rights import Right

HELSINKI = ZoneInfo("Europe/Helsinki")
FINLAND = Place("FI", None, "Europe/Helsinki")
CALIFORNIA = Place("US", "CA", "America/Los_Angeles")
RECEIVED = datetime(2026, 3, 2, 11, 0, tzinfo=HELSINKI)


def where(regime=Regime.EU_GDPR, place=FINLAND):
    return Jurisdiction("", regime, place, (Right.ACCESS,), None, "strict", None)


def dates(received=RECEIVED, right=Right.ACCESS, jurisdiction=None, **changed):
    jurisdiction = jurisdiction or where()
    clock = deadline(received, jurisdiction, right)
    given = {
        "received_at": received,
        "place": jurisdiction.place,
        "ours": True,
        "acknowledge_by": acknowledge_by(received, jurisdiction, right),
        "notice_deadline": clock.extension_notice_deadline,
        "strict_due_date": clock.strict_due_date,
    }
    return Dates(**{**given, **changed})


def at(*parts):
    return datetime(*parts, tzinfo=HELSINKI)


def history(*raised):
    """Entries of alarms, each raised at its time."""
    entries, head = [], b""
    for alarm, when in raised:
        entries += chain(UUID(int=1), len(entries), head, when, [alarm.raised])
        head = entries[-1].hash
    return entries


def test_a_month_has_seven_alarms_each_at_its_local_moment():
    assert [(a.name.value, a.at.astimezone(HELSINKI), a.on) for a in alarms(dates())] == [
        ("acknowledge", RECEIVED, date(2026, 3, 2)),
        # half of the time from the receipt to the end of the last day; summer time takes an hour of it
        ("half", at(2026, 3, 18, 5, 0), date(2026, 4, 2)),
        ("days_7", at(2026, 3, 26), date(2026, 4, 2)),
        ("notice_window", at(2026, 3, 30), date(2026, 4, 2)),
        ("days_3", at(2026, 3, 30), date(2026, 4, 2)),
        ("days_1", at(2026, 4, 1), date(2026, 4, 2)),
        ("overdue", at(2026, 4, 3), date(2026, 4, 2)),
    ]


def test_the_window_for_an_extension_closes_in_working_days():
    received = at(2026, 3, 7, 12)  # the month ends on Tuesday 7 April, after Easter
    window = next(a for a in alarms(dates(received)) if a.name is AlarmName.NOTICE_WINDOW)
    assert window.on == date(2026, 4, 7)
    assert window.at == at(2026, 3, 31)  # Tuesday: Wednesday, Thursday and then the Tuesday itself are left


def test_california_has_ten_business_days_to_confirm_the_receipt_and_elsewhere_it_is_the_day_itself():
    assert acknowledge_by(RECEIVED, where(Regime.CCPA, CALIFORNIA), Right.KNOW) == date(2026, 3, 16)
    assert acknowledge_by(RECEIVED, where(Regime.CCPA, CALIFORNIA), Right.OPT_OUT_SALE) == date(2026, 3, 2)
    assert acknowledge_by(RECEIVED, where(), Right.ACCESS) == date(2026, 3, 2)


def test_alarms_run_on_the_strict_date():
    found = {a.on for a in alarms(dates(strict_due_date=date(2026, 3, 30))) if a.name is AlarmName.OVERDUE}
    assert found == {date(2026, 3, 30)}


def test_a_period_that_is_too_short_for_an_alarm_does_not_have_it():
    names = [a.name.value for a in alarms(dates(notice_deadline=None, strict_due_date=date(2026, 3, 6)))]
    assert names == ["acknowledge", "days_3", "half", "days_1", "overdue"]


def test_a_controller_is_told_of_both_dates_as_they_come_near_and_of_nothing_else():
    found = alarms(dates(ours=False, assist_due_date=date(2026, 3, 16)))
    assert [(a.name.value, a.clock.value) for a in found] == [
        ("days_7", "assist"),
        ("days_3", "assist"),
        ("days_1", "assist"),
        ("overdue", "assist"),
        ("days_7", "answer"),
        ("days_3", "answer"),
        ("days_1", "answer"),
        ("overdue", "answer"),
    ]


def played(every, *looks):
    """What rings at each look, told once."""
    raised, told = [], []
    for now in looks:
        rings = ringing(every, history(*raised), now)
        raised += [(alarm, now) for alarm in rings]
        told.append([alarm.name.value for alarm in rings])
    return told


def test_each_alarm_rings_once_however_often_it_is_looked():
    every = alarms(dates())
    hours = [RECEIVED + timedelta(hours=n) for n in range(24 * 40)]
    rang = [name for told in played(every, *hours) for name in told]
    assert rang == [a.name.value for a in every]


def test_two_alarms_of_the_same_moment_both_ring():
    assert played(alarms(dates()), at(2026, 3, 30)) == [["notice_window", "days_3"]]


def test_of_those_that_were_missed_the_most_urgent_rings_and_the_others_never():
    every = alarms(dates())
    assert played(every, RECEIVED, at(2026, 4, 1, 8), at(2026, 4, 1, 9), at(2026, 4, 3)) == [
        ["acknowledge"],
        ["days_1"],
        [],
        ["overdue"],
    ]


def test_a_request_that_is_entered_late_begins_with_the_most_urgent():
    assert played(alarms(dates()), at(2026, 3, 27), at(2026, 3, 28)) == [["days_7"], []]


def test_a_date_that_moved_rings_anew():
    first, later = alarms(dates()), alarms(dates(notice_deadline=None, strict_due_date=date(2026, 6, 2)))
    rang = [(a, a.at) for a in first if a.name is AlarmName.DAYS_7]
    assert ringing(later, history(*rang), at(2026, 4, 5)) == []
    half = next(a for a in later if a.name is AlarmName.HALF)
    assert ringing(later, history(*rang), half.at) == [half]
    seven = next(a for a in later if a.name is AlarmName.DAYS_7)
    assert ringing(later, history(*rang, (half, half.at)), seven.at) == [seven]


def test_the_two_clocks_do_not_silence_each_other():
    every = alarms(dates(ours=False, assist_due_date=date(2026, 4, 1)))
    rings = ringing(every, [], at(2026, 4, 2, 12))
    assert {(a.name, a.clock) for a in rings} == {
        (AlarmName.OVERDUE, AlarmClock.ASSIST),
        (AlarmName.DAYS_1, AlarmClock.ANSWER),
    }


def test_after_the_last_alarm_nothing_is_waited_for():
    every = alarms(dates())
    assert next_at(every, RECEIVED) == every[1].at
    assert next_at(every, every[-1].at) is None


@given(
    received=st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    steps=st.lists(st.integers(1, 10 * 24 * 60), max_size=12),
    due=st.integers(0, 120),
)
def test_nothing_rings_twice_or_early_and_the_last_word_is_always_told(received, steps, due):
    on = received.astimezone(HELSINKI).date() + timedelta(days=due)
    every = alarms(dates(received, strict_due_date=on))
    looks = [received]
    for minutes in steps:
        looks.append(looks[-1] + timedelta(minutes=minutes))
    raised = []
    for now in looks:
        rings = ringing(every, history(*raised), now)
        assert all(alarm.at <= now for alarm in rings)
        assert len({alarm.at for alarm in rings}) <= 1
        raised += [(alarm, now) for alarm in rings]
        # Whatever came due by now, the latest of it has been told.
        latest = max(a.at for a in every if a.at <= now)
        assert {a for a in every if a.at == latest} <= {alarm for alarm, _ in raised}
    assert len({alarm for alarm, _ in raised}) == len(raised)


@pytest.mark.parametrize("right", [Right.OPT_OUT_SALE, Right.LIMIT_SENSITIVE])
def test_a_clock_without_an_extension_has_no_window_for_its_notice(right):
    names = [a.name for a in alarms(dates(right=right, jurisdiction=where(Regime.CCPA, CALIFORNIA)))]
    assert AlarmName.NOTICE_WINDOW not in names
    assert AlarmName.OVERDUE in names
