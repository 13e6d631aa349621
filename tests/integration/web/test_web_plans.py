"""Staff looks at what an erasure would do, has that told anew, and approves exactly that."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from dsar.contract import OrderKind
from dsar.store import systems
from dsar.store.systems import SystemRow

from .recorder import ROLES, Recorder
from .test_web_bad_input import checked
from .test_web_staff import NOBODY, chain, in_review
from .world import KNOWN, Controller, Staff, World


async def seen(staff: Staff, case_id: UUID) -> dict[str, Any]:
    answer = await staff.client.get(f"/api/v1/cases/{case_id}/plan")
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def told_anew(world: World, staff: Staff, case_id: UUID) -> dict[str, Any]:
    answer = await staff.client.post(f"/api/v1/cases/{case_id}/plan")
    assert answer.status_code == 202, answer.text
    assert [system["how"] for system in answer.json()["systems"]] == ["being_made"]
    await world.drain()
    return await seen(staff, case_id)


async def types(staff: Staff, case_id: UUID) -> list[str]:
    return [event["type"] for event in (await staff.case(case_id))["events"]]


async def test_the_plan_says_what_would_go_and_the_approval_names_it(
    world: World, staff: Staff, recorder: Recorder
) -> None:
    case_id = await in_review(world)
    plan = await seen(staff, case_id)
    assert (plan["stale"], plan["erased"], plan["kept"]) == (False, 1, 0)
    assert plan["systems"] == [
        {
            "system": "recorder",
            "how": "foreseen",
            "reason": None,
            "held_back_by": [],
            "waits": False,
            "collections": [{"collection": "people", "erased": 1, "kept": []}],
            "approved_by": None,
            "approved_at": None,
        }
    ]
    assert KNOWN not in str(plan)
    answer = await staff.act(case_id, "approve", plan=plan["plan"])
    assert answer.status_code == 204, answer.text
    await world.drain()
    assert recorder.calls.count("order:erase") == 1
    shown = await staff.case(case_id)
    assert shown["state"] == "delivered"
    (approved,) = [event for event in shown["events"] if event["type"] == "plan.approved"]
    assert (approved["data"]["plan"], approved["actor"]) == (plan["plan"], f"staff:{staff.id}")
    assert (await seen(staff, case_id))["systems"][0]["approved_by"] == str(staff.id)
    assert await chain(world, case_id) is None


async def test_an_approval_without_a_body_is_one_of_the_plan_that_stands(world: World, staff: Staff) -> None:
    case_id = await in_review(world)
    answer = await staff.client.post(f"/api/v1/cases/{case_id}/approve")
    assert answer.status_code == 204, answer.text
    assert "plan.approved" in await types(staff, case_id)


@pytest.mark.parametrize(
    ("body", "status", "named"),
    [
        ({"plan": "0" * 64}, 409, "plan"),
        ({"plan": ""}, 409, "plan"),
        ({"plan": 7}, 400, None),
        ({"accept_unforeseen": "yes"}, 400, None),
        ({"colour": "blue"}, 400, None),
        ([], 400, None),
    ],
)
async def test_an_approval_of_anything_else_changes_nothing(
    world: World, staff: Staff, body: Any, status: int, named: str | None
) -> None:
    case_id = await in_review(world)
    before = await world.snapshot()
    answer = await staff.client.post(f"/api/v1/cases/{case_id}/approve", json=body)
    problem = checked(answer, status)
    if named is not None:
        assert [error["field"] for error in problem["errors"]] == [named]
    assert await world.snapshot() == before


async def test_a_stale_name_is_refused_and_the_new_one_taken(
    world: World, staff: Staff, recorder: Recorder
) -> None:
    case_id = await in_review(world)
    old = (await seen(staff, case_id))["plan"]
    recorder.people[None, "email", KNOWN].append({"note": "new"})
    new = await told_anew(world, staff, case_id)
    assert (new["erased"], new["plan"] != old) == (2, True)
    checked(await staff.act(case_id, "approve", plan=old), 409, "plan")
    assert (await staff.act(case_id, "approve", plan=new["plan"])).status_code == 204
    await world.drain()
    assert (None, "email", KNOWN) not in recorder.people


async def test_a_change_after_the_approval_waits_for_another(
    world: World, staff: Staff, recorder: Recorder
) -> None:
    case_id = await in_review(world)
    plan = await seen(staff, case_id)
    await staff.act(case_id, "approve", plan=plan["plan"])
    recorder.people[None, "email", KNOWN].append({"note": "new"})
    await world.drain()
    assert len(recorder.people[None, "email", KNOWN]) == 2, "nothing is erased"
    assert (await seen(staff, case_id))["systems"][0]["waits"]
    checked(await staff.act(case_id, "approve", plan=plan["plan"]), 409, "plan")
    new = await told_anew(world, staff, case_id)
    assert (await staff.act(case_id, "approve", plan=new["plan"])).status_code == 204
    await world.drain()
    assert (None, "email", KNOWN) not in recorder.people
    assert (await staff.case(case_id))["state"] == "delivered"
    assert (await types(staff, case_id)).count("plan.approved") == 2
    assert await chain(world, case_id) is None


async def test_of_two_that_approve_at_once_one_is_told_that_it_is_done(
    world: World, staff: Staff, recorder: Recorder
) -> None:
    other = await world.staff("Olli")
    case_id = await in_review(world)
    plan = (await seen(staff, case_id))["plan"]
    answers = await asyncio.gather(*(who.act(case_id, "approve", plan=plan) for who in (staff, other) * 3))
    assert sorted(answer.status_code for answer in answers) == [204, 409, 409, 409, 409, 409]
    await world.drain()
    assert recorder.calls.count("order:erase") == 1
    assert (await types(staff, case_id)).count("plan.approved") == 1


async def test_a_system_that_cannot_say_is_approved_only_with_the_word_for_it(
    world: World, staff: Staff, recorder: Recorder
) -> None:
    async with world.service.db.write() as tx:
        row = SystemRow(
            key="recorder",
            connector="recorder",
            title="Recorder",
            settings=world.service.vault.seal(b"{}", "system"),
            roles=ROLES,
            orders=(OrderKind.ERASE,),
            attempts_max=1,
        )
        await systems.put(tx, row, world.clock())
    case_id = await in_review(world)
    recorder.failing = True
    plan = await told_anew(world, staff, case_id)
    recorder.failing = False
    (system,) = plan["systems"]
    assert (system["how"], system["collections"]) == ("unforeseen", [])
    assert "recorder" in system["reason"]
    checked(await staff.act(case_id, "approve", plan=plan["plan"]), 409, "plan")
    answer = await staff.act(case_id, "approve", plan=plan["plan"], accept_unforeseen=True)
    assert answer.status_code == 204, answer.text


async def test_a_plan_is_for_staff_alone(world: World, staff: Staff, controller: Controller) -> None:
    case_id = await in_review(world)
    before = await world.snapshot()
    for client, status in ((world.client, 401), (controller.client, 403)):
        checked(await client.get(f"/api/v1/cases/{case_id}/plan"), status)
        checked(await client.post(f"/api/v1/cases/{case_id}/plan"), status)
    assert await world.snapshot() == before


@pytest.mark.parametrize("case_id", [NOBODY, "not-a-uuid", "%00"])
async def test_a_case_that_is_not_there_has_no_plan(world: World, staff: Staff, case_id: str) -> None:
    checked(await staff.client.get(f"/api/v1/cases/{case_id}/plan"), 404)
    checked(await staff.client.post(f"/api/v1/cases/{case_id}/plan"), 404)


async def test_a_case_that_erases_nothing_or_is_over_has_none_to_be_made(world: World, staff: Staff) -> None:
    access = UUID(str((await world.cases(await world.asked()))[0]["id"]))
    checked(await staff.client.get(f"/api/v1/cases/{access}/plan"), 404)
    checked(await staff.client.post(f"/api/v1/cases/{access}/plan"), 404)
    done = await in_review(world)
    await staff.act(done, "approve")
    await world.drain()
    checked(await staff.client.post(f"/api/v1/cases/{done}/plan"), 409, "case")


async def test_the_plan_of_one_case_is_not_the_approval_of_another(
    world: World, staff: Staff, recorder: Recorder
) -> None:
    recorder.people[None, "email", "olli@example.com"] = [{"n": 1}]
    mine, his = await in_review(world), await in_review(world, email="olli@example.com")
    named = (await seen(staff, mine))["plan"]
    checked(await staff.act(his, "approve", plan=named), 409, "plan")
    assert (await staff.case(his))["state"] == "in_review"
