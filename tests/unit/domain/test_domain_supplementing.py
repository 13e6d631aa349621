"""What the end of a late search makes of a case whose answer is out: nothing is told twice, nothing is left untold."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.contract import Role
from dsar.domain.case import Outcome, State
from dsar.domain.profile import load
from dsar.domain.rights import Right
from dsar.domain.supplementing import SETTLES_IN, Fresh, Late, Search, after_late_search
from dsar.domain.work import StepKind, StepOutcome
from dsar.store import shipped

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
PROFILE = load((shipped("profiles") / "demo.toml").read_text(), "demo.toml").profile
FRESH = Fresh("shop", "contact", 2, 0, 0)


def case(**other):
    known = {
        "state": State.DELIVERED,
        "right": Right.ACCESS,
        "role": Role.CONTROLLER,
        "outcome": Outcome.FULFILLED_IN_PART,
    }
    return SimpleNamespace(**known | other)


def late(outcome=StepOutcome.FOUND, fresh=(FRESH,), **other):
    known = {"told_missing": frozenset({"shop"}), "searches": (Search("shop", outcome),), "fresh": fresh}
    return Late(**known | other)


def kinds(decision):
    return [(step.kind, step.key) for step in decision.steps]


def test_what_was_found_goes_out_in_a_supplement_after_a_while():
    decision = after_late_search(case(), PROFILE, late(), NOW)
    (step,) = decision.steps
    assert (step.kind, step.key, step.due_at) == (StepKind.SUPPLEMENT, "2", NOW + SETTLES_IN)
    assert decision.state is None, "the case stays answered"


def test_a_system_that_held_nothing_closes_its_gap_by_a_letter():
    decision = after_late_search(case(), PROFILE, late(StepOutcome.NO_MATCH, ()), NOW)
    assert kinds(decision) == [(StepKind.TELL_MORE, "2")]


@pytest.mark.parametrize("outcome", [StepOutcome.GAP, StepOutcome.FAILED, None])
def test_while_nothing_came_there_is_nothing_to_tell(outcome):
    assert kinds(after_late_search(case(), PROFILE, late(outcome, ()), NOW)) == []


def test_what_a_system_gave_before_it_failed_again_goes_out_and_the_gap_stays():
    again = late(StepOutcome.GAP)
    assert kinds(after_late_search(case(), PROFILE, again, NOW)) == [(StepKind.SUPPLEMENT, "2")]
    assert again.closed == frozenset()


@pytest.mark.parametrize(
    ("of", "seen"),
    [
        pytest.param(case(state=State.CLOSED), late(), id="closed"),
        pytest.param(case(outcome=Outcome.REFUSED), late(), id="refused"),
        pytest.param(case(right=Right.ERASURE), late(), id="no copy"),
        pytest.param(case(), late(undecided=True), id="a match waits"),
        pytest.param(case(), late(under_way=True), id="one is being made"),
    ],
)
def test_what_must_wait_or_comes_too_late_leads_to_nothing(of, seen):
    assert after_late_search(of, PROFILE, seen, NOW).steps == ()


def test_each_supplement_has_a_number_of_its_own():
    decision = after_late_search(case(), PROFILE, late(numbers=(2, 3)), NOW)
    assert kinds(decision) == [(StepKind.SUPPLEMENT, "4")]


def test_a_gap_counts_as_closed_only_once_its_find_has_gone_out():
    assert late().closed == frozenset()
    assert late(fresh=()).closed == {"shop"}


SYSTEMS = st.sampled_from(["a", "b", "c"])
SEARCHES = st.lists(st.builds(Search, SYSTEMS, st.sampled_from([None, *StepOutcome])), max_size=5).map(tuple)


@given(st.frozensets(SYSTEMS), SEARCHES, st.lists(SYSTEMS, max_size=2))
def test_every_gap_that_was_told_is_closed_or_still_missing_and_never_both(told, searches, fresh):
    seen = Late(
        told_missing=told,
        searches=searches,
        fresh=tuple(Fresh(key, "contact", 1, 0, 0) for key in fresh),
    )
    assert seen.closed | seen.missing >= told
    assert not seen.closed & seen.missing
    assert seen.at_work <= seen.missing
