"""The vendor's contract judges both sides: what the double answers, and what we ask."""

import pytest

from dsar.contract import Erase, Refused, Unauthorised
from dsar.demo.posthog import PostHogDouble
from dsar.demo.posthog_double import checks, mischief
from dsar_posthog import api, erasure
from dsar_posthog.wire import BulkDeleted, PersonPage

from .project import (
    BULK_DELETE,
    CONTRACT,
    EMAIL,
    KEY,
    OURS,
    PETRA,
    STATUS_ROWS,
    clicks,
    exported,
    found,
    needs_contract,
    opened,
    person_ref,
)

pytestmark = needs_contract


@pytest.fixture
async def judged(monkeypatch):
    """A double that the contract alone judges: its own checks are switched off."""
    monkeypatch.setattr(checks, "flaws", lambda call, tail: iter(()))
    double = PostHogDouble(project_id="17", api_key=KEY, deletion_seconds=0.4, contract=CONTRACT)
    double.url = await double.start()
    yield double
    await double.stop()


async def whole_conversation(session, uuid):
    await session.probe()
    await found(session, EMAIL)
    await exported(session, person_ref(uuid))
    return await session.carry_out(person_ref(uuid), OURS, Erase(), "k")


async def test_what_we_ask_and_what_the_double_answers_keep_to_the_contract(judged):
    uuid = judged.add_person(PETRA, {}, clicks(3))
    async with opened(judged) as session:
        await whole_conversation(session, uuid)
    assert judged.violations == []
    assert {tail for _, tail in judged.calls} == {"persons/", "query/", STATUS_ROWS, BULK_DELETE}


def without(name):
    return lambda body: {key: value for key, value in body.items() if key != name}


def in_rows(change):
    return lambda body: {**body, "results": [change(row) for row in body["results"]]}


@pytest.mark.parametrize(
    ("tail", "change"),
    [
        ("persons/", in_rows(without("distinct_ids"))),
        ("persons/", in_rows(lambda row: {**row, "uuid": "not a uuid"})),
        ("persons/", lambda body: {**body, "count": "many"}),
        (BULK_DELETE, without("persons_deleted")),
        (BULK_DELETE, lambda body: {**body, "events_queued_for_deletion": "yes"}),
        (STATUS_ROWS, in_rows(without("delete_verified_at"))),
        (STATUS_ROWS, in_rows(lambda row: {**row, "person_uuid": 5})),
    ],
    ids=["no-ids", "no-uuid", "count", "no-deleted", "queued", "no-verified", "number"],
)
async def test_a_double_made_to_misbehave_against_its_vendors_contract_is_caught_by_the_contract_check(
    judged, tail, change
):
    uuid = judged.add_person(PETRA, {}, clicks(3))
    async with opened(judged) as session:
        if tail == STATUS_ROWS:
            await session.carry_out(person_ref(uuid), OURS, Erase(), "k")
        judged.misbehave(mischief.rewrites(change, on=tail))
        with pytest.raises(Refused, match="400"):
            await (
                found(session, EMAIL)
                if tail == "persons/"
                else session.carry_out(person_ref(uuid), OURS, Erase(), "k")
            )
    (violation,) = judged.violations
    assert "the answer is against the contract" in violation
    assert PETRA not in violation


async def asks_for_an_unknown_flag(session, uuid):
    body = {"ids": [uuid], "delete_event": True}
    await session._api.post(BULK_DELETE, body, BulkDeleted)


async def asks_for_too_many(session, uuid):
    await session._api.post(BULK_DELETE, {"ids": [uuid] * 1_001, "delete_events": True}, BulkDeleted)


async def asks_for_a_page_of_words(session, uuid):
    await session._api.get("persons/", {"email": PETRA, "limit": "many"}, PersonPage)


async def asks_for_a_state_that_there_is_not(session, uuid):
    await session._api.get(STATUS_ROWS, {"person_uuid": uuid, "status": "done"}, PersonPage)


async def asks_at_a_place_that_there_is_not(session, uuid):
    await session._api.get("people/", {"email": PETRA}, PersonPage)


async def asks_a_query_of_no_kind(session, uuid):
    await session._api.post("query/", {"query": {"query": "select 1"}}, PersonPage)


@pytest.mark.parametrize(
    "ask",
    [
        asks_for_an_unknown_flag,
        asks_for_too_many,
        asks_for_a_page_of_words,
        asks_for_a_state_that_there_is_not,
        asks_at_a_place_that_there_is_not,
        asks_a_query_of_no_kind,
    ],
)
async def test_a_request_of_ours_against_the_vendors_contract_is_caught_by_the_contract_check(judged, ask):
    uuid = judged.add_person(PETRA, {}, clicks(3))
    async with opened(judged) as session:
        with pytest.raises(Refused, match="400"):
            await ask(session, uuid)
    assert judged.violations
    assert all("against the contract" in violation for violation in judged.violations)
    assert PETRA not in "".join(judged.violations)
    assert judged.remaining(PETRA) == 1 + 3


async def test_an_erasure_of_ours_that_forgot_the_contract_is_caught_in_the_act(judged, monkeypatch):
    async def misspelt(api, person_id):
        return await api.post(BULK_DELETE, {"ids": [str(person_id)], "delete_recording": True}, BulkDeleted)

    monkeypatch.setattr(erasure, "_order", misspelt)
    uuid = judged.add_person(PETRA, {}, clicks(3))
    async with opened(judged) as session:
        with pytest.raises(Refused, match="400"):
            await whole_conversation(session, uuid)
    assert judged.violations
    assert judged.remaining(PETRA) == 1 + 3


async def test_a_request_without_the_key_is_against_the_contract_too(judged, monkeypatch):
    real = api.httpx.AsyncClient.build_request

    def bare(self, *what, headers, **more):
        kept = {name: value for name, value in headers.items() if name != "Authorization"}
        return real(self, *what, headers=kept, **more)

    monkeypatch.setattr(api.httpx.AsyncClient, "build_request", bare)
    async with opened(judged) as session:
        with pytest.raises(Unauthorised):
            await found(session, EMAIL)
    assert any("SecurityValidationError" in violation for violation in judged.violations)
