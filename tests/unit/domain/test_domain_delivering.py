"""The schedule of deliveries: rising, spread by chance but never early, and longer only when the receiver asks."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.domain.delivering import (
    ASKED_SECONDS_MAX,
    ATTEMPTS_MAX,
    JITTER_MAX,
    RETRY_SECONDS,
    Ending,
    asked_seconds,
    ending,
    wait,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
attempts = st.integers(1, ATTEMPTS_MAX - 1)
chances = st.floats(0, 1, exclude_max=True)


def test_the_schedule_is_the_standards():
    hours = [5 / 3600, 1 / 12, 0.5, 2, 5, 10, 14, 20, 24]
    assert [seconds / 3600 for seconds in RETRY_SECONDS] == pytest.approx(hours)
    assert ATTEMPTS_MAX == 10


@given(attempts, chances)
def test_chance_makes_a_wait_longer_by_a_tenth_at_most_and_never_shorter(attempt, chance):
    scheduled = timedelta(seconds=RETRY_SECONDS[attempt - 1])
    assert scheduled <= wait(attempt, chance) <= scheduled * (1 + JITTER_MAX)


@given(attempts, chances, chances)
def test_another_chance_is_another_time(attempt, one, other):
    later = wait(attempt, max(one, other))
    assert later >= wait(attempt, min(one, other))
    assert wait(attempt, 0.9) > wait(attempt, 0.1)


@given(attempts, chances, st.floats(0, 1e12))
def test_a_receiver_may_ask_for_more_time_but_not_for_less_and_not_beyond_a_day(attempt, chance, asked):
    scheduled, found = wait(attempt, chance), wait(attempt, chance, asked)
    assert found >= scheduled
    assert found <= max(scheduled, timedelta(seconds=ASKED_SECONDS_MAX))
    if scheduled.total_seconds() < asked <= ASKED_SECONDS_MAX:
        assert found == timedelta(seconds=asked)


@given(st.integers(0, 10**9))
def test_seconds_are_understood(seconds):
    assert asked_seconds(f" {seconds} ", NOW) == min(seconds, ASKED_SECONDS_MAX)


@given(st.integers(-(10**6), 10**6))
def test_a_date_is_understood_and_one_that_is_past_asks_for_nothing(ahead):
    header = format_datetime(NOW + timedelta(seconds=ahead), usegmt=True)
    assert asked_seconds(header, NOW) == min(max(ahead, 0), ASKED_SECONDS_MAX)


def test_a_date_in_another_zone_or_in_none_is_a_date_all_the_same():
    assert asked_seconds("Mon, 02 Mar 2026 11:00:30 +0200", NOW) == 30
    assert asked_seconds("Mon, 02 Mar 2026 09:00:30 -0000", NOW) == 30


@pytest.mark.parametrize(
    "header",
    [
        *(
            None,
            "",
            " ",
            "soon",
            "-5",
            "1.5",
            "١٢",
            "²",
            "Mon, 99 Mar 2026 09:00:00 GMT",
            "\x00",
            "9" * 500 + "x",
        ),
        "Mon, 02 Jan 99999999999999999999 00:00:00 GMT",
        "Mon, 02 Jan 2026 99999999999999999999:00:00 GMT",
        "Mon, 02 Jan 2026 00:00:00 -99999999999",
        "Mon, 01 Jan 2026 00:00:00 +9999",
    ],
)
def test_what_makes_no_sense_asks_for_nothing(header):
    assert asked_seconds(header, NOW) is None


@given(st.text(max_size=60))
def test_no_header_is_a_fault(header):
    found = asked_seconds(header, NOW)
    assert found is None or 0 <= found <= ASKED_SECONDS_MAX


def test_an_immense_number_is_held_to_a_day():
    assert asked_seconds("9" * 5000, NOW) == ASKED_SECONDS_MAX


@given(st.integers(1, ATTEMPTS_MAX), st.integers(100, 599) | st.none())
def test_two_hundreds_alone_are_success_and_every_attempt_has_an_end(attempt, status):
    found = ending(attempt, status)
    if status is not None and 200 <= status < 300:
        assert found is Ending.DELIVERED
    elif status == 410:
        assert found is Ending.GONE
    else:
        assert found is (Ending.AGAIN if attempt < ATTEMPTS_MAX else Ending.GAVE_UP)


def test_where_nothing_can_be_switched_off_410_is_a_failure_like_any_other():
    assert ending(1, 410, may_be_gone=False) is Ending.AGAIN
    assert ending(ATTEMPTS_MAX, 410, may_be_gone=False) is Ending.GAVE_UP
