"""A controller's people: sealed, each once, out at once when they are removed."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from dsar.routing.team import TEAM_MAX

from .test_web_bad_input import checked
from .world import KNOWN, OTHER_TENANT, Controller, World

TEAM = "/api/v1/controller/team"
MEMBER = {"name": "Minna Mallikas", "email": "Minna@Pizzeria.example", "language": "en"}


async def joined(controller: Controller, **more: Any) -> dict[str, Any]:
    answer = await controller.make("team", MEMBER | more)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def team(controller: Controller) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await controller.client.get(TEAM)).json()["members"]
    return found


async def test_who_joins_is_listed_with_an_address_that_is_normalised(controller: Controller) -> None:
    member = await joined(controller)
    assert (member["name"], member["email"], member["language"]) == (
        "Minna Mallikas",
        "minna@pizzeria.example",
        "en",
    )
    assert await team(controller) == [member]


async def test_who_names_no_language_is_written_to_in_the_operators_first(
    world: World, controller: Controller
) -> None:
    member = await joined(controller, language="")
    assert member["language"] == world.service.profile.profile.operator.languages[0]


async def test_names_and_addresses_stand_nowhere_in_the_clear(world: World, controller: Controller) -> None:
    await joined(controller)
    rows = await world.rows("SELECT t::text AS row FROM member t UNION ALL SELECT t::text FROM idempotency t")
    assert len(rows) == 2
    for row in rows:
        for plain in ("Minna", "minna", "pizzeria", b"minna".hex(), b"Minna".hex()):
            assert plain not in row["row"]


async def test_an_address_joins_once_whatever_its_case(world: World, controller: Controller) -> None:
    await joined(controller)
    checked(await controller.make("team", MEMBER | {"email": "MINNA@pizzeria.EXAMPLE"}), 422, "email")
    assert len(await team(controller)) == 1
    other = await world.controller(OTHER_TENANT)
    await joined(other)


async def test_an_address_that_joins_twice_at_once_joins_once(controller: Controller) -> None:
    answers = await asyncio.gather(*(controller.make("team", MEMBER) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 422, 422, 422]
    assert len(await team(controller)) == 1


async def test_a_member_who_is_removed_is_out_and_links_in_the_mailbox_open_nothing(
    world: World, controller: Controller
) -> None:
    gone, stays = await joined(controller), await joined(controller, email="other@pizzeria.example")
    for member in (gone, stays):
        await world.run(
            "INSERT INTO visit (token_digest, member_id, created_at, expires_at) VALUES (gen_random_uuid()::text::bytea, $1, now(), now())",
            member["id"],
        )
        await world.run(
            "INSERT INTO sign_in (token_digest, member_id, created_at, expires_at) VALUES (gen_random_uuid()::text::bytea, $1, now(), now())",
            member["id"],
        )
    assert (await controller.client.delete(f"{TEAM}/{gone['id']}")).status_code == 204
    assert await team(controller) == [stays]
    ended = await world.rows("SELECT member_id FROM visit WHERE ended_at IS NOT NULL")
    spent = await world.rows("SELECT member_id FROM sign_in WHERE used_at IS NOT NULL")
    assert (
        [str(row["member_id"]) for row in ended] == [str(row["member_id"]) for row in spent] == [gone["id"]]
    )
    # Who was let go may be taken on again.
    assert (await joined(controller))["id"] != gone["id"]


async def test_removing_twice_is_removing_once(world: World, controller: Controller) -> None:
    member = await joined(controller)
    await controller.client.delete(f"{TEAM}/{member['id']}")
    first = await world.rows("SELECT removed_at FROM member")
    world.clock.forward(days=1)
    assert (await controller.client.delete(f"{TEAM}/{member['id']}")).status_code == 204
    assert await world.rows("SELECT removed_at FROM member") == first


async def test_another_controllers_member_is_not_there(world: World, controller: Controller) -> None:
    other = await world.controller(OTHER_TENANT)
    theirs = await joined(other)
    assert await team(controller) == []
    foreign = await controller.client.delete(f"{TEAM}/{theirs['id']}")
    absent = await controller.client.delete(f"{TEAM}/{uuid4()}")
    checked(foreign, 404)
    assert foreign.content == absent.content
    assert await team(other) == [theirs]


@pytest.mark.parametrize(
    ("body", "status", "fields"),
    [
        ({"name": "", "email": "x", "language": "tlh"}, 422, ["name", "email", "language"]),
        ({"email": ""}, 422, ["email"]),
        ({"email": f"{'x' * 300}@example.com"}, 422, ["email"]),
        ({"name": "x\r\nBcc: all"}, 422, ["name"]),
        ({"name": 1}, 400, ["name"]),
        ({"role": "owner"}, 400, ["role"]),
    ],
)
async def test_a_bad_member_is_refused_with_every_field_named(
    shared_world: World, shared_controller: Controller, body: dict[str, Any], status: int, fields: list[str]
) -> None:
    answer = await shared_controller.make("team", MEMBER | body)
    checked(answer, status, *fields)
    assert KNOWN not in answer.text
    assert await shared_world.rows("SELECT id FROM member") == []


async def test_a_team_has_an_end(world: World, controller: Controller) -> None:
    for number in range(TEAM_MAX):
        await joined(controller, email=f"n{number}@pizzeria.example")
    checked(await controller.make("team", MEMBER), 422, "email")
