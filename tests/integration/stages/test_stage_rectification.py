"""A correction is decided by a person and carried out by an order; its values stand nowhere but sealed."""

import pytest
import structlog
from stage_double import Row
from stage_office import EMAIL
from stage_rights import (
    ALL,
    TOLD,
    actor,
    correction,
    crm,
    decide,
    finish,
    letters,
    settings,
    tasks,
    told_all,
    types,
)
from test_stage_privacy import dump

from dsar.contract import OrderKind, Unreachable
from dsar.domain.case import Outcome, State
from dsar.domain.errors import InvalidInput
from dsar.domain.work import StepKind, StepOutcome
from dsar.store import steps

__all__ = ["actor", "crm", "settings"]

VALUE = "Zyxwv-Laine"


async def waiting(office, right="rectification", **more):
    case = await office.case(await office.asked_and_proven(right, message="My name is wrong", **more))
    assert case.state is State.IN_REVIEW
    return case


async def test_the_decided_values_reach_the_system_and_the_letter_says_where(office, crm, actor):
    case = await waiting(office)
    await decide(office, actor, case, kind="rectify", corrections=[correction(name=VALUE)])
    assert crm.rows[0].data == {"name": VALUE, "city": "Turku"}
    assert (await office.one(case.id)).state is State.ACTING, "recipients are still to be told"
    await told_all(office, actor, case.id)
    case = await office.one(case.id)
    assert (case.state, case.outcome) == (State.DELIVERED, Outcome.FULFILLED)
    letter = await office.letter(case.id)
    assert "System crm: 1 record" in letter
    assert "We have told those who received the data" in letter
    assert all(name in letter for name in TOLD)


async def test_the_history_names_who_decided_and_which_fields_and_no_value(office, crm, actor):
    case = await waiting(office)
    decision = await decide(
        office, actor, case, kind="rectify", corrections=[correction(name=VALUE, city="Oulu")]
    )
    event = await office.event(case.id, "case.decided")
    assert event.actor == actor.name
    assert event.data == {
        "decision": str(decision),
        "kind": "rectify",
        "fields": {"crm": ["city", "name"]},
        "refused": [],
    }
    assert await office.broken() is None


async def test_values_and_words_stand_in_no_row_and_in_no_log_but_sealed(office, crm, actor, database_url):
    crm.faults["carry_out"].append(Unreachable("no answer"))
    with structlog.testing.capture_logs() as logs:
        case = await waiting(office)
        refused = [{"what": "Zyxwv born 1980", "ground": "not_wrong", "text": "Zyxwv showed no proof"}]
        await decide(
            office, actor, case, kind="rectify", corrections=[correction(name=VALUE)], refused=refused
        )
        await office.work_for(minutes=1)
        await told_all(office, actor, case.id)
    assert crm.rows[0].data["name"] == VALUE
    dumped = dump(database_url)
    assert "case.decided" in dumped
    for form in ("Zyxwv", b"Zyxwv".hex()):
        assert form not in dumped
    assert "Zyxwv" not in str(logs)


async def test_a_correction_that_is_tried_again_goes_out_under_the_same_key(office, crm, actor):
    crm.faults["carry_out"].append(Unreachable("the answer was lost"))
    case = await waiting(office)
    await decide(office, actor, case, kind="rectify", corrections=[correction(name=VALUE)])
    await office.work_for(minutes=1)
    assert [kind for kind, _ in crm.orders] == ["Rectify", "Rectify"]
    assert len({key for _, key in crm.orders}) == 1
    order = await office.step(case.id, StepKind.ORDER)
    assert (order.outcome, order.attempt) == (StepOutcome.DONE, 2)
    assert VALUE not in str(order.detail)


async def test_a_worker_that_dies_in_the_middle_leaves_the_correction_to_the_next_under_its_key(
    office, crm, actor, sql
):
    case = await waiting(office)
    crm.faults["carry_out"].append(Unreachable("the worker dies here"))
    await decide(office, actor, case, kind="rectify", corrections=[correction(name=VALUE)])
    # As a killed worker leaves it: claimed, with a lease that runs out.
    await sql.execute(
        "UPDATE step SET state = 'running', lease = lease + 1, leased_until = $2 WHERE case_id = $1 "
        "AND kind = 'fanout.order'",
        case.id,
        office.clock(),
    )
    office.clock.turn(minutes=1)
    async with office.db.write() as tx:
        assert await steps.release_expired(tx, office.clock()) == 1
    await office.work()
    assert len({key for _, key in crm.orders}) == 1
    assert crm.rows[0].data["name"] == VALUE


async def test_two_corrections_of_one_system_are_two_orders_and_the_letter_counts_both(office, crm, actor):
    crm.add(Row("a", "i1", {"name": "Ana"}, collection="invoices"))
    case = await waiting(office)
    both = [correction(name=VALUE), correction(collection="invoices", name=VALUE)]
    await decide(office, actor, case, kind="rectify", corrections=both)
    await told_all(office, actor, case.id)
    assert [row.data["name"] for row in crm.rows] == [VALUE, VALUE]
    assert len(await office.steps(case.id, StepKind.ORDER)) == 2
    assert len({key for _, key in crm.orders}) == 2
    assert "System crm: 2 records" in await office.letter(case.id)
    assert (await office.event(case.id, "case.decided")).data["fields"] == {"crm": ["name"]}


async def test_one_of_two_corrections_that_ends_as_a_gap_is_named(office, actor):
    crm = await office.system("crm", orders=ALL, on_failure="gap", attempts_max=1)
    crm.person("a", ("email", EMAIL)).add(Row("a", "r1"), Row("a", "i1", collection="invoices"))
    case = await waiting(office)
    crm.faults["carry_out"].append(Unreachable("no answer"))
    both = [correction(name=VALUE), correction(collection="invoices", name=VALUE)]
    await decide(office, actor, case, kind="rectify", corrections=both)
    await told_all(office, actor, case.id)
    assert (await office.one(case.id)).outcome is Outcome.FULFILLED_IN_PART
    letter = await office.letter(case.id)
    assert "could not reach System crm" in letter
    assert "System crm: 1 record\n" in letter


async def test_a_field_that_is_given_two_values_is_refused(office, crm, actor):
    case = await waiting(office)
    with pytest.raises(InvalidInput) as caught:
        await decide(
            office, actor, case, kind="rectify", corrections=[correction(name="A"), correction(name="B")]
        )
    assert caught.value.errors[0].field == "corrections[1].values"
    assert crm.orders == []


async def test_a_system_that_cannot_correct_is_a_persons_task_with_the_decision_to_read(office, crm, actor):
    paper = await office.system("paper", orders=(OrderKind.ERASE,))
    paper.person("p", ("email", EMAIL)).add(Row("p", "p1"))
    case = await waiting(office)
    decision = await decide(
        office, actor, case, kind="rectify", corrections=[correction("paper", name=VALUE)]
    )
    task = (await tasks(office, case.id))["rectify:paper:rectify:0"]
    assert task.payload == {"system": "paper", "order": "rectify", "decision": str(decision), "part": 0}
    assert paper.orders == []
    await told_all(office, actor, case.id)
    assert (await office.one(case.id)).state is State.ACTING
    await finish(office, actor, case.id, task.key)
    assert (await office.one(case.id)).outcome is Outcome.FULFILLED


async def test_a_correction_that_a_person_could_not_do_either_is_named(office, crm, actor):
    paper = await office.system("paper", orders=())
    paper.person("p", ("email", EMAIL)).add(Row("p", "p1"))
    case = await waiting(office)
    await decide(office, actor, case, kind="rectify", corrections=[correction("paper", name=VALUE)])
    await told_all(office, actor, case.id)
    await finish(office, actor, case.id, "rectify:paper:rectify:0", "gap")
    assert (await office.one(case.id)).outcome is Outcome.FULFILLED_IN_PART
    assert "could not reach System paper" in await office.letter(case.id)


async def test_a_refused_part_stands_in_the_letter_with_its_law_and_the_outcome_is_in_part(
    office, crm, actor
):
    case = await waiting(office)
    refused = [{"what": "your date of birth", "ground": "not_wrong", "text": "Your passport says the same."}]
    await decide(office, actor, case, kind="rectify", corrections=[correction(name=VALUE)], refused=refused)
    await told_all(office, actor, case.id)
    assert (await office.one(case.id)).outcome is Outcome.FULFILLED_IN_PART
    letter = await office.letter(case.id)
    assert "your date of birth: Your passport says the same." in letter
    assert "Article 16 GDPR" in letter.partition("your date of birth")[2].partition("\n")[0]
    assert (await office.event(case.id, "case.decided")).data["refused"] == ["GDPR 16"]


async def test_a_correction_of_which_every_part_is_refused_is_a_refusal_and_no_recipient_is_told(
    office, crm, actor
):
    case = await waiting(office)
    refused = [{"what": "your name", "ground": "not_wrong", "text": "It is as in the register."}]
    await decide(office, actor, case, kind="rectify", corrections=[], refused=refused)
    case = await office.one(case.id)
    assert (case.state, case.outcome) == (State.DELIVERED, Outcome.REFUSED)
    assert await tasks(office, case.id) == {}
    assert crm.orders == []
    kind, text, _ = (await letters(office, case.id))[-1]
    assert kind == "refusal"
    assert "It is as in the register." in text.decode()
    assert "tietosuoja.fi" in text.decode()


async def test_the_recipients_are_told_once_the_tasks_are_done_and_only_those_are_named(office, crm, actor):
    case = await waiting(office)
    await decide(office, actor, case, kind="rectify", corrections=[correction(name=VALUE)])
    assert set(await tasks(office, case.id)) == {f"tell:{name}" for name in TOLD}
    await finish(office, actor, case.id, f"tell:{TOLD[0]}")
    await finish(office, actor, case.id, f"tell:{TOLD[1]}", "gap")
    letter = await office.letter(case.id)
    told = letter.partition("We have told")[2].partition("\n\n")[0]
    assert TOLD[0] in told
    assert TOLD[1] not in told
    assert (await office.one(case.id)).outcome is Outcome.FULFILLED_IN_PART
    assert "Hosting Ltd" not in letter
    assert "case.decided" in types(await office.events(case.id))
