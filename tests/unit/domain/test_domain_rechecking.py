"""On which days an erasure is looked at again, and what a date says of a record that is found then."""

from datetime import UTC, datetime, timedelta

import pytest

from dsar.contract import Role
from dsar.domain.rechecking import Counts, Looks, Sought, recheck_days, recheck_steps, rechecked

ERASED = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
SOUGHT = Sought((), (), Role.CONTROLLER, None, ERASED)


@pytest.mark.parametrize(
    ("wanted", "declared", "days"),
    [
        ((), (30, 1, 7), [1, 7, 30]),
        ((3,), (1, 7, 30), [3]),
        ((0,), (1, 7, 30), []),
        ((7, 7, -1, 367), (1,), [7]),
        ((), (), []),
        (tuple(range(1, 30)), (), list(range(1, 11))),
    ],
    ids=["declared", "wanted", "never", "nonsense", "none", "many"],
)
def test_the_operator_says_the_days_or_else_the_connector(wanted, declared, days):
    assert recheck_days(wanted, declared) == days


def test_a_step_for_each_day_counts_from_the_erasure():
    steps = recheck_steps(Looks("crm"), [1, 7], "accepted", ERASED)
    assert [(step.key, step.due_at) for step in steps] == [
        ("crm:1", ERASED + timedelta(days=1)),
        ("crm:7", ERASED + timedelta(days=7)),
    ]


@pytest.mark.parametrize(
    ("day", "since"),
    [
        (None, False),
        ("2026-03-02", False),
        ("2026-03-03", False),  # where its system counts, the day of the erasure may have begun already
        ("2026-03-04", True),
        ("2026-03-10", True),
        ("2026-03-12", False),  # a day to come says nothing of when the record came
        ("", False),
        ("yesterday!", False),
    ],
    ids=str,
)
def test_only_a_day_well_after_the_erasure_shows_that_a_record_came_since(day, since):
    assert SOUGHT.is_since(day, datetime(2026, 3, 10, 12, tzinfo=UTC)) is since


@pytest.mark.parametrize(
    ("before", "unexpected", "proof"),
    [
        ("verified", 0, "verified"),
        ("accepted", 0, "verified"),
        ("accepted", 1, "accepted"),
        ("unverifiable", 0, "unverifiable"),
    ],
    ids=["verified", "verified by the look", "still there", "hidden"],
)
def test_a_look_makes_a_vendors_word_a_proof_where_it_finds_nothing(before, unexpected, proof):
    event = rechecked({"system": "crm", "day": 7, "proof": before}, Counts(unexpected=unexpected))
    assert event.data["proof"] == proof
    assert ("before" in event.data) is (proof != before)
