"""What a decision on a correction may say, and whose rows it reaches: those of the case's own person, and no others."""

import asyncio
from uuid import uuid4

import pytest
from stage_double import Row
from stage_office import EMAIL
from stage_rights import (
    ALL,
    actor,
    correction,
    crm,
    decide,
    finish,
    settings,
    tasks,
)
from test_stage_rectification import VALUE, waiting

from dsar.contract import Refused, Unreachable
from dsar.domain.case import Outcome, State
from dsar.domain.errors import InvalidInput, NotFound, NotNow
from dsar.domain.identity import ProofKind
from dsar.domain.work import StepKind, StepOutcome, StepState

__all__ = ["actor", "crm", "settings"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"corrections": []}, "corrections"),
        ({"corrections": [correction("nowhere", name="x")]}, "corrections[0].system"),
        ({"corrections": [correction(name="x"), correction("quiet", name="x")]}, "corrections[1].system"),
        ({"corrections": [correction(name="a\x00b")]}, "corrections[0].values"),
        (
            {"corrections": [], "refused": [{"what": " ", "ground": "not_wrong", "text": "x"}]},
            "refused[0].what",
        ),
        (
            {"corrections": [], "refused": [{"what": "x", "ground": "not_wrong", "text": "\x1b[2J"}]},
            "refused[0].text",
        ),
    ],
)
async def test_a_decision_that_cannot_be_carried_out_names_its_field_and_changes_nothing(
    office, crm, actor, given, field
):
    quiet = await office.system("quiet", orders=ALL)
    case = await waiting(office)
    before = case.event_count
    with pytest.raises(InvalidInput) as caught:
        await decide(office, actor, case, kind="rectify", **given)
    assert caught.value.errors[0].field == field
    assert (await office.one(case.id)).event_count == before
    assert crm.orders == quiet.orders == []
    assert list(await tasks(office, case.id)) == ["rectification"]


async def test_a_decision_is_taken_once_and_only_while_the_case_waits_for_it(office, crm, actor):
    case = await waiting(office)
    early = await office.case(await office.ask("rectification", email="b@example.com"))
    with pytest.raises(NotNow):
        await decide(office, actor, early, kind="rectify", corrections=[correction(name=VALUE)])
    await decide(office, actor, case, kind="rectify", corrections=[correction(name=VALUE)])
    with pytest.raises(NotNow):
        await decide(office, actor, case, kind="rectify", corrections=[correction(name="Other")])
    assert crm.rows[0].data["name"] == VALUE
    with pytest.raises(NotFound):
        await decide(office, actor, uuid4(), kind="rectify", corrections=[correction(name="x")])


@pytest.mark.parametrize(
    ("right", "decision"),
    [
        ("rectification", {"kind": "restrict", "ground": "18(1)(a)"}),
        ("restriction", {"kind": "rectify", "corrections": [correction(name="x")]}),
        ("automated_decision", {"kind": "weigh", "outcome": "stop", "reasons": "x"}),
        ("access", {"kind": "review", "outcome": "changed", "reasons": "x"}),
        ("erasure", {"kind": "rectify", "corrections": [correction(name="x")]}),
    ],
)
async def test_a_decision_on_another_right_is_refused(office, crm, actor, right, decision):
    reference = await office.ask(right)
    case = await office.case(reference)
    with pytest.raises(InvalidInput) as caught:
        await decide(office, actor, case, **decision)
    assert caught.value.errors[0].field == "kind"
    assert crm.orders == []


async def test_a_match_that_is_not_sure_is_decided_before_the_correction_and_a_rejected_one_is_left_alone(
    office, crm, actor
):
    crm.person("b", ("email", EMAIL), sure=False).add(Row("b", "r2", {"name": "Bea"}))
    case = await office.case(await office.asked_and_proven("rectification", message="x"))
    with pytest.raises(NotNow):
        await decide(office, actor, case, kind="rectify", corrections=[correction(name=VALUE)])
    unsure = next(row for row in await office.matches(case.id) if not row.sure)
    await office.service.deciding.decide_match(actor, case.id, unsure.id, "rejected")
    await decide(office, actor, case, kind="rectify", corrections=[correction(name=VALUE)])
    assert [row.data["name"] for row in crm.rows] == [VALUE, "Bea"]


async def test_whoever_is_several_subjects_of_a_system_is_corrected_where_the_collection_is(
    office, crm, actor
):
    crm.person("subscriber", ("email", EMAIL)).add(Row("subscriber", "n1", {"on": True}, collection="calls"))
    case = await waiting(office)
    await decide(office, actor, case, kind="rectify", corrections=[correction(name=VALUE)])
    assert (await office.step(case.id, StepKind.ORDER)).outcome is StepOutcome.DONE
    assert [row.data for row in crm.rows] == [{"name": VALUE, "city": "Turku"}, {"on": True}]


async def test_a_collection_that_no_subject_of_the_person_has_is_a_persons_task(office, crm, actor):
    case = await waiting(office)
    await decide(
        office, actor, case, kind="rectify", corrections=[correction(collection="calls", name=VALUE)]
    )
    step = await office.step(case.id, StepKind.ORDER)
    assert (step.state, step.detail["reason"]) == (StepState.MANUAL, "NotHeld")


async def test_a_refusal_for_one_subject_stops_no_other_and_is_a_persons_task(office, crm, actor):
    crm.person("twin", ("email", EMAIL)).add(Row("twin", "r2", {"name": "Ana"}))
    crm.faults["carry_out"].append(Refused("locked"))
    case = await waiting(office)
    await decide(office, actor, case, kind="rectify", corrections=[correction(name=VALUE)])
    assert len(crm.orders) == 2
    assert (await office.step(case.id, StepKind.ORDER)).state is StepState.MANUAL


async def test_a_correction_of_what_nobody_holds_ends_as_nothing_held(office, actor):
    await office.system("crm", orders=ALL)
    case = await waiting(office)
    await finish(office, actor, case.id, "rectification", "no_match")
    case = await office.one(case.id)
    assert (case.state, case.outcome) == (State.DELIVERED, Outcome.NOTHING_HELD)


async def test_nobody_says_that_nothing_is_held_where_the_person_was_found(office, crm, actor):
    case = await waiting(office)
    with pytest.raises(NotNow):
        await finish(office, actor, case.id, "rectification", "no_match")
    assert (await office.one(case.id)).state is State.IN_REVIEW


# Other people's data


async def test_a_controllers_correction_reaches_its_own_rows_and_nobody_elses(office, crm, actor):
    acme, globex = await office.business("Acme", "acme"), await office.business("Globex", "globex")
    crm.add(Row("a", "t1", {"name": "Ana"}, tenant="acme"), Row("a", "t2", {"name": "Ana"}, tenant="globex"))
    vouched = {
        "proof": ProofKind.CONTROLLER,
        "controller_id": acme,
        "tenant": "acme",
        "channel": "controller_api",
    }
    reference = await office.ask("rectification", relations=("caller",), phone="+358401234567", **vouched)
    case = await office.case(reference)
    await office.instruct(acme, case.id, "fulfil")
    case = await office.one(case.id)
    await decide(office, actor, case, kind="rectify", corrections=[correction(name=VALUE)])
    names = {row.record_id: row.data["name"] for row in crm.rows}
    assert names == {"r1": "Ana Virtanen", "t1": VALUE, "t2": "Ana"}
    assert await tasks(office, case.id) == {}, "a controller tells its own recipients"
    assert globex != acme


async def test_a_correction_reaches_only_the_person_of_the_case(office, crm, actor):
    crm.person("other", ("email", "other@example.com")).add(Row("other", "r9", {"name": "Otto"}))
    case = await waiting(office)
    await decide(office, actor, case, kind="rectify", corrections=[correction(name=VALUE)])
    assert crm.rows[1].data == {"name": "Otto"}


async def test_a_decision_of_another_case_is_no_use_to_an_order(office, crm, actor, sql):
    """The step names a decision by its id: one that was sealed for somebody else does not open."""
    case, other = await waiting(office), await waiting(office, email="other@example.com")
    crm.person("other", ("email", "other@example.com")).add(Row("other", "r9", {"name": "Otto"}))
    theirs = await decide(
        office,
        actor,
        other,
        kind="rectify",
        corrections=[],
        refused=[{"what": "x", "ground": "not_wrong", "text": "x"}],
    )
    crm.faults["carry_out"].append(Unreachable("not yet"))
    await decide(office, actor, case, kind="rectify", corrections=[correction(name=VALUE)])
    await sql.execute(
        "UPDATE step SET payload = payload || jsonb_build_object('decision', $2::text) WHERE case_id = $1 "
        "AND kind = 'fanout.order'",
        case.id,
        str(theirs),
    )
    before = len(crm.orders)
    await office.work_for(hours=2)
    assert len(crm.orders) == before


async def test_where_a_person_searched_instead_the_correction_is_a_persons_too(office, crm, actor):
    crm.faults["find"].append(Refused("look by hand"))
    case = await office.case(await office.asked_and_proven("rectification", message="x"))
    search = await office.step(case.id, StepKind.SEARCH)
    await office.service.tasks.finish(actor, case.id, search.id, "done", "she is number 12")
    await decide(office, actor, case, kind="rectify", corrections=[correction(name=VALUE)])
    assert "rectify:crm:rectify:0" in await tasks(office, case.id)
    assert crm.orders == []


async def test_a_message_that_a_person_ends_by_hand_answers_no_case_that_waits_for_a_decision(
    office, crm, actor, sql
):
    crm.person("b", ("email", EMAIL), sure=False).add(Row("b", "r2"))
    case = await office.case(await office.asked_and_proven("rectification", message="x"))
    await sql.execute(
        "UPDATE step SET state = 'manual', outcome = NULL, finished_at = NULL WHERE case_id = $1 "
        "AND kind = 'delivery.send'",
        case.id,
    )
    sent = (await office.steps(case.id, StepKind.SEND))[0]
    await office.service.tasks.finish(actor, case.id, sent.id, "done", "posted")
    assert (await office.one(case.id)).state is State.IN_REVIEW


async def test_of_two_colleagues_who_decide_at_once_one_is_told_that_it_is_decided(office, crm, actor):
    case = await waiting(office)
    other = await office.staff("Onni Other")
    outcomes = await asyncio.gather(
        *(
            decide(office, who, case, kind="rectify", corrections=[correction(name=name)])
            for who, name in ((actor, "One"), (other, "Two"))
        ),
        return_exceptions=True,
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NotNow", "UUID"]
    await office.work()
    assert len(crm.orders) == 1
