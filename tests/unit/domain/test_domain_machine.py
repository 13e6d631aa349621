"""Whatever happens to a case in whatever order, it moves as the machine allows and never stands still unheard."""

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsar.contract import OrderKind, Role
from dsar.domain import routing, searching
from dsar.domain.case import NEXT, Case, Decision, Outcome, State, check, close
from dsar.domain.errors import NotNow
from dsar.domain.profile import CallersRule, Profile
from dsar.domain.rights import Right
from dsar.domain.routing import Business, Instruction
from dsar.domain.searching import Ended, Found
from dsar.domain.systems import SystemFacts
from dsar.domain.work import NewStep, StepKind, StepOutcome, StepState
from dsar.engine.service import load_profile

DEMO = load_profile("demo").profile
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def a_case(right=Right.ACCESS, role=Role.CONTROLLER, state=State.AWAITING_IDENTITY, **more):
    return Case(
        id=UUID(int=1),
        request_id=UUID(int=2),
        reference="R",
        language="en",
        parent_id=None,
        controller_id=more.get("controller_id"),
        tenant=more.get("tenant"),
        right=right,
        role=role,
        state=state,
        outcome=None,
        regime="EU_GDPR",
        received_at=AT,
        due_date=date(2026, 4, 1),
        statutory_due_date=date(2026, 4, 2),
        strict_due_date=date(2026, 4, 1),
        notice_deadline=date(2026, 4, 2),
        paused=False,
        residence="",
        assist_due_date=None,
        profile_hash=b"",
        wrapped_key=b"",
        assignee=None,
        event_count=0,
        event_head=b"",
        created_at=AT,
        closed_at=None,
    )


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
    """The states have an order; only a review goes back, so no case can go round for ever without a person."""
    order = list(State)
    back = {(a, b) for a in State for b in NEXT[a] if order.index(b) < order.index(a)}
    assert back == {(State.IN_REVIEW, State.SEARCHING), (State.ACTING, State.IN_REVIEW)}


# A case as the service plays it, on the pure decisions alone

facts = st.lists(
    st.builds(
        SystemFacts,
        key=st.sampled_from(["a", "b", "c"]),
        roles=st.frozensets(st.sampled_from(Role), min_size=1),
        orders=st.frozensets(st.sampled_from([OrderKind.ERASE, OrderKind.SUPPRESS])),
    ),
    max_size=3,
    unique_by=lambda system: system.key,
)


class Played:
    """One case with its steps and matches; every act goes through the domain's decisions."""

    def __init__(self, case, profile, systems):
        self.case, self.profile, self.systems = case, profile, systems
        self.steps, self.found = {}, []
        self.approved = self.instructed = self.refused = self.suppressed = False
        self.trail = [case.state]

    def apply(self, decision):
        check(self.case, decision)
        if decision.state is not None:
            self.case = msgspec.structs.replace(self.case, state=decision.state)
            self.trail.append(decision.state)
        self.suppressed |= decision.suppress
        if self.case.state is State.CLOSED:
            self.steps = {
                at: step
                for at, step in self.steps.items()
                if step["outcome"] or at[0] in {StepKind.SEND, StepKind.CLOSE}
            }
        for new in decision.steps:
            self.steps.setdefault((new.kind, new.key), {"new": new, "outcome": None, "by_hand": new.by_hand})

    def ended(self, *kinds):
        return [
            Ended(
                str(step["new"].payload.get("system", key)),
                StepState.DONE
                if step["outcome"]
                else StepState.MANUAL
                if step["by_hand"]
                else StepState.READY,
                step["outcome"],
            )
            for (kind, key), step in self.steps.items()
            if kind in kinds
        ]

    def acts(self):
        """All that could happen next."""
        found = []
        if self.case.state is State.AWAITING_CONTROLLER:
            found += [("instruct", one) for one in Instruction]
        found += [("finish", at) for at, step in self.steps.items() if step["outcome"] is None]
        found += [("decide", number) for number, match in enumerate(self.found) if match.open]
        if self.case.state is State.IN_REVIEW:
            found.append(("refuse", None))
            waiting = self.ended(StepKind.SEARCH, StepKind.BY_HAND)
            if not any(match.open for match in self.found) and not searching.unfinished(waiting):
                found.append(("approve", None))
        return found

    def play(self, act, what, draw):
        getattr(self, act)(what, draw)

    def instruct(self, instruction, draw):
        self.apply(routing.instructed(self.case, instruction, "controller:x", "because"))
        if instruction is Instruction.FULFIL:
            self.instructed = True
            self.apply(searching.begin(self.case, self.profile, self.systems))

    def decide(self, number, draw):
        match = self.found[number]
        decision = draw(st.sampled_from(["accepted", "rejected"]))
        self.found[number] = msgspec.structs.replace(match, decision=decision)
        if decision == "accepted" and self.case.right.copies:
            payload = {"system": match.system_key, "export": True, "match": str(match.id)}
            self.apply(Decision(steps=(NewStep(StepKind.SEARCH, f"{match.system_key}:{match.id}", payload),)))
        self.look()

    def look(self):
        self.apply(
            searching.after_search(
                self.case, self.profile, self.ended(StepKind.SEARCH), self.found, self.systems
            )
        )

    def approve(self, what, draw):
        self.approved = True
        self.apply(searching.proceed(self.case, self.found, self.systems))

    def refuse(self, what, draw):
        self.refused = True
        for step in self.steps.values():
            step["outcome"] = step["outcome"] or StepOutcome.DROPPED
        self.apply(Decision(State.ANSWERING, Outcome.REFUSED, steps=(NewStep(StepKind.ANSWER),)))

    def finish(self, at, draw):
        kind, key = at
        step = self.steps[at]
        gap = draw(st.booleans())
        step["outcome"] = StepOutcome.GAP if gap else StepOutcome.DONE
        if kind is StepKind.SEARCH:
            self.searched(step, draw, gap=gap)
        elif kind in {StepKind.ORDER, StepKind.VERIFY}:
            if kind is StepKind.ORDER and step["new"].payload["order"] == "erase" and not gap:
                self.apply(Decision(steps=(NewStep(StepKind.VERIFY, key, {"system": key}),)))
            self.after_order()
        elif kind is StepKind.BY_HAND:
            if self.case.state is State.ACTING:
                self.after_order()
            elif (
                self.case.state is State.IN_REVIEW
                and self.case.right.by_hand
                and not searching.unfinished(self.ended(StepKind.ORDER, StepKind.VERIFY, StepKind.BY_HAND))
            ):
                self.apply(Decision(State.ANSWERING, steps=(NewStep(StepKind.ANSWER),)))
        else:
            self.apply(
                {
                    StepKind.LOOK_UP: lambda: routing.after_look_up(self.case, self.profile, [], []),
                    StepKind.ASSEMBLE: lambda: Decision(State.ANSWERING, steps=(NewStep(StepKind.ANSWER),)),
                    StepKind.ANSWER: lambda: Decision(
                        State.DELIVERED, Outcome.FULFILLED, steps=(NewStep(StepKind.CLOSE),)
                    ),
                    StepKind.CLOSE: lambda: close(Outcome.FULFILLED),
                }[kind]()
            )

    def searched(self, step, draw, *, gap):
        if not gap and "match" not in step["new"].payload:
            for sure in draw(st.lists(st.booleans(), max_size=2)):
                self.found.append(Found(uuid4(), step["new"].key, sure, None))
        self.look()

    def after_order(self):
        ended = self.ended(StepKind.ORDER, StepKind.VERIFY, StepKind.BY_HAND)
        self.apply(searching.after_order(self.case, ended))

    def erasures(self):
        return [
            step["new"].payload["system"]
            for (kind, _), step in self.steps.items()
            if kind is StepKind.ORDER and step["new"].payload["order"] == "erase"
        ]


@st.composite
def plays(draw):
    right = draw(st.sampled_from(Right))
    ours = draw(st.booleans())
    approval = draw(st.sets(st.sampled_from(Right)))
    profile = msgspec.structs.replace(DEMO, approval=tuple(approval))
    case = (
        a_case(right)
        if ours
        else a_case(right, Role.PROCESSOR, State.AWAITING_CONTROLLER, controller_id=UUID(int=9), tenant="t")
    )
    played = Played(case, profile, draw(facts))
    if ours:
        played.apply(searching.begin(case, profile, played.systems, wrote=draw(st.booleans())))
    for _ in range(80):
        acts = played.acts()
        if played.case.state is State.CLOSED or not acts:
            break
        played.play(*draw(st.sampled_from(acts)), draw)
        guard(played)
    return played


def guard(played):
    """What must hold after every act."""
    role, right = played.case.role, played.case.right
    able = {system.key for system in played.systems if OrderKind.ERASE in system.orders}
    counted = {match.system_key for match in played.found if match.counts}
    for key in played.erasures():
        assert right is Right.ERASURE
        assert key in able
        assert key in counted
        if right in played.profile.approval and role is Role.CONTROLLER:
            assert played.approved, "an erasure went out that nobody approved"
        if role is Role.PROCESSOR:
            assert played.instructed, "an erasure went out that the controller did not instruct"
    for system in played.systems:
        if role not in system.roles:
            assert (StepKind.SEARCH, system.key) not in played.steps, (
                "a system was searched that holds no such people"
            )
    if role is Role.PROCESSOR:
        assert not played.suppressed, "a caller of a customer's got on the operator's own list"
        if not played.instructed:
            assert not played.ended(StepKind.SEARCH, StepKind.ORDER)
    if (
        played.case.state in {State.ASSEMBLING, State.ANSWERING, State.DELIVERED}
        and State.IN_REVIEW not in played.trail
    ):
        assert not any(match.open for match in played.found), "an answer went on while a match was undecided"


@settings(max_examples=400, deadline=None)
@given(plays())
def test_a_case_always_has_something_that_can_happen_next_and_comes_to_its_end(played):
    assert played.acts() or played.case.state is State.CLOSED, f"stands still in {played.case.state}"


@settings(max_examples=200, deadline=None)
@given(plays())
def test_an_erasure_of_our_own_always_ends_on_the_suppression_list(played):
    ours = played.case.role is Role.CONTROLLER
    carried_out = State.ANSWERING in played.trail and not played.refused
    expected = ours and (
        played.case.right in {Right.OBJECTION, Right.OPT_OUT_SALE}
        or (played.case.right is Right.WITHDRAW_CONSENT and DEMO.consents != ())
        or (played.case.right.erases and (carried_out or State.ACTING in played.trail))
    )
    assert played.suppressed == expected


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
        assert searching.after_search(case, DEMO, searches, [], []) == Decision()


@pytest.mark.parametrize("state", sorted(set(State) - {State.SEARCHING, State.IN_REVIEW}))
def test_a_search_that_ends_when_the_case_has_gone_on_decides_nothing(state):
    searches = [Ended("a", StepState.DONE, StepOutcome.FOUND)]
    assert searching.after_search(a_case(state=state), DEMO, searches, [], [system("a")]) == Decision()


@pytest.mark.parametrize(
    ("right", "found", "gaps", "kept", "outcome"),
    [
        (Right.ACCESS, True, False, False, Outcome.FULFILLED),
        (Right.ACCESS, False, False, False, Outcome.NOTHING_HELD),
        (Right.ACCESS, False, True, False, Outcome.FULFILLED_IN_PART),
        (Right.ERASURE, True, False, True, Outcome.FULFILLED_IN_PART),
        (Right.ERASURE, False, False, False, Outcome.NOTHING_HELD),
        (Right.OBJECTION, False, False, False, Outcome.FULFILLED),
        (Right.RECTIFICATION, False, False, False, Outcome.FULFILLED),
    ],
)
def test_the_outcome_says_no_more_than_what_was_done(right, found, gaps, kept, outcome):
    assert searching.outcome_of(right, found=found, gaps=gaps, kept=kept) is outcome


@pytest.mark.parametrize("state", sorted(set(State) - {State.AWAITING_CONTROLLER}))
@pytest.mark.parametrize("instruction", list(Instruction))
def test_an_instruction_is_heard_only_while_the_case_waits_for_it(state, instruction):
    with pytest.raises(NotNow):
        routing.instructed(a_case(role=Role.PROCESSOR, state=state), instruction, "controller:x", None)


def test_a_look_up_that_ends_twice_refers_once():
    case = a_case(role=Role.PROCESSOR, state=State.CLOSED)
    assert routing.after_look_up(case, DEMO, [Business(uuid4(), "A", "a")], ["calls"]) == Decision()


def test_a_profile_is_data_and_frozen():
    assert isinstance(DEMO, Profile)
    with pytest.raises(AttributeError):
        DEMO.key = "x"
