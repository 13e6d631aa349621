"""The PostHog double is strict with others and faithful in what traps a caller."""

from datetime import UTC, datetime
from uuid import UUID

import httpx
import msgspec
import pytest

from dsar.demo.exchange import Call
from dsar.demo.posthog import PostHogDouble
from dsar.demo.posthog_double import mischief
from dsar.demo.posthog_double.vendor import VendorContract

from .project import BULK_DELETE, CONTRACT, KEY, needs_contract


@pytest.fixture
async def double():
    double = PostHogDouble(project_id="17", api_key=KEY, contract=CONTRACT)
    double.url = await double.start()
    yield double
    await double.stop()


async def raw(double, method, tail, **what):
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {KEY}"}) as http:
        return await http.request(method, f"{double.url}/api/projects/17/{tail}", **what)


BAD_REQUESTS = [
    ("GET", "persons/?e_mail=x", {}),
    ("GET", "persons/?limit=many", {}),
    ("GET", "persons/?email=a&email=b", {}),
    ("GET", "persons", {}),
    ("DELETE", "persons/", {}),
    ("GET", "persons/deletion_status/?status=done", {}),
    ("POST", BULK_DELETE, {"json": {"ids": ["x"], "delete_event": True}}),
    ("POST", BULK_DELETE, {"json": {"ids": ["x"], "delete_events": "yes"}}),
    ("POST", BULK_DELETE, {"json": {"ids": ["x"] * 1_001}}),
    ("POST", "query/", {"json": {"query": {"query": "select 1"}}}),
]


@pytest.mark.parametrize(("method", "tail", "what"), BAD_REQUESTS)
@pytest.mark.parametrize("contract", [None, pytest.param(CONTRACT, marks=needs_contract)])
async def test_a_request_against_the_contract_is_caught(contract, method, tail, what):
    double = PostHogDouble(project_id="17", api_key=KEY, contract=contract)
    double.url = await double.start()
    answer = await raw(double, method, tail, **what)
    await double.stop()
    assert answer.status_code == 400
    assert double.violations


@needs_contract
def test_the_vendors_file_itself_judges_requests():
    body = msgspec.json.encode({"ids": ["x"], "delete_event": True})
    headers = {"authorization": "Bearer x", "content-type": "application/json"}
    call = Call("POST", "http://127.0.0.1", "/api/projects/17/persons/bulk_delete/", (), headers, body)
    assert list(VendorContract(CONTRACT).request_flaws(call))


@needs_contract
async def test_an_answer_against_the_contract_is_caught(double):
    def shorten(body):
        return {"persons_deleted": body["persons_deleted"]}

    double.misbehave(mischief.rewrites(shorten, on=BULK_DELETE))
    answer = await raw(double, "POST", BULK_DELETE, json={"ids": [str(UUID(int=5))]})
    assert answer.status_code == 400
    (violation,) = double.violations
    assert "the answer is against the contract" in violation


async def test_without_a_limit_the_vendor_would_cut_at_a_hundred_rows(double):
    click = {"event": "$pageview", "timestamp": datetime(2026, 3, 2, 9, tzinfo=UTC), "properties": {}}
    uuid = double.add_person("petra@example.com", {}, [click] * 150)
    text = f"select uuid from events where person_id = toUUID('{uuid}') order by timestamp"
    answer = await raw(double, "POST", "query/", json={"query": {"kind": "HogQLQuery", "query": text}})
    assert len(answer.json()["results"]) == 100


@pytest.mark.parametrize(
    "text", ["select 1", "select uuid from events", "select secret from persons where id = 1"]
)
async def test_the_double_evaluates_no_more_hogql_than_it_knows(double, text):
    answer = await raw(double, "POST", "query/", json={"query": {"kind": "HogQLQuery", "query": text}})
    assert answer.status_code == 400
