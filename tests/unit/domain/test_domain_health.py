"""How long a step waits for a system, how often one is tried, and how its calls are spread."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.domain.health import AGAIN_MIN, BACK_OFF_MAX, PROBE_FIRST, PROBE_LAST, pace, probe_again_at, wait
from dsar.domain.work import Step, StepKind

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def step(lease=1, detail=None, cursor=None):
    zero = UUID(int=0)
    return Step(zero, zero, StepKind.SEARCH, "crm", {}, 1, lease, cursor, detail or {}, NOW)


@given(st.integers(1, 60), st.lists(st.floats(0, 90), min_size=150, max_size=200))
def test_no_minute_sees_more_calls_than_its_limit(per_minute, pauses):
    """Calls that come after any pauses, each as early as it may; as `turn` in health.sql reckons."""
    spread, now, spoken_for, went = pace(per_minute), 0.0, 0.0, []
    for pause in pauses:
        now = max(now + (pause if pause > 80 else 0.0), spoken_for - spread.ahead)
        spoken_for = max(spoken_for, now) + spread.gap
        went.append(now)
    assert all(later - earlier >= 60 - 1e-6 for earlier, later in zip(went, went[per_minute:], strict=False))


@pytest.mark.parametrize("per_minute", [1, 2, 3, 4, 7, 40, 600])
def test_a_limit_is_used_to_three_quarters_at_least_once_the_burst_is_gone(per_minute):
    assert 60 / pace(per_minute).gap >= per_minute * 0.75 - 1e-9


@given(st.timedeltas(timedelta(0), timedelta(days=30)))
def test_a_silent_system_is_tried_within_a_quarter_of_an_hour_and_not_at_once(away):
    assert PROBE_FIRST <= probe_again_at(NOW - away, NOW) - NOW <= PROBE_LAST


def waits(until, *, due_date=None, every=None, count=10_000):
    """Play a step that is turned away each time; when it gives up, counted from the first time."""
    now, so_far = NOW, step()
    for lease in range(2, count):
        again = wait(so_far, until(now), now, due_date, {"reason": "x"})
        if again is None:
            return now - NOW
        assert not again.burns_attempt
        assert again.at - now >= AGAIN_MIN
        now, so_far = again.at, step(lease, {**so_far.detail, **again.detail})
    raise AssertionError("it waits for ever")


def test_a_step_gives_up_after_two_days():
    assert timedelta(days=2) <= waits(lambda now: now + timedelta(hours=1)) <= timedelta(days=2, hours=1)


def test_a_step_whose_case_is_due_gives_up_after_an_hour():
    assert (
        timedelta(hours=1)
        <= waits(lambda now: now, due_date=date(2026, 3, 3))
        <= timedelta(hours=1, seconds=60)
    )


def test_a_step_that_waits_for_a_place_comes_back_less_and_less_often():
    first = wait(step(), NOW, NOW, None, {})
    assert first.at - NOW == AGAIN_MIN
    later = NOW + timedelta(hours=1)
    again = wait(step(2, first.detail), later, later, None, {})
    assert again.at - later == BACK_OFF_MAX


@pytest.mark.parametrize(
    "between", [step(5, {}), step(3, {}, cursor="m|1")], ids=["something-else-happened", "it-got-on"]
)
def test_a_wait_of_long_ago_does_not_count(between):
    first = wait(step(), NOW, NOW, None, {})
    later = NOW + timedelta(days=30)
    again = wait(msgspec.structs.replace(between, detail=first.detail), later, later, None, {})
    assert again is not None
