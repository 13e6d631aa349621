"""What a controller reads of its cases: lists that narrow, both dates, what was said, asked and answered."""

import io
import zipfile
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from .recorder import Recorder
from .test_web_bad_input import checked
from .test_web_controller import forwarded
from .world import KNOWN_PHONE, OTHER_TENANT, TENANT, Controller, Staff, World

PATH = "/api/v1/controller/cases"


async def ids(controller: Controller, **query: Any) -> list[str]:
    answer = await controller.client.get(PATH, params=query)
    assert answer.status_code == 200, answer.text
    return [case["id"] for case in answer.json()["cases"]]


async def filed(controller: Controller, **body: Any) -> str:
    answer = await controller.create(**body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["cases"][0])


async def detail(controller: Controller, case_id: Any) -> dict[str, Any]:
    answer = await controller.client.get(f"{PATH}/{case_id}")
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


# -- the list


async def test_a_list_narrows_by_state_right_and_whether_the_case_is_open(
    world: World, controller: Controller
) -> None:
    waiting = await filed(controller)
    erasure = await filed(controller, rights=["erasure"])
    refused = await filed(controller)
    await controller.instruct(refused, "refuse", "not our caller")
    answered = await filed(controller, instruction="fulfil")
    await world.drain()
    everything = [waiting, erasure, refused, answered]
    assert await ids(controller) == everything
    assert await ids(controller, state="awaiting_controller") == [waiting, erasure]
    assert await ids(controller, state="closed") == [refused]
    assert await ids(controller, right="erasure") == [erasure]
    assert await ids(controller, open="true") == [waiting, erasure]
    assert await ids(controller, open="false") == [refused, answered]
    assert await ids(controller, right="access", open="true") == [waiting]
    assert await ids(controller, state="delivered", right="erasure") == []


async def test_a_list_narrows_by_the_earlier_of_the_two_dates(world: World, controller: Controller) -> None:
    early = await filed(controller)
    world.clock.forward(days=7)
    late = await filed(controller)
    dates = {case_id: await detail(controller, case_id) for case_id in (early, late)}
    day = date.fromisoformat(dates[early]["assist_due_date"])
    assert dates[early]["assist_due_date"] < dates[early]["statutory_due_date"]
    assert await ids(controller, due_before=day.isoformat()) == []
    assert await ids(controller, due_before=(day + timedelta(days=1)).isoformat()) == [early]
    assert await ids(controller, due_before="2027-01-01") == [early, late]


async def test_a_narrowed_list_pages_without_loss_or_repeat(world: World, controller: Controller) -> None:
    every = [await filed(controller, rights=[right]) for right in ["access", "erasure"] * 6]
    found: list[str] = []
    after = None
    while True:
        query = {"limit": 2, "right": "erasure"} | ({"after": after} if after else {})
        page = (await controller.client.get(PATH, params=query)).json()
        found += [case["id"] for case in page["cases"]]
        after = page["next"]
        if after is None:
            break
    assert found == every[1::2]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=asleep", "state"),
        ("right=fly", "right"),
        ("open=perhaps", "open"),
        ("due_before=soon", "due_before"),
    ],
)
async def test_a_filter_that_cannot_be_read_is_named(
    shared_controller: Controller, query: str, field: str
) -> None:
    checked(await shared_controller.client.get(f"{PATH}?{query}"), 400, field)


# -- one case


async def test_everything_a_controller_reads_has_both_dates(world: World, controller: Controller) -> None:
    created = (await controller.create()).json()
    case_id = created["cases"][0]
    listed = (await controller.client.get(PATH)).json()["cases"][0]
    shown = await detail(controller, case_id)
    said = (await controller.instruct(case_id, "fulfil")).json()
    dates = {
        (one["assist_due_date"], one["statutory_due_date"])
        for one in (created["clocks"][0], listed, shown, said)
    }
    assert len(dates) == 1
    assert all(dates.pop())


async def test_a_case_says_what_was_instructed_by_whom_and_when(world: World, controller: Controller) -> None:
    case_id = await forwarded(world)
    await controller.instruct(case_id, "need_information", "Which line was it?")
    await controller.instruct(case_id, "refuse", "Mrs Zyxwv never called us")
    first, second = (await detail(controller, case_id))["instructions"]
    assert (first["instruction"], first["ground"]) == ("need_information", "Which line was it?")
    assert (second["instruction"], second["ground"]) == ("refuse", "Mrs Zyxwv never called us")
    assert first["by"].startswith(f"controller:{controller.id}/key:")
    assert first["at"] <= second["at"]
    assert second["standing"] is None


async def test_an_answer_of_the_person_is_read_in_the_case(
    world: World, controller: Controller, staff: Staff
) -> None:
    case_id = await forwarded(world)
    await controller.instruct(case_id, "need_information", "Which line was it?")
    await world.drain()
    asked = (await detail(controller, case_id))["information"]
    assert [(one["state"], one["question"], one["answer"]) for one in asked] == [
        ("waiting", "Which line was it?", None)
    ]
    task = next(step for step in (await staff.case(case_id))["steps"] if step["key"] == "information:1")
    done = await staff.act(case_id, f"steps/{task['id']}/finish", outcome="done", evidence="The Turku line")
    assert done.status_code == 204, done.text
    shown = await detail(controller, case_id)
    (told,) = shown["information"]
    assert (told["state"], told["answer"]) == ("answered", "The Turku line")
    assert told["answered_at"] >= told["asked_at"]
    assert shown["state"] == "awaiting_controller"
    came = next(e for e in (await staff.case(case_id))["events"] if e["type"] == "information.came")
    assert came["data"]["answer"] == "The Turku line"


async def test_a_case_says_which_archive_is_there_until_it_has_expired(
    world: World, controller: Controller
) -> None:
    case_id = await filed(controller, instruction="fulfil")
    assert (await detail(controller, case_id))["bundle"] is None
    await world.drain()
    there = (await detail(controller, case_id))["bundle"]
    archive = await controller.client.get(f"{PATH}/{case_id}/bundle")
    assert there["bytes"] == len(archive.content)
    world.clock.forward(days=100)
    assert (await detail(controller, case_id))["bundle"] is None


async def test_no_words_are_left_when_the_cases_key_is_gone(world: World, controller: Controller) -> None:
    case_id = await filed(controller)
    await controller.instruct(case_id, "refuse", "Mrs Zyxwv never called us")
    world.clock.forward(days=31)
    await world.drain()
    shown = await detail(controller, case_id)
    assert shown["identities"] == []
    assert [one["ground"] for one in shown["instructions"]] == [None]


async def test_who_is_still_to_be_proven_is_not_shown(world: World, controller: Controller) -> None:
    case_id = await filed(controller, identity="ask_the_person")
    shown = await detail(controller, case_id)
    assert (shown["state"], shown["identities"]) == ("awaiting_identity", [])


# -- taking back


async def test_a_case_is_taken_back_by_its_address(world: World, controller: Controller) -> None:
    case_id = await filed(controller)
    answer = await controller.client.delete(f"{PATH}/{case_id}")
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["outcome"]) == ("closed", "withdrawn")
    checked(await controller.client.delete(f"{PATH}/{case_id}"), 409, "case")


async def test_nobody_takes_back_anothers_case_or_the_persons_own(
    world: World, controller: Controller
) -> None:
    other = await world.controller(OTHER_TENANT)
    own, persons = await filed(controller), await forwarded(world)
    before = await world.snapshot()
    checked(await other.client.delete(f"{PATH}/{own}"), 404)
    checked(await other.client.delete(f"{PATH}/{UUID(int=1)}"), 404)
    checked(await controller.client.delete(f"{PATH}/{persons}"), 409, "case")
    assert await world.snapshot() == before


async def test_staff_takes_a_persons_request_back_with_its_controllers_cases(
    world: World, controller: Controller, staff: Staff
) -> None:
    case_id = await forwarded(world)
    parent = (await world.rows("SELECT parent_id FROM case_file WHERE id = $1", case_id))[0]["parent_id"]
    checked(await staff.act(parent, "withdraw", how=" "), 422, "how")
    checked(await staff.act(parent, "withdraw"), 400, "how")
    answer = await staff.act(parent, "withdraw", how="rang us")
    assert answer.json() == {"withdrawn": [str(case_id)], "going_on": []}
    checked(await staff.act(parent, "withdraw", how="rang us"), 409, "case")
    assert (await detail(controller, case_id))["outcome"] == "withdrawn"
    checked(await controller.client.post(f"/api/v1/cases/{parent}/withdraw", json={"how": "x"}), 403)


# -- bad instructions


async def test_a_body_that_is_too_large_changes_nothing(world: World, controller: Controller) -> None:
    case_id = await filed(controller)
    before = await world.snapshot()
    huge = {"instruction": "refuse", "ground": "x" * (world.service.settings.body_bytes_max + 1)}
    url = f"{PATH}/{case_id}/instruction"
    checked(await controller.client.post(url, json=huge), 413)
    assert await world.snapshot() == before


# -- a caller of two businesses


async def test_a_caller_of_two_businesses_makes_two_cases_and_each_gets_its_own_calls_alone(
    world: World, controller: Controller, recorder: Recorder
) -> None:
    other = await world.controller(OTHER_TENANT)
    recorder.people[OTHER_TENANT, "phone", KNOWN_PHONE] = [{"call": "with globex"}]
    recorder.people[TENANT, "phone", KNOWN_PHONE] = [{"call": "with acme"}]
    reference = await world.asked(email=None, phone=KNOWN_PHONE, relations=["caller"])
    await world.prove(reference, "phone", KNOWN_PHONE)
    await world.drain()
    told = await world.rows("SELECT controller_id FROM outbox WHERE template = 'case.forwarded'")
    assert {row["controller_id"] for row in told} == {controller.id, other.id}
    assert len(told) == 2
    for one, word, foreign in (
        (controller, b"with acme", b"with globex"),
        (other, b"with globex", b"with acme"),
    ):
        (case_id,) = await ids(one)
        assert (await one.instruct(case_id, "fulfil")).status_code == 200
        await world.drain()
        archive = await one.client.get(f"{PATH}/{case_id}/bundle")
        with zipfile.ZipFile(io.BytesIO(archive.content)) as bundle:
            everything = b"".join(bundle.read(name) for name in bundle.namelist())
        assert word in everything
        assert foreign not in everything
    said = " ".join(message.text for message in world.messages(KNOWN_PHONE))
    assert "Please ask the business that you called" in said
    assert not any(name in said for name in ("acme", "globex", "Business"))
    assert len(world.messages(KNOWN_PHONE)) == 2  # the code, and whom to ask
