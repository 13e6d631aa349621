"""The PostHog connector against its double, which judges every request by the vendor's contract when there is one."""

import asyncio
import logging
import os
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx
import msgspec
import pytest

from dsar.contract import (
    Erase,
    Mark,
    Proof,
    Record,
    Rectify,
    Ref,
    Refused,
    Restrict,
    Role,
    Scope,
    Suppress,
    Throttled,
    Tools,
    Unauthorised,
    Unreachable,
)
from dsar.demo.posthog import PostHogDouble, fill
from dsar.demo.posthog_double import mischief
from dsar_posthog import connector
from dsar_posthog.settings import PostHogSettings

FOLDER = os.environ.get("DSAR_CONTRACTS")
CONTRACT = Path(FOLDER) / "posthog" / "persons.derived.openapi.yaml" if FOLDER else None
needs_contract = pytest.mark.skipif(
    CONTRACT is None, reason="DSAR_CONTRACTS names no folder of vendors' contracts"
)

KEY = "phx_not_a_real_key"
OURS = Scope(Role.CONTROLLER)
PETRA = "petra.prospekti@example.com"
EMAIL = Ref("email", PETRA)
STATUS_ROWS = "persons/deletion_status/"
BULK_DELETE = "persons/bulk_delete/"
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
async def double():
    double = PostHogDouble(project_id="17", api_key=KEY, deletion_seconds=0.4, contract=CONTRACT)
    double.url = await double.start()
    yield double
    await double.stop()
    assert double.violations == []


@asynccontextmanager
async def opened(double, *, timeout=5.0, **settings):
    chosen = {"host": double.url, "project_id": "17", "api_key": KEY, "deletion_poll_seconds": 1, **settings}
    async with (
        httpx.AsyncClient(timeout=timeout) as http,
        connector.open(PostHogSettings(**chosen), Tools(http)) as it,
    ):
        yield it


@pytest.fixture
async def session(double):
    async with opened(double, event_page_size=100) as session:
        yield session


async def found(session, *refs, scope=OURS):
    return [match async for match in session.find(refs or [EMAIL], scope)]


async def exported(session, ref, after=None):
    return [item async for item in session.export(ref, OURS, after)]


def data_of(items):
    return [item.data for item in items if isinstance(item, Record)]


def clicks(count, step=timedelta(seconds=1)):
    return [
        {"event": "$pageview", "timestamp": MONDAY + index * step, "properties": {"n": index}}
        for index in range(count)
    ]


def person_ref(uuid):
    return Ref("posthog_person", uuid)


@needs_contract
async def test_the_whole_conversation_keeps_to_the_vendors_contract(double, session):
    fill(double)
    await session.probe()
    (petra,) = await found(session)
    assert len(data_of(await exported(session, petra.ref))) == 1 + 437
    assert (await session.carry_out(petra.ref, OURS, Erase(), "k")).proof is Proof.ACCEPTED
    await asyncio.sleep(0.5)
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


async def test_many_events_come_whole_and_equal_twice(double):
    ref = person_ref(double.add_person(PETRA, {"$geoip_city_name": "Turku"}, clicks(1_234)))
    async with opened(double, event_page_size=500) as session:
        first, second = await exported(session, ref), await exported(session, ref)
    person, *events = data_of(first)
    assert person["properties"] == {"email": PETRA, "$geoip_city_name": "Turku"}
    assert [event["properties"]["n"] for event in events] == list(range(1_234))
    assert data_of(first) == data_of(second)
    marks = [item for item in first if isinstance(item, Mark)]
    assert marks == [item for item in second if isinstance(item, Mark)]
    assert len(marks) == 1 + 3
    assert first[0].inferred == ("/properties/$geoip_city_name",)


@pytest.mark.parametrize("step", [timedelta(microseconds=1), timedelta(0)])
async def test_an_export_resumed_at_any_mark_loses_and_repeats_nothing(double, session, step):
    ref = person_ref(double.add_person(PETRA, {}, clicks(1_234, step)))
    whole = await exported(session, ref)
    marks = [index for index, item in enumerate(whole) if isinstance(item, Mark)]
    assert len(marks) == 1 + 13
    assert len({event["uuid"] for event in data_of(whole)[1:]}) == 1_234
    for index in marks:
        rest = await exported(session, ref, whole[index])
        assert data_of(whole[: index + 1]) + data_of(rest) == data_of(whole)


async def test_a_page_out_of_order_is_no_answer(double, session):
    ref = person_ref(double.add_person(PETRA, {}, clicks(3)))
    turned = mischief.rewrites(lambda page: {**page, "results": page["results"][::-1]}, on="query/")
    person_done = next(item for item in await exported(session, ref) if isinstance(item, Mark))
    double.misbehave(turned)
    with pytest.raises(Unreachable, match="order"):
        await exported(session, ref, person_done)


async def test_no_query_text_holds_the_address(double):
    bodies = []

    async def keep(request):
        bodies.append(request.content.decode())

    ref = person_ref(double.add_person(PETRA, {}, clicks(3)))
    settings = PostHogSettings(host=double.url, project_id="17", api_key=KEY)
    async with (
        httpx.AsyncClient(event_hooks={"request": [keep]}) as http,
        connector.open(settings, Tools(http)) as it,
    ):
        await found(it)
        await exported(it, ref)
    assert len(bodies) > 4
    assert not any("petra" in body for body in bodies)


@pytest.mark.parametrize("value", ["' or 1=1 --", "", "petra.prospekti@example.com"])
async def test_what_is_no_uuid_reaches_no_query(double, session, value):
    with pytest.raises(Refused):
        await exported(session, person_ref(value))
    with pytest.raises(Refused):
        await exported(session, person_ref(str(UUID(int=1))), Mark(f"event {value} {value}"))
    assert double.calls == []


async def test_an_erasure_is_accepted_then_looked_after_then_verified(double, session):
    ref = person_ref(double.add_person(PETRA, {}, clicks(120)))
    for _ in range(2):
        receipt = await session.carry_out(ref, OURS, Erase(), "k")
        assert (receipt.changed, receipt.proof) == (1, Proof.ACCEPTED)
        assert receipt.ask_again_at > datetime.now(UTC)
        assert double.remaining(PETRA) == 120
    await asyncio.sleep(0.5)
    done = await session.carry_out(ref, OURS, Erase(), "k")
    assert (done.proof, done.kept, done.ask_again_at, double.remaining(PETRA)) == (
        Proof.VERIFIED,
        (),
        None,
        0,
    )
    assert await session.carry_out(ref, OURS, Erase(), "k") == done
    assert double.calls.count(("POST", BULK_DELETE)) == 1


async def test_a_missing_row_is_no_completion_and_orders_nothing_anew(double, session):
    ref = person_ref(double.add_person(PETRA, {}, clicks(3)))
    await session.carry_out(ref, OURS, Erase(), "k")
    double.misbehave(mischief.rewrites(lambda page: {**page, "results": []}, on=STATUS_ROWS), times=2)
    waiting = await session.carry_out(ref, OURS, Erase(), "k")
    assert (waiting.proof, waiting.ask_again_at is None) == (Proof.ACCEPTED, False)
    await asyncio.sleep(0.5)
    assert (await session.carry_out(ref, OURS, Erase(), "k")).proof is Proof.UNVERIFIABLE
    assert (await session.carry_out(ref, OURS, Erase(), "k")).proof is Proof.VERIFIED
    assert double.calls.count(("POST", BULK_DELETE)) == 1


async def test_a_person_that_was_never_there_is_not_ordered_away(double, session):
    receipt = await session.carry_out(person_ref(str(UUID(int=5))), OURS, Erase(), "k")
    assert (receipt.changed, receipt.proof) == (0, Proof.UNVERIFIABLE)
    assert ("POST", BULK_DELETE) not in double.calls


async def test_a_verified_deletion_with_its_events_still_there_is_not_verified(double, session):
    ref = person_ref(double.add_person(PETRA, {}, clicks(3)))
    await session.carry_out(ref, OURS, Erase(), "k")
    double.misbehave(mischief.rewrites(claim_done, on=STATUS_ROWS))
    assert (await session.carry_out(ref, OURS, Erase(), "k")).proof is Proof.ACCEPTED


async def test_a_verified_deletion_with_the_person_still_there_needs_a_person(double, session):
    uuid = double.add_person(PETRA, {})
    row = {
        "person_uuid": uuid,
        "created_at": datetime.now(UTC),
        "delete_verified_at": None,
        "status": "completed",
    }
    double.misbehave(mischief.rewrites(lambda page: claim_done({**page, "results": [row]}), on=STATUS_ROWS))
    with pytest.raises(Refused, match="not the person"):
        await session.carry_out(person_ref(uuid), OURS, Erase(), "k")


def claim_done(page):
    return {
        **page,
        "results": [{**row, "delete_verified_at": "2026-11-01T05:00:00Z"} for row in page["results"]],
    }


async def test_an_order_that_was_held_back_takes_the_person_only_where_nothing_has_come_since(
    double, session
):
    uuid = double.add_person(PETRA, {}, clicks(250))
    items = [item for item in await exported(session, person_ref(uuid)) if isinstance(item, Record)]
    named = tuple((item.origin.collection, item.origin.record_id) for item in items)
    with pytest.raises(Refused, match="came since"):
        await session.carry_out(person_ref(uuid), OURS, Erase(only=named[:-1]), "k")
    assert len(data_of(await exported(session, person_ref(uuid)))) == 251
    receipt = await session.carry_out(person_ref(uuid), OURS, Erase(only=named), "k")
    assert receipt.proof is Proof.ACCEPTED


async def test_what_came_after_the_request_is_reported_as_kept(double, session):
    ref = person_ref(double.add_person(PETRA, {}, clicks(3)))
    await session.carry_out(ref, OURS, Erase(), "k")
    double.capture(PETRA)
    await asyncio.sleep(0.5)
    receipt = await session.carry_out(ref, OURS, Erase(), "k")
    assert receipt.proof is Proof.VERIFIED
    assert [kept.origin.collection for kept in receipt.kept] == ["persons", "events"]
    assert {kept.ground for kept in receipt.kept} == {"captured_after_request"}
    assert double.remaining(PETRA) == 2


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"events_queued_for_deletion": False}, Refused),
        ({"recordings_queued_for_deletion": False}, Refused),
        ({"deletion_errors": [{"person_uuid": "x"}]}, Unreachable),
    ],
)
async def test_half_an_acceptance_is_none(double, session, answer, error):
    ref = person_ref(double.add_person(PETRA, {}))
    double.misbehave(mischief.rewrites(lambda body: {**body, **answer}, on=BULK_DELETE))
    with pytest.raises(error):
        await session.carry_out(ref, OURS, Erase(), "k")


@pytest.mark.parametrize("order", [Suppress(), Restrict(), Rectify("persons", {"name": "x"})])
async def test_other_orders_are_a_persons_task(session, order):
    with pytest.raises(Refused):
        await session.carry_out(person_ref(str(UUID(int=5))), OURS, order, "k")


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        *((mischief.status(number), Unauthorised) for number in (401, 403)),
        *((mischief.status(number), Refused) for number in (400, 402, 404, 409, 422)),
        *((mischief.status(number), Unreachable) for number in (408, 500, 502, 503, 504)),
        (mischief.status(302, location="http://evil.example/"), Refused),
        (mischief.status(429, retry_after="7"), Throttled),
        (mischief.garbage(), Unreachable),
        (mischief.cut_off(), Unreachable),
        (mischief.silence(2.0), Unreachable),
    ],
)
async def test_each_failure_says_what_to_do_and_nothing_of_the_person(double, caplog, wrong, error):
    caplog.set_level(logging.DEBUG)
    uuid = double.add_person(PETRA, {"name": "Petra Prospekti"}, clicks(3))
    async with opened(double, timeout=0.5) as session:
        for ask in (found(session), exported(session, person_ref(uuid))):
            double.misbehave(wrong)
            with pytest.raises(error) as caught:
                await ask
            assert not any(
                word in f"{caught.value!r}{caught.value}".lower() for word in ("petra", "?", "%40", KEY)
            )
        await found(session)
    # The double's access log is the vendor's; pytest reads it although it is switched off.
    said = "\n".join(
        record.getMessage().lower() for record in caplog.records if record.name != "uvicorn.access"
    )
    assert "persons/" in said
    assert "petra" not in said
    assert KEY not in said


async def test_a_wrong_key_and_a_closed_door(double):
    async with opened(double, api_key="phx_other") as session:
        with pytest.raises(Unauthorised):
            await session.probe()
    async with opened(double, host="http://127.0.0.1:9") as session:
        with pytest.raises(Unreachable):
            await session.probe()
