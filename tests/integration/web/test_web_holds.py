"""Staff sets, lists and lifts legal holds; the list names matters and never a person."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from .test_web_bad_input import checked
from .test_web_staff import chain, in_review
from .world import KNOWN, KNOWN_PHONE, START, Controller, Staff, World

REVIEW = (START + timedelta(days=180)).date().isoformat()
MATTER = "Matter 2026/17"
NOWHERE = "0190b0b0-0000-7000-8000-000000000000"


def person(**more: Any) -> dict[str, Any]:
    return {"kind": "person", "email": KNOWN, "reason": MATTER, "review_on": REVIEW} | more


async def placed(staff: Staff, **body: Any) -> str:
    answer = await staff.client.post("/api/v1/holds", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def listed(staff: Staff, **query: Any) -> list[dict[str, Any]]:
    answer = await staff.client.get("/api/v1/holds", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["holds"]
    return found


async def test_a_hold_stops_an_erasure_and_its_lifting_lets_it_go(world: World, staff: Staff) -> None:
    case_id = await in_review(world)
    hold = await placed(staff, **person())
    assert (await staff.act(case_id, "approve")).status_code == 204
    await world.drain()
    assert world.recorder.people[None, "email", KNOWN], "nothing is erased"
    shown = await staff.case(case_id)
    assert shown["outcome"] == "fulfilled_in_part"
    assert [(h["ground"], h["until"]) for h in shown["holds"]] == [("GDPR 17(3)(e)", None)]
    assert [h["id"] for h in shown["legal_holds"]] == [hold]
    answer = await staff.client.post(f"/api/v1/holds/{hold}/lift")
    assert answer.status_code == 204, answer.text
    await world.drain()
    after = await staff.case(case_id)
    assert after["holds"] == after["legal_holds"] == []
    types = [event["type"] for event in after["events"]]
    assert types[-2:] == ["hold.lifted", "hold.released"]
    assert await chain(world, case_id) is None


async def test_the_list_says_of_each_hold_what_it_is_and_of_no_person_who(world: World, staff: Staff) -> None:
    reference = await world.asked()
    case_id = str((await world.cases(reference))[0]["id"])
    ids = [
        await placed(staff, **person()),
        await placed(staff, kind="person", phone=KNOWN_PHONE, reason=MATTER, review_on=REVIEW),
        await placed(staff, kind="case", case_id=case_id, reason=MATTER, review_on=REVIEW),
        await placed(
            staff,
            kind="collection",
            system="recorder",
            collection="notes",
            tenant="acme",
            reason=MATTER,
            review_on=REVIEW,
        ),
    ]
    holds = await listed(staff)
    assert [hold["id"] for hold in holds] == ids
    assert [hold["kind"] for hold in holds] == ["person", "person", "case", "collection"]
    assert holds[2]["case_id"] == case_id
    assert (holds[3]["system"], holds[3]["collection"], holds[3]["tenant"]) == ("recorder", "notes", "acme")
    assert {hold["owner"] for hold in holds} == {str(staff.id)}
    text = str(holds).lower()
    assert KNOWN not in text
    assert "blind" not in text
    assert KNOWN_PHONE not in text


async def test_the_list_comes_in_pages_and_shows_what_is_to_be_reviewed(world: World, staff: Staff) -> None:
    soon = (START + timedelta(days=10)).date().isoformat()
    ids = [await placed(staff, **person(review_on=day)) for day in (REVIEW, soon, REVIEW)]
    first = (await staff.client.get("/api/v1/holds", params={"limit": 2})).json()
    assert [hold["id"] for hold in first["holds"]] == ids[:2]
    rest = (await staff.client.get("/api/v1/holds", params={"after": first["next"]})).json()
    assert ([hold["id"] for hold in rest["holds"]], rest["next"]) == (ids[2:], None)
    assert await listed(staff, due=True) == []
    world.clock.forward(days=10)
    assert [hold["id"] for hold in await listed(staff, due=True)] == [ids[1]]
    await staff.client.post(f"/api/v1/holds/{ids[1]}/lift")
    assert await listed(staff, due=True) == []
    assert [hold["id"] for hold in await listed(staff)] == [ids[0], ids[2]]
    (ended,) = [hold for hold in await listed(staff, lifted=True) if hold["lifted_at"]]
    assert (ended["id"], ended["lifted_by"]) == (ids[1], str(staff.id))


@pytest.mark.parametrize(
    ("body", "status", "named"),
    [
        (person(review_on="2020-01-01"), 422, "review_on"),
        (person(review_on="soon"), 400, None),
        (person(reason=""), 422, "reason"),
        (person(reason=f"the claim of {KNOWN}"), 422, "reason"),
        (person(email="nonsense"), 422, "email"),
        (person(phone=KNOWN_PHONE), 422, "email"),
        (person(colour="blue"), 400, None),
        (person(kind="planet"), 400, None),
        ({"kind": "case", "case_id": NOWHERE, "reason": MATTER, "review_on": REVIEW}, 404, None),
        (
            {
                "kind": "collection",
                "system": "nowhere",
                "collection": "x",
                "reason": MATTER,
                "review_on": REVIEW,
            },
            422,
            "system",
        ),
        ({}, 400, None),
    ],
)
async def test_a_hold_that_cannot_be_is_refused_and_nothing_is_repeated(
    world: World, staff: Staff, body: dict[str, Any], status: int, named: str | None
) -> None:
    answer = await staff.client.post("/api/v1/holds", json=body)
    problem = checked(answer, status)
    if named is not None:
        assert [error["field"] for error in problem["errors"]] == [named]
    assert KNOWN not in answer.text
    assert await listed(staff) == []


async def test_a_hold_is_lifted_once_and_one_that_never_was_is_not_found(world: World, staff: Staff) -> None:
    hold = await placed(staff, **person())
    assert (await staff.client.post(f"/api/v1/holds/{hold}/lift")).status_code == 204
    checked(await staff.client.post(f"/api/v1/holds/{hold}/lift"), 404)
    checked(await staff.client.post(f"/api/v1/holds/{NOWHERE}/lift"), 404)


async def test_holds_are_for_staff_alone(world: World, controller: Controller) -> None:
    for client, status in ((world.client, 401), (controller.client, 403)):
        checked(await client.get("/api/v1/holds"), status)
        checked(await client.post("/api/v1/holds", json=person()), status)
        checked(await client.post(f"/api/v1/holds/{NOWHERE}/lift"), status)


async def test_alarms_show_in_the_case_as_entries_of_its_history(world: World, staff: Staff) -> None:
    reference = await world.asked()
    case_id = UUID(str((await world.cases(reference))[0]["id"]))
    world.clock.forward(days=25)
    await world.drain()
    shown = await staff.case(case_id)
    alarms = [event["data"]["alarm"] for event in shown["events"] if event["type"] == "alarm.raised"]
    assert alarms == ["days_7"], "of what was missed, the most urgent alone"
