"""A controller's endpoint: set, tried, switched off and on, its secret changed; and what went there, sent again."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from .hook import Hook, listening
from .test_web_bad_input import checked
from .test_web_controller import forwarded
from .world import OTHER_TENANT, Controller, World

API = "/api/v1/controller"
ENDPOINT = f"{API}/endpoint"


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    async with listening() as opened:
        yield opened


async def put(controller: Controller, url: str, **more: Any) -> httpx.Response:
    return await controller.client.put(ENDPOINT, json={"url": url} | more)


async def placed(controller: Controller, hook: Hook) -> str:
    """The secret of an endpoint that has just been set."""
    answer = await put(controller, hook.url)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["secret"])


async def shown(controller: Controller) -> dict[str, Any]:
    answer = await controller.client.get(ENDPOINT)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def rotated(controller: Controller, **body: Any) -> dict[str, Any]:
    answer = await controller.client.post(f"{ENDPOINT}/secret", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def takes(secret: str, hook: Hook) -> bool:
    """Whether the standard's receiver with that secret takes the latest message."""
    headers, body = hook.got[-1]
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


@pytest.fixture
def now(world: World) -> None:
    """The standard's receiver holds the time of a message against its own."""
    world.clock.at = datetime.now(UTC)


# -- setting it


async def test_the_secret_is_shown_once_and_stays_when_the_address_changes(
    world: World, controller: Controller, hook: Hook
) -> None:
    checked(await controller.client.get(ENDPOINT), 404)
    secret = await placed(controller, hook)
    assert secret.startswith("whsec_")
    assert "secret" not in await shown(controller) or (await shown(controller))["secret"] is None
    moved = await put(controller, f"{hook.url}/two", payload="full")
    assert (moved.status_code, moved.json()["secret"]) == (200, None)
    assert ((await shown(controller))["url"], moved.json()["payload"]) == (f"{hook.url}/two", "full")
    rows = await world.rows("SELECT e::text AS row FROM endpoint e")
    assert secret not in rows[0]["row"]


async def test_the_description_tells_the_first_setting_from_a_later_one(shared_world: World) -> None:
    paths = (await shared_world.client.get("/openapi.json")).json()["paths"]
    responses = paths[ENDPOINT]["put"]["responses"]
    assert {"200", "201", "422", "429"} <= set(responses)
    schema = responses["201"]["content"]["application/json"]["schema"]
    assert schema == responses["200"]["content"]["application/json"]["schema"]


INSIDE = [
    "http://hooks.example.com/x",
    "https://127.0.0.1:9999@10.0.0.1/",
    "https://user:password@example.com/",
    "https://10.0.0.1/",
    "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://[fd00:ec2::254]/",
    "https://[fe80::1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[64:ff9b::a00:1]/",
    "https://167772161/",
    "https://0x0a000001/",
    "https://012.0.0.1/",
    "https://0.0.0.0/",
    "https://100.64.0.1/",
    "https://example.com:0/",
    "https://example.com:25/",
    "https://",
    "https:///x",
    "ftp://example.com/",
    "javascript:alert(1)",
    "//example.com/",
    "example.com",
    "",
    "https://exa mple.com/",
    "https://example.com\\@10.0.0.1/",
    "https://example.com/\r\nX: y",
    "https://nobody.invalid/",
    "https://" + "x" * 3000,
]


@pytest.mark.parametrize("url", INSIDE)
async def test_an_address_that_leads_inside_or_nowhere_is_refused_when_it_is_set(
    shared_world: World, shared_controller: Controller, url: str
) -> None:
    answer = await put(shared_controller, url)
    checked(answer, 422, "url")
    assert len(url) < 10 or url not in answer.text
    assert await shared_world.rows("SELECT url FROM endpoint") == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/x", "http://localhost:9/x", "https://[::1]/"])
async def test_this_machine_is_refused_unless_the_setting_lets_it(
    shared_world: World, shared_controller: Controller, url: str
) -> None:
    assert not shared_world.service.settings.allow_http_to_loopback
    checked(await put(shared_controller, url), 422, "url")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"payload": "fat"}, "payload"),
        ({"url": 1}, "url"),
        ({"url": None}, "url"),
        ({"secret": "x"}, "secret"),
    ],
)
async def test_a_bad_endpoint_is_refused(
    shared_controller: Controller, body: dict[str, Any], field: str
) -> None:
    checked(
        await shared_controller.client.put(ENDPOINT, json={"url": "https://example.com"} | body), 400, field
    )


async def test_a_removed_endpoint_leaves_no_secret(world: World, controller: Controller, hook: Hook) -> None:
    first = await placed(controller, hook)
    assert (await controller.client.delete(ENDPOINT)).status_code == 204
    assert await world.rows("SELECT * FROM endpoint") == []
    checked(await controller.client.get(ENDPOINT), 404)
    checked(await controller.client.delete(ENDPOINT), 404)
    assert await placed(controller, hook) != first


async def test_another_controllers_endpoint_is_not_there(
    world: World, controller: Controller, hook: Hook
) -> None:
    await placed(controller, hook)
    other = await world.controller(OTHER_TENANT)
    checked(await other.client.get(ENDPOINT), 404)
    for act in ("secret", "enable", "disable", "ping"):
        checked(await other.client.post(f"{ENDPOINT}/{act}", json={}), 404)
    checked(await other.client.delete(ENDPOINT), 404)
    assert hook.got == []
    assert (await shown(controller))["state"] == "on"


# -- its secret


@pytest.mark.usefixtures("now")
async def test_while_a_secret_is_changed_both_sign_for_a_day(
    world: World, controller: Controller, hook: Hook
) -> None:
    old = await placed(controller, hook)
    told = await rotated(controller)
    new = told["secret"]
    assert (await shown(controller))["old_secret_until"] == told["old_secret_until"]
    await controller.client.post(f"{ENDPOINT}/ping")
    assert (takes(old, hook), takes(new, hook)) == (True, True)
    await world.run("UPDATE endpoint SET old_secret_until = $1", world.clock.at)
    await controller.client.post(f"{ENDPOINT}/ping")
    assert (takes(old, hook), takes(new, hook)) == (False, True)
    assert (await shown(controller))["old_secret_until"] is None


@pytest.mark.usefixtures("now")
async def test_a_secret_that_somebody_knows_signs_no_more_at_once(controller: Controller, hook: Hook) -> None:
    old = await placed(controller, hook)
    told = await rotated(controller, immediately=True)
    assert told["old_secret_until"] is None
    await controller.client.post(f"{ENDPOINT}/ping")
    assert (takes(old, hook), takes(told["secret"], hook)) == (False, True)


@pytest.mark.usefixtures("now")
async def test_during_a_rotation_a_case_is_told_with_both_signatures(
    world: World, controller: Controller, hook: Hook
) -> None:
    old = await placed(controller, hook)
    new = (await rotated(controller))["secret"]
    await forwarded(world)
    assert (takes(old, hook), takes(new, hook)) == (True, True)


async def test_the_old_secret_lasts_a_day(world: World, controller: Controller, hook: Hook) -> None:
    await placed(controller, hook)
    until = datetime.fromisoformat((await rotated(controller))["old_secret_until"])
    assert timedelta(hours=23, minutes=59) < until - world.clock.at <= timedelta(hours=24)


# -- trying it


@pytest.mark.usefixtures("now")
async def test_a_ping_is_signed_sent_once_and_leaves_nothing_behind(
    world: World, controller: Controller, hook: Hook
) -> None:
    secret = await placed(controller, hook)
    before = await world.snapshot()
    hook.answers = [(200, b"pong\x00\xff")]
    answer = (await controller.client.post(f"{ENDPOINT}/ping")).json()
    assert (answer["arrived"], answer["status"], answer["error"]) == (True, 200, None)
    assert answer["response"] == "pong\ufffd\ufffd"
    ((headers, body),) = hook.got
    assert Webhook(secret).verify(body, headers)["type"] == "ping"
    assert await world.snapshot() == before


@pytest.mark.parametrize("status", [301, 410, 500])
async def test_a_ping_says_what_it_met_and_switches_nothing_off(
    controller: Controller, hook: Hook, status: int
) -> None:
    await placed(controller, hook)
    hook.answers = [(status, b"x" * 5000)]
    answer = (await controller.client.post(f"{ENDPOINT}/ping")).json()
    assert (answer["arrived"], answer["status"], answer["response"]) == (False, status, "x" * 512)
    assert len(hook.got) == 1
    assert (await shown(controller))["state"] == "on"


async def test_a_ping_to_nobody_names_the_class_of_failure(controller: Controller) -> None:
    await put(controller, "http://127.0.0.1:1/")
    answer = (await controller.client.post(f"{ENDPOINT}/ping")).json()
    assert (answer["arrived"], answer["status"], answer["error"]) == (False, None, "ConnectError")


async def test_one_ping_of_a_controller_is_under_way_at_a_time(controller: Controller, hook: Hook) -> None:
    await placed(controller, hook)
    hook.open.clear()
    first = asyncio.create_task(controller.client.post(f"{ENDPOINT}/ping"))
    while not hook.got:  # noqa: ASYNC110 - it is the receiver that we wait for
        await asyncio.sleep(0.01)
    checked(await controller.client.post(f"{ENDPOINT}/ping"), 409, "ping")
    hook.open.set()
    assert (await first).json()["arrived"]
    assert (await controller.client.post(f"{ENDPOINT}/ping")).json()["arrived"]


# -- switching it off and on


async def test_what_waits_goes_out_when_the_endpoint_is_on_again(
    world: World, controller: Controller, hook: Hook
) -> None:
    await placed(controller, hook)
    hook.answers = [(503, b"")]
    case_id = await forwarded(world)
    assert len(hook.got) == 1
    on = await controller.client.post(f"{ENDPOINT}/enable")
    assert (on.status_code, on.json()["state"]) == (200, "on")
    await world.drain()
    assert len(hook.got) == 2
    assert hook.got[0][0]["webhook-id"] == hook.got[1][0]["webhook-id"]
    assert str(case_id) in hook.got[1][1].decode()


async def test_an_endpoint_is_switched_off_by_its_owner_and_gets_nothing(
    world: World, controller: Controller, hook: Hook
) -> None:
    await placed(controller, hook)
    off = (await controller.client.post(f"{ENDPOINT}/disable")).json()
    assert (off["state"], off["disabled_for"]) == ("off", "owner")
    await forwarded(world)
    assert hook.got == []
    # A new address is one that is on.
    await put(controller, hook.url)
    assert (await shown(controller))["disabled_for"] is None


# -- what went there


async def test_the_list_of_deliveries_tells_every_attempt(
    world: World, controller: Controller, hook: Hook
) -> None:
    await placed(controller, hook)
    hook.answers = [(500, b""), (204, b"")]
    case_id = await forwarded(world)
    await controller.client.post(f"{ENDPOINT}/enable")
    await world.drain()
    (delivery,) = (await controller.client.get(f"{API}/deliveries")).json()["deliveries"]
    assert (delivery["type"], delivery["case_id"]) == ("case.forwarded", str(case_id))
    assert delivery["id"] == hook.got[0][0]["webhook-id"]
    assert [(a["number"], a["status"]) for a in delivery["attempts"]] == [(1, 500), (2, 204)]
    assert delivery["sent_at"] is not None
    assert delivery["failed_at"] is None
    last = (await shown(controller))["attempts"]
    assert [attempt["status"] for attempt in last] == [204, 500]


async def test_deliveries_page_without_loss_or_repeat(
    world: World, controller: Controller, hook: Hook
) -> None:
    await placed(controller, hook)
    for _ in range(3):
        await forwarded(world)
    found: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = (await controller.client.get(f"{API}/deliveries", params=query)).json()
        found += [one["id"] for one in page["deliveries"]]
        if page["next"] is None:
            break
        query["before"] = page["next"]
    assert len(found) == len(set(found)) == 3
    assert found == sorted(found, reverse=True)


@pytest.mark.parametrize("query", ["before=x", "limit=0", "limit=101"])
async def test_a_bad_page_of_deliveries_is_named(shared_controller: Controller, query: str) -> None:
    checked(await shared_controller.client.get(f"{API}/deliveries?{query}"), 400, query.partition("=")[0])


async def test_a_message_is_sent_again_under_its_id(world: World, controller: Controller, hook: Hook) -> None:
    await placed(controller, hook)
    await forwarded(world)
    message = hook.got[0][0]["webhook-id"]
    answer = await controller.client.post(f"{API}/deliveries/{message}/replay")
    assert (answer.status_code, answer.json()) == (202, {"replayed": 1})
    await world.drain()
    assert [headers["webhook-id"] for headers, _ in hook.got] == [message] * 2
    (delivery,) = (await controller.client.get(f"{API}/deliveries")).json()["deliveries"]
    assert [attempt["number"] for attempt in delivery["attempts"]] == [1, 2]


async def test_everything_since_a_time_is_sent_again(
    world: World, controller: Controller, hook: Hook
) -> None:
    await placed(controller, hook)
    await forwarded(world)
    world.clock.forward(hours=1)
    between = world.clock.at
    await forwarded(world)
    sent = [headers["webhook-id"] for headers, _ in hook.got]
    answer = await controller.client.post(f"{API}/deliveries/replay", json={"since": between.isoformat()})
    assert answer.json() == {"replayed": 1}
    await world.drain()
    assert [headers["webhook-id"] for headers, _ in hook.got] == [*sent, sent[-1]]


async def test_replaying_a_foreign_message_finds_nothing_and_sends_nothing(
    world: World, controller: Controller, hook: Hook
) -> None:
    await placed(controller, hook)
    await forwarded(world)
    message = hook.got[0][0]["webhook-id"]
    other = await world.controller(OTHER_TENANT)
    async with listening() as theirs:
        await placed(other, theirs)
        foreign = await other.client.post(f"{API}/deliveries/{message}/replay")
        absent = await other.client.post(f"{API}/deliveries/{uuid4()}/replay")
        checked(foreign, 404)
        assert foreign.content == absent.content
        since = {"since": world.clock.at.replace(hour=0).isoformat()}
        assert (await other.client.post(f"{API}/deliveries/replay", json=since)).json() == {"replayed": 0}
        assert (await other.client.get(f"{API}/deliveries")).json() == {"deliveries": [], "next": None}
        await world.drain()
        assert (len(hook.got), theirs.got) == (1, [])


async def test_nothing_is_replayed_to_an_endpoint_that_is_off(
    world: World, controller: Controller, hook: Hook
) -> None:
    await placed(controller, hook)
    await forwarded(world)
    message = hook.got[0][0]["webhook-id"]
    await controller.client.post(f"{ENDPOINT}/disable")
    before = await world.snapshot()
    checked(await controller.client.post(f"{API}/deliveries/{message}/replay"), 409, "endpoint")
    body = {"since": world.clock.at.isoformat()}
    checked(await controller.client.post(f"{API}/deliveries/replay", json=body), 409, "endpoint")
    assert await world.snapshot() == before


@pytest.mark.parametrize(
    ("since", "status"),
    [("2999-01-01T00:00:00Z", 422), ("2020-01-01T00:00:00Z", 422), ("2026-03-02T10:00:00", 422),
     ("0001-01-01T00:00:00+14:00", 422), ("yesterday", 400), (None, 400)],
)  # fmt: skip
async def test_a_time_that_cannot_be_used_replays_nothing(
    shared_controller: Controller, since: str | None, status: int
) -> None:
    checked(
        await shared_controller.client.post(f"{API}/deliveries/replay", json={"since": since}),
        status,
        "since",
    )
