"""Rights that take effect at once: an objection, with the rest of it weighed by a person, and withdrawn consent."""

import pytest
from stage_office import EMAIL, PHONE
from stage_rights import ALL, actor, crm, decide, finish, settings, tasks

from dsar.contract import Unreachable
from dsar.domain.case import Outcome, State
from dsar.domain.errors import InvalidInput, NotNow
from dsar.domain.identity import ProofKind
from dsar.domain.work import StepKind, StepOutcome, StepState
from dsar.store import identities

__all__ = ["actor", "crm", "settings"]


async def weighed(office, **more):
    """An objection in the person's own words, which waits for the weighing."""
    return await office.case(
        await office.asked_and_proven("objection", message="No profiling either", **more)
    )


async def suppressed(office, kind="email", value=EMAIL):
    async with office.db.read() as connection:
        return await identities.suppressed(connection, office.service.vault.blind_index(kind, value))


# Objection


async def test_weighed_to_go_on_the_rest_is_refused_and_marketing_has_stopped(office, crm, actor):
    # GDPR 21
    case = await weighed(office)
    await decide(
        office, actor, case, kind="weigh", outcome="continue", reasons="We must stop fraud by account."
    )
    case = await office.one(case.id)
    assert (case.state, case.outcome) == (State.DELIVERED, Outcome.REFUSED)
    assert crm.suppressed == {("email", EMAIL)}
    assert await suppressed(office)
    refused = await office.event(case.id, "case.refused")
    assert (refused.actor, refused.data["ground"]) == (actor.name, "GDPR 21(1)")
    decided = await office.event(case.id, "case.decided")
    assert decided.data["outcome"] == "continue"
    assert "fraud" not in str([event.data for event in await office.events(case.id)])
    letter = await office.letter(case.id)
    assert "We must stop fraud by account." in letter
    assert "Article 21(1) GDPR" in letter
    assert "marketing to you has stopped all the same" in letter


async def test_weighed_to_stop_each_category_is_a_persons_task(office, crm, actor):
    case = await weighed(office)
    await decide(
        office,
        actor,
        case,
        kind="weigh",
        outcome="stop",
        reasons="You are right.",
        categories=["contact", "analytics", "contact"],
    )
    assert set(await tasks(office, case.id)) == {"stop:contact", "stop:analytics"}
    await finish(office, actor, case.id, "stop:contact")
    assert (await office.one(case.id)).state is State.ACTING
    await finish(office, actor, case.id, "stop:analytics")
    case = await office.one(case.id)
    assert (case.state, case.outcome) == (State.DELIVERED, Outcome.FULFILLED)
    assert "You are right." in await office.letter(case.id)


async def test_weighed_to_stop_without_a_category_is_answered_at_once(office, crm, actor):
    case = await weighed(office)
    await decide(office, actor, case, kind="weigh", outcome="stop", reasons="Nothing else is done with it.")
    assert (await office.one(case.id)).outcome is Outcome.FULFILLED


@pytest.mark.parametrize("how", ["weigh", "refuse"])
async def test_a_refusal_drops_no_marketing_stop_that_is_still_on_its_way(office, crm, actor, how):
    crm.faults["carry_out"].append(Unreachable("no answer"))
    case = await weighed(office)
    assert (await office.step(case.id, StepKind.ORDER)).state is StepState.READY
    if how == "weigh":
        await decide(office, actor, case, kind="weigh", outcome="continue", reasons="Fraud.")
    else:
        await office.service.deciding.refuse(actor, case.id, "compelling_grounds", "Fraud.")
    order = await office.step(case.id, StepKind.ORDER)
    assert order.outcome is None, "a refusal dropped the marketing stop"
    assert (await office.one(case.id)).state is State.ACTING
    await office.work_for(minutes=1)
    assert (await office.step(case.id, StepKind.ORDER)).outcome is StepOutcome.DONE
    case = await office.one(case.id)
    assert (case.state, case.outcome) == (State.DELIVERED, Outcome.REFUSED)


async def test_a_refusal_says_where_the_marketing_could_not_be_stopped(office, actor):
    crm = await office.system("crm", orders=ALL, on_failure="gap", attempts_max=1)
    crm.faults["carry_out"].append(Unreachable("no answer"))
    case = await weighed(office)
    await decide(office, actor, case, kind="weigh", outcome="continue", reasons="Fraud.")
    assert "could not reach System crm" in await office.letter(case.id)


async def test_a_weighing_is_recorded_as_a_decision_and_cannot_be_ended_without(office, crm, actor):
    case = await weighed(office)
    with pytest.raises(NotNow):
        await finish(office, actor, case.id, "weighing")
    assert (await office.one(case.id)).state is State.ACTING


async def test_an_objection_is_weighed_once(office, crm, actor):
    case = await weighed(office)
    await decide(office, actor, case, kind="weigh", outcome="stop", reasons="x", categories=["contact"])
    with pytest.raises(NotNow):
        await decide(office, actor, case, kind="weigh", outcome="continue", reasons="On second thoughts")
    plain = await office.case(await office.asked_and_proven("objection"))
    with pytest.raises(NotNow):
        await decide(office, actor, plain, kind="weigh", outcome="stop", reasons="x")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"outcome": "stop", "reasons": " "}, "reasons"),
        ({"outcome": "continue", "reasons": "x" * 1999 + "\x07"}, "reasons"),
        ({"outcome": "stop", "reasons": "x", "categories": ["contact", "gossip"]}, "categories"),
    ],
)
async def test_a_weighing_that_says_nothing_or_names_nothing_known_is_refused(
    office, crm, actor, given, field
):
    case = await weighed(office)
    with pytest.raises(InvalidInput) as caught:
        await decide(office, actor, case, kind="weigh", **given)
    assert caught.value.errors[0].field == field
    assert list(await tasks(office, case.id)) == ["weighing"]


async def test_a_processor_never_weighs_against_its_controller(office, crm, actor):
    acme = await office.business("Acme", "acme")
    vouched = {"proof": ProofKind.CONTROLLER, "controller_id": acme, "tenant": "acme"}
    reference = await office.ask(
        "objection", relations=("caller",), phone=PHONE, channel="controller_api", **vouched
    )
    case = await office.case(reference)
    await office.instruct(acme, case.id, "fulfil")
    with pytest.raises(InvalidInput) as caught:
        await decide(office, actor, case, kind="weigh", outcome="continue", reasons="We like the data.")
    assert caught.value.errors[0].field == "outcome"
    await decide(office, actor, case, kind="weigh", outcome="stop", reasons="As Acme says.")
    assert (await office.one(case.id)).outcome is Outcome.FULFILLED
    assert crm.suppressed == set()
    assert not await suppressed(office)


# Consent


async def test_all_consents_are_withdrawn_at_once_without_a_search_or_an_approval(office, crm, actor):
    case = await office.case(await office.asked_and_proven("withdraw_consent"))
    withdrawn = await office.event(case.id, "consent.withdrawn")
    assert withdrawn.data == {"systems": ["crm"], "categories": ["marketing", "analytics"]}
    assert crm.suppressed == {("email", EMAIL)}
    assert await suppressed(office)
    assert "find" not in crm.operations()
    assert set(await tasks(office, case.id)) == {"stop:analytics"}
    await finish(office, actor, case.id, "stop:analytics")
    assert (await office.one(case.id)).outcome is Outcome.FULFILLED
    assert "You have withdrawn all your consents" in await office.letter(case.id)


async def test_one_consent_is_withdrawn_and_the_others_stay(office, crm, actor):
    reference = await office.asked_and_proven("withdraw_consent", purposes=("analytics",))
    case = await office.case(reference)
    assert crm.suppressed == set(), "nobody asked for no marketing"
    assert not await suppressed(office)
    assert (await office.event(case.id, "consent.withdrawn")).data["categories"] == ["analytics"]
    await finish(office, actor, case.id, "stop:analytics")
    letter = await office.letter(case.id)
    assert "- Use of the website" in letter
    assert "- Newsletter" not in letter
    assert "Your other consents stay as they are" in letter


async def test_the_consent_that_a_suppression_ends_needs_no_person(office, crm):
    case = await office.case(await office.asked_and_proven("withdraw_consent", purposes=("marketing",)))
    assert crm.suppressed == {("email", EMAIL)}
    assert (case.state, case.outcome) == (State.DELIVERED, Outcome.FULFILLED)


async def test_nothing_is_withdrawn_before_the_proof(office, crm):
    await office.ask("withdraw_consent", purposes=("marketing",))
    await office.work_for(days=3)
    assert crm.orders == []
    assert not await suppressed(office)


@pytest.mark.parametrize("purposes", [("contact",), ("marketing", "gossip"), ("",), ("x" * 5000,)])
async def test_a_purpose_that_rests_on_no_consent_is_refused(office, crm, purposes):
    with pytest.raises(InvalidInput) as caught:
        await office.ask("withdraw_consent", purposes=purposes)
    assert [error.field for error in caught.value.errors] == ["purposes"]
    assert "marketing, analytics" in caught.value.errors[0].remedy


async def test_no_decision_is_taken_on_what_took_effect_at_once(office, crm, actor):
    case = await office.case(await office.asked_and_proven("withdraw_consent"))
    for decision in (
        {"kind": "weigh", "outcome": "continue", "reasons": "We would rather not."},
        {"kind": "review", "outcome": "confirmed", "reasons": "x"},
    ):
        with pytest.raises(InvalidInput):
            await decide(office, actor, case, **decision)
    with pytest.raises(NotNow):
        await office.service.deciding.refuse(actor, case.id, "excessive", "x")
    assert crm.suppressed == {("email", EMAIL)}


# Decisions of machines


async def reviewed(office, actor, outcome="changed"):
    case = await office.case(await office.ask("automated_decision", message="Look again"))
    await office.service.asking.check_identity(actor, case.id, "Signed in to the account.")
    await office.work()
    await decide(
        office, actor, case, kind="review", outcome=outcome, reasons="The score missed your last payment."
    )
    return await office.one(case.id)


@pytest.mark.parametrize(
    ("outcome", "said"), [("changed", "The decision is changed"), ("confirmed", "stays as it is")]
)
async def test_the_letter_names_the_person_who_looked_the_outcome_and_the_reasons(
    office, crm, actor, outcome, said
):
    # GDPR 22(3)
    case = await reviewed(office, actor, outcome)
    assert (case.state, case.outcome) == (State.DELIVERED, Outcome.FULFILLED)
    letter = await office.letter(case.id)
    assert "Riitta Reviewer" in letter
    assert said in letter
    assert "The score missed your last payment." in letter
    assert crm.orders == []
    decided = await office.event(case.id, "case.decided")
    assert (decided.actor, decided.data["outcome"]) == (actor.name, outcome)


async def test_the_one_who_reviewed_is_named_even_if_another_person_opens_the_case_later(office, crm, actor):
    case = await reviewed(office, actor)
    other = await office.staff("Onni Other")
    await office.service.tasks.note(other, case.id, "read it")
    assert "Onni Other" not in await office.letter(case.id)


async def test_a_review_without_reasons_is_none(office, crm, actor):
    case = await office.case(await office.ask("automated_decision"))
    with pytest.raises(InvalidInput) as caught:
        await decide(office, actor, case, kind="review", outcome="confirmed", reasons="")
    assert caught.value.errors[0].field == "reasons"


async def test_a_review_of_data_that_is_gone_is_a_review_all_the_same(office, actor):
    await office.system("crm", orders=ALL)
    case = await reviewed(office, actor)
    assert case.outcome is Outcome.FULFILLED
