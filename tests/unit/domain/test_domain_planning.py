"""A plan has one name for what it says, whoever makes it; and an approval is one of that plan."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.contract import Kept, OrderKind, Origin, Plan, Role
from dsar.domain import approving, planning
from dsar.domain.errors import NotNow
from dsar.domain.legal_holds import Standing
from dsar.domain.planning import Drawn, Foreseen, How, KeptCount, SystemPlan
from dsar.domain.searching import Ended, Found
from dsar.domain.systems import SystemFacts
from dsar.domain.work import StepOutcome, StepState
from dsar.engine.opening import load_profile

DEMO = load_profile("demo").profile
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
VOUCHER = "FI-2:10-voucher"
CRM = SystemFacts("crm", frozenset(Role), frozenset({OrderKind.ERASE}))
PAPER = SystemFacts("paper", frozenset(Role), frozenset())


def foreseen(number=1, system="crm", **more):
    fields = {"digest": f"1-{number:064x}", "erased": {"calls": number}, "kept": (), "made_at": NOW}
    return Foreseen(
        **{"id": UUID(int=100 + number), "system_key": system, "match_id": UUID(int=number), **fields, **more}
    )


def found(number=1, system="crm", *, sure=True, decision=None):
    return Found(UUID(int=number), system, sure, decision)


def said(outcome=StepOutcome.DONE, state=StepState.DONE, system="crm", reason=None):
    return Ended(system, state, outcome, reason=reason)


ONE, SAID, ROW = (found(),), (said(),), (foreseen(),)


def drawn(matches=ONE, steps=SAID, rows=ROW, holds=None):
    return planning.draw(matches, [CRM, PAPER], steps, rows, holds or {})


def kept(on, until=None, ground=VOUCHER, collection="invoices"):
    return Kept(Origin(collection, f"i{on}", NOW), ground, until, on, restricted=True)


def test_items_are_counted_by_collection_ground_day_and_restriction():
    plan = Plan(
        {"calls": 3, "notes": 0},
        (kept(date(2025, 1, 1)), kept(date(2025, 2, 1)), kept(date(2024, 1, 1))),
        "x",
    )
    erased, stays = planning.counted(plan, DEMO, NOW.date())
    assert erased == {"calls": 3}
    assert [(one.until, one.items) for one in stays] == [(date(2030, 12, 31), 1), (date(2031, 12, 31), 2)]


def test_what_no_ground_keeps_any_more_is_counted_as_going():
    # GDPR 17(3)(b)
    plan = Plan({"invoices": 1}, (kept(date(2010, 1, 1)), kept(None, until=date(2026, 3, 2))), "x")
    erased, stays = planning.counted(plan, DEMO, NOW.date())
    assert (erased, sum(one.items for one in stays)) == ({"invoices": 2}, 1)


@pytest.mark.parametrize(
    ("step", "rows", "how"),
    [
        (said(), [foreseen()], How.FORESEEN),
        (None, [], How.UNFORESEEN),
        (None, [foreseen()], How.UNFORESEEN),
        (said(None, StepState.READY), [foreseen()], How.BEING_MADE),
        (said(None, StepState.RUNNING), [], How.BEING_MADE),
        (said(None, StepState.MANUAL), [foreseen()], How.UNFORESEEN),
        (said(StepOutcome.GAP), [foreseen()], How.UNFORESEEN),
        (said(StepOutcome.DROPPED), [foreseen()], How.UNFORESEEN),
        (said(StepOutcome.MANUAL), [foreseen()], How.BY_HAND),
        (said(), [], How.UNFORESEEN),
        (said(), [foreseen(2)], How.UNFORESEEN),
    ],
)
def test_only_what_a_system_said_of_every_subject_counts_as_foreseen(step, rows, how):
    (system,) = drawn(steps=[step] if step else [], rows=rows).systems
    assert system.how is how
    assert bool(system.foreseen) == (how is How.FORESEEN)


def test_a_system_that_takes_no_erasure_is_a_persons_whatever_it_was_asked():
    (system,) = drawn([found(system="paper")], [said(system="paper")], [foreseen(system="paper")]).systems
    assert system.how is How.BY_HAND


def test_a_rejected_or_open_match_is_no_part_of_the_plan():
    matches = [found(1, sure=False), found(2, sure=False, decision="rejected")]
    assert drawn(matches).systems == ()
    assert drawn([found(1, sure=False, decision="accepted")]).keys(How.FORESEEN) == ["crm"]


@given(st.permutations([1, 2, 3]))
def test_the_same_plan_has_the_same_name_in_whatever_order_and_time_it_is_made(numbers):
    matches = [found(number) for number in (1, 2, 3)]
    later = [
        foreseen(number, made_at=NOW + timedelta(days=number), id=UUID(int=number)) for number in numbers
    ]
    assert drawn(matches, rows=later).digest == drawn(matches, rows=[foreseen(n) for n in (1, 2, 3)]).digest


@pytest.mark.parametrize(
    "other",
    [
        drawn(rows=[foreseen(digest="2-0")]),
        drawn(steps=[said(StepOutcome.GAP)]),
        drawn(steps=[said(None, StepState.READY)]),
        drawn(holds={"crm": Standing(whole=(UUID(int=9),))}),
        drawn(holds={"crm": Standing(collections=(UUID(int=9),))}),
        drawn([found(), found(2, "paper")]),
        drawn([]),
    ],
    ids=range(7),
)
def test_a_plan_that_says_anything_else_has_another_name(other):
    assert other.digest != drawn().digest


def test_kept_items_of_several_subjects_are_summed_and_not_repeated():
    one = KeptCount(collection="invoices", ground=VOUCHER, until=None, restricted=True, items=2)
    rows = (foreseen(1, kept=(one,)), foreseen(2, kept=(one,)))
    system = SystemPlan(system_key="crm", how=How.FORESEEN, foreseen=rows)
    assert system.kept == [msgspec.structs.replace(one, items=4)]
    assert system.erased == {"calls": 3}


def refusal(plan, named=None, *, at=NOW, accept_unforeseen=False):
    try:
        approving.check(plan, named, at, accept_unforeseen=accept_unforeseen)
    except NotNow as error:
        return error.errors[0].problem
    return None


def test_an_approval_is_one_of_the_plan_that_stands():
    assert refusal(drawn()) is None
    assert refusal(drawn(), drawn().digest) is None
    assert "stands now" in refusal(drawn(), "another")
    assert "stands now" in refusal(drawn(), "")
    assert "stands now" in refusal(drawn(), drawn([]).digest, accept_unforeseen=True)


def test_what_was_not_foreseen_is_approved_only_when_that_is_said():
    for plan, problem in (
        (drawn(steps=[said(StepOutcome.GAP)]), "did not say"),
        (drawn(steps=[said(None, StepState.READY)]), "being made"),
    ):
        assert problem in refusal(plan)
        assert problem in refusal(plan, plan.digest)
        assert refusal(plan, plan.digest, accept_unforeseen=True) is None


def test_an_old_plan_is_not_approved_and_one_that_finds_nothing_never_ages():
    last = NOW + planning.GOOD_FOR
    assert refusal(drawn(), at=last) is None
    assert "too old" in refusal(drawn(), at=last + timedelta(seconds=1), accept_unforeseen=True)
    assert refusal(Drawn(()), at=last + timedelta(days=400)) is None


@pytest.mark.parametrize(
    ("there", "is_one"),
    [
        ({}, True),
        ({"calls": 2}, True),
        ({"calls": 1}, True),
        ({"calls": 3}, False),
        ({"notes": 1}, False),
        ({"calls": 1, "notes": 0}, True),
    ],
)
def test_a_remainder_is_no_more_of_anything_than_was_approved(there, is_one):
    assert approving.is_remainder(there, {"calls": 2}) is is_one
