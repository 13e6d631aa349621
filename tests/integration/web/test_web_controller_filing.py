"""A controller files for its caller: with its instruction in the same call, and on its word or after our proof."""

from typing import Any

import pytest

from .test_web_bad_input import checked
from .test_web_controller_cases import detail, filed, ids
from .world import KNOWN_PHONE, Controller, World


async def test_a_request_that_comes_with_its_instruction_is_carried_out(
    world: World, controller: Controller
) -> None:
    case_id = await filed(controller, instruction="fulfil", answer_to="controller")
    await world.drain()
    shown = await detail(controller, case_id)
    assert (shown["state"], shown["answer_to"]) == ("delivered", "controller")


async def test_a_person_who_is_to_be_proven_gets_a_code_and_then_it_goes_on(
    world: World, controller: Controller
) -> None:
    answer = await controller.create(identity="ask_the_person", instruction="fulfil")
    case_id, reference = answer.json()["cases"][0], answer.json()["reference"]
    checked(await controller.instruct(case_id, "fulfil"), 409, "instruction")
    assert world.recorder.calls == []
    await world.prove(reference, "phone", KNOWN_PHONE)
    await world.drain()
    shown = await detail(controller, case_id)
    assert shown["state"] == "delivered"
    assert shown["identities"] == [{"kind": "phone", "value": KNOWN_PHONE, "proof": "code"}]


async def test_the_same_call_sent_twice_files_and_instructs_once(
    world: World, controller: Controller
) -> None:
    body = {"rights": ["access"], "phone": KNOWN_PHONE, "instruction": "fulfil"}
    first, second = [await controller.make("requests", body, **{"Idempotency-Key": "k"}) for _ in range(2)]
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert await ids(controller) == first.json()["cases"]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"identity": "perhaps"}, 400, "identity"),
        ({"instruction": "refuse"}, 400, "instruction"),
        ({"answer_to": "person"}, 422, "answer_to"),
        ({"instruction": "fulfil", "answer_to": "everybody"}, 400, "answer_to"),
        ({"instruction": "fulfil", "ground": "x"}, 400, "ground"),
        ({"identity": "ask_the_person", "phone": "", "email": "a@example.com"}, 422, "phone"),
    ],
)
async def test_a_bad_filing_changes_nothing(
    shared_world: World, shared_controller: Controller, body: dict[str, Any], status: int, field: str
) -> None:
    before = await shared_world.counts()
    checked(await shared_controller.create(**body), status, field)
    assert await shared_world.counts() == before
