"""Whether a record should already be gone."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.domain.clock import add_months
from dsar.domain.profile import CountedFrom, Retention, expired
from dsar.domain.profile.retention import ends_on

COLLECTION, LAST_CONTACT, END = (
    CountedFrom.COLLECTION,
    CountedFrom.LAST_CONTACT,
    CountedFrom.RELATIONSHIP_END,
)
days = st.dates(date(2000, 1, 1), date(2090, 12, 31))
periods = st.tuples(st.integers(0, 400), st.sampled_from("dm")).map(lambda p: f"{p[0]}{p[1]}")


def kept(period, counted_from=COLLECTION, **more):
    return Retention("x", period, counted_from, **more)


@pytest.mark.parametrize(
    ("period", "recorded_on", "last_day"),
    [
        ("30d", date(2026, 1, 31), date(2026, 3, 2)),
        ("1m", date(2026, 1, 31), date(2026, 2, 28)),
        ("1m", date(2028, 1, 31), date(2028, 2, 29)),
        ("12m", date(2024, 2, 29), date(2025, 2, 28)),
        ("1y", date(2024, 2, 29), date(2025, 2, 28)),
        ("4y", date(2024, 2, 29), date(2028, 2, 29)),
        ("0d", date(2026, 5, 5), date(2026, 5, 5)),
        ("365d", date(2027, 7, 1), date(2028, 6, 30)),
    ],
)
def test_a_record_may_stay_until_the_end_of_its_last_day(period, recorded_on, last_day):
    assert ends_on(period, recorded_on) == last_day
    assert expired(kept(period), recorded_on, last_day) is False
    assert expired(kept(period), recorded_on, last_day + timedelta(days=1)) is True


def test_a_period_from_another_event_is_judged_only_when_its_day_is_known():
    recorded_on, today = date(2020, 1, 1), date(2026, 1, 1)
    for event in CountedFrom:
        if event is COLLECTION:
            continue
        assert expired(kept("24m", event), recorded_on, today) is None
        assert expired(kept("24m", event), recorded_on, today, {event: date(2025, 6, 1)}) is False
        assert expired(kept("24m", event), recorded_on, today, {event: date(2023, 6, 1)}) is True


def test_the_day_of_another_event_says_nothing():
    assert (
        expired(kept("24m", END), date(2000, 1, 1), date(2026, 1, 1), {LAST_CONTACT: date(2001, 1, 1)})
        is None
    )


def test_what_is_kept_for_ever_is_never_due():
    assert expired(Retention("x", for_ever=True), date(2000, 1, 1), date(2090, 1, 1)) is False


def test_what_cannot_be_computed_is_not_judged():
    for retention in (Retention("a reasonable time"), Retention("x", reviewed="24m"), Retention("x", "12m")):
        assert expired(retention, date(2000, 1, 1), date(2026, 1, 1)) is None


def test_of_a_choice_and_a_range_the_longest_counts():
    plan = kept("365d", choices=("30d", "90d", "365d"), decided_by="plan")
    assert expired(plan, date(2026, 1, 1), date(2026, 6, 1)) is False
    assert expired(plan, date(2026, 1, 1), date(2027, 6, 1)) is True


@given(st.dates(), days, periods)
def test_no_date_that_a_system_may_hold_breaks_it(recorded_on, today, period):
    assert expired(kept(period), recorded_on, today) in {True, False}


@given(days, days, periods)
def test_what_is_gone_stays_gone_and_what_begins_later_ends_no_earlier(recorded_on, today, period):
    if expired(kept(period), recorded_on, today):
        assert recorded_on < today
        assert expired(kept(period), recorded_on, today + timedelta(days=1))
    else:
        assert not expired(kept(period), recorded_on + timedelta(days=1), today)


@given(days, st.integers(0, 400))
def test_months_are_those_of_the_clock(start, months):
    assert ends_on(f"{months}m", start) == add_months(start, months)


@given(days, periods)
def test_no_period_lasts_longer_than_it_says_at_most(start, period):
    assert (ends_on(period, start) - start).days <= (kept(period).days_at_most or 0)
