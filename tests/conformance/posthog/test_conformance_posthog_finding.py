"""Who is found in PostHog, and who is not."""

from datetime import timedelta
from itertools import cycle

import msgspec
import pytest

from dsar.contract import (
    Erase,
    Held,
    Proof,
    Ref,
    Refused,
    Role,
    Scope,
    Unreachable,
)
from dsar.demo.posthog import PostHogDouble, fill
from dsar.demo.posthog_double import mischief

from .project import (
    EMAIL,
    KEY,
    OURS,
    PETRA,
    clicks,
    data_of,
    exported,
    found,
    needs_contract,
    opened,
    person_ref,
)


@needs_contract
async def test_the_whole_conversation_keeps_to_the_vendors_contract(double, session):
    fill(double)
    await session.probe()
    (petra,) = await found(session)
    assert len(data_of(await exported(session, petra.ref))) == 1 + 437
    assert (await session.carry_out(petra.ref, OURS, Erase(), "k")).proof is Proof.ACCEPTED
    double.forward(timedelta(minutes=2))
    assert (await session.carry_out(petra.ref, OURS, Erase(), "k")).proof is Proof.VERIFIED
    assert double.remaining(PETRA) == 0
    assert double.remaining("tomi.tilaaja@example.com") == 1 + 36
    assert double.violations == []


async def test_only_the_exact_address_is_found(double, session):
    fill(double)
    (match,) = await found(session)
    assert match.sure
    assert match.found_by == EMAIL
    assert await found(session, Ref("email", "nobody@example.com")) == []
    assert await found(session, Ref("phone", "+358401234567")) == []


async def test_every_person_with_the_address_is_sure_and_comes_once_across_pages(double):
    uuids = {double.add_person(PETRA, {}, distinct_id=f"device-{number}") for number in range(23)}
    async with opened(double, person_page_size=5) as session:
        matches = await found(session, EMAIL, EMAIL)
    assert len(matches) == 23
    assert {match.ref.value for match in matches} == uuids
    assert all(match.sure for match in matches)


async def test_the_address_is_found_in_any_case_unless_switched_off(double, session):
    double.add_person("Petra.Prospekti@Example.com", {})
    assert len(await found(session)) == 1
    async with opened(double, any_case=False) as exact:
        assert await found(exact) == []


async def test_a_person_whose_address_the_key_may_not_see_is_not_sure(double, session):
    def hide(page):
        return {**page, "results": [{**person, "properties": {}} for person in page["results"]]}

    double.add_person(PETRA, {})
    double.misbehave(mischief.rewrites(hide, on="persons/"))
    assert [match.sure for match in await found(session)] == [False]


async def test_an_ignored_filter_hands_over_nobody(double, session):
    double.add_person(PETRA, {})
    double.add_person("other@example.com", {})
    double.misbehave(mischief.rewrites(lambda page: everyone(double, page), on="persons/"))
    with pytest.raises(Refused, match="filter was not applied"):
        await found(session)


def everyone(double, page):
    others = [msgspec.to_builtins(person) for person in double._project.persons.values()]
    return {**page, "results": [{**person, "name": ""} for person in others]}


async def test_a_customers_scope_finds_exports_and_changes_nothing(double, session):
    uuid = double.add_person(PETRA, {}, clicks(3))
    theirs = Scope(Role.PROCESSOR, "tenant-1")
    assert await found(session, EMAIL, scope=theirs) == []
    assert [item async for item in session.export(person_ref(uuid), theirs, None)] == []
    assert [hit async for hit in session.tenants([EMAIL])] == []
    with pytest.raises(Refused):
        await session.carry_out(person_ref(uuid), theirs, Erase(), "k")
    assert double.calls == []


@pytest.mark.parametrize(
    "link",
    [
        "http://evil.example/api/projects/17/persons/",
        "//evil.example/api/projects/17/persons/",
        "{port}/api/projects/17/persons/",
        "http://someone@{own}/api/projects/17/persons/",
        "http://{own}/api/projects/18/persons/",
    ],
)
async def test_a_next_page_elsewhere_is_refused_and_never_asked_for(double, session, link):
    elsewhere = PostHogDouble(project_id="17", api_key=KEY)
    link = link.format(port=await elsewhere.start(), own=double.url.removeprefix("http://"))
    double.add_person(PETRA, {})
    double.misbehave(mischief.rewrites(lambda page: {**page, "next": link}, on="persons/"))
    with pytest.raises(Refused, match="outside the configured host"):
        await found(session)
    await elsewhere.stop()
    assert (elsewhere.calls, len(double.calls)) == ([], 1)


async def test_pages_that_lead_in_a_circle_are_no_end_and_have_one(double, session):
    links = cycle(f"{double.url}/api/projects/17/persons/?email=x&offset={offset}" for offset in (1, 2))
    double.misbehave(mischief.rewrites(lambda page: {**page, "next": next(links)}, on="persons/"), times=9)
    with pytest.raises(Unreachable, match="in a circle"):
        await found(session)
    assert len(double.calls) < 5


async def test_everyone_is_named_by_the_address_that_finds_them_page_by_page(double):
    fill(double)
    double.add_person("Petra.Capital@Example.com", {})
    async with opened(double, person_page_size=50) as session:
        there = [held async for held in session.everyone()]
    assert len(there) == len(set(there)) == 3 + 3 + 200 + 1
    assert Held(Ref("email", PETRA)) in there
    assert Held(Ref("email", "petra.capital@example.com")) in there
    async with opened(double, any_case=False) as exact:
        assert Held(Ref("email", "petra.capital@example.com")) not in [h async for h in exact.everyone()]


async def test_an_account_is_found_by_its_distinct_id_where_the_settings_say_that_it_is_one(double, session):
    uuid = double.add_person("", {}, distinct_id="account-7")
    double.add_person("", {}, distinct_id="account-77")
    account = Ref("account_id", "account-7")
    assert [match async for match in session.find([account], OURS)] == []
    assert session.finds_by == {"email"}
    async with opened(double, distinct_ids_are_accounts=True) as asked:
        assert asked.finds_by == {"email", "account_id"}
        assert [match.ref async for match in asked.find([account], OURS)] == [person_ref(uuid)]
        assert Held(account) in [held async for held in asked.everyone()]


async def test_anonymous_visitors_have_no_address_to_be_named_by(double, session):
    double.add_person("", {}, clicks(2), distinct_id="anonymous")
    assert [held async for held in session.everyone()] == []


async def test_the_probe_says_what_is_never_reached(session):
    words = "\n".join((await session.probe()).not_covered)
    assert "recordings" in words
    assert "Survey" in words
