"""Whatever happens to a case in whatever order, it moves as the machine allows and never stands still unheard."""

from uuid import uuid4

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from machine_play import DEMO, NOTHING, a_case, anything, guard

from dsar.contract import Role
from dsar.domain import routing, searching
from dsar.domain.case import NEXT, AnswerTo, Decision, Outcome, State, check, close
from dsar.domain.errors import NotNow
from dsar.domain.profile import CallersRule, Profile
from dsar.domain.rights import Right
from dsar.domain.routing import Business, Instruction
from dsar.domain.searching import Ended
from dsar.domain.systems import SystemFacts
from dsar.domain.work import StepKind, StepOutcome, StepState


def test_each_move_of_the_machine_is_taken_and_each_other_is_refused():
    for state in State:
        for wanted in State:
            decision = Decision(state=wanted)
            if wanted is state or wanted in NEXT[state]:
                check(a_case(state=state), decision)
            else:
                with pytest.raises(NotNow, match="It cannot become"):
                    check(a_case(state=state), decision)


def test_the_end_is_reached_from_everywhere_and_left_from_nowhere():
    assert NEXT[State.CLOSED] == frozenset()
    assert set(NEXT) == set(State)
    for state in set(State) - {State.CLOSED}:
        assert State.CLOSED in NEXT[state]
        check(a_case(state=state), close(Outcome.WITHDRAWN))


def test_nothing_is_reached_again_once_it_was_left_but_the_search_that_a_review_asks_for():
    """The states have an order; what goes back comes to a person's review, so none goes round for ever by itself."""
    order = list(State)
    back = {(a, b) for a in State for b in NEXT[a] if order.index(b) < order.index(a)}
    assert back == {
        (State.IN_REVIEW, State.SEARCHING),
        (State.ACTING, State.IN_REVIEW),
        (State.ASSEMBLING, State.IN_REVIEW),
    }


@settings(max_examples=400, deadline=None)
@given(anything)
def test_a_case_always_has_something_that_can_happen_next_and_comes_to_its_end(played):
    assert played.acts() or played.case.state is State.CLOSED, f"stands still in {played.case.state}"


@settings(max_examples=200, deadline=None)
@given(anything)
def test_an_erasure_of_our_own_always_ends_on_the_suppression_list(played):
    ours = played.case.role is Role.CONTROLLER
    carried_out = State.ANSWERING in played.trail and not played.refused
    expected = ours and (
        played.case.right in {Right.OBJECTION, Right.OPT_OUT_SALE}
        or (
            played.case.right is Right.WITHDRAW_CONSENT
            and (not played.purposes or "marketing" in played.purposes)
        )
        or (played.case.right.erases and (carried_out or State.ACTING in played.trail))
    )
    assert played.suppressed == expected


@settings(max_examples=300, deadline=None)
@given(anything)
def test_a_marketing_stop_is_never_dropped(played):
    if played.case.right in {Right.OBJECTION, Right.WITHDRAW_CONSENT, Right.OPT_OUT_SALE}:
        stops = [s for s in played.steps.values() if s["new"].payload.get("order") == "suppress"]
        assert all(stop["outcome"] is not StepOutcome.DROPPED for stop in stops)


@settings(max_examples=300, deadline=None)
@given(anything, st.data())
def test_whoever_does_whatever_can_be_done_brings_the_case_to_its_end(played, data):
    """From wherever a play stopped: a person who takes the first thing to do, again and again, is done some day."""
    for _ in range(60):
        acts = [act for act in played.acts() if act[0] in {"finish", "lift", "decide"}] or played.acts()
        if played.case.state is State.CLOSED:
            break
        played.play(*data.draw(st.sampled_from(acts)), data.draw)
        guard(played)
    assert played.case.state is State.CLOSED, f"never ends, in {played.case.state}"


# Decisions one by one


def system(key, *orders, roles=(Role.CONTROLLER, Role.PROCESSOR)):
    return SystemFacts(key, frozenset(roles), frozenset(orders))


@pytest.mark.parametrize("rule", [CallersRule.FORWARD, CallersRule.REFER])
def test_a_callers_case_is_looked_up_before_anything_else(rule):
    profile = msgspec.structs.replace(DEMO, callers=rule)
    decision = searching.begin(a_case(role=Role.PROCESSOR), profile, [system("a")])
    assert decision.state is State.ROUTING
    assert [step.kind for step in decision.steps] == [StepKind.LOOK_UP]


def test_a_search_that_is_not_through_decides_nothing():
    case = a_case(state=State.SEARCHING)
    for state in (StepState.READY, StepState.RUNNING, StepState.MANUAL):
        searches = [Ended("a", StepState.DONE, StepOutcome.FOUND), Ended("b", state, None)]
        assert searching.after_search(case, DEMO, searches, [], [], NOTHING) == Decision()


@pytest.mark.parametrize("state", sorted(set(State) - {State.SEARCHING, State.IN_REVIEW}))
def test_a_search_that_ends_when_the_case_has_gone_on_decides_nothing(state):
    searches = [Ended("a", StepState.DONE, StepOutcome.FOUND)]
    assert (
        searching.after_search(a_case(state=state), DEMO, searches, [], [system("a")], NOTHING) == Decision()
    )


@pytest.mark.parametrize(
    ("right", "found", "gaps", "kept", "outcome"),
    [
        (Right.ACCESS, True, False, False, Outcome.FULFILLED),
        (Right.ACCESS, False, False, False, Outcome.NOTHING_HELD),
        (Right.ACCESS, False, True, False, Outcome.FULFILLED_IN_PART),
        (Right.ERASURE, True, False, True, Outcome.FULFILLED_IN_PART),
        (Right.ERASURE, False, False, False, Outcome.NOTHING_HELD),
        (Right.OBJECTION, False, False, False, Outcome.FULFILLED),
        (Right.RECTIFICATION, True, False, False, Outcome.FULFILLED),
        (Right.RECTIFICATION, False, False, False, Outcome.NOTHING_HELD),
        (Right.RESTRICTION, False, False, False, Outcome.NOTHING_HELD),
        (Right.AUTOMATED_DECISION, False, False, False, Outcome.FULFILLED),
        (Right.RECTIFICATION, True, False, True, Outcome.FULFILLED_IN_PART),
    ],
)
def test_the_outcome_says_no_more_than_what_was_done(right, found, gaps, kept, outcome):
    assert searching.outcome_of(right, found=found, gaps=gaps, kept=kept) is outcome


@pytest.mark.parametrize("state", sorted(set(State) - {State.AWAITING_CONTROLLER}))
@pytest.mark.parametrize("instruction", list(Instruction))
def test_an_instruction_is_heard_only_while_the_case_waits_for_it(state, instruction):
    with pytest.raises(NotNow):
        routing.instructed(
            a_case(role=Role.PROCESSOR, state=state), instruction, "controller:x", None, AnswerTo.CONTROLLER
        )


def test_a_look_up_that_ends_twice_refers_once():
    case = a_case(role=Role.PROCESSOR, state=State.CLOSED)
    assert routing.after_look_up(case, DEMO, [Business(uuid4(), "A", "a")], ["calls"]) == Decision()


def test_a_profile_is_data_and_frozen():
    assert isinstance(DEMO, Profile)
    with pytest.raises(AttributeError):
        DEMO.key = "x"
