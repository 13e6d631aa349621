"""`Idempotency-Key`: what is sent twice is filed once and answered the same."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from dsar.store import idempotency
from dsar.store.idempotency import GIVEN_UP_AFTER, KEPT
from dsar.store.queries import Query

from .test_web_bad_input import checked
from .world import KNOWN, KNOWN_PHONE, START, UNKNOWN, Controller, World

BODY = {"rights": ["access"], "relations": ["prospect"], "email": KNOWN}
KEY = {"Idempotency-Key": "6f2d1c1e-8f5b-4a53-9d0f-000000000001"}

Send = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture(params=["public", "controller", "staff"])
async def send(request: pytest.FixtureRequest, world: World) -> Send:
    """The same for each of the three faces that create."""
    if request.param == "public":
        client, url, body = world.client, "/api/v1/requests", BODY
    elif request.param == "controller":
        client, url = (await world.controller()).client, "/api/v1/controller/requests"
        body = {"rights": ["access"], "phone": KNOWN_PHONE}
    else:
        client, url = (await world.staff()).client, "/api/v1/staff/requests"
        body = BODY | {"channel": "letter", "received_at": START.isoformat(), "checked": "Passport seen"}

    async def sending(headers: dict[str, str] | None = None, **change: Any) -> httpx.Response:
        return await client.post(url, json=body | change, headers=headers or {})

    return sending


async def requests(world: World) -> int:
    return (await world.counts())["request"]


async def test_the_second_call_is_answered_as_the_first_and_files_nothing(world: World, send: Send) -> None:
    first = await send(KEY)
    assert first.status_code in {201, 202}
    before = await world.snapshot()
    for _ in range(3):
        again = await send(KEY)
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert again.headers["content-type"] == first.headers["content-type"]
    assert await world.snapshot() == before
    assert await requests(world) == 1


@pytest.mark.parametrize("send", ["public", "staff"], indirect=True)
async def test_without_the_header_each_call_is_its_own(world: World, send: Send) -> None:
    assert (await send()).content != (await send()).content
    assert await requests(world) == 2
    assert (await world.counts())["idempotency"] == 0


async def test_another_body_under_the_same_key_is_refused(world: World, send: Send) -> None:
    await send(KEY)
    before = await world.snapshot()
    answer = await send(KEY, rights=["erasure"])
    checked(answer, 422, "Idempotency-Key")
    assert await world.snapshot() == before


async def test_calls_at_once_are_filed_once(world: World, send: Send) -> None:
    answers = await asyncio.gather(*(send(KEY) for _ in range(8)))
    assert await requests(world) == 1
    good = [answer for answer in answers if answer.is_success]
    assert good
    assert len({answer.content for answer in good}) == 1
    for answer in answers:
        if not answer.is_success:
            checked(answer, 409, "Idempotency-Key")
    assert (await send(KEY)).content == good[0].content


async def test_while_the_first_call_runs_the_second_is_told_to_wait(world: World, send: Send) -> None:
    async with world.service.db.write() as blocker:
        await blocker.execute("LOCK TABLE request IN EXCLUSIVE MODE")
        first = asyncio.create_task(send(KEY))
        while not await world.rows("SELECT 1 FROM idempotency"):  # noqa: ASYNC110 - it is a row we wait for
            await asyncio.sleep(0.01)
        checked(await send(KEY), 409, "Idempotency-Key")
    assert (await first).is_success
    assert (await send(KEY)).content == (await first).content
    assert await requests(world) == 1


async def test_an_invalid_request_does_not_use_the_key_up(world: World, send: Send) -> None:
    checked(await send(KEY, rights=["fly"]), 422, "rights")
    assert (await world.counts())["idempotency"] == 0
    assert (await send(KEY)).is_success


async def test_a_failed_call_gives_the_key_back(
    world: World, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(*_: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(world.service.desk, "_write", failing)
        checked(await send(KEY), 500)
    assert await requests(world) == (await world.counts())["idempotency"] == 0
    assert (await send(KEY)).is_success
    assert await requests(world) == 1


async def test_a_call_that_died_on_the_way_can_be_repeated_after_a_while(
    world: World, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between taking the key and filing: nothing was filed, and the key is not lost for a day."""

    async def nothing(*_: Any) -> None:
        return

    with monkeypatch.context() as broken:
        broken.setattr(world.service.desk, "take", _raiser(RuntimeError))
        broken.setattr(idempotency, "give_back", nothing)
        checked(await send(KEY), 500)
    checked(await send(KEY), 409, "Idempotency-Key")
    world.clock.forward(seconds=GIVEN_UP_AFTER.total_seconds())
    assert (await send(KEY)).is_success
    assert await requests(world) == 1


def _raiser(kind: type[Exception]) -> Callable[..., Awaitable[None]]:
    async def raising(*_: Any) -> None:
        raise kind

    return raising


async def test_a_stalled_call_whose_key_was_taken_over_files_nothing(
    world: World, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first call wakes up minutes later: its transaction is fenced."""
    plain = world.service.desk.take
    started, go = asyncio.Event(), asyncio.Event()

    async def stalling(*args: Any) -> Any:
        started.set()
        await go.wait()
        return await plain(*args)

    with monkeypatch.context() as slow:
        slow.setattr(world.service.desk, "take", stalling)
        first = asyncio.create_task(send(KEY))
        await started.wait()
    world.clock.forward(seconds=GIVEN_UP_AFTER.total_seconds())
    second = await send(KEY)
    assert second.is_success
    go.set()
    checked(await first, 409, "Idempotency-Key")
    assert await requests(world) == 1
    assert (await send(KEY)).content == second.content


async def test_a_key_is_forgotten_after_a_day(world: World, send: Send) -> None:
    first = await send(KEY)
    world.clock.forward(seconds=KEPT.total_seconds() + 1)
    assert (await send(KEY)).content != first.content
    assert await requests(world) == 2


async def test_old_keys_can_be_swept_away(world: World, send: Send) -> None:
    await send(KEY)
    async with world.service.db.write() as tx:
        assert await idempotency.forget(tx, world.clock()) == 0
        assert await idempotency.forget(tx, world.clock() + KEPT + timedelta(seconds=1)) == 1


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "a\tb"])
async def test_a_key_that_cannot_be_used_is_refused(world: World, send: Send, key: str) -> None:
    before = await world.counts()
    checked(await send({"Idempotency-Key": key}), 422, "Idempotency-Key")
    assert await world.counts() == before


async def test_a_key_belongs_to_the_one_who_sent_it(world: World) -> None:
    body = {"rights": ["access"], "phone": KNOWN_PHONE}
    answers = set()
    for tenant in ("one", "two"):
        client = (await world.controller(tenant)).client
        answers.add((await client.post("/api/v1/controller/requests", json=body, headers=KEY)).content)
    assert len(answers) == 2
    assert await requests(world) == 2


async def test_no_key_and_nothing_of_the_body_is_kept_in_the_clear(world: World) -> None:
    await world.client.post("/api/v1/requests", json=BODY, headers=KEY)
    row = (await world.rows("SELECT t::text AS row FROM idempotency t"))[0]["row"]
    reference = (await world.rows("SELECT reference FROM request"))[0]["reference"]
    for plain in (KEY["Idempotency-Key"], KNOWN, reference, reference.encode().hex()):
        assert plain not in row


async def test_it_costs_no_statement_without_the_header(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    run: list[str] = []
    plain = Query.args

    def listening(self: Query, values: dict[str, Any]) -> list[Any]:
        run.append(self.name)
        return plain(self, values)

    monkeypatch.setattr(Query, "args", listening)
    await world.client.post("/api/v1/requests", json=BODY | {"email": UNKNOWN})
    assert run
    assert not [name for name in run if name.startswith("idempotency")]


# -- where a key is required

CREATING = {
    "requests": {"rights": ["access"], "phone": KNOWN_PHONE},
    "keys": {"name": "x", "scopes": ["cases:read"]},
    "team": {"name": "x", "email": KNOWN},
    "standing-instructions": {"rights": ["access"], "instruction": "fulfil", "answer_to": "controller"},
}


async def made(world: World) -> list[int]:
    """How many rows there are of all that a controller creates, the answers kept besides."""
    tables = ("request", "credential", "member", "standing_instruction", "idempotency")
    return [(await world.rows(f"SELECT count(*) AS n FROM {table}"))[0]["n"] for table in tables]


@pytest.mark.parametrize("what", CREATING)
async def test_what_a_controller_creates_needs_a_key(world: World, controller: Controller, what: str) -> None:
    before = await made(world)
    answer = await controller.client.post(f"/api/v1/controller/{what}", json=CREATING[what])
    checked(answer, 400, "Idempotency-Key")
    assert await made(world) == before


@pytest.mark.parametrize("what", CREATING)
async def test_what_a_controller_sends_twice_is_made_once(
    world: World, controller: Controller, what: str
) -> None:
    first = await controller.make(what, CREATING[what], **KEY)
    assert first.status_code == 201, first.text
    before = await made(world)
    again = await controller.make(what, CREATING[what], **KEY)
    assert (again.status_code, again.content) == (201, first.content)
    changed = CREATING[what] | ({"name": "y"} if "name" in CREATING[what] else {"rights": ["erasure"]})
    checked(await controller.make(what, changed, **KEY), 422, "Idempotency-Key")
    assert await made(world) == before


@pytest.mark.parametrize("what", CREATING)
async def test_what_a_controller_sends_many_times_at_once_is_made_once(
    world: World, controller: Controller, what: str
) -> None:
    before = await made(world)
    answers = await asyncio.gather(*(controller.make(what, CREATING[what], **KEY) for _ in range(6)))
    good = {answer.content for answer in answers if answer.status_code == 201}
    assert len(good) == 1
    for answer in answers:
        if answer.status_code != 201:
            checked(answer, 409, "Idempotency-Key")
    assert sorted(after - b for after, b in zip(await made(world), before, strict=True)) == [0, 0, 0, 1, 1]


async def test_a_failed_creation_gives_the_key_back(world: World, controller: Controller) -> None:
    body = CREATING["team"]
    checked(await controller.make("team", body | {"email": "x"}, **KEY), 422, "email")
    assert (await world.counts())["idempotency"] == 0
    assert (await controller.make("team", body, **KEY)).status_code == 201


async def test_the_same_key_at_another_address_is_another_call(world: World, controller: Controller) -> None:
    assert (await controller.make("keys", CREATING["keys"], **KEY)).status_code == 201
    checked(await controller.make("team", CREATING["team"], **KEY), 422, "Idempotency-Key")
    assert await world.rows("SELECT id FROM member") == []


# -- how a key is written

UUID_KEY = KEY["Idempotency-Key"]


@pytest.mark.parametrize("written", [f'"{UUID_KEY}"', f' "{UUID_KEY}" ', f'"{UUID_KEY}";a=1'])
async def test_a_key_in_quotes_and_a_bare_one_name_the_same(world: World, send: Send, written: str) -> None:
    first = await send(KEY)
    assert (await send({"Idempotency-Key": written})).content == first.content
    assert await requests(world) == 1


async def test_what_is_escaped_inside_the_quotes_is_read(world: World, send: Send) -> None:
    first = await send({"Idempotency-Key": r'"a\"b\\c"'})
    assert (await send({"Idempotency-Key": 'a"b\\c'})).content == first.content
    assert await requests(world) == 1


@pytest.mark.parametrize("written", ['"', '""', '"open', '"a"b', r'"a\b"', '"a"b"', f'"{"x" * 256}"'])
async def test_quotes_that_do_not_close_are_refused(world: World, send: Send, written: str) -> None:
    before = await world.counts()
    checked(await send({"Idempotency-Key": written}), 422, "Idempotency-Key")
    assert await world.counts() == before


async def test_the_description_says_of_each_call_that_creates_whether_it_needs_a_key(world: World) -> None:
    paths = (await world.client.get("/openapi.json")).json()["paths"]
    said = {
        path: parameter["required"]
        for path, item in paths.items()
        for parameter in item.get("post", {}).get("parameters", [])
        if parameter["name"] == "Idempotency-Key" and parameter["in"] == "header"
    }
    assert said == {
        "/api/v1/requests": False,
        "/api/v1/staff/requests": False,
        "/api/v1/controllers": True,
        "/api/v1/cases/{case_id}/steps/{step_id}/uploads": False,
        "/api/v1/cases/{case_id}/redactions": False,
        "/api/v1/cases/{case_id}/links": False,
        "/api/v1/cases/{case_id}/address": False,
        **{f"/api/v1/controller/{what}": True for what in CREATING},
    }
