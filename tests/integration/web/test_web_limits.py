"""How often a key may call: said on every answer, counted once over all processes, and nothing to be filled by guessing."""

import asyncio
import re
from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest

from dsar.settings import Settings, SettingsError, load
from dsar.store.queries import Query
from dsar.web import create_app

from .recorder import Recorder
from .test_web_bad_input import checked
from .world import Controller, Staff, World, open_world

LIMIT = 5
CASES = "/api/v1/controller/cases"


@pytest.fixture
async def world(settings: Settings, recorder: Recorder) -> AsyncIterator[World]:
    async with open_world(msgspec.structs.replace(settings, calls_per_minute=LIMIT), recorder) as opened:
        yield opened


def left(answer: httpx.Response) -> int:
    """What the answer says is left, in the form of the draft."""
    assert answer.headers["ratelimit-policy"] == f'"default";q={LIMIT};w=60'
    found = re.fullmatch(r'"default";r=(\d+);t=(\d+)', answer.headers["ratelimit"])
    assert found is not None
    assert 1 <= int(found[2]) <= 60
    return int(found[1])


async def test_every_answer_to_a_key_says_what_is_left_errors_too(
    world: World, controller: Controller, staff: Staff
) -> None:
    answers = [
        await controller.client.get(CASES),
        await controller.client.get(f"{CASES}?limit=0"),
        await controller.client.post("/api/v1/controller/requests", content=b"{", headers={"content-type": "text/plain"}),
        await controller.client.post("/api/v1/controller/requests", content=b"{", headers={"content-type": "application/json"}),
        await controller.client.get("/api/v1/cases"),
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [200, 400, 415, 400, 403]
    assert [left(answer) for answer in answers] == [4, 3, 2, 1, 0]
    assert left(await staff.client.get("/api/v1/cases")) == 4


async def test_above_the_limit_the_answer_says_when_to_come_again(
    world: World, controller: Controller
) -> None:
    for _ in range(LIMIT):
        assert (await controller.client.get(CASES)).status_code == 200
    refused = await controller.client.get(CASES)
    checked(refused, 429)
    assert left(refused) == 0
    assert refused.headers["ratelimit"].endswith(f";t={refused.headers['retry-after']}")
    world.clock.forward(seconds=int(refused.headers["retry-after"]))
    assert left(await controller.client.get(CASES)) == LIMIT - 1


async def test_a_call_above_the_limit_does_nothing(world: World, controller: Controller) -> None:
    for _ in range(LIMIT):
        await controller.client.get(CASES)
    before = await world.counts()
    checked(await controller.create(), 429)
    assert await world.counts() == before


async def test_several_processes_count_together(world: World, controller: Controller) -> None:
    """Two applications on the same database, as two `dsar serve` are."""
    second = httpx.AsyncClient(
        transport=httpx.ASGITransport(create_app(world.service)),
        base_url="http://127.0.0.1:8321",
        headers={"authorization": f"Bearer {controller.key}"},
    )
    async with second:
        both = (controller.client, second)
        answers = await asyncio.gather(*(both[n % 2].get(CASES) for n in range(2 * LIMIT)))
    assert sorted(answer.status_code for answer in answers) == [200] * LIMIT + [429] * LIMIT


async def test_a_clock_that_lags_does_not_begin_the_minute_anew(world: World, controller: Controller) -> None:
    world.clock.at = world.clock.at.replace(second=0)
    assert left(await controller.client.get(CASES)) == 4
    world.clock.forward(seconds=-5)  # another process, whose minute is not over yet
    assert left(await controller.client.get(CASES)) == 3
    world.clock.forward(seconds=5)
    assert left(await controller.client.get(CASES)) == 2


async def test_each_key_has_its_own_limit(world: World, controller: Controller) -> None:
    key = (await controller.make("keys", {"name": "x", "scopes": ["cases:read"]})).json()["key"]
    for _ in range(LIMIT):
        await controller.client.get(CASES)
    checked(await controller.client.get(CASES), 429)
    async with world.new_client(headers={"authorization": f"Bearer {key}"}) as client:
        assert left(await client.get(CASES)) == 4


async def test_a_flood_of_wrong_keys_writes_nothing(world: World) -> None:
    for number in range(50):
        async with world.new_client(
            headers={"authorization": f"Bearer dsar_controller_{number:043}"}
        ) as client:
            answer = await client.get(CASES)
        checked(answer, 401)
        assert "ratelimit" not in answer.headers
    assert await world.rows("SELECT * FROM call_count") == []


async def test_the_public_face_is_not_counted(world: World) -> None:
    for _ in range(LIMIT + 1):
        answer = await world.post()
        assert answer.status_code == 202
        assert "ratelimit" not in answer.headers
    assert await world.rows("SELECT * FROM call_count") == []


async def test_who_it_is_and_how_often_it_called_is_one_statement(
    world: World, controller: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    run: list[str] = []
    plain = Query.args

    def listening(self: Query, values: dict[str, object]) -> list[object]:
        run.append(self.name)
        return plain(self, values)

    monkeypatch.setattr(Query, "args", listening)
    await controller.client.get(CASES)
    assert [name for name in run if name.startswith("credential.")] == ["credential.caller"]


@pytest.mark.parametrize("value", ["0", "-1", "many"])
def test_a_limit_that_lets_nobody_in_is_refused_at_the_start(value: str) -> None:
    with pytest.raises(SettingsError, match="DSAR_CALLS_PER_MINUTE"):
        load({"DSAR_CALLS_PER_MINUTE": value})
