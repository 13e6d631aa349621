"""What is not OpenDSR is refused in OpenDSR's own words: the field named, no value repeated, nothing written, signed."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid1, uuid4

import httpx
import msgspec
import pytest

from dsar.store import credentials
from dsar.vault.keys import new_token, token_digest

from .opendsr_client import DOMAIN, JSON, PATH, V1, V2, Program, error_of, identity, request
from .world import KNOWN, Controller, Staff, World

pytestmark = pytest.mark.usefixtures("one_signing_key")

NOBODYS = "5d0f8a52-6a3e-4a7c-9a58-0c6f1b1f2f6d"  # the same in each process that collects these tests
SECRET = "secretvalue77"

# Section 7.2 of the specification, as it stands there: with a comma after the last field of an extension.
FROM_THE_TEXT = b"""{
  "subject_request_id": "a7551968-d5d6-44b2-9831-815ac9017798",
  "subject_request_type": "erasure",
  "submitted_time": "2018-10-02T15:00:00Z",
  "subject_identities": [
    {
      "identity_type": "email",
      "identity_value": "johndoe@example.com",
      "identity_format": "raw"
    }
  ],
  "api_version": "1.0",
  "status_callback_urls": [
    "https://examplecontroller.com/opendsr_callbacks"
  ],
  "extensions": {
    "example-processor.com": {
      "foo-processor-custom-id":123456,
      "property_id": "123456",
    },
    "example-other-processor.com": {
      "foo-other-processor-custom-id":654321
    }
  }
}
"""


@pytest.fixture
def world(shared_world: World) -> World:
    """Shared, because nothing here may leave a trace in it."""
    return shared_world


@pytest.fixture
def program(shared_world: World, shared_controller: Controller) -> Program:
    return Program(shared_world, shared_controller)


@pytest.fixture
async def nothing_written(world: World) -> AsyncIterator[None]:
    before = await world.counts()
    yield
    assert await world.counts() == before


pytestmark = pytest.mark.usefixtures("nothing_written")


@pytest.mark.parametrize("face", [V2, V1])
async def test_the_specifications_own_example_is_no_json_for_its_trailing_comma(
    program: Program, face: str
) -> None:
    assert b'"123456",\n    }' in FROM_THE_TEXT
    error_of(await program.send(FROM_THE_TEXT, face), 400, "body")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"{}}",
        b"\xff\xfe",
        b'{"a": "\\ud800"}',
        b"{'a': 1}",
        b"\xef\xbb\xbf{}",
    ],
)
async def test_what_is_no_json_object_is_refused(program: Program, body: bytes) -> None:
    error_of(await program.send(body), 400, "body")


async def test_a_body_nested_without_end_is_refused(program: Program) -> None:
    error_of(await program.send(b"[" * 20_000), 400)


@pytest.mark.parametrize(
    "field",
    ["regulation", "subject_request_id", "subject_request_type", "submitted_time", "subject_identities"],
)
async def test_a_missing_field_is_named(program: Program, field: str) -> None:
    for absent in (..., None):
        error = error_of(await program.ask(**{field: absent}), 400, field)
        assert field in error["message"]


async def test_all_fields_that_cannot_be_used_are_named_at_once(program: Program) -> None:
    answer = await program.send(b'{"api_version": 7}')
    error_of(
        answer,
        400,
        "api_version",
        "regulation",
        "subject_request_id",
        "subject_request_type",
        "submitted_time",
        "subject_identities",
    )


def hashed(value: Any, form: Any = "sha256") -> dict[str, Any]:
    return {"subject_identities": [{**identity(form=form), "identity_value": value}]}


def extended(extension: Any) -> dict[str, Any]:
    return {"extensions": {DOMAIN: extension}}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"regulation": "hipaa"}, "regulation"),
        ({"regulation": "GDPR"}, "regulation"),
        ({"regulation": 7}, "regulation"),
        ({"regulation": "ccpa"}, "regulation"),  # this profile knows nobody in California
        ({"subject_request_id": str(uuid4()).upper()}, "subject_request_id"),
        ({"subject_request_id": str(uuid1())}, "subject_request_id"),
        ({"subject_request_id": "{" + str(uuid4()) + "}"}, "subject_request_id"),
        ({"subject_request_id": str(uuid4()) + "\n"}, "subject_request_id"),
        ({"subject_request_id": uuid4().hex}, "subject_request_id"),
        ({"subject_request_id": 1}, "subject_request_id"),
        ({"subject_request_type": "rectification"}, "subject_request_type"),
        ({"subject_request_type": ["access"]}, "subject_request_type"),
        ({"submitted_time": "2026-03-01T15:00:00"}, "submitted_time"),
        ({"submitted_time": "2026-03-01"}, "submitted_time"),
        ({"submitted_time": "2999-01-01T00:00:00Z"}, "submitted_time"),
        ({"submitted_time": "0001-01-01T00:00:00+14:00"}, "submitted_time"),
        ({"submitted_time": 1700000000}, "submitted_time"),
        ({"submitted_time": SECRET}, "submitted_time"),
        ({"api_version": "4.0"}, "api_version"),
        ({"api_version": "1.0"}, "api_version"),
        ({"api_version": 2}, "api_version"),
        ({"subject_identities": []}, "subject_identities"),
        ({"subject_identities": {}}, "subject_identities"),
        ({"subject_identities": SECRET}, "subject_identities"),
        ({"subject_identities": [identity()] * 21}, "subject_identities"),
        ({"subject_identities": [SECRET]}, "subject_identities[0]"),
        ({"subject_identities": [identity(), None]}, "subject_identities[1]"),
        ({"subject_identities": [identity(SECRET)]}, "subject_identities[0]"),
        ({"subject_identities": [identity("")]}, "subject_identities[0]"),
        ({"subject_identities": [identity("a\x00b", "controller_customer_id")]}, "subject_identities[0]"),
        ({"subject_identities": [identity("x" * 9999, "controller_customer_id")]}, "subject_identities[0]"),
        ({"subject_identities": [identity(form="base64")]}, "subject_identities[0]"),
        ({"subject_identities": [identity(form="RAW")]}, "subject_identities[0]"),
        ({"subject_identities": [identity(kind="E-Mail " + SECRET)]}, "subject_identities[0]"),
        ({"subject_identities": [identity(kind="android_id")]}, "subject_identities"),
        ({"subject_identities": {"email": SECRET}}, "subject_identities.email"),
        ({"subject_identities": {"email": {"value": KNOWN}}}, "subject_identities.email"),
        (
            {"subject_identities": {SECRET + "@example.com": {"value": "x", "encoding": "raw"}}},
            "subject_identities",
        ),
        (hashed("zz" * 32), "subject_identities[0]"),
        (hashed("ab" * 31), "subject_identities[0]"),
        (hashed("ab" * 32, "md5"), "subject_identities[0]"),
        (hashed(7), "subject_identities[0]"),
        (hashed(KNOWN, ["raw"]), "subject_identities[0]"),
        ({"extensions": SECRET}, "extensions"),
        ({"extensions": [DOMAIN]}, "extensions"),
        (extended([]), "extensions"),
        (extended(SECRET), "extensions"),
        (extended({"telefone": "+358401234567"}), "extensions"),
        (extended({"telephone": "anonymous"}), "telephone"),
        (extended({"telephone": 358401234567}), "telephone"),
        (extended({"telephone": ["+358401234567"] * 6}), "telephone"),
        (extended({"telephone": [None]}), "telephone"),
        ({"status_callback_urls": "https://example.com/x"}, "status_callback_urls"),
        ({"status_callback_urls": [7]}, "status_callback_urls"),
        ({"status_callback_urls": ["https://8.8.8.8/x"] * 6}, "status_callback_urls"),
    ],
)
async def test_a_field_that_cannot_be_used_is_named_and_its_value_is_not_repeated(
    program: Program, change: dict[str, Any], field: str
) -> None:
    answer = await program.ask(**change)
    error_of(answer, 400, field)
    assert SECRET not in answer.text


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/callback",
        "ftp://example.com/callback",
        "https://127.0.0.1/callback",
        "https://[::1]/callback",
        "https://[::ffff:10.0.0.1]/callback",
        "https://10.1.2.3/callback",
        "https://192.168.0.1/callback",
        "https://169.254.169.254/latest/meta-data",
        "https://2130706433/callback",
        "https://0x7f000001/callback",
        "https://localhost/callback",
        "https://user:password@8.8.8.8/callback",
        "https://8.8.8.8:25/callback",
        "https:///callback",
        "//8.8.8.8/callback",
        "callback",
        "",
        "https://8.8.8.8/\r\nx: y",
        "https://8.8.8.8/" + "x" * 3000,
    ],
)
async def test_a_callback_that_may_not_be_reached_is_refused_by_its_place_in_the_list(
    program: Program, url: str
) -> None:
    answer = await program.ask(status_callback_urls=["https://8.8.8.8/callback", url])
    error_of(answer, 400, "status_callback_urls[1]")


async def test_every_callback_that_may_not_be_reached_is_named(program: Program) -> None:
    urls = ["https://10.0.0.1/a", "https://8.8.8.8/b", "http://8.8.8.8/c"]
    error = error_of(
        await program.ask(status_callback_urls=urls),
        400,
        "status_callback_urls[0]",
        "status_callback_urls[2]",
    )
    assert len(error["errors"]) == 2


async def test_a_body_that_is_too_large_is_refused(program: Program) -> None:
    error_of(await program.send(b" " * 70_000), 413)


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_another_media_type_is_not_read(program: Program, media: str) -> None:
    answer = await program.send(msgspec.json.encode(request()), **{"content-type": media})
    error_of(answer, 415)


@pytest.mark.parametrize("face", [V2, V1])
@pytest.mark.parametrize(
    ("method", "ending"), [("POST", ""), ("GET", f"/{NOBODYS}"), ("DELETE", f"/{NOBODYS}")]
)
async def test_without_a_good_key_nothing_is_told(
    world: World, program: Program, face: str, method: str, ending: str
) -> None:
    for key in ({}, {"authorization": "Bearer nobody"}, {"authorization": "Basic eDp5"}):
        body = msgspec.json.encode(request()) if method == "POST" else b""
        answer = await world.client.request(method, PATH[face] + ending, content=body, headers=JSON | key)
        error_of(await program.signed(answer, face), 401)
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_staff_key_and_a_key_without_the_scope_are_refused(
    world: World, program: Program, shared_staff: Staff, shared_controller: Controller
) -> None:
    key = new_token("dsar_controller_")
    async with world.service.db.write() as tx:
        await credentials.add(
            tx, token_digest(key), "no scope", world.clock(), controller_id=shared_controller.id, scopes=()
        )
    for bearer in (shared_staff.key, key):
        answer = await world.client.post(
            PATH[V2],
            content=msgspec.json.encode(request()),
            headers=JSON | {"authorization": f"Bearer {bearer}"},
        )
        error_of(await program.signed(answer), 403)


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/opendsr/v2/nothing", 404),
        ("GET", "/opendsr/v3/discovery", 404),
        ("GET", "/opendsr/v2/requests", 405),
        ("PUT", f"/opendsr/v2/requests/{NOBODYS}", 405),
        ("POST", "/opendsr/v2/discovery", 405),
    ],
)
async def test_an_address_or_method_that_is_not_there_is_answered_in_the_protocols_shape(
    program: Program, method: str, path: str, code: int
) -> None:
    page = {"accept": "text/html"}  # even to a browser
    error_of(await program.signed(await program.client.request(method, path, headers=page)), code)


async def test_a_fault_of_ours_has_the_protocols_shape_and_tells_nothing(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: Any) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(type(program.world.service.opendsr), "show", fails)
    answer = await program.status(str(uuid4()))
    error_of(answer, 500)
    assert SECRET not in answer.text


async def test_while_the_key_cannot_be_had_an_answer_goes_unsigned_and_is_still_an_answer(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: Any) -> None:
        raise OSError

    monkeypatch.setattr(type(program.world.service.signing), "signer", fails)
    answer: httpx.Response = await program.client.get(f"{PATH[V2]}/{uuid4()}")
    error_of(answer, 404)
    assert "x-opendsr-signature" not in answer.headers
