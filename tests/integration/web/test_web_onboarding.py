"""A customer-controller joins by an administrator's hand: whole or not at all."""

from typing import Any
from uuid import uuid4

import pytest

from .hook import listening
from .test_web_bad_input import checked
from .world import Controller, Staff, World

CONTROLLERS = "/api/v1/controllers"
NEW = {
    "name": "Pizzeria Esimerkki Oy",
    "tenant": "tenant-1",
    "telephone_numbers": ["+358 40 111 2233", "+358401112233"],
    "other_names": ["Esimerkin pizza"],
    "callers": "forward",
    "email": "Privacy@pizzeria.example",
}


@pytest.fixture
async def administrator(world: World) -> Staff:
    return await world.staff("Adele", "administrator")


@pytest.fixture(scope="module")
async def shared_administrator(shared_world: World) -> Staff:
    return await shared_world.staff("Adele", "administrator")


async def add(staff: Staff, **more: Any) -> Any:
    headers = {"Idempotency-Key": str(uuid4())}
    return await staff.client.post(CONTROLLERS, json=NEW | more, headers=headers)


async def everything(world: World) -> list[int]:
    tables = ("controller", "credential", "member", "endpoint", "idempotency")
    return [(await world.rows(f"SELECT count(*) AS n FROM {table}"))[0]["n"] for table in tables]


async def test_a_controller_joins_with_key_endpoint_and_first_member(
    world: World, administrator: Staff
) -> None:
    async with listening() as hook:
        answer = await add(administrator, webhook={"url": hook.url})
        assert answer.status_code == 201, answer.text
        told = answer.json()
        async with world.new_client(headers={"authorization": f"Bearer {told['key']}"}) as client:
            (member,) = (await client.get("/api/v1/controller/team")).json()["members"]
            assert (member["email"], member["name"]) == ("privacy@pizzeria.example", NEW["name"])
            endpoint = (await client.get("/api/v1/controller/endpoint")).json()
            assert (endpoint["url"], endpoint["state"]) == (hook.url, "on")
    assert told["webhook_secret"].startswith("whsec_")
    shown = (await administrator.client.get(f"{CONTROLLERS}/{told['id']}")).json()
    assert (shown["endpoint"], shown["members"], shown["keys"]) == ("on", 1, 1)
    controller = shown["controller"]
    assert controller["telephone_numbers"] == ["+358401112233"]
    assert (controller["callers"], controller["contact_email"]) == ("forward", "privacy@pizzeria.example")
    rows = await world.rows(
        "SELECT c::text AS row FROM credential c UNION ALL SELECT e::text FROM endpoint e"
    )
    assert not any(told["key"] in row["row"] or told["webhook_secret"] in row["row"] for row in rows)


async def test_without_webhook_and_email_a_controller_has_a_key_alone(
    world: World, administrator: Staff
) -> None:
    told = (await add(administrator, email="")).json()
    assert told["webhook_secret"] is None
    shown = (await administrator.client.get(f"{CONTROLLERS}/{told['id']}")).json()
    assert (shown["endpoint"], shown["members"], shown["keys"]) == ("none", 0, 1)


@pytest.mark.parametrize("role", ["agent", "reviewer"])
async def test_only_administrators_see_and_add_controllers(world: World, role: str) -> None:
    other = await world.staff("Oona", role)
    before = await everything(world)
    checked(await add(other), 403)
    checked(await other.client.get(CONTROLLERS), 403)
    checked(await other.client.get(f"{CONTROLLERS}/{uuid4()}"), 403)
    checked(await other.client.patch(f"{CONTROLLERS}/{uuid4()}", json={}), 403)
    assert await everything(world) == before


async def test_a_controllers_key_adds_no_controllers(world: World, controller: Controller) -> None:
    checked(await controller.client.get(CONTROLLERS), 403)
    checked(await controller.client.post(CONTROLLERS, json=NEW), 403)


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"name": ""}, 422, "name"),
        ({"name": "x" * 201}, 422, "name"),
        ({"name": "a\nb"}, 422, "name"),
        ({"tenant": " "}, 422, "tenant"),
        ({"telephone_numbers": ["12"]}, 422, "telephone_numbers"),
        ({"telephone_numbers": [f"+35840111{n:04}" for n in range(51)]}, 422, "telephone_numbers"),
        ({"other_names": [""]}, 422, "other_names"),
        ({"email": "x"}, 422, "email"),
        ({"language": "tlh"}, 422, "language"),
        ({"webhook": {"url": "https://10.0.0.1/"}}, 422, "webhook.url"),
        ({"webhook": {"url": "http://example.com/"}}, 422, "webhook.url"),
        ({"webhook": {"url": "http://127.0.0.1:9/"}}, 422, "webhook.url"),
        ({"callers": "ignore"}, 400, "callers"),
        ({"key_days": 0}, 400, "key_days"),
        ({"domain": "x"}, 400, "domain"),
    ],
)
async def test_a_bad_controller_is_refused_and_nothing_of_it_stored(
    shared_world: World, shared_administrator: Staff, body: dict[str, Any], status: int, field: str
) -> None:
    before = await everything(shared_world)
    checked(await add(shared_administrator, **body), status, field)
    assert await everything(shared_world) == before


async def test_all_wrong_fields_are_named_at_once(shared_administrator: Staff) -> None:
    bad = {"name": "", "email": "x", "telephone_numbers": ["1"], "webhook": {"url": "x"}}
    checked(await add(shared_administrator, **bad), 422, "name", "email", "telephone_numbers", "webhook.url")


async def test_a_tenant_belongs_to_one_controller(world: World, administrator: Staff) -> None:
    await add(administrator)
    before = await everything(world)
    checked(await add(administrator, name="Another"), 422, "tenant")
    assert await everything(world) == before


async def test_what_is_sent_twice_adds_one_and_shows_the_same_key(world: World, administrator: Staff) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    checked(await administrator.client.post(CONTROLLERS, json=NEW), 400, "Idempotency-Key")
    first = await administrator.client.post(CONTROLLERS, json=NEW, headers=key)
    assert (await administrator.client.post(CONTROLLERS, json=NEW, headers=key)).content == first.content
    assert len(await world.rows("SELECT id FROM controller")) == 1


async def test_a_change_leaves_alone_what_it_does_not_name(world: World, administrator: Staff) -> None:
    told = (await add(administrator)).json()
    where = f"{CONTROLLERS}/{told['id']}"
    before = (await administrator.client.get(where)).json()["controller"]
    answer = await administrator.client.patch(
        where, json={"callers": None, "telephone_numbers": ["+358 40 999 8877"], "opendsr_padding": "pss"}
    )
    assert answer.status_code == 200, answer.text
    wanted = before | {"callers": None, "telephone_numbers": ["+358409998877"], "opendsr_padding": "pss"}
    assert answer.json() == wanted
    assert (await administrator.client.patch(where, json={})).json() == wanted
    assert (await administrator.client.get(where)).json()["controller"] == wanted


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [({"name": " "}, 422, "name"), ({"contact_email": "x"}, 422, "contact_email"), ({"other_names": ["x", "\x00"]}, 422, "other_names"),
     ({"telephone_numbers": None}, 400, "telephone_numbers"), ({"tenant": "x"}, 400, "tenant"), ({"opendsr_padding": "none"}, 400, "opendsr_padding")],
)  # fmt: skip
async def test_a_bad_change_changes_nothing(
    world: World, administrator: Staff, body: dict[str, Any], status: int, field: str
) -> None:
    where = f"{CONTROLLERS}/{(await add(administrator)).json()['id']}"
    before = (await administrator.client.get(where)).json()
    checked(await administrator.client.patch(where, json=body), status, field)
    assert (await administrator.client.get(where)).json() == before


async def test_a_controller_that_is_not_there_is_not_found(administrator: Staff) -> None:
    checked(await administrator.client.get(f"{CONTROLLERS}/{uuid4()}"), 404)
    checked(await administrator.client.patch(f"{CONTROLLERS}/{uuid4()}", json={"name": "x"}), 404)


async def test_the_controllers_page_without_loss_or_repeat(world: World, administrator: Staff) -> None:
    for number in range(5):
        await add(administrator, tenant=f"t{number}")
    found: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = (await administrator.client.get(CONTROLLERS, params=query)).json()
        found += [one["tenant"] for one in page["controllers"]]
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert found == [f"t{number}" for number in range(5)]
