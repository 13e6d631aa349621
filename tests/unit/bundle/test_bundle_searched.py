from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from msgspec import structs

from dsar.bundle.searched import Ending, searched
from dsar.domain.work import StepKind, StepOutcome, StepState
from dsar.store.steps import StepRow

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def step(key, outcome, payload=None, kind=StepKind.SEARCH):
    state = StepState.DONE if outcome else StepState.MANUAL
    return StepRow(uuid4(), uuid4(), kind, key, payload or {}, state, NOW, 1, outcome, {}, NOW, NOW)


@pytest.mark.parametrize(
    ("outcome", "ending"),
    [
        (StepOutcome.FOUND, Ending.FOUND),
        (StepOutcome.NO_MATCH, Ending.NO_MATCH),
        (StepOutcome.NOT_SEARCHABLE, Ending.NOT_SEARCHABLE),
        (StepOutcome.GAP, Ending.GAP),
        (StepOutcome.FAILED, Ending.GAP),
        (StepOutcome.DROPPED, Ending.GAP),
        (StepOutcome.MANUAL, Ending.MANUAL),
        (StepOutcome.DONE, Ending.MANUAL),
        (None, Ending.GAP),
    ],
)
def test_every_outcome_of_a_search_is_named(outcome, ending):
    (system,) = searched([step("crm", outcome)], [], {"crm": "Customers"})
    assert (system.outcome, system.title) == (ending, "Customers")


def test_a_system_searched_twice_is_as_good_as_its_worst_search():
    both = [step("crm", StepOutcome.FOUND), step("crm:m", StepOutcome.GAP, {"system": "crm"})]
    (system,) = searched(both, [], {})
    assert system.outcome is Ending.GAP


def test_other_steps_are_no_systems():
    assert searched([step("", StepOutcome.DONE, kind=StepKind.ASSEMBLE)], [], {}) == ()


def test_a_search_says_when_the_last_of_it_ended_or_that_it_goes_on():
    later = NOW + timedelta(days=1)
    first, last, open_still = (
        step("crm", StepOutcome.FOUND),
        step("crm:m", StepOutcome.FOUND),
        step("crm:n", None),
    )
    both = [structs.replace(one, payload={"system": "crm"}) for one in (first, last)]
    (ended,) = searched([both[0], structs.replace(both[1], finished_at=later)], [], {})
    assert (ended.at, ended.pending) == (later, False)
    (going,) = searched([*both, structs.replace(open_still, payload={"system": "crm"})], [], {})
    assert (going.at, going.pending, going.outcome) == (None, True, Ending.GAP)
