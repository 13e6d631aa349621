"""Another controller, with good keys of its own, tries every address with this one's ids; and keys that lack a scope.

`CALLS` names every route behind a controller's key: a new one fails here until somebody says how it is attacked.
"""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from dsar.domain.controllers import ALL_SCOPES, KeyScope
from dsar.web.api_team import ON_THE_PAGE

from .hook import listening
from .opendsr_client import request as opendsr_request
from .recorder import Recorder
from .visitors import Guest, forwarded, member
from .world import OTHER_TENANT, Controller, World

API = "/api/v1/controller"
NEW_KEY = {"name": "Import", "scopes": ["cases:read"]}
NEW_MEMBER = {"name": "Maija", "email": "maija@acme.example"}
# Each route with the body that it takes. `{id}` stands for something of the victim's.
CALLS: dict[tuple[str, str], Any] = {
    ("GET", f"{API}/cases"): None,
    ("GET", f"{API}/cases/{{case_id:uuid}}"): None,
    ("DELETE", f"{API}/cases/{{case_id:uuid}}"): None,
    ("POST", f"{API}/cases/{{case_id:uuid}}/instruction"): {"instruction": "handled_by_us"},
    ("GET", f"{API}/cases/{{case_id:uuid}}/bundle"): None,
    ("HEAD", f"{API}/cases/{{case_id:uuid}}/bundle"): None,
    ("GET", f"{API}/cases/{{case_id:uuid}}/bundles"): None,
    ("POST", f"{API}/requests"): {"rights": ["access"], "phone": "+358409998877"},
    ("GET", f"{API}/standing-instructions"): None,
    ("POST", f"{API}/standing-instructions"): {"rights": ["access"], "instruction": "handled_by_us"},
    ("DELETE", f"{API}/standing-instructions/{{standing_id:uuid}}"): None,
    ("GET", f"{API}/keys"): None,
    ("POST", f"{API}/keys"): NEW_KEY,
    ("DELETE", f"{API}/keys/{{key_id:uuid}}"): None,
    ("GET", f"{API}/team"): None,
    ("POST", f"{API}/team"): NEW_MEMBER,
    ("DELETE", f"{API}/team/{{member_id:uuid}}"): None,
    ("GET", f"{API}/endpoint"): None,
    ("PUT", f"{API}/endpoint"): {"url": "http://127.0.0.1:9/"},
    ("DELETE", f"{API}/endpoint"): None,
    ("POST", f"{API}/endpoint/secret"): {},
    ("POST", f"{API}/endpoint/enable"): None,
    ("POST", f"{API}/endpoint/disable"): None,
    ("POST", f"{API}/endpoint/ping"): None,
    ("GET", f"{API}/deliveries"): None,
    ("POST", f"{API}/deliveries/{{message_id:uuid}}/replay"): None,
    ("POST", f"{API}/deliveries/replay"): {"since": "2026-03-01T00:00:00Z"},
    **{
        (method, path): body
        for face, name in (("v2", "requests"), ("v1", "opengdpr_requests"))
        for method, path, body in (
            ("POST", f"/opendsr/{face}/{name}", opendsr_request()),
            ("GET", f"/opendsr/{face}/{name}/{{asked_id:str}}", None),
            ("DELETE", f"/opendsr/{face}/{name}/{{asked_id:str}}", None),
            ("GET", f"/opendsr/{face}/status/{{asked_id:str}}", None),
        )
    },
}
OF_SOMETHING = [call for call in CALLS if "{" in call[1]]


class Victim(Struct):
    """A controller that has one of everything, and the ids of it."""

    controller: Controller
    ids: dict[str, str]
    guest: Guest


@pytest.fixture
async def victim(world: World, controller: Controller) -> Victim:
    """With a case that was fulfilled, a waiting one, a key, a member, a standing instruction, deliveries, OpenDSR."""
    async with listening() as hook:
        put = await controller.client.put(f"{API}/endpoint", json={"url": hook.url})
        assert put.status_code == 201, put.text
        case_id = await forwarded(world)
        assert (await controller.instruct(case_id, "fulfil")).status_code == 200
        await world.drain()
    key = (await controller.make("keys", NEW_KEY)).json()
    standing = (
        await controller.make(
            "standing-instructions", {"rights": ["erasure"], "instruction": "handled_by_us"}
        )
    ).json()
    asked = await controller.client.post("/opendsr/v2/requests", json=opendsr_request())
    delivery = (await controller.client.get(f"{API}/deliveries")).json()["deliveries"][0]
    guest = await member(world, controller.id)
    ids = {
        "case_id": str(case_id),
        "key_id": key["id"],
        "member_id": str(guest.id),
        "standing_id": standing["id"],
        "message_id": delivery["id"],
        "asked_id": asked.json()["subject_request_id"],
    }
    return Victim(controller, ids, guest)


@pytest.fixture
async def attacker(world: World) -> Controller:
    """A customer as good as any other, with every scope."""
    return await world.controller(OTHER_TENANT)


async def everything(world: World) -> dict[str, list[str]]:
    """Every row there is, but for when a key was used, and how often."""
    tables = await world.rows("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")
    return {
        name: [
            row["row"]
            for row in await world.rows(
                f"SELECT (to_jsonb(t) - 'last_used_at')::text AS row FROM {name} t ORDER BY 1"
            )
        ]
        for name in sorted({table["name"] for table in tables} - {"call_count"})
    }


def filled(path: str, ids: dict[str, str]) -> str:
    for name, value in ids.items():
        path = path.replace(f"{{{name}:uuid}}", value).replace(f"{{{name}:str}}", value)
    assert "{" not in path
    return path


async def call(
    client: httpx.AsyncClient, what: tuple[str, str], ids: dict[str, str], **more: Any
) -> httpx.Response:
    method, path = what
    body = CALLS[what]
    headers = {"Idempotency-Key": str(uuid4())} if method == "POST" else {}
    options = {} if body is None else {"json": body}
    return await client.request(
        method, filled(path, ids), headers=headers | more.pop("headers", {}), **options, **more
    )


def told(answer: httpx.Response) -> tuple[int, bytes, set[str]]:
    """All that a caller can learn from an answer, but for the signature and how many calls are left."""
    names = {name for name in answer.headers if not name.startswith("ratelimit")}
    return answer.status_code, answer.content, names


def routes(world: World) -> dict[tuple[str, str], HTTPRouteHandler]:
    """Every route that asks for a controller's key."""
    return {
        (method, path): handler
        for route in world.app.routes
        for handler in getattr(route, "route_handlers", [])
        if isinstance(handler, HTTPRouteHandler) and "scope" in handler.opt
        for path in handler.paths
        for method in handler.http_methods
        if method != "OPTIONS"
    }


def test_every_route_behind_a_controllers_key_is_attacked_here(shared_world: World) -> None:
    assert set(routes(shared_world)) == set(CALLS)
    mounted = {
        (method, path)
        for route in shared_world.app.routes
        if route.path.startswith((f"{API}/", "/opendsr"))
        for handler in getattr(route, "route_handlers", [])
        if isinstance(handler, HTTPRouteHandler)
        for path in handler.paths
        for method in handler.http_methods
        if method != "OPTIONS"
    }
    open_to_all = {path for _, path in mounted - set(CALLS)}
    assert open_to_all == {"/opendsr/v2/discovery", "/opendsr/v1/discovery", "/opendsr/certificate.pem"}


# The other tenant


async def test_what_is_anothers_looks_as_if_it_were_not_there_at_every_address(
    world: World, victim: Victim, attacker: Controller
) -> None:
    assert (
        await attacker.client.put(f"{API}/endpoint", json={"url": "http://127.0.0.1:9/"})
    ).status_code == 201
    before = await everything(world)
    absent = {name: str(uuid4()) for name in victim.ids}
    for what in OF_SOMETHING:
        foreign, nothing = [await call(attacker.client, what, ids) for ids in (victim.ids, absent)]
        assert foreign.status_code == 404, what
        assert told(foreign) == told(nothing), what
    assert await everything(world) == before


async def test_no_list_and_no_answer_of_the_other_tenant_names_anything_of_the_victims(
    world: World, victim: Victim, attacker: Controller
) -> None:
    """Its lists, what it makes and what it moves: none of it holds an id of the victim's or changes a row of its."""
    of_victim = await _of(world, victim.controller)
    texts = ""
    for what in CALLS:
        if "{" not in what[1]:
            texts += (await call(attacker.client, what, {})).text
    for cursor in ("after", "before"):
        for name in ("cases", "deliveries"):
            for own in (victim.ids["case_id"], victim.ids["message_id"]):
                texts += (await attacker.client.get(f"{API}/{name}", params={cursor: own})).text
    await world.drain()
    for value in (*victim.ids.values(), str(victim.controller.id), "Business acme", victim.guest.email):
        assert value not in texts
    assert await _of(world, victim.controller) == of_victim


async def _of(world: World, controller: Controller) -> list[str]:
    """Every row that names the controller."""
    rows = await everything(world)
    return [row for table in rows.values() for row in table if str(controller.id) in row]


async def test_a_key_of_one_tenant_replays_no_answer_of_the_other(
    world: World, victim: Victim, attacker: Controller
) -> None:
    """The same Idempotency-Key and the same body, sent by two controllers, are two calls."""
    same = {"Idempotency-Key": "the-same-for-both"}
    for name, body in (
        ("requests", CALLS["POST", f"{API}/requests"]),
        ("keys", NEW_KEY),
        ("team", NEW_MEMBER),
    ):
        first = await victim.controller.make(name, body, **same)
        second = await attacker.make(name, body, **same)
        same = {"Idempotency-Key": f"{name}-next"}
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.json() != second.json()


async def test_the_same_opendsr_id_of_two_controllers_is_two_requests(
    world: World, victim: Victim, attacker: Controller
) -> None:
    body = opendsr_request()
    answers = [await c.client.post("/opendsr/v2/requests", json=body) for c in (victim.controller, attacker)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert [answer.json()["controller_id"] for answer in answers] == [
        str(victim.controller.id),
        str(attacker.id),
    ]
    path = f"/opendsr/v2/requests/{body['subject_request_id']}"
    assert (await attacker.client.delete(path)).status_code == 202
    assert (await victim.controller.client.get(path)).json()["request_status"] == "pending"


# The impostor, and the curious employee


async def test_without_a_good_key_every_address_answers_the_same_and_does_nothing(
    world: World, victim: Victim
) -> None:
    made = (await victim.controller.make("keys", {**NEW_KEY, "scopes": list(ALL_SCOPES)})).json()
    assert (await victim.controller.client.delete(f"{API}/keys/{made['id']}")).status_code == 204
    staff = await world.staff()
    wrong = {
        401: [
            "",
            "Bearer",
            "Bearer x",
            f"Bearer {made['key']}",
            f"Basic {victim.controller.key}",
            victim.controller.key,
        ],
        403: [f"Bearer {staff.key}"],
    }
    before = await everything(world)
    client = world.new_client()
    for status, given in wrong.items():
        for authorization in given:
            for what in CALLS:
                answer = await call(client, what, victim.ids, headers={"authorization": authorization})
                assert answer.status_code == status, (what, status)
    assert await everything(world) == before


async def test_a_body_beyond_its_size_is_refused_at_every_address_and_does_nothing(
    world: World, victim: Victim
) -> None:
    beyond = b'{"name": "' + b"x" * world.service.settings.body_bytes_max + b'"}'
    before = await everything(world)
    for (method, path), body in CALLS.items():
        if body is not None:
            answer = await victim.controller.client.request(
                method,
                filled(path, victim.ids),
                content=beyond,
                headers={"Idempotency-Key": str(uuid4()), "content-type": "application/json"},
            )
            assert answer.status_code == 413, path
    assert await everything(world) == before


async def test_a_visit_to_the_page_opens_no_address_of_the_api_and_a_key_opens_no_page(
    world: World, victim: Victim
) -> None:
    await victim.guest.sign_in(await forwarded(world, phone="+358401234567", right="erasure"))
    cookies = dict(victim.guest.client.cookies)
    before = await everything(world)
    async with world.new_client(cookies=cookies) as client:
        for what in CALLS:
            assert (await call(client, what, victim.ids)).status_code == 401, what
    key = {"authorization": f"Bearer {victim.controller.key}", "accept": "text/html"}
    async with world.new_client(headers=key) as client:
        for path in (f"/business/cases/{victim.ids['case_id']}", "/business"):
            assert "Outi Owner" not in (await client.get(path)).text
        said = await client.get(f"/business/cases/{victim.ids['case_id']}/bundle/1")
        assert said.status_code == 303
    assert await everything(world) == before


async def test_a_key_that_lacks_one_scope_does_nothing_that_needs_it(world: World, victim: Victim) -> None:
    needed = {what: handler.opt["scope"] for what, handler in routes(world).items()}
    for scope in KeyScope:
        others = [one.value for one in KeyScope if one is not scope]
        made = (await victim.controller.make("keys", {"name": "All but one", "scopes": others})).json()
        needing = [what for what in CALLS if needed[what] is scope]
        assert needing, scope
        before = await everything(world)
        async with world.new_client(headers={"authorization": f"Bearer {made['key']}"}) as client:
            for what in needing:
                answer = await call(client, what, victim.ids)
                assert answer.status_code == 403, what
                assert scope.value in answer.text or what[0] == "HEAD", what
        assert await everything(world) == before


LENDING = {
    "an instruction with a request": (
        "POST", f"{API}/requests", {"rights": ["erasure"], "phone": "+358409998877", "instruction": "fulfil"},
        KeyScope.CREATE_REQUESTS, {KeyScope.INSTRUCT},
    ),
    "a member, who may do what the page can": (
        "POST", f"{API}/team", NEW_MEMBER, KeyScope.MANAGE_TEAM, set(ON_THE_PAGE),
    ),
    "webhooks that say who asks": (
        "PUT", f"{API}/endpoint", {"url": "http://127.0.0.1:9/", "payload": "full"},
        KeyScope.MANAGE_ENDPOINT, {KeyScope.READ_CASES},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "own", "beyond"), LENDING.values(), ids=LENDING)
async def test_a_key_lends_nobody_what_it_may_not_do_itself(
    world: World,
    controller: Controller,
    method: str,
    path: str,
    body: Any,
    own: KeyScope,
    beyond: set[KeyScope],
) -> None:
    """A key for filing does not order an erasure, one for the team lets nobody in by the page, and so on."""

    async def tried(*scopes: KeyScope) -> httpx.Response:
        made = (
            await controller.make("keys", {"name": "Some", "scopes": [one.value for one in scopes]})
        ).json()
        async with world.new_client(headers={"authorization": f"Bearer {made['key']}"}) as client:
            return await client.request(method, path, json=body, headers={"Idempotency-Key": str(uuid4())})

    async def rows() -> dict[str, list[str]]:
        found = await everything(world)
        return {name: found[name] for name in found.keys() - {"credential", "idempotency"}}

    before = await rows()
    for lacking in beyond:
        answer = await tried(own, *(beyond - {lacking}))
        assert answer.status_code == 403
        assert lacking.value in answer.text
    assert await rows() == before
    assert (await tried(own, *beyond)).status_code == 201


async def test_a_member_of_two_businesses_sees_at_each_visit_the_one_that_the_link_was_for(
    world: World, victim: Victim, attacker: Controller, recorder: Recorder
) -> None:
    recorder.people[OTHER_TENANT, "phone", "+358405550001"] = [{"call": 9}]
    theirs = await forwarded(world, phone="+358405550001")
    both = await member(world, attacker.id, victim.guest.email, "Outi Owner")
    await victim.guest.sign_in(await forwarded(world, right="erasure"))
    assert (await victim.guest.client.get(f"/business/cases/{theirs}")).status_code == 404
    await both.sign_in(theirs)
    assert (await both.client.get(f"/business/cases/{theirs}")).status_code == 200
    assert (await both.client.get(f"/business/cases/{victim.ids['case_id']}")).status_code == 404
    assert (await victim.guest.client.get(f"/business/cases/{theirs}")).status_code == 404


async def test_an_origin_that_cannot_be_read_is_another_sites(world: World) -> None:
    for origin in ("http://[", "http://[::1", "//", "\\\\"):
        answer = await world.client.post(
            "/business/sign-in", data={"email": "a@example.com"}, headers={"origin": origin}
        )
        assert answer.status_code == 403, origin
