"""Standing instructions over the API: given with who and when, listed, withdrawn and kept, and one's own alone."""

from typing import Any
from uuid import uuid4

import pytest

from .test_web_bad_input import checked
from .test_web_controller import forwarded
from .world import OTHER_TENANT, Controller, Staff, World

PATH = "/api/v1/controller/standing-instructions"
ALWAYS = {"rights": ["access", "erasure"], "instruction": "fulfil", "answer_to": "controller"}


async def give(controller: Controller, **body: Any) -> dict[str, Any]:
    answer = await controller.make("standing-instructions", ALWAYS | body)
    assert answer.status_code == 201, answer.text
    given: dict[str, Any] = answer.json()
    return given


async def listed(controller: Controller) -> list[dict[str, Any]]:
    answer = await controller.client.get(PATH)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["standing_instructions"]
    return found


async def test_one_is_listed_with_who_gave_it_and_when_and_carried_out(
    world: World, controller: Controller
) -> None:
    given = await give(controller)
    assert await listed(controller) == [given]
    assert given["given_by"].startswith(f"controller:{controller.id}/key:")
    assert (given["rights"], given["withdrawn_at"]) == (["access", "erasure"], None)
    case_id = await forwarded(world)
    shown = (await controller.client.get(f"/api/v1/controller/cases/{case_id}")).json()
    assert shown["state"] == "delivered"
    (said,) = shown["instructions"]
    assert (said["standing"], said["by"]) == (given["id"], given["given_by"])


async def test_one_that_was_withdrawn_stays_in_the_list_and_counts_no_more(
    world: World, controller: Controller
) -> None:
    given = await give(controller)
    gone = await controller.client.delete(f"{PATH}/{given['id']}")
    assert gone.status_code == 200
    assert gone.json()["withdrawn_by"] == given["given_by"]
    checked(await controller.client.delete(f"{PATH}/{given['id']}"), 409)
    again = await give(controller)
    assert [one["id"] for one in await listed(controller)] == [again["id"], given["id"]]


async def test_who_does_not_say_to_whom_gets_the_answer_itself(world: World, controller: Controller) -> None:
    answer = await controller.make("standing-instructions", {"rights": ["access"], "instruction": "fulfil"})
    assert answer.json()["answer_to"] == "controller"


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"rights": []}, 422, "rights"),
        ({"rights": ["fly"]}, 400, "rights[0]"),
        ({"rights": ["limit_sensitive"]}, 422, "rights"),
        ({"rights": "access"}, 400, "rights"),
        ({"instruction": "refuse"}, 400, "instruction"),
        ({"instruction": "need_information"}, 400, "instruction"),
        ({"instruction": "handled_by_us"}, 422, "answer_to"),
        ({"answer_to": "everybody"}, 400, "answer_to"),
        ({"controller_id": str(uuid4())}, 400, "controller_id"),
        ({"given_by": "somebody"}, 400, "given_by"),
    ],
)
async def test_a_bad_one_is_named_and_nothing_is_kept(
    shared_controller: Controller, body: dict[str, Any], status: int, field: str
) -> None:
    checked(await shared_controller.make("standing-instructions", ALWAYS | body), status, field)
    assert await listed(shared_controller) == []


async def test_two_for_the_same_right_are_refused(world: World, controller: Controller) -> None:
    given = await give(controller)
    other = {"rights": ["erasure"], "instruction": "handled_by_us"}
    checked(await controller.make("standing-instructions", other), 409, "rights")
    assert await listed(controller) == [given]


async def test_sent_twice_it_is_given_once_and_without_a_key_not_at_all(
    world: World, controller: Controller
) -> None:
    first, second = [
        await controller.make("standing-instructions", ALWAYS, **{"Idempotency-Key": "k"}) for _ in range(2)
    ]
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    checked(await controller.client.post(PATH, json=ALWAYS), 400)
    assert await listed(controller) == [first.json()]


async def test_anothers_looks_as_if_it_were_not_there(
    world: World, controller: Controller, staff: Staff
) -> None:
    other = await world.controller(OTHER_TENANT)
    given = await give(controller)
    assert await listed(other) == []
    foreign = await other.client.delete(f"{PATH}/{given['id']}")
    absent = await other.client.delete(f"{PATH}/{uuid4()}")
    checked(foreign, 404)
    assert foreign.content == absent.content
    checked(await staff.client.get(PATH), 403)
    assert await listed(controller) == [given]
