"""Hour clocks: the authority's 72 hours and the contract's, through days of rest and changes of the zone."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dsar.domain.clock import Breach, ClockError, Place, breach_due, breach_of

HELSINKI = Place("FI", None, "Europe/Helsinki")
ZONES = [
    HELSINKI,
    Place("IE", None, "Europe/Dublin"),
    Place("PT", None, "Atlantic/Azores"),
    Place("GB", "NIR", "Europe/London"),
    Place(None, None, "Europe/Warsaw"),
]
AUTHORITY, CUSTOMER = Breach.TO_AUTHORITY, Breach.TO_CUSTOMER

moments = st.datetimes(datetime(2019, 1, 1), datetime(2045, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
places = st.sampled_from(ZONES)
gaps = st.integers(0, 3 * 24 * 60).map(lambda n: timedelta(minutes=n))
LEAP_DAY = datetime(2028, 2, 29, 12, 5, tzinfo=UTC)
LATE_EVENING = datetime(2026, 3, 5, 21, 30, tzinfo=UTC)  # 23:30 in Helsinki
SPRING_FORWARD = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)
INTO_THE_HOUR_THAT_REPEATS = datetime(
    2026, 10, 22, 0, 40, tzinfo=UTC
)  # 72 hours later it is 3:40 for the first time


def elapsed(earlier, later):
    return later.astimezone(UTC) - earlier.astimezone(UTC)


def composes(result):
    chain = all(step.from_ == before.to for before, step in pairwise(result.steps))
    return chain and result.steps[-1].to == result.due_at.isoformat()


@given(moments, places)
@example(LEAP_DAY, HELSINKI)
@example(LATE_EVENING, HELSINKI)
@example(SPRING_FORWARD, HELSINKI)
@example(INTO_THE_HOUR_THAT_REPEATS, HELSINKI)
def test_the_authority_is_told_72_hours_after_the_hour_of_awareness(aware, place):
    # Reg. 1182/71 Art. 3(1), Reg. 1182/71 Art. 3(2)(a)
    result = breach_due(aware, place, AUTHORITY)
    assert timedelta(hours=72) < elapsed(aware, result.due_at) <= timedelta(hours=73)
    assert (result.due_at.minute, result.due_at.second, result.due_at.microsecond) == (0, 0, 0)
    assert elapsed(aware, result.strict_due_at) == timedelta(hours=72)
    assert result.statutory_due_at == result.due_at
    assert composes(result)


@given(moments, places, st.integers(1, 24 * 31))
@example(SPRING_FORWARD, HELSINKI, 24)
@example(LATE_EVENING, HELSINKI, 24)
@example(LEAP_DAY, HELSINKI, 24)
def test_a_customer_is_told_to_the_minute(detected, place, hours):
    result = breach_due(detected, place, CUSTOMER, hours=hours)
    assert elapsed(detected, result.due_at) == timedelta(hours=hours)
    assert result.due_at == result.strict_due_at == result.promised_due_at
    assert (result.statutory_due_at, result.alternative_due_at) == (None, None)
    assert composes(result)


@given(moments, gaps, places, st.sampled_from(Breach))
@example(LEAP_DAY, timedelta(days=1), HELSINKI, AUTHORITY)
@example(LATE_EVENING, timedelta(minutes=30), HELSINKI, AUTHORITY)
@example(SPRING_FORWARD, timedelta(minutes=1), HELSINKI, AUTHORITY)
def test_later_awareness_is_never_due_earlier(aware, gap, place, breach):
    early, late = breach_due(aware, place, breach), breach_due(aware + gap, place, breach)
    assert elapsed(early.due_at, late.due_at) >= timedelta()


@given(moments, places, st.integers(1, 24 * 31))
@example(INTO_THE_HOUR_THAT_REPEATS, HELSINKI, 72)
@example(INTO_THE_HOUR_THAT_REPEATS, HELSINKI, 73)
def test_the_effective_moment_is_the_earlier_of_law_and_promise(aware, place, hours):
    result = breach_due(aware, place, AUTHORITY, hours=hours)
    ends = [result.statutory_due_at.timestamp(), result.promised_due_at.timestamp()]
    assert result.due_at.timestamp() == min(ends)
    assert result.strict_due_at.timestamp() <= result.due_at.timestamp()
    assert composes(result)


@given(moments, places)
@example(SPRING_FORWARD, HELSINKI)
def test_the_reading_with_two_working_days_is_later_and_ends_a_day(aware, place):
    result = breach_due(aware, place, AUTHORITY)
    if result.alternative_due_at is not None:
        assert elapsed(result.due_at, result.alternative_due_at) > timedelta()
        assert result.alternative_due_at.hour == 0
        assert any("Art. 3(5)" in step.rule and "not relied upon" in step.because for step in result.steps)


def test_the_strict_moment_is_kept_in_the_hour_that_repeats():
    result = breach_due(INTO_THE_HOUR_THAT_REPEATS, HELSINKI, AUTHORITY)
    assert result.strict_due_at.isoformat() == "2026-10-25T03:40:00+03:00"
    assert result.due_at.isoformat() == "2026-10-25T03:00:00+02:00"


def test_a_working_week_holds_two_working_days_and_a_weekend_does_not():
    tuesday = breach_due(datetime(2026, 11, 17, 10, 20, tzinfo=UTC), HELSINKI, AUTHORITY)
    friday = breach_due(datetime(2026, 11, 20, 10, 20, tzinfo=UTC), HELSINKI, AUTHORITY)
    assert tuesday.alternative_due_at is None
    assert friday.alternative_due_at.isoformat() == "2026-11-25T00:00:00+02:00"


def test_a_promise_leaves_no_room_for_a_later_reading():
    friday = breach_due(datetime(2026, 11, 20, 10, 20, tzinfo=UTC), HELSINKI, AUTHORITY, hours=48)
    assert friday.alternative_due_at is None


def test_the_working_says_that_the_zone_changed():
    result = breach_due(datetime(2026, 3, 27, 8, 20, tzinfo=UTC), HELSINKI, AUTHORITY)
    assert any("the zone changes on the way" in step.because for step in result.steps)


@pytest.mark.parametrize(
    ("kind", "by_contract", "breach"),
    [
        ("breach_to_authority", False, AUTHORITY),
        ("authority_breach", False, AUTHORITY),
        ("supervisory_authority_notification", False, AUTHORITY),
        ("breach_notification_72h", False, AUTHORITY),
        ("breach_notification", True, CUSTOMER),
        ("processor_to_customer_breach", True, CUSTOMER),
        ("processor_to_controller_breach", False, CUSTOMER),
        ("breach_to_data_subject", False, None),  # GDPR 34 gives no hours
        ("dsar_response", False, None),
        ("dsar_response", True, None),
    ],
)
def test_a_kind_is_read_by_its_words(kind, by_contract, breach):
    assert breach_of(kind, by_contract=by_contract) is breach


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: breach_due(datetime(2026, 3, 1, 12), HELSINKI, AUTHORITY), "received_at"),  # noqa: DTZ001
        (lambda: breach_due(LEAP_DAY, HELSINKI, CUSTOMER, hours=0), "hours"),
        (lambda: breach_due(LEAP_DAY, HELSINKI, AUTHORITY, hours=745), "hours"),
        (lambda: breach_due(LATE_EVENING.replace(year=1999), HELSINKI, AUTHORITY), "received_at"),
    ],
)
def test_bad_input_names_the_field(call, field):
    with pytest.raises(ClockError) as refused:
        call()
    assert refused.value.field == field


def test_a_moment_may_be_given_in_another_offset():
    local = datetime(2026, 12, 24, 18, tzinfo=ZoneInfo("America/New_York"))
    assert breach_due(local, HELSINKI, CUSTOMER).due_at.isoformat() == "2026-12-26T01:00:00+02:00"
