"""Staff's decisions, its questions to the person and California's record, as the API takes and gives them."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from dsar.settings import Settings

from .recorder import Recorder
from .test_web_bad_input import checked
from .test_web_staff import NOBODY, acted, chain
from .world import KNOWN, START, UNKNOWN, Controller, Staff, World

PROFILE = Path(__file__).parents[1] / "stages" / "rights.toml"
ROUTES: dict[str, dict[str, Any]] = {
    "decision": {"kind": "restrict", "ground": "18(1)(a)"},
    "lift-restriction": {"lifted_on": "2026-03-20", "reasons": "Settled."},
    "facts": {"type": "identity_requested", "doubt": "A shared mailbox.", "asked": ["account_login"]},
    "identity-checked": {"how": "Called back."},
    "not-identified": {"reasons": "No answer came."},
}
CORRECTION = {"system": "recorder", "collection": "people", "values": {"name": "Ana"}}
DEEP = "[" * 4000 + "]" * 4000


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, profile=str(PROFILE))


async def waiting(world: World, right: str, email: str = KNOWN, **body: Any) -> UUID:
    """A case of a right on which a person decides, as far as it goes by itself."""
    reference = await world.asked(rights=[right], message="Zyxwv is my name", email=email, **body)
    await world.prove(reference, to=email)
    await world.drain()
    return UUID(str((await world.cases(reference))[0]["id"]))


async def state(world: World, case_id: Any) -> tuple[str, str | None]:
    (row,) = await world.rows("SELECT state, outcome FROM case_file WHERE id = $1", case_id)
    return row["state"], row["outcome"]


async def finish_all(world: World, staff: Staff, case_id: Any) -> None:
    for step in (await staff.case(case_id))["steps"]:
        if step["state"] == "manual":
            url = f"/api/v1/cases/{case_id}/steps/{step['id']}/finish"
            answer = await staff.client.post(url, json={"outcome": "done", "evidence": "Seen to."})
            assert answer.status_code == 204, answer.text
    await world.drain()


# -- what they do


async def test_a_correction_is_decided_read_by_colleagues_and_carried_out(
    world: World, staff: Staff, recorder: Recorder
) -> None:
    case_id = await waiting(world, "rectification")
    shown = await staff.case(case_id)
    assert shown["details"]["message"] == "Zyxwv is my name", "whoever decides reads what was asked"
    answer = await staff.act(case_id, "decision", kind="rectify", corrections=[CORRECTION])
    event = await acted(world, staff, case_id, answer, 201, "case.decided")
    assert answer.json() == {"id": event["data"]["decision"]}
    (decided,) = (await (await world.staff("Colleague")).case(case_id))["decisions"]
    assert decided["decision"]["corrections"] == [CORRECTION]
    assert (decided["id"], decided["by"]) == (answer.json()["id"], str(staff.id))
    await world.drain()
    assert recorder.calls.count("order:rectify") == 0, "the recorder takes no corrections: a person does it"
    await finish_all(world, staff, case_id)
    assert await state(world, case_id) == ("delivered", "fulfilled")
    assert "Zyxwv" not in str(await world.snapshot())


async def test_a_restriction_is_set_lifted_once_and_told_before(world: World, staff: Staff) -> None:
    case_id = await waiting(world, "restriction")
    await acted(
        world, staff, case_id, await staff.act(case_id, "decision", **ROUTES["decision"]), 201, "case.decided"
    )
    await finish_all(world, staff, case_id)
    assert await state(world, case_id) == ("delivered", "fulfilled")
    answer = await staff.act(case_id, "lift-restriction", **ROUTES["lift-restriction"])
    event = await acted(world, staff, case_id, answer, 204, "restriction.ends")
    assert event["data"] == {"lifted_on": "2026-03-20"}
    await world.drain()
    assert "20 March 2026" in world.messages(KNOWN)[0].text
    checked(await staff.act(case_id, "lift-restriction", **ROUTES["lift-restriction"]), 409, "case")


async def test_an_objection_is_weighed_and_the_words_stand_sealed(world: World, staff: Staff) -> None:
    case_id = await waiting(world, "objection")
    answer = await staff.act(case_id, "decision", kind="weigh", outcome="continue", reasons="Zyxwv owes us.")
    await acted(world, staff, case_id, answer, 201, "case.decided")
    await world.drain()
    assert await state(world, case_id) == ("delivered", "refused")
    assert "Zyxwv" not in str(await world.snapshot())


async def test_an_identity_is_asked_for_checked_or_given_up(world: World, staff: Staff) -> None:
    first = (await world.cases(await world.asked()))[0]["id"]
    answer = await staff.act(first, "facts", **ROUTES["facts"])
    await acted(world, staff, first, answer, 200, "clock.fact")
    assert answer.json()["due_date"] == "2026-04-02"
    assert answer.json()["steps"]
    await world.drain()
    assert "A shared mailbox." in world.messages(KNOWN)[0].text
    await acted(
        world,
        staff,
        first,
        await staff.act(first, "identity-checked", how="Zyxwv called back."),
        204,
        "identity.checked",
    )
    assert "Zyxwv" not in str(await world.snapshot())
    second = (await world.cases(await world.asked(email=UNKNOWN)))[0]["id"]
    checked(await staff.act(second, "not-identified", reasons="x"), 409, "case")
    await staff.act(second, "facts", **ROUTES["facts"])
    await world.drain()
    answer = await staff.act(second, "not-identified", reasons="No answer came.")
    await acted(world, staff, second, answer, 204, "case.refused")
    assert await state(world, second) == ("closed", "not_identified")


async def test_californias_record_has_six_fields_and_no_other_regime_has_one(
    world: World, staff: Staff
) -> None:
    reference = await world.asked(rights=["opt_out_sale"], residence="US-CA")
    case_id = (await world.cases(reference))[0]["id"]
    answer = await staff.client.get(f"/api/v1/cases/{case_id}/record")
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "date_of_request": (await staff.case(case_id))["received_at"],
        "nature_of_request": "opt_out_sale",
        "manner_of_request": "api",
        "date_of_response": None,
        "nature_of_response": None,
        "basis_of_denial": None,
    }
    assert answer.json()["date_of_request"].startswith(START.date().isoformat())
    await world.drain()
    await finish_all(world, staff, case_id)
    after = (await staff.client.get(f"/api/v1/cases/{case_id}/record")).json()
    assert after["nature_of_response"] == "fulfilled"
    assert after["date_of_response"]
    other = (await world.cases(await world.asked()))[0]["id"]
    checked(await staff.client.get(f"/api/v1/cases/{other}/record"), 422, "case")


# -- who


@pytest.mark.parametrize("route", [*ROUTES, "record"])
async def test_nobody_without_a_key_of_staffs_decides_or_reads_anything(
    world: World, staff: Staff, controller: Controller, route: str
) -> None:
    case_id = await waiting(world, "restriction")
    before = await world.snapshot()
    url = f"/api/v1/cases/{case_id}/{route}"
    for client, status in ((world.client, 401), (controller.client, 403)):
        answer = await (client.get(url) if route == "record" else client.post(url, json=ROUTES[route]))
        checked(answer, status)
    staff.client.headers["authorization"] = "Bearer nothing"
    answer = await (
        staff.client.get(url) if route == "record" else staff.client.post(url, json=ROUTES[route])
    )
    checked(answer, 401)
    after = await world.snapshot()
    assert after == before


@pytest.mark.parametrize("route", [*ROUTES, "record"])
async def test_a_case_that_is_not_there_is_said_to_be_not_there(
    world: World, staff: Staff, route: str
) -> None:
    before = await world.counts()
    for case_id in (NOBODY, "not-a-uuid", "%00"):
        url = f"/api/v1/cases/{case_id}/{route}"
        answer = await (
            staff.client.get(url) if route == "record" else staff.client.post(url, json=ROUTES[route])
        )
        checked(answer, 404)
    assert await world.counts() == before


@pytest.mark.parametrize("route", ROUTES)
async def test_a_body_of_another_kind_is_refused(world: World, staff: Staff, route: str) -> None:
    case_id = await waiting(world, "restriction")
    before = await world.snapshot()
    url = f"/api/v1/cases/{case_id}/{route}"
    checked(await staff.client.post(url, data={"kind": "restrict"}), 415)
    for body in ("", "{", "null", "[]", '"x"', "{}", DEEP, f'{{"kind":{DEEP}}}'):
        answer = await staff.client.post(url, content=body, headers={"content-type": "application/json"})
        checked(answer, 400)
    huge = json.dumps(ROUTES[route] | {"filling": "x" * 70_000})
    checked(await staff.client.post(url, content=huge, headers={"content-type": "application/json"}), 413)
    checked(await staff.act(case_id, route, **ROUTES[route], silently=True), 400, "silently")
    assert await world.snapshot() == before


@pytest.mark.parametrize("route", ROUTES)
async def test_an_act_in_the_wrong_state_is_refused_and_changes_nothing(
    world: World, staff: Staff, route: str
) -> None:
    """An access that is answered: there is nothing left to decide, to ask or to lift."""
    reference, _ = await world.answered()
    case_id = (await world.cases(reference))[0]["id"]
    before = await world.snapshot()
    answer = await staff.act(case_id, route, **ROUTES[route])
    checked(answer, 422 if route == "decision" else 409, "kind" if route == "decision" else "case")
    assert await world.snapshot() == before


@pytest.mark.parametrize(
    "route", ["decision", "facts", "lift-restriction", "not-identified", "identity-checked"]
)
async def test_a_closed_case_is_decided_no_more(world: World, staff: Staff, route: str) -> None:
    case_id = await waiting(world, "restriction")
    await staff.act(case_id, "refuse", ground="no_ground_to_restrict", reasons="x")
    await world.drain()
    world.clock.forward(days=31)
    await world.drain()
    assert (await state(world, case_id))[0] == "closed"
    checked(await staff.act(case_id, route, **ROUTES[route]), 409)
    assert await chain(world, case_id) is None


async def test_whoever_typed_every_code_and_needs_a_check_is_told_so_and_asked_for_no_code(
    world: World, staff: Staff
) -> None:
    reference = await world.asked(rights=["portability"])
    before = (await world.client.get(f"/verify/{reference}")).text
    await world.prove(reference)
    await world.drain()
    verify = (await world.client.get(f"/verify/{reference}")).text
    status = (await world.client.get(f"/requests/{reference}")).text
    assert "We check the rest" not in before
    assert "We check the rest" in verify
    assert "The work has begun" not in verify
    assert "A member of staff is looking at it" in status
    assert "waiting for your code" not in status.lower()
    (case,) = await world.cases(reference)
    await staff.act(case["id"], "identity-checked", how="Called back.")
    assert "The work has begun" in (await world.client.get(f"/verify/{reference}")).text
