"""The customer-controllers' API: their own cases and no others', their word, their bundles."""

import io
import zipfile
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest

from .recorder import Recorder
from .test_web_bad_input import checked
from .test_web_staff import chain
from .world import KNOWN, KNOWN_PHONE, OTHER_TENANT, TENANT, Controller, Staff, World


async def forwarded(world: World, right: str = "access", phone: str = KNOWN_PHONE) -> UUID:
    """A caller's case as its controller has it."""
    reference = await world.asked(rights=[right], email=None, phone=phone, relations=["caller"])
    await world.prove(reference, "phone", phone)
    await world.drain()
    (case,) = [case for case in await world.cases(reference) if case["controller_id"] is not None]
    return UUID(str(case["id"]))


@pytest.fixture
async def other(world: World) -> Controller:
    return await world.controller(OTHER_TENANT)


# -- isolation


async def test_another_controllers_case_looks_as_if_it_were_not_there(
    world: World, controller: Controller, other: Controller
) -> None:
    case_id = await forwarded(world)
    await controller.instruct(case_id, "fulfil")
    await world.drain()
    before = await world.snapshot()
    for path in ("", "/bundle"):
        foreign = await other.client.get(f"/api/v1/controller/cases/{case_id}{path}")
        absent = await other.client.get(f"/api/v1/controller/cases/{uuid4()}{path}")
        checked(foreign, 404)
        assert foreign.content == absent.content
        for answer in (foreign, absent):
            del answer.headers["ratelimit"]  # the calls that are left, which grow fewer with each
        assert dict(foreign.headers) == dict(absent.headers)
    foreign, absent = (
        await other.instruct(case_id, "refuse", "no"),
        await other.instruct(uuid4(), "refuse", "no"),
    )
    checked(foreign, 404)
    assert foreign.content == absent.content
    assert (await other.client.get("/api/v1/controller/cases")).json() == {"cases": [], "next": None}
    assert await world.snapshot() == before


async def test_the_operators_own_cases_are_no_controllers(world: World, controller: Controller) -> None:
    reference = await world.asked()
    case_id = (await world.cases(reference))[0]["id"]
    checked(await controller.client.get(f"/api/v1/controller/cases/{case_id}"), 404)
    checked(await controller.instruct(case_id, "fulfil"), 404)


async def test_the_persons_own_case_behind_a_forwarded_one_is_no_controllers(
    world: World, controller: Controller
) -> None:
    case_id = await forwarded(world)
    parent = (await world.rows("SELECT parent_id FROM case_file WHERE id = $1", case_id))[0]["parent_id"]
    checked(await controller.client.get(f"/api/v1/controller/cases/{parent}"), 404)


async def test_a_staff_key_is_no_controllers(world: World, staff: Staff, controller: Controller) -> None:
    case_id = await forwarded(world)
    for path in ("cases", f"cases/{case_id}", f"cases/{case_id}/bundle"):
        checked(await staff.client.get(f"/api/v1/controller/{path}"), 403)
    body = {"instruction": "fulfil"}
    checked(await staff.client.post(f"/api/v1/controller/cases/{case_id}/instruction", json=body), 403)
    checked(
        await staff.client.post(
            "/api/v1/controller/requests", json={"rights": ["access"], "phone": KNOWN_PHONE}
        ),
        403,
    )


async def test_a_cursor_of_another_controllers_case_tells_nothing(
    world: World, controller: Controller, other: Controller
) -> None:
    theirs = await forwarded(world)
    page = await other.client.get("/api/v1/controller/cases", params={"after": str(theirs)})
    assert page.json() == {"cases": [], "next": None}


# -- the list and one case


async def test_the_list_pages_without_loss_or_repeat(
    world: World, controller: Controller, other: Controller
) -> None:
    for number in range(23):
        await controller.create(rights=["access"], phone=f"+35840765{number:04d}")
    await other.create()
    found, after = [], None
    while True:
        query = {"limit": 5} | ({"after": after} if after else {})
        page = (await controller.client.get("/api/v1/controller/cases", params=query)).json()
        found += [case["id"] for case in page["cases"]]
        after = page["next"]
        if after is None:
            break
    assert len(found) == len(set(found)) == 23
    assert found == sorted(found)


@pytest.mark.parametrize("query", ["after=x", "limit=0", "limit=201", "limit=x", "after="])
async def test_a_bad_page_is_named(shared_controller: Controller, query: str) -> None:
    checked(
        await shared_controller.client.get(f"/api/v1/controller/cases?{query}"), 400, query.partition("=")[0]
    )


async def test_a_case_shows_who_asks_and_both_clocks_and_what_was_collected(
    world: World, controller: Controller
) -> None:
    case_id = await forwarded(world)
    shown = (await controller.client.get(f"/api/v1/controller/cases/{case_id}")).json()
    assert shown["identities"] == [{"kind": "phone", "value": KNOWN_PHONE, "proof": "code"}]
    assert shown["statutory_due_date"] == "2026-04-02"
    assert shown["assist_due_date"]
    assert shown["counts"] == []
    await controller.instruct(case_id, "fulfil")
    await world.drain()
    shown = (await controller.client.get(f"/api/v1/controller/cases/{case_id}")).json()
    (count,) = shown["counts"]
    assert (count["system_key"], count["category"], count["records"]) == ("recorder", "contact", 2)


async def test_a_claim_that_was_not_proven_is_not_shown_to_the_controller(
    world: World, controller: Controller
) -> None:
    reference = await world.asked(email=KNOWN, phone=KNOWN_PHONE, relations=["caller"])
    await world.prove(reference, "phone", KNOWN_PHONE)
    await world.client.post(f"/verify/{reference}/continue")
    await world.drain()
    case_id = next(c["id"] for c in await world.cases(reference) if c["controller_id"])
    shown = await controller.client.get(f"/api/v1/controller/cases/{case_id}")
    assert [identity["kind"] for identity in shown.json()["identities"]] == ["phone"]
    assert KNOWN not in shown.text


async def test_after_the_closing_the_case_stays_to_be_seen_without_a_name(
    world: World, controller: Controller
) -> None:
    case_id = await forwarded(world)
    await controller.instruct(case_id, "fulfil")
    await world.drain()
    world.clock.forward(days=31)
    await world.drain()
    shown = await controller.client.get(f"/api/v1/controller/cases/{case_id}")
    assert shown.status_code == 200
    assert (shown.json()["state"], shown.json()["identities"]) == ("closed", [])
    checked(await controller.client.get(f"/api/v1/controller/cases/{case_id}/bundle"), 404)


# -- the instruction


async def test_fulfil_collects_in_that_tenant_alone(
    world: World, controller: Controller, other: Controller, recorder: Recorder
) -> None:
    recorder.people[OTHER_TENANT, "phone", KNOWN_PHONE] = [{"call": "of the other"}]
    recorder.people[None, "phone", KNOWN_PHONE] = [{"lead": "of the operator"}]
    reference = await world.asked(email=None, phone=KNOWN_PHONE, relations=["caller"])
    await world.prove(reference, "phone", KNOWN_PHONE)
    await world.drain()
    mine = next(c["id"] for c in await world.cases(reference) if c["controller_id"] == controller.id)
    answer = await controller.instruct(mine, "fulfil")
    assert answer.status_code == 200
    await world.drain()
    assert {scope.tenant for scope in recorder.scopes_seen} == {TENANT}
    archive = await controller.client.get(f"/api/v1/controller/cases/{mine}/bundle")
    with zipfile.ZipFile(io.BytesIO(archive.content)) as bundle:
        everything = b"".join(bundle.read(name) for name in bundle.namelist())
    assert b"of the other" not in everything
    assert b"of the operator" not in everything


async def test_fulfil_of_an_erasure_erases_in_that_tenant_alone(
    world: World, controller: Controller, recorder: Recorder
) -> None:
    recorder.people[OTHER_TENANT, "phone", KNOWN_PHONE] = [{"call": "of the other"}]
    case_id = await forwarded(world, "erasure")
    assert "order:erase" not in recorder.calls
    await controller.instruct(case_id, "fulfil")
    await world.drain()
    assert (TENANT, "phone", KNOWN_PHONE) not in recorder.people
    assert (OTHER_TENANT, "phone", KNOWN_PHONE) in recorder.people
    assert (None, "email", KNOWN) in recorder.people


@pytest.mark.parametrize(
    ("instruction", "state", "outcome"),
    [("refuse", "closed", "refused"), ("handled_by_us", "closed", "handled_by_controller"),
     ("need_information", "awaiting_controller", None)],
)  # fmt: skip
async def test_the_other_instructions_collect_nothing(
    world: World,
    controller: Controller,
    recorder: Recorder,
    instruction: str,
    state: str,
    outcome: str | None,
) -> None:
    case_id = await forwarded(world)
    recorder.calls.clear()
    answer = await controller.instruct(case_id, instruction, "because")
    said = answer.json()
    assert (said["id"], said["state"], said["outcome"]) == (str(case_id), state, outcome)
    assert said["assist_due_date"] < said["statutory_due_date"]
    await world.drain()
    case = (await world.rows("SELECT state, outcome FROM case_file WHERE id = $1", case_id))[0]
    assert (case["state"], case["outcome"]) == (state, outcome)
    assert recorder.calls == []


@pytest.mark.parametrize("first", ["fulfil", "refuse", "handled_by_us"])
@pytest.mark.parametrize("second", ["fulfil", "refuse", "handled_by_us", "need_information"])
async def test_an_instruction_is_taken_once(
    world: World, controller: Controller, recorder: Recorder, first: str, second: str
) -> None:
    case_id = await forwarded(world)
    assert (await controller.instruct(case_id, first, "because")).status_code == 200
    before = await world.snapshot()
    checked(await controller.instruct(case_id, second, "because"), 409, "instruction")
    assert await world.snapshot() == before


async def test_an_instruction_is_an_entry_of_the_history(world: World, controller: Controller) -> None:
    case_id = await forwarded(world)
    await controller.instruct(case_id, "fulfil")
    found = await world.rows(
        "SELECT actor, data FROM event WHERE case_id = $1 AND type = 'controller.instructed'", case_id
    )
    assert [row["actor"].rpartition(":")[0] for row in found] == [f"controller:{controller.id}/key"]
    assert await chain(world, case_id) is None


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"instruction": "obey"}, 400, "instruction"),
        ({"instruction": None}, 400, "instruction"),
        ({}, 400, "instruction"),
        ({"instruction": "refuse"}, 422, "ground"),
        ({"instruction": "need_information", "ground": " "}, 422, "ground"),
        ({"instruction": "refuse", "ground": "x" * 501}, 422, "ground"),
        ({"instruction": "fulfil", "tenant": OTHER_TENANT}, 400, "tenant"),
    ],
)
async def test_a_bad_instruction_is_refused(
    world: World, controller: Controller, body: dict[str, Any], status: int, field: str
) -> None:
    case_id = await forwarded(world)
    before = await world.snapshot()
    url = f"/api/v1/controller/cases/{case_id}/instruction"
    checked(await controller.client.post(url, json=body), status, field)
    assert await world.snapshot() == before


async def test_two_instructions_at_once_are_one(
    world: World, controller: Controller, recorder: Recorder
) -> None:
    import asyncio

    case_id = await forwarded(world, "erasure")
    answers = await asyncio.gather(*(controller.instruct(case_id, "fulfil") for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
    await world.drain()
    assert recorder.calls.count("order:erase") == 1


# -- the bundle


async def test_the_bundle_is_the_one_that_was_sealed(world: World, controller: Controller) -> None:
    case_id = await forwarded(world)
    checked(await controller.client.get(f"/api/v1/controller/cases/{case_id}/bundle"), 404)
    await controller.instruct(case_id, "fulfil")
    await world.drain()
    for _ in range(2):
        archive = await controller.client.get(f"/api/v1/controller/cases/{case_id}/bundle")
        assert archive.status_code == 200
        kept = (await world.rows("SELECT sha256, bytes FROM bundle WHERE case_id = $1", case_id))[0]
        assert sha256(archive.content).digest() == kept["sha256"]
        assert len(archive.content) == kept["bytes"]
        assert archive.headers["cache-control"] == "no-store"
    told = await world.rows(
        "SELECT actor FROM event WHERE case_id = $1 AND type = 'bundle.downloaded'", case_id
    )
    assert [row["actor"].rpartition(":")[0] for row in told] == [f"controller:{controller.id}/key"] * 2


# -- on a caller's behalf


async def test_a_request_on_a_callers_behalf_waits_for_the_instruction(
    world: World, controller: Controller, recorder: Recorder
) -> None:
    answer = await controller.create(rights=["access", "erasure"])
    assert answer.status_code == 201
    await world.drain()
    assert recorder.calls == []
    assert world.messages() == []
    cases = await world.cases(answer.json()["reference"])
    assert {(c["state"], c["role"], c["tenant"], c["controller_id"]) for c in cases} == {
        ("awaiting_controller", "processor", TENANT, controller.id)
    }
    assert [str(case["id"]) for case in cases] == answer.json()["cases"]
    await controller.instruct(cases[0]["id"], "fulfil")
    await world.drain()
    assert {scope.tenant for scope in recorder.scopes_seen} == {TENANT}


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"rights": []}, 422, "rights"),
        ({"rights": ["fly"]}, 422, "rights"),
        ({"phone": ""}, 422, "phone"),
        ({"phone": "anonymous"}, 422, "phone"),
        ({"email": "x"}, 422, "email"),
        ({"received_at": "2999-01-01T00:00:00Z"}, 422, "received_at"),
        ({"received_at": "2026-03-01T10:00:00"}, 422, "received_at"),
        ({"received_at": "0001-01-01T00:00:00+14:00"}, 422, "received_at"),
        ({"received_at": "soon"}, 400, "received_at"),
        ({"tenant": OTHER_TENANT}, 400, "tenant"),
        ({"controller_id": str(uuid4())}, 400, "controller_id"),
    ],
)
async def test_a_bad_request_on_a_callers_behalf_is_refused(
    shared_world: World, shared_controller: Controller, body: dict[str, Any], status: int, field: str
) -> None:
    before = await shared_world.counts()
    checked(await shared_controller.create(**body), status, field)
    assert await shared_world.counts() == before


async def test_a_controllers_ground_is_sealed_like_staffs(world: World, controller: Controller) -> None:
    case_id = await forwarded(world)
    await controller.instruct(case_id, "refuse", "Mrs Zyxwv never called us")
    assert "Zyxwv" not in str(await world.snapshot())
