"""Bad input at every door: a clear error that names field and remedy, repeats no value, and writes nothing."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from dsar.web.problems import BASE, TITLES

from .world import KNOWN, KNOWN_PHONE, World

SECRET = "SECRETvalue77"
LONG = SECRET * 800  # above 10,000 characters
JSON = {"content-type": "application/json"}

WITHHELD = [
    "anonymous", "Anonymous", "private", "unavailable", "restricted", "withheld", "unknown", "blocked", "no caller id",
    "0", "00000", "+00000000000", "99999999", "112", "-1", "+", "()", "sip:anonymous@anonymous.invalid", "Asterisk",
]  # fmt: skip
BAD_EMAIL = [
    "a", "@", "a@", "@b.fi", "a@b", "a b@example.com", "a@b@example.com", "a@exam ple.com", "a@-example.com",
    "Anna <anna@example.com>", "anna@example.com,berta@example.com", "a@[127.0.0.1]", "anna@localhost",
    "anna@example.com\r\nBcc: x@example.com", "anna\n@example.com", "anna\x00@example.com", "an\u202ena@example.com",
    "an\u200bna@example.com", "anna@exam\u200bple.com", "anna@ex\u2024ample..com", '"a\r\nb"@example.com',
    "mailto:anna@example.com", "<script>@example.com", LONG + "@example.com",
]  # fmt: skip


def checked(answer: httpx.Response, status: int, *fields: str) -> dict[str, Any]:
    """A problem as RFC 9457 has it, with each field, its problem and its remedy."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["type"] == BASE + TITLES[status][0]
    assert body["title"] == TITLES[status][1]
    assert body["status"] == status
    assert body["detail"]
    assert body["remedy"]
    errors = body.get("errors", [])
    assert {error["field"] for error in errors} >= set(fields)
    for error in errors:
        assert error["problem"]
        assert error["remedy"]
    assert SECRET not in answer.text
    return body


@pytest.fixture
def world(shared_world: World) -> World:
    """Shared, because nothing here may leave a trace in it."""
    return shared_world


@pytest.fixture
async def nothing_written(world: World) -> AsyncIterator[None]:
    before = await world.counts()
    yield
    assert await world.counts() == before


pytestmark = pytest.mark.usefixtures("nothing_written")


# -- the API: what is asked


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"rights": []}, "rights"),
        ({"rights": None}, "rights"),
        ({"rights": [SECRET]}, "rights"),
        ({"rights": ["access", SECRET]}, "rights"),
        ({"rights": [""]}, "rights"),
        ({"rights": ["ACCESS"]}, "rights"),
        ({"rights": ["access\x00"]}, "rights"),
        ({"relations": []}, "relations"),
        ({"relations": None}, "relations"),
        ({"relations": [SECRET]}, "relations"),
        ({"relations": ["caller"]}, "phone"),
        ({"relations": ["prospect", "caller"], "email": KNOWN}, "phone"),
        ({"email": ""}, "email"),
        ({"email": None}, "email"),
        ({"email": "   \t\n"}, "email"),
        ({"email": "", "account_id": "acct-1"}, "email"),
        ({"account_id": "a\x07b"}, "account_id"),
        ({"account_id": "a\u202eb"}, "account_id"),
        ({"account_id": "a\u200bb"}, "account_id"),
        ({"account_id": "a\r\nX: y"}, "account_id"),
        ({"account_id": LONG}, "account_id"),
        ({"message": SECRET * 400}, "message"),
        ({"business": SECRET * 20}, "business"),
        ({"number_called": SECRET}, "number_called"),
        ({"number_called": LONG}, "number_called"),
    ],
)
async def test_a_field_that_cannot_be_used_is_named(world: World, change: dict[str, Any], field: str) -> None:
    checked(await world.post(**change), 422, field)


@pytest.mark.parametrize("email", BAD_EMAIL)
async def test_what_is_no_mail_address_is_refused(world: World, email: str) -> None:
    body = checked(await world.post(email=email), 422, "email")
    assert len(email) < 3 or email not in json.dumps(body)


@pytest.mark.parametrize("phone", WITHHELD)
async def test_a_withheld_or_absurd_number_is_refused(world: World, phone: str) -> None:
    checked(await world.post(email=None, phone=phone), 422, "phone")


@pytest.mark.parametrize(
    "phone", [LONG, "1" * 10_000, "+3584012345678901234567", "+358\x00401234567", SECRET]
)
async def test_what_is_no_number_is_refused(world: World, phone: str) -> None:
    checked(await world.post(email=None, phone=phone), 422, "phone")


async def test_every_bad_field_is_named_at_once(world: World) -> None:
    answer = await world.post(
        rights=["fly"],
        relations=["caller", "king"],
        email="a",
        phone="",
        message="x" * 5000,
        business="x" * 300,
    )
    checked(answer, 422, "rights", "relations", "email", "phone", "message", "business")


# -- the API: how it is sent


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"null", b"[]", b'"x"', b"5", b"\xff\xfe", b'{"email": "\\ud800"}', b"{'rights': 1}", b"[" * 30_000,
     b'{"rights":["access"]}{"x":1}', b'{"rights": ["access",]}', b"a=b", f'"{SECRET}"'.encode()],
)  # fmt: skip
async def test_what_is_no_json_object_is_refused(world: World, body: bytes) -> None:
    checked(await world.client.post("/api/v1/requests", content=body, headers=JSON), 400)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"rights": "access"}, "rights"),
        ({"rights": {"a": 1}}, "rights"),
        ({"rights": [1]}, "rights[0]"),
        ({"email": 5}, "email"),
        ({"email": [KNOWN]}, "email"),
        ({"email": {"$ne": SECRET}}, "email"),
        ({"message": True}, "message"),
        ({"phone": 358401234567}, "phone"),
        ({"received_at": "2020-01-01T00:00:00Z"}, "received_at"),
        ({"channel": "letter"}, "channel"),
        ({"proof": "staff"}, "proof"),
        ({"controller_id": SECRET}, "controller_id"),
    ],
)
async def test_a_wrong_type_or_an_unknown_field_is_named(
    world: World, change: dict[str, Any], field: str
) -> None:
    """Above all: nobody says by himself when it came in, through which channel and who vouches."""
    checked(await world.post(**change), 400, field)


async def test_an_unknown_field_of_odd_name_is_not_repeated(world: World) -> None:
    checked(await world.post(**{SECRET: "x"}), 400)
    checked(await world.post(**{"<b>" + SECRET: "x"}), 400)


@pytest.mark.parametrize(
    "media_type",
    ["text/plain", "text/plain;charset=application/json", "application/x-www-form-urlencoded", "multipart/form-data",
     "application/xml", "application/msgpack", "", "*/*"],
)  # fmt: skip
async def test_another_media_type_is_refused(world: World, media_type: str) -> None:
    body = json.dumps({"rights": ["access"], "relations": ["prospect"], "email": KNOWN}).encode()
    answer = await world.client.post("/api/v1/requests", content=body, headers={"content-type": media_type})
    checked(answer, 415)


async def test_a_body_over_the_limit_is_refused(world: World) -> None:
    too_much = b'{"message":"' + b"x" * world.service.settings.body_bytes_max + b'"}'
    checked(await world.client.post("/api/v1/requests", content=too_much, headers=JSON), 413)


async def test_a_body_over_the_limit_is_refused_in_chunks_too(world: World) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 1000

    checked(await world.client.post("/api/v1/requests", content=chunks(), headers=JSON), 413)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
async def test_another_method_is_refused_and_told_which_to_use(world: World, method: str) -> None:
    answer = await world.client.request(method, "/api/v1/requests")
    checked(answer, 405)
    assert "POST" in answer.headers["allow"]


@pytest.mark.parametrize(
    "path",
    ["/api/v1/nothing", "/api/v1/requests/R-0000-0000-0000-0000", "/requests/R-0000-0000-0000-0000",
     "/verify/R-0000-0000-0000-0000", "/download/x", "/requests/%00", "/verify/%00", "/requests/%ff%fe", "/verify/..%2f..",
     "/requests/R-%27%20OR%201=1--", "/verify/" + "R" * 5000, "/download/%00", "/download/" + "x" * 5000, "/.git/config"],
)  # fmt: skip
async def test_what_is_not_there_is_said_to_be_not_there(world: World, path: str) -> None:
    checked(await world.client.get(path), 404)


# -- the form


def form(**change: Any) -> dict[str, Any]:
    return {"rights": ["access"], "relations": ["prospect"], "email": KNOWN} | change


@pytest.mark.parametrize(
    ("change", "field", "told"),
    [
        ({"rights": []}, "rights", "Tick at least one box."),
        ({"rights": ["fly"]}, "rights", "Choose among the others."),
        ({"relations": []}, "relations", "Tick at least one box."),
        ({"email": ""}, "email", "Give an e-mail address or a telephone number"),
        ({"email": "anna(at)example"}, "email", "Write it as name@example.com."),
        ({"relations": ["caller"]}, "phone", "is needed to find telephone calls."),
        ({"phone": "withheld"}, "phone", "Write it with its country code"),
        ({"account_id": "x" * 300}, "account_id", "Use at most"),
        ({"message": "x" * 4001}, "message", "Use at most 4000 characters."),
        ({"business": "x" * 201}, "business", "Use at most 200 characters."),
        ({"number_called": "none"}, "number_called", "Write it with its country code"),
    ],
)
async def test_the_form_says_it_beside_the_field(
    world: World, change: dict[str, Any], field: str, told: str
) -> None:
    answer = await world.client.post("/requests", data=form(**change))
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("text/html")
    beside = answer.text.partition(f'id="{field}-error"')[2][:600]
    assert told in beside
    assert (
        f"{field}-error" in answer.text.partition('aria-describedby="')[2]
        or 'aria-invalid="true"' in answer.text
    )
    assert "<title>Error: " in answer.text


async def test_the_form_keeps_what_was_typed(world: World) -> None:
    typed = {
        "email": "not an address", "phone": "12 of them", "account_id": "acct 5", "business": "Café Ünï & Co",
        "number_called": "the usual", "message": "two\nlines",
    }  # fmt: skip
    answer = await world.client.post(
        "/requests", data={"rights": ["erasure"], "relations": ["visitor"]} | typed
    )
    assert answer.status_code == 422
    for value in ("not an address", "12 of them", "acct 5", "Café Ünï &amp; Co", "the usual", "two\nlines"):
        assert value in answer.text
    for ticked in ("erasure", "visitor"):
        assert f'value="{ticked}" checked' in answer.text
    assert 'value="access" checked' not in answer.text


@pytest.mark.parametrize(
    "send",
    [
        lambda c: c.post("/requests", json={"email": KNOWN}),
        lambda c: c.post("/requests", files={"email": ("passport.jpg", b"\xff\xd8\xff")}),
        lambda c: c.post("/requests", content=b"email=x", headers={"content-type": "text/plain"}),
    ],
)
async def test_the_form_takes_no_other_media_type_and_no_file(
    world: World, send: Callable[[Any], Any]
) -> None:
    checked(await send(world.client), 415)
    async with world.new_client(headers={"accept": "text/html"}) as browser:
        page = await send(browser)
        assert page.status_code == 415
        assert page.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    "body", [b"", b"%ff=%fe", b"email=%00", b"email=%ed%a0%80", b"&&&===", b"rights=access" * 900]
)
async def test_an_odd_form_is_a_form_with_errors(world: World, body: bytes) -> None:
    answer = await world.client.post(
        "/requests", content=body, headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code == 422
    assert "Please look at this again" in answer.text


async def test_a_form_over_the_limit_is_refused_with_a_page(world: World) -> None:
    async with world.new_client(headers={"accept": "text/html"}) as browser:
        answer = await browser.post("/requests", data=form(message="x" * 70_000))
    assert answer.status_code == 413
    assert answer.headers["content-type"].startswith("text/html")
    assert "too large" in answer.text


# -- keys


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic YTpi", f"Bearer {SECRET}", "Bearer dsar_staff_" + "x" * 43, "bearer\tx", "Bearer ÿþ",
     "Bearer " + "x" * 5000, "Token x"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/api/v1/cases", "/api/v1/controller/cases"])
async def test_a_missing_or_wrong_key_is_refused(world: World, header: str, path: str) -> None:
    answer = await world.client.get(
        path, headers={b"authorization": header.encode("latin-1")} if header else {}
    )
    checked(answer, 401)
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_known_telephone_is_still_one() -> None:
    """The numbers above are refused for what they are, not because no number passes."""
    from dsar.domain.identity import IdentityKind, normalise

    assert normalise(IdentityKind.PHONE, "040 123 4567", "FI").value == KNOWN_PHONE
