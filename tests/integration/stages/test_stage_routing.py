"""A caller's request goes to the businesses that hold the calls, and the person learns nothing of them."""

import re
from uuid import uuid4

import pytest
from stage_double import Row
from stage_office import EMAIL, PHONE

from dsar.contract import Role, Scope
from dsar.domain.case import Outcome, State
from dsar.domain.controllers import ControllerActor
from dsar.domain.errors import InvalidInput, NotFound, NotNow
from dsar.domain.identity import IdentityKind
from dsar.domain.work import StepKind, StepState
from dsar.vault import VaultError

STRANGER = "+358409999123"


@pytest.fixture
async def calls(office):
    system = await office.system("calls")
    system.person("c", ("phone", PHONE))
    return system.add(
        Row("c", "a1", tenant="a", collection="calls"),
        Row("c", "a2", tenant="a", collection="calls"),
        Row("c", "b1", tenant="b", collection="calls"),
    )


@pytest.fixture
async def businesses(office):
    return {
        "a": await office.business("Acme Oy", "a", numbers=["+358912345678"]),
        "b": await office.business("Beta Oy", "b"),
        "z": await office.business("Zeta Oy", "z"),
    }


async def caller(office, right="access", phone=PHONE, **more):
    return await office.asked_and_proven(right, relations=("caller",), email="", phone=phone, **more)


async def test_a_caller_known_at_two_tenants_gets_two_cases_each_with_its_own_key(office, calls, businesses):
    reference = await caller(office)
    parent, *cut = await office.cases(reference)
    assert (parent.state, parent.outcome, parent.controller_id) == (State.CLOSED, Outcome.REFERRED, None)
    assert {case.tenant: case.controller_id for case in cut} == {t: businesses[t] for t in ("a", "b")}
    assert all(
        (case.state, case.role, case.parent_id) == (State.AWAITING_CONTROLLER, Role.PROCESSOR, parent.id)
        for case in cut
    )
    assert len({case.wrapped_key for case in (parent, *cut)}) == 3
    vault = office.service.vault
    for case in cut:
        (row,) = await office.identities(case.id)
        assert vault.case_key(case.wrapped_key).open(row.sealed, "identity").decode() == PHONE
        for other in (parent, *cut):
            if other.id != case.id:
                with pytest.raises(VaultError):
                    vault.case_key(other.wrapped_key).open(row.sealed, "identity")
    assert await office.broken() is None


async def test_looking_up_reads_and_changes_nothing_of_a_controllers(office, calls, businesses):
    await caller(office)
    assert set(calls.operations()) == {"open", "tenants"}


async def test_the_known_and_the_unknown_caller_read_the_same_letter(office, calls, businesses):
    known, unknown = await caller(office), await caller(office, phone=STRANGER)
    assert len(await office.cases(known)) == 3
    assert len(await office.cases(unknown)) == 1

    def told(to, reference):
        texts = [message.text for message in office.messages(to)]
        return [re.sub(r"\b\d{6}\b", "CODE", text.replace(reference, "REFERENCE")) for text in texts]

    assert told(PHONE, known) == told(STRANGER, unknown)
    assert "REFERENCE" in "".join(told(PHONE, known))
    assert not any(name in text for name in ("Acme", "Beta") for text in told(PHONE, known))


async def test_a_mail_letter_is_the_same_for_the_known_and_the_unknown_caller_too(office, calls, businesses):
    texts = []
    for phone, email in ((PHONE, EMAIL), (STRANGER, "b.b@example.com")):
        reference = await office.asked_and_proven("erasure", relations=("caller",), email=email, phone=phone)
        letter = next(m for m in office.messages(email) if "Whom to ask" in m.subject)
        texts.append(
            [part.replace(reference, "REFERENCE") for part in (letter.subject, letter.text, letter.html)]
        )
    assert texts[0] == texts[1]


async def test_the_status_of_a_known_and_an_unknown_caller_is_the_same(office, calls, businesses):
    from dsar.store import cases

    async with office.db.read() as connection:
        seen = [
            await cases.states_of_request(connection, await caller(office, phone=phone))
            for phone in (PHONE, STRANGER)
        ]
    assert seen[0] == seen[1]
    assert len(seen[0]) == 1


@pytest.mark.parametrize(
    "said",
    [{"business": "  ACME oy "}, {"business": "acme-Oy"}, {"number_called": "09 1234 5678"}],
)
async def test_a_named_business_gets_the_case_alone_and_no_store_is_asked(office, calls, businesses, said):
    reference = await caller(office, **said)
    _, *cut = await office.cases(reference)
    assert [case.tenant for case in cut] == ["a"]
    assert calls.asked == []


async def test_a_business_that_nobody_knows_by_that_name_leaves_the_look_up_to_the_number(
    office, calls, businesses
):
    _, *cut = await office.cases(await caller(office, business="Nobody Oy"))
    assert {case.tenant for case in cut} == {"a", "b"}


async def test_a_business_named_without_letters_names_nobody(office, calls, businesses):
    _, *cut = await office.cases(await caller(office, phone=STRANGER, business="!!!"))
    assert cut == []


async def test_a_tenant_that_is_no_controller_of_ours_is_passed_over(office, calls, businesses):
    calls.add(Row("c", "q1", tenant="unknown", collection="calls"))
    _, *cut = await office.cases(await caller(office))
    assert {case.tenant for case in cut} == {"a", "b"}


async def test_a_look_up_that_fails_cuts_nothing_and_is_tried_again(office, calls, businesses):
    from dsar.contract import Unreachable

    calls.faults["tenants"].append(Unreachable("the store does not answer"))
    reference = await caller(office)
    assert [case.state for case in await office.cases(reference)] == [State.ROUTING]
    office.clock.turn(minutes=1)
    await office.work()
    assert len(await office.cases(reference)) == 3


async def test_a_prospect_who_also_called_gets_a_case_of_ours_and_one_to_be_routed(office, calls, businesses):
    calls.person("p", ("email", EMAIL)).add(Row("p", "own"))
    reference = await office.asked_and_proven("access", relations=("prospect", "caller"), phone=PHONE)
    found = await office.cases(reference)
    assert [(case.role, case.tenant) for case in found] == [
        (Role.CONTROLLER, None),
        (Role.PROCESSOR, None),
        (Role.PROCESSOR, "a"),
        (Role.PROCESSOR, "b"),
    ]
    assert await office.record_ids(found[0].id) == ["own"]


# Instructions


async def test_only_the_instruction_to_fulfil_makes_us_collect_and_only_that_tenants(
    office, calls, businesses
):
    # GDPR 28(3)(a)
    reference = await caller(office)
    await office.work_for(days=3)
    case = await office.case_of(reference, "a")
    assert "find" not in calls.operations()
    await office.instruct(businesses["a"], case.id, "fulfil")
    assert await office.record_ids(case.id) == ["a1", "a2"]
    touched = {
        scope for operation, scope in calls.asked if operation in {"find", "export", "read", "carry_out"}
    }
    assert touched == {Scope(Role.PROCESSOR, "a")}
    other = await office.case_of(reference, "b")
    assert other.state is State.AWAITING_CONTROLLER
    assert await office.collected(other.id) == []


async def test_a_fulfilled_case_goes_to_the_controller_and_not_to_the_person(office, calls, businesses):
    # GDPR 28(3)(e)
    reference = await caller(office)
    case = await office.case_of(reference, "a")
    before = len(office.messages(PHONE))
    await office.instruct(businesses["a"], case.id, "fulfil")
    case = await office.one(case.id)
    assert (case.state, case.outcome) == (State.DELIVERED, Outcome.FULFILLED)
    assert len(office.messages(PHONE)) == before
    actor, downloading = ControllerActor(businesses["a"], "key:test"), office.service.downloading
    archive = await downloading.of_controller(actor, case.id)
    stream = await downloading.for_controller(actor, archive)
    assert len(b"".join([piece async for piece in stream])) == archive.row.bytes


async def test_an_erasure_that_was_instructed_touches_only_that_tenants_calls(office, calls, businesses):
    calls.person("p", ("phone", PHONE)).add(Row("p", "operators-own"))
    reference = await caller(office, "erasure")
    case = await office.case_of(reference, "a")
    assert calls.ids() == ["a1", "a2", "b1", "operators-own"]
    await office.instruct(businesses["a"], case.id, "fulfil")
    assert calls.ids() == ["b1", "operators-own"]
    assert (await office.one(case.id)).outcome is Outcome.FULFILLED


@pytest.mark.parametrize(
    ("said", "outcome"),
    [("refuse", Outcome.REFUSED), ("handled_by_us", Outcome.HANDLED_BY_CONTROLLER)],
)
async def test_a_case_that_the_controller_refuses_or_handles_ends_and_nothing_is_read(
    office, calls, businesses, said, outcome
):
    case = await office.case_of(await caller(office), "a")
    await office.instruct(businesses["a"], case.id, said, ground="our own reasons")
    case = await office.one(case.id)
    assert (case.state, case.outcome) == (State.CLOSED, outcome)
    assert (
        await office.event(case.id, "controller.instructed")
    ).actor == f"controller:{businesses['a']}/key:test"
    await office.work_for(days=31)
    assert (await office.one(case.id)).wrapped_key is None
    assert "find" not in calls.operations()


async def test_a_question_of_the_controller_is_noted_and_the_case_waits_on(office, calls, businesses):
    case = await office.case_of(await caller(office), "a")
    await office.instruct(businesses["a"], case.id, "need_information", ground="which line was it?")
    assert (await office.one(case.id)).state is State.AWAITING_CONTROLLER
    await office.instruct(businesses["a"], case.id, "fulfil")
    assert (await office.one(case.id)).state is State.DELIVERED


@pytest.mark.parametrize("said", ["refuse", "need_information"])
@pytest.mark.parametrize("ground", ["", "  ", "x" * 501, "with\x00nothing in it"])
async def test_a_refusal_or_a_question_without_a_usable_ground_is_sent_back(
    office, calls, businesses, said, ground
):
    case = await office.case_of(await caller(office), "a")
    with pytest.raises(InvalidInput) as caught:
        await office.instruct(businesses["a"], case.id, said, ground=ground)
    assert caught.value.errors[0].field == "ground"
    assert (await office.one(case.id)).state is State.AWAITING_CONTROLLER


@pytest.mark.parametrize("again", ["fulfil", "refuse", "handled_by_us", "need_information"])
async def test_a_second_instruction_is_refused(office, calls, businesses, again):
    case = await office.case_of(await caller(office), "a")
    await office.instruct(businesses["a"], case.id, "fulfil")
    before = await office.events(case.id)
    with pytest.raises(NotNow):
        await office.instruct(businesses["a"], case.id, again, ground="x")
    assert await office.events(case.id) == before


async def test_another_controllers_case_an_own_parent_and_an_unknown_case_look_the_same(
    office, calls, businesses
):
    reference = await caller(office)
    parent, theirs = (await office.cases(reference))[0], await office.case_of(reference, "b")
    told = set()
    for case_id in (theirs.id, parent.id, uuid4()):
        with pytest.raises(NotFound) as caught:
            await office.instruct(businesses["a"], case_id, "fulfil")
        told.add(str(caught.value))
    assert len(told) == 1
    assert (await office.one(theirs.id)).state is State.AWAITING_CONTROLLER


async def test_a_controllers_objection_for_its_caller_is_weighed_and_leaves_our_own_marketing_list_alone(
    office, sql, calls, businesses
):
    case = await office.case_of(await caller(office, "objection"), "a")
    await office.instruct(businesses["a"], case.id, "fulfil")
    (task,) = await office.steps(case.id, StepKind.BY_HAND)
    assert task.state is StepState.MANUAL
    assert calls.orders == []
    assert await sql.fetchval("SELECT count(*) FROM suppression") == 0


async def test_where_the_profile_refers_nothing_is_forwarded(settings, connector, clock, tmp_path):
    import msgspec
    from stage_office import Office

    from dsar.engine import open_service
    from dsar.store import shipped

    profile = tmp_path / "refer.toml"
    text = (shipped("profiles") / "demo.toml").read_text()
    profile.write_text(text.replace('callers = "forward"', 'callers = "refer"'))
    async with open_service(msgspec.structs.replace(settings, profile=str(profile)), now=clock) as service:
        office = Office(service, connector, clock)
        calls = await office.system("calls")
        calls.person("c", ("phone", PHONE)).add(Row("c", "a1", tenant="a", collection="calls"))
        await office.business("Acme Oy", "a")
        case, told = await office.cases(await caller(office))
        assert (case.state, case.outcome) == (State.CLOSED, Outcome.REFERRED)
        assert IdentityKind.PHONE in {row.kind for row in await office.identities(case.id)}
        assert (told.state, told.outcome, told.tenant) == (State.CLOSED, Outcome.REFERRED, "a")
        assert await office.identities(told.id) == []
        assert set(calls.operations()) == {"open", "tenants"}
