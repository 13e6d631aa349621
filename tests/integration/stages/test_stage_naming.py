"""Whose caller it is: the business that was named, decided by the call store where the words fit several."""

import re

import pytest
from stage_callers import businesses, caller, calls, cut, told
from stage_double import Row
from stage_office import EMAIL, PHONE

from dsar.domain.case import Outcome, State
from dsar.domain.routing import held_of
from dsar.domain.work import StepKind
from dsar.web.controller_case import detail

__all__ = ["businesses", "calls"]

STRANGER = "+358409999123"


@pytest.fixture
async def twins(office):
    return {
        "a": await office.business("Hair Corner Oy", "a", other_names=("Kampaamo Nurkka",)),
        "b": await office.business("Hair Corner Ab", "b", numbers=["+358912345678"]),
        "q": await office.business("The Hair Corner", "q"),
        "r": await office.business("Röd & Vit Ab", "r"),
    }


@pytest.mark.parametrize(
    ("said", "tenant"),
    [
        ("kampaamo nurkka", "a"),
        ("RÖD OCH VIT", "r"),
        ("Rod and Vit AB", "r"),
        ("09 1234 5678", "b"),
        ("+358 9 1234 5678", "b"),
    ],
)
async def test_a_business_is_found_as_people_write_it_and_no_store_is_asked(
    office, calls, twins, said, tenant
):
    assert set(await cut(office, await caller(office, business=said))) == {tenant}
    assert calls.asked == []


async def test_where_the_words_fit_several_the_store_that_knows_the_number_decides(office, calls, twins):
    assert set(await cut(office, await caller(office, business="hair corner"))) == {"a", "b"}
    assert set(calls.operations()) == {"open", "tenants"}


async def test_where_the_words_fit_several_and_no_store_knows_the_number_it_is_nobody(office, calls, twins):
    reference = await caller(office, phone=STRANGER, business="hair corner")
    assert await cut(office, reference) == {}
    case = await office.case(reference)
    assert (case.state, case.outcome) == (State.CLOSED, Outcome.REFERRED)
    assert (await office.event(case.id, "routing.looked_up")).data == {"systems": ["calls"], "businesses": []}


async def test_words_that_fit_several_never_reach_a_store_that_knows_the_number_under_another_name(
    office, calls, twins
):
    calls.add(Row("c", "z1", tenant="z", collection="calls"))
    await office.business("Zeta Oy", "z")
    assert "z" not in await cut(office, await caller(office, business="hair corner"))


async def test_whom_nobody_knows_is_told_how_to_reach_the_business_and_the_search_is_recorded(
    office, calls, businesses
):
    reference = await caller(office, phone=STRANGER)
    letter = office.messages(STRANGER)[0].text
    assert "Please ask the business that you called, or that called you." in letter
    case = await office.case(reference)
    looked = await office.event(case.id, "routing.looked_up")
    assert looked.data == {"systems": ["calls"], "businesses": []}
    assert (await office.step(case.id, StepKind.LOOK_UP)).detail == {"systems": 1}


async def test_a_business_sees_how_much_the_look_up_met_for_it_alone_before_it_decides(
    office, calls, businesses
):
    calls.counted = {"a": {"calls": 2, "unknown": 9}, "b": {"calls": 1}}
    found = await cut(office, await caller(office))
    for tenant, records in (("a", 2), ("b", 1)):
        history = await office.events(found[tenant].id)
        (held,) = held_of(history)
        assert (held.system_key, held.category, held.records) == ("calls", "call_records", records)
        async with office.db.as_controller(businesses[tenant]) as connection:
            shown = await detail(connection, office.service.vault, found[tenant], history, office.clock())
        assert [(one["category"], one["records"]) for one in shown.counts] == [("call_records", records)]
    assert set(calls.operations()) == {"open", "tenants"}
    (parent, *_) = await office.cases(found["a"].reference)
    assert held_of(await office.events(parent.id)) == []


# Refer or forward, by profile and by controller


@pytest.fixture
async def mixed(office):
    return {
        "a": await office.business("Acme Oy", "a"),
        "b": await office.business("Beta Oy", "b", callers="refer"),
    }


async def test_a_business_that_has_its_callers_referred_hears_of_one_and_not_of_whom(
    office, sql, calls, mixed
):
    reference = await caller(office, business="", email=EMAIL)
    found = await cut(office, reference)
    assert (found["a"].state, found["b"].state) == (State.AWAITING_CONTROLLER, State.CLOSED)
    assert found["b"].outcome is Outcome.REFERRED
    assert await office.identities(found["b"].id) == []
    assert await sql.fetchval("SELECT sealed_details FROM case_file WHERE id = $1", found["b"].id) is None
    assert await told(office, mixed["b"]) == [("case.referred", "closed")]
    assert await told(office, mixed["a"]) == [("case.forwarded", "awaiting_controller")]
    assert await office.steps(found["b"].id, StepKind.WATCH) == []
    assert await office.broken() is None


async def test_a_referred_case_holds_its_key_no_longer_than_others_and_nothing_is_ever_read(
    office, calls, mixed
):
    reference = await caller(office)
    await office.work_for(days=31)
    assert (await cut(office, reference))["b"].wrapped_key is None
    assert "find" not in calls.operations()


async def test_the_letter_is_the_same_for_the_forwarded_the_referred_and_the_unknown(office, calls, mixed):
    others = {"only-b": "+358401111122", "nobody": STRANGER}
    calls.person("d", ("phone", others["only-b"])).add(Row("d", "b9", tenant="b", collection="calls"))
    letters = []
    for phone in (PHONE, *others.values()):
        reference = await caller(office, phone=phone)
        text = office.messages(phone)[0].text
        letters.append(re.sub(r"\b\d{6}\b", "CODE", text.replace(reference, "REFERENCE")))
    assert len(set(letters)) == 1
    assert "it has your request, or expects you" in letters[0]
    assert not any(name in letters[0] for name in ("Acme", "Beta"))


async def test_a_business_that_wants_its_callers_forwarded_gets_them_where_the_profile_refers(
    settings, connector, clock, tmp_path
):
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
        calls.person("c", ("phone", PHONE))
        calls.add(*(Row("c", f"{tenant}1", tenant=tenant, collection="calls") for tenant in "ab"))
        await office.business("Acme Oy", "a")
        await office.business("Beta Oy", "b", callers="forward")
        found = await cut(office, await caller(office))
        assert (found["a"].outcome, found["b"].state) == (Outcome.REFERRED, State.AWAITING_CONTROLLER)
