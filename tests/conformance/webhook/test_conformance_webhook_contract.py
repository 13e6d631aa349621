"""The protocol's own document judges every question of ours and every answer of the two servers."""

from functools import cache
from pathlib import Path

import httpx
import msgspec
import pytest
import yaml
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from dsar.contract import Attachment, Erase, OrderKind, Ref, Restrict, Suppress, Tools
from dsar_webhook import answered, asked

from .counterpart import OWN, REFERENCE

DOCUMENT = REFERENCE.with_name("webhook.openapi.yaml")
ORIGIN = "https://crm.internal.example"


@cache
def contract():
    return OpenAPI.from_file_path(str(DOCUMENT))


def flaws(request: httpx.Request, response: httpx.Response):
    """What of the two is against the document, by the errors' classes."""
    sent = MockRequest(
        ORIGIN,
        request.method,
        f"/dsar{request.url.path}",
        headers=dict(request.headers),
        data=request.content,
        content_type="application/json",
    )
    given = MockResponse(
        response.content,
        status_code=response.status_code,
        headers=dict(response.headers),
        content_type="application/json",
    )
    errors = [*contract().iter_request_errors(sent), *contract().iter_response_errors(sent, given)]
    return [f"{type(error).__name__} {error.__cause__}" for error in errors]


async def play(counterpart):
    """Everything that may be asked, at least once."""
    known = counterpart.known
    async with counterpart.client() as http:
        connector, settings = counterpart.connector, counterpart.settings
        async with connector.open(settings, Tools(http)) as session:
            await session.probe()
            [hit async for hit in session.tenants(known.refs)]
            (match,) = [match async for match in session.find(known.refs, known.scope)]
            items = [item async for item in session.export(match.ref, known.scope, None)]
            for item in items:
                if isinstance(item, Attachment):
                    assert b"".join([part async for part in session.read(item, OWN)])
            plan = await session.foresee(match.ref, known.scope, Erase())
            if connector.manifest.lists_everyone:
                assert [held async for held in session.everyone()]
            if OrderKind.RECTIFY in settings.orders:
                await session.carry_out(match.ref, known.scope, counterpart.correction, "rectify")
                await session.carry_out(match.ref, known.scope, Restrict(), "restrict")
                await session.carry_out(match.ref, known.scope, Restrict(on=False), "release")
                await session.carry_out(Ref("email", "a@example.com"), known.scope, Suppress(), "suppress")
                await session.carry_out(match.ref, known.scope, Suppress(), "suppress subject")
                plan = await session.foresee(match.ref, known.scope, Erase())
            named = Erase(only=(("tickets", "anna-1"),))
            await session.carry_out(match.ref, known.scope, named, "some")
            plan = await session.foresee(match.ref, known.scope, Erase())
            await session.carry_out(match.ref, known.scope, Erase(plan=plan.digest), "all")
            await session.carry_out(match.ref, known.scope, Erase(plan=plan.digest), "all")
    return counterpart.traffic


@pytest.mark.parametrize("which", ["reference", "whole"])
async def test_every_question_and_every_answer_is_as_the_document_says(which, request):
    traffic = await play(request.getfixturevalue(which))
    operations = {sent.url.path.removeprefix("/") for sent, _ in traffic}
    wanted = {"probe", "find", "export", "status", "erase"}
    if which == "whole":
        wanted = {path.removeprefix("/") for path in yaml.safe_load(DOCUMENT.read_text())["paths"]}
    assert operations == wanted
    assert [flaw for sent, given in traffic for flaw in flaws(sent, given)] == []


@pytest.mark.parametrize(
    ("operation", "change"),
    [
        ("find", lambda body: body | {"protocol": 2}),
        ("find", lambda body: body | {"operation": "erase"}),
        ("find", lambda body: body | {"more": 1}),
        ("find", lambda body: {**body, "identities": "anna"}),
        ("export", lambda body: {name: value for name, value in body.items() if name != "limit"}),
        ("erase", lambda body: body | {"only": ["tickets/1"]}),
    ],
    ids=["protocol", "operation", "unknown", "type", "missing", "items"],
)
async def test_a_question_of_ours_against_the_document_is_caught(whole, operation, change):
    sent, given = next(pair for pair in await play(whole) if pair[0].url.path == f"/{operation}")
    body = msgspec.json.encode(change(msgspec.json.decode(sent.content)))
    changed = httpx.Request(
        "POST", sent.url, content=body, headers=dict(sent.headers) | {"content-length": str(len(body))}
    )
    assert flaws(changed, given)


@pytest.mark.parametrize(
    ("operation", "change"),
    [
        ("probe", lambda body: body | {"protocol": 2}),
        ("find", lambda body: {"subjects": [{"id": "x"}]}),
        ("find", lambda body: {"subjects": [{"id": "x" * 201, "found_by": 0}]}),
        ("export", lambda body: body | {"total": 7}),
        ("export", lambda body: {"items": [{"collection": "a b", "id": "1", "data": {}}]}),
        ("erase", lambda body: body | {"status": "perhaps"}),
        ("status", lambda body: {"status": "done", "changed": -1}),
    ],
    ids=["protocol", "missing", "long", "unknown", "name", "status", "negative"],
)
async def test_a_server_that_strays_from_the_document_is_caught(whole, operation, change):
    sent, given = next(pair for pair in await play(whole) if pair[0].url.path == f"/{operation}")
    body = msgspec.json.encode(change(msgspec.json.decode(given.content)))
    headers = dict(given.headers) | {"content-length": str(len(body))}
    assert flaws(sent, httpx.Response(200, headers=headers, content=body))


@pytest.mark.parametrize("module", [asked, answered])
def test_the_document_has_the_fields_that_the_connector_has(module):
    schemas = yaml.safe_load(DOCUMENT.read_text())["components"]["schemas"]
    structs = [
        each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, msgspec.Struct) and each.__module__ == module.__name__
    ]
    checked = 0
    for each in structs:
        if each.__name__ not in schemas:
            assert each in {asked.Asked, answered.Answer}, f"{each.__name__} is not in the document"
            continue
        fields = set(each.__struct_encode_fields__)
        tag = {each.__struct_config__.tag_field} - {None}
        assert set(schemas[each.__name__]["properties"]) == fields | tag, each.__name__
        checked += 1
    assert checked > 10


def test_the_reference_server_is_the_protocol_in_fifty_lines():
    source = Path(REFERENCE).read_text(encoding="utf-8")
    protocol = source.split("# The protocol, in fifty lines.")[1].split("# For trying out.")[0]
    lines = [line for line in protocol.splitlines() if line.strip() and not line.strip().startswith("#")]
    assert len(lines) <= 50
