"""A controller's keys: scoped, expiring, named, shown once; and none of them does what it was not made for."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar.handlers import HTTPRouteHandler

from dsar.domain.controllers import ALL_SCOPES, KeyScope
from dsar.routing.keys import KEYS_MAX
from dsar.web.auth import holds_a_controllers_key

from .test_web_bad_input import checked
from .world import OTHER_TENANT, Controller, Staff, World

KEYS = "/api/v1/controller/keys"
# One call for each scope that needs no more than the key.
ASKS = {
    "cases:read": ("GET", "cases"),
    "keys:manage": ("GET", "keys"),
    "team:manage": ("GET", "team"),
    "endpoint:manage": ("GET", "deliveries"),
}


def bearing(world: World, key: str) -> httpx.AsyncClient:
    return world.new_client(headers={"authorization": f"Bearer {key}"})


async def made(controller: Controller, *scopes: str, **more: Any) -> dict[str, Any]:
    answer = await controller.make("keys", {"name": "Nightly import", "scopes": scopes} | more)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def listed(controller: Controller) -> dict[str, dict[str, Any]]:
    answer = await controller.client.get(KEYS)
    assert answer.status_code == 200
    return {key["name"]: key for key in answer.json()["keys"]}


async def test_a_key_is_shown_once_and_kept_as_a_digest(world: World, controller: Controller) -> None:
    key = (await made(controller, "cases:read"))["key"]
    assert key.startswith("dsar_controller_")
    rows = await world.rows(
        "SELECT t::text AS row FROM credential t UNION ALL SELECT t::text FROM idempotency t"
    )
    assert len(rows) > 1
    assert not any(key in row["row"] or key.encode().hex() in row["row"] for row in rows)
    assert key not in (await controller.client.get(KEYS)).text


async def test_a_key_opens_what_its_scopes_name_and_nothing_else(
    world: World, controller: Controller
) -> None:
    for scope in ASKS:
        async with bearing(world, (await made(controller, scope))["key"]) as client:
            for needed, (method, path) in ASKS.items():
                answer = await client.request(method, f"/api/v1/controller/{path}")
                if needed == scope:
                    assert answer.status_code == 200
                else:
                    checked(answer, 403)
                    assert needed in answer.json()["detail"]


async def test_every_route_of_a_controller_names_the_scope_it_needs(world: World) -> None:
    handlers = {
        f"{sorted(handler.http_methods)} {route.path}": handler
        for route in world.app.routes
        for handler in getattr(route, "route_handlers", ())
        if isinstance(handler, HTTPRouteHandler)
        and "controller" in handler.resolve_dependencies()
        and handler.http_methods != {"OPTIONS"}
    }
    assert len(handlers) > 20
    assert {path for path in handlers if "/api/v1/controller/" in path}
    for path, handler in handlers.items():
        assert isinstance(handler.opt.get("scope"), KeyScope), path
        assert holds_a_controllers_key in handler.resolve_guards(), path
    elsewhere = [
        route.path
        for route in world.app.routes
        if route.path.startswith("/api/v1/controller/")
        and not any(path.endswith(route.path) for path in handlers)
    ]
    assert elsewhere == []


async def test_a_key_makes_only_keys_that_do_no_more_than_itself(
    world: World, controller: Controller
) -> None:
    key = (await made(controller, "keys:manage", "cases:read"))["key"]
    lesser = Controller(bearing(world, key), key, controller.id)
    assert (await lesser.make("keys", {"name": "x", "scopes": ["cases:read"]})).status_code == 201
    before = await world.rows("SELECT id FROM credential")
    answer = await lesser.make("keys", {"name": "x", "scopes": ["cases:read", "bundles:read", "opendsr"]})
    checked(answer, 422, "scopes")
    assert "bundles:read, opendsr" in answer.json()["errors"][0]["remedy"]
    assert await world.rows("SELECT id FROM credential") == before
    await lesser.client.aclose()


async def test_the_answer_that_holds_a_key_is_replayed_to_the_key_that_asked_alone(
    world: World, controller: Controller
) -> None:
    body = {"name": "all", "scopes": [scope.value for scope in ALL_SCOPES]}
    same = {"idempotency-key": str(uuid4())}
    first = await controller.client.post(KEYS, json=body, headers=same)
    assert (await controller.client.post(KEYS, json=body, headers=same)).content == first.content
    lesser = (await made(controller, "keys:manage"))["key"]
    async with bearing(world, lesser) as client:
        checked(await client.post(KEYS, json=body, headers=same), 422, "scopes")


async def test_expired_revoked_unknown_and_garbled_keys_are_answered_the_same(
    world: World, controller: Controller
) -> None:
    expiring, ended = (await made(controller, "cases:read", days=1)), (await made(controller, "cases:read"))
    async with bearing(world, expiring["key"]) as client:
        assert (await client.get("/api/v1/controller/cases")).status_code == 200
    assert (await controller.client.delete(f"{KEYS}/{ended['id']}")).status_code == 204
    world.clock.forward(days=1)
    answers = []
    for key in (expiring["key"], ended["key"], "dsar_controller_" + "A" * 43, "x", "ä", "x" * 5000):
        async with world.new_client(headers={"authorization": b"Bearer " + key.encode("latin-1")}) as client:
            answers.append(await client.get("/api/v1/controller/cases"))
    for answer in answers:
        checked(answer, 401)
        assert (answer.content, dict(answer.headers)) == (answers[0].content, dict(answers[0].headers))
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_which_methods_an_address_takes_is_told_to_any_key_of_a_controller_and_to_nobody_else(
    world: World, controller: Controller
) -> None:
    key = (await made(controller, "opendsr"))["key"]
    async with bearing(world, key) as client:
        answer = await client.options(KEYS)
    assert answer.status_code == 204
    assert "GET" in answer.headers["allow"]
    checked(await world.client.options(KEYS), 401)


async def test_a_key_is_known_before_anything_of_the_call_is_read(world: World) -> None:
    for headers in ({}, {"authorization": "Bearer x"}, {"authorization": "Basic eDp5"}):
        answer = await world.client.post(KEYS, content=b"{", headers={"content-type": "text/plain"} | headers)
        checked(answer, 401)


async def test_the_list_says_when_a_key_was_last_used_and_which_one_asks(
    world: World, controller: Controller
) -> None:
    key = await made(controller, "cases:read")
    shown = (await listed(controller))["Nightly import"]
    assert (shown["id"], shown["last_used_at"], shown["this"]) == (key["id"], None, False)
    assert shown["expires_at"] == key["expires_at"]
    async with bearing(world, key["key"]) as client:
        await client.get("/api/v1/controller/cases")
        first = (await listed(controller))["Nightly import"]["last_used_at"]
        await client.get("/api/v1/controller/cases")
        assert (await listed(controller))["Nightly import"]["last_used_at"] == first
        world.clock.forward(minutes=5)
        await client.get("/api/v1/controller/cases")
    assert (await listed(controller))["Nightly import"]["last_used_at"] > first
    assert (await listed(controller))["first key"]["this"] is True


async def test_the_last_key_that_manages_keys_does_not_end_itself(
    world: World, controller: Controller
) -> None:
    own = (await listed(controller))["first key"]["id"]
    await made(controller, "keys:manage", days=1)
    await made(controller, "cases:read")
    world.clock.forward(days=2)  # the other one that could manage keys has expired
    answer = await controller.client.delete(f"{KEYS}/{own}")
    checked(answer, 409, "id")
    assert "Make another one" in answer.json()["errors"][0]["remedy"]
    await made(controller, "keys:manage", name="Next")
    assert (await controller.client.delete(f"{KEYS}/{own}")).status_code == 204
    checked(await controller.client.get(KEYS), 401)


async def test_two_last_keys_that_end_each_other_at_once_leave_one(
    world: World, controller: Controller
) -> None:
    second = await made(controller, "keys:manage")
    own = (await listed(controller))["first key"]["id"]
    async with bearing(world, second["key"]) as client:
        answers = await asyncio.gather(
            controller.client.delete(f"{KEYS}/{own}"), client.delete(f"{KEYS}/{second['id']}")
        )
    assert sorted(answer.status_code for answer in answers) == [204, 409]
    assert len(await world.rows("SELECT id FROM credential WHERE revoked_at IS NULL")) == 1


async def test_another_controllers_key_is_not_there(world: World, controller: Controller) -> None:
    other = await world.controller(OTHER_TENANT)
    theirs = (await listed(other))["first key"]["id"]
    foreign = await controller.client.delete(f"{KEYS}/{theirs}")
    absent = await controller.client.delete(f"{KEYS}/{uuid4()}")
    checked(foreign, 404)
    assert foreign.content == absent.content
    assert len(await listed(other)) == 1


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"name": ""}, 422, "name"),
        ({"name": " \t"}, 422, "name"),
        ({"name": "x" * 201}, 422, "name"),
        ({"name": "a\x00b"}, 422, "name"),
        ({"scopes": []}, 422, "scopes"),
        ({"scopes": ["everything"]}, 400, "scopes[0]"),
        ({"days": 0}, 400, "days"),
        ({"days": 10**9}, 400, "days"),
        ({"controller_id": str(uuid4())}, 400, "controller_id"),
    ],
)
async def test_a_bad_key_is_refused_and_nothing_is_made(
    shared_world: World, shared_controller: Controller, body: dict[str, Any], status: int, field: str
) -> None:
    before = await shared_world.rows("SELECT id FROM credential")
    checked(
        await shared_controller.make("keys", {"name": "x", "scopes": ["cases:read"]} | body), status, field
    )
    assert await shared_world.rows("SELECT id FROM credential") == before


async def test_there_are_only_so_many_keys(world: World, controller: Controller) -> None:
    for _ in range(KEYS_MAX - 1):
        last = await made(controller, "cases:read")
    checked(await controller.make("keys", {"name": "x", "scopes": ["cases:read"]}), 422, "name")
    await controller.client.delete(f"{KEYS}/{last['id']}")
    await made(controller, "cases:read")


async def test_a_staff_member_who_left_is_let_in_no_more(world: World, staff: Staff) -> None:
    assert (await staff.client.get("/api/v1/cases")).status_code == 200
    await world.run("UPDATE staff SET disabled_at = now()")
    checked(await staff.client.get("/api/v1/cases"), 401)
