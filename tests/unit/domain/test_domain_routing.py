"""Whose caller it is, by which rule the business hears of it, and what it may say before, of and after its case."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from machine_play import AT, DEMO, a_case

from dsar.contract import OrderKind, Role
from dsar.domain import information, routing, searching, standing, watching, withdrawing
from dsar.domain.alarms import Alarm, AlarmClock, AlarmName
from dsar.domain.case import AnswerTo, Decision, Notice, Outcome, State
from dsar.domain.ending import with_closing
from dsar.domain.errors import InvalidInput, NotNow
from dsar.domain.history import chain
from dsar.domain.profile import CallersRule
from dsar.domain.rights import Right
from dsar.domain.routing import Business, Instruction
from dsar.domain.standing import Standing, StandingInstruction
from dsar.domain.systems import SystemFacts
from dsar.domain.telling import told
from dsar.domain.work import StepKind, StepOutcome

ACME = Business(UUID(int=1), "Acme Oy", "a", ("+358912345678",), ("Hair Corner",))
TWIN = Business(UUID(int=2), "Acme Ab", "b", ("+358900000001", "+358912345678"))
FORWARD, REFER = (
    msgspec.structs.replace(DEMO, callers=rule) for rule in (CallersRule.FORWARD, CallersRule.REFER)
)
SYSTEMS = [SystemFacts("calls", frozenset(Role), frozenset(OrderKind))]


def a_callers(state=State.AWAITING_CONTROLLER, right=Right.ACCESS, **more):
    return a_case(right, Role.PROCESSOR, state, controller_id=ACME.id, tenant="a", **more)


def events(*new):
    return chain(UUID(int=1), 0, b"", AT, new)


# Naming


@pytest.mark.parametrize(
    ("words", "called", "found"),
    [
        ("hair corner", None, [ACME]),
        ("acme", None, [ACME, TWIN]),
        ("Acme Oy", None, [ACME, TWIN]),
        ("09 0000 0002", None, []),
        ("09 0000 0001", None, [TWIN]),
        ("", "+358912345678", [ACME, TWIN]),
        ("+358 9 1234 5678", None, [ACME, TWIN]),
        ("hair corner", "+358900000001", [ACME, TWIN]),
        ("Beta", None, []),
    ],
)
def test_the_person_names_by_name_other_name_or_line(words, called, found):
    assert routing.named(words, called, [ACME, TWIN], "FI") == found


@pytest.mark.parametrize(
    ("tenants", "left"), [({"a"}, [ACME]), ({"a", "b", "x"}, [ACME, TWIN]), ({"x"}, []), (set(), [])]
)
def test_between_several_that_fit_the_call_store_decides_and_where_it_knows_none_it_is_nobody(tenants, left):
    assert routing.held_by([ACME, TWIN], tenants) == left


# Refer or forward


@pytest.mark.parametrize(
    ("profile", "own", "goes"),
    [(FORWARD, None, True), (REFER, None, False), (FORWARD, "refer", False), (REFER, "forward", True)],
)
def test_a_businesss_own_rule_goes_before_the_profiles(profile, own, goes):
    business = msgspec.structs.replace(ACME, callers=own)
    assert routing.forwards(business, profile) is goes


@given(st.lists(st.sampled_from([None, "forward", "refer"]), max_size=4), st.sampled_from([FORWARD, REFER]))
def test_what_a_letter_promises_holds_for_every_business(rules, profile):
    known = [msgspec.structs.replace(ACME, callers=rule) for rule in rules]
    promised = routing.promised(known, profile)
    each = {routing.forwards(business, profile) for business in known} | {profile is FORWARD}
    assert promised == {(True,): "forward", (False,): "refer", (False, True): "either"}[tuple(sorted(each))]


def test_the_history_says_what_was_searched_and_found_and_to_whom_it_went():
    case = a_case(role=Role.PROCESSOR, state=State.ROUTING)
    refers = msgspec.structs.replace(TWIN, callers="refer")
    decision = routing.after_look_up(case, FORWARD, [ACME, refers], ["calls"])
    assert [event.data for event in decision.events[:2]] == [
        {"systems": ["calls"], "businesses": [str(ACME.id), str(TWIN.id)]},
        {"forwarded": [str(ACME.id)]},
    ]
    nobody = routing.after_look_up(case, FORWARD, [], ["calls"])
    assert nobody.events[0].data == {"systems": ["calls"], "businesses": []}
    assert nobody.outcome is Outcome.REFERRED


def test_a_business_to_which_the_person_is_referred_hears_once_that_somebody_comes():
    decision = told(a_callers(), routing.referred(a_callers(), ACME))
    assert (decision.state, decision.outcome) == (State.CLOSED, Outcome.REFERRED)
    (notice,) = decision.notices
    assert (notice.template, notice.facts) == ("case.referred", {"state": "closed", "outcome": "referred"})
    assert routing.referred(a_callers(State.CLOSED), ACME) == Decision()


# Instructions


def test_an_instruction_to_fulfil_begins_the_case_in_one_decision():
    case = a_callers()
    heard = routing.instructed(case, Instruction.FULFIL, "controller:x", None, AnswerTo.PERSON)
    decision = routing.fulfilled(case, heard, DEMO, SYSTEMS)
    assert (decision.state, decision.answer_to) == (State.SEARCHING, AnswerTo.PERSON)
    assert [event.type for event in decision.events] == ["controller.instructed", "search.started"]
    assert [step.kind for step in decision.steps] == [StepKind.SEARCH]
    (notice,) = told(case, decision).notices
    assert (notice.template, notice.facts["state"]) == ("case.status_changed", "searching")


def test_a_person_whom_we_proved_for_a_controller_is_searched_for_only_when_it_says_so():
    decision = searching.begin(a_callers(State.AWAITING_IDENTITY), DEMO, SYSTEMS)
    assert (decision.state, decision.steps) == (State.AWAITING_CONTROLLER, ())


# Standing instructions


def a_standing(*rights, instruction="fulfil", answer_to=AnswerTo.CONTROLLER):
    return Standing(
        id=uuid4(),
        controller_id=ACME.id,
        rights=rights,
        instruction=StandingInstruction(instruction),
        answer_to=answer_to if instruction == "fulfil" else None,
        given_by="controller:a/member:m",
        given_at=AT,
    )


def test_two_standing_instructions_never_speak_of_the_same_right():
    there = [a_standing(Right.ACCESS, Right.ERASURE)]
    with pytest.raises(NotNow) as caught:
        standing.check(a_standing(Right.ERASURE, Right.PORTABILITY), there, DEMO)
    assert caught.value.errors[0].field == "rights"
    standing.check(a_standing(Right.PORTABILITY, instruction="handled_by_us"), there, DEMO)


@pytest.mark.parametrize("rights", [(), (Right.OPT_OUT_SALE,), (Right.ACCESS, Right.OPT_OUT_SALE)])
def test_a_standing_instruction_names_rights_that_are_offered_here(rights):
    assert Right.OPT_OUT_SALE not in standing.offered(DEMO)
    with pytest.raises(InvalidInput) as caught:
        standing.check(a_standing(*rights), [], DEMO)
    assert caught.value.errors[0].field == "rights"


@pytest.mark.parametrize(("instruction", "answer_to"), [("fulfil", None), ("handled_by_us", AnswerTo.PERSON)])
def test_to_whom_the_answer_goes_is_said_with_fulfil_and_only_there(instruction, answer_to):
    new = msgspec.structs.replace(a_standing(Right.ACCESS, instruction=instruction), answer_to=answer_to)
    with pytest.raises(InvalidInput) as caught:
        standing.check(new, [], DEMO)
    assert caught.value.errors[0].field == "answer_to"


def test_a_standing_instruction_is_heard_with_who_gave_it_and_when():
    # GDPR 28(3)(a)
    one = a_standing(Right.ACCESS, answer_to=AnswerTo.PERSON)
    word = standing.of_right(Right.ACCESS, [a_standing(Right.ERASURE), one])
    decision = standing.apply(a_callers(), word, DEMO, SYSTEMS)
    heard = decision.events[0]
    assert heard.actor == "service"
    assert (heard.data["standing"], heard.data["given_by"], heard.data["given_at"]) == (
        str(one.id),
        "controller:a/member:m",
        AT.isoformat(),
    )
    assert (decision.state, decision.answer_to) == (State.SEARCHING, AnswerTo.PERSON)
    assert standing.of_right(Right.OBJECTION, [one]) is None


def test_what_came_with_the_request_is_remembered_until_its_person_is_proven():
    assert standing.ahead(events()) is None
    word = standing.ahead(events(standing.given_ahead(AnswerTo.PERSON, "controller:a/key:k")))
    assert (word.instruction, word.answer_to, word.actor) == (
        Instruction.FULFIL,
        AnswerTo.PERSON,
        "controller:a/key:k",
    )


# Questions


def asked_event(case=None):
    heard = routing.instructed(
        case or a_callers(), Instruction.NEED_INFORMATION, "controller:x", "aa", AnswerTo.CONTROLLER
    )
    return heard.events[0]


def test_a_question_waits_until_staff_has_the_answer_or_knows_that_none_comes():
    answered = information.came(a_callers(), 1, StepOutcome.DONE, "bb", "staff:s").events[0]
    silent = information.came(a_callers(), 2, StepOutcome.NO_MATCH, "cc", "staff:s").events[0]
    history = events(asked_event(), answered, asked_event(), silent, asked_event())
    found = information.questions(history)
    assert [(q.number, q.state.value, q.sealed_answer) for q in found] == [
        (1, "answered", "bb"),
        (2, "no_answer", None),
        (3, "waiting", None),
    ]


def test_a_fourth_question_is_refused():
    assert information.may_ask(events(asked_event(), asked_event())) == 3
    with pytest.raises(NotNow):
        information.may_ask(events(asked_event(), asked_event(), asked_event()))


def test_a_question_is_a_letter_and_a_persons_task():
    letter = Notice("mail", "business_asks", identity_id=uuid4())
    decision = information.asked(Decision(events=(asked_event(),)), 2, letter)
    (task,) = decision.steps
    assert (task.kind, task.by_hand, information.number_of(task.key)) == (StepKind.BY_HAND, True, 2)
    assert decision.notices == (letter,)
    assert information.number_of("weighing") is None


# Taking back


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("ordered", [False, True])
def test_a_case_is_taken_back_until_it_is_answered_or_its_orders_are_out(state, ordered):
    case = a_callers(state)
    able = state not in {State.DELIVERED, State.CLOSED, State.ACTING} and not ordered
    assert withdrawing.may(case, ordered=ordered) is able
    if able:
        decision = told(case, withdrawing.withdraw(case, "person", ordered=ordered))
        assert (decision.state, decision.outcome) == (State.CLOSED, Outcome.WITHDRAWN)
        assert [notice.template for notice in decision.notices] == ["case.withdrawn"]
    else:
        with pytest.raises(NotNow):
            withdrawing.withdraw(case, "person", ordered=ordered)


def test_nobody_is_told_of_a_case_of_our_own_that_is_taken_back():
    assert withdrawing.withdraw(a_case(state=State.SEARCHING), "person").notices == ()


def test_a_case_that_ends_keeps_its_key_as_long_as_the_profile_says():
    now = datetime(2026, 3, 2, tzinfo=UTC)
    ended = with_closing(withdrawing.withdraw(a_callers(), "person"), DEMO, now)
    (step,) = ended.steps
    assert (step.kind, step.due_at) == (StepKind.CLOSE, now + timedelta(days=DEMO.delivery.close_after_days))
    assert with_closing(Decision(), DEMO, now) == Decision()


# Silence


def overdue(clock=AlarmClock.ASSIST, name=AlarmName.OVERDUE):
    return Alarm(name, clock, date(2026, 3, 10), AT)


@pytest.mark.parametrize(
    ("case", "alarm", "silent"),
    [
        (a_callers(), overdue(), True),
        (a_callers(), overdue(name=AlarmName.DAYS_1), False),
        (a_callers(), overdue(AlarmClock.ANSWER), False),
        (a_callers(State.SEARCHING), overdue(), False),
        (a_callers(State.AWAITING_IDENTITY), overdue(), False),
    ],
)
def test_a_business_is_silent_that_has_not_instructed_by_the_date_of_our_help(case, alarm, silent):
    case = msgspec.structs.replace(case, parent_id=uuid4())
    assert watching.silent(case, [alarm], []) is silent


def test_a_request_that_the_business_filed_itself_is_no_silence_towards_the_person():
    assert watching.silent(a_callers(), [overdue()], []) is False


def test_a_business_that_waits_for_the_persons_answer_is_not_silent():
    case = msgspec.structs.replace(a_callers(), parent_id=uuid4())
    answered = information.came(case, 1, StepOutcome.DONE, "bb", "staff:s").events[0]
    assert watching.silent(case, [overdue()], events(asked_event())) is False
    assert watching.silent(case, [overdue()], events(asked_event(), answered)) is True


def test_the_letter_about_silence_names_no_business():
    decision = watching.no_instruction(uuid4(), "mail", date(2026, 3, 2))
    (notice,) = decision.notices
    assert notice.facts == {"asked_on": "2026-03-02"}
    assert notice.sealed is None
    assert decision.state is None
