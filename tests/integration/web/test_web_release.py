"""What leaves is approved by whom the profile says, exactly as it is; a change asks again."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from dsar.domain.work import StepKind
from dsar.settings import Settings

from .recorder import Recorder
from .review_sample import approve, furnish, in_review, redact, release, with_profile
from .test_web_bad_input import checked
from .world import KNOWN, Staff, World


@pytest.fixture
def wanted() -> tuple[str, ...]:
    return ("audio",)


@pytest.fixture
def settings(settings: Settings, tmp_path: Path, wanted: tuple[str, ...]) -> Settings:
    return with_profile(settings, tmp_path, *wanted, approval='"erasure"')


@pytest.fixture
async def anna(world: World) -> Staff:
    return await world.staff("Riitta", "reviewer")


@pytest.fixture
async def olavi(world: World) -> Staff:
    return await world.staff("Olavi", "administrator")


@pytest.fixture
async def case_id(world: World, recorder: Recorder) -> UUID:
    furnish(recorder)
    return await in_review(world)


async def state(world: World, case_id: UUID) -> str:
    return str((await world.rows("SELECT state FROM case_file WHERE id = $1", case_id))[0]["state"])


async def types(world: World, case_id: UUID) -> list[str]:
    rows = await world.rows("SELECT type FROM event WHERE case_id = $1 ORDER BY seq", case_id)
    return [row["type"] for row in rows]


async def test_the_release_says_what_leaves_what_does_not_and_who_must_approve(
    anna: Staff, case_id: UUID
) -> None:
    told = await release(anna, case_id)
    assert (told["people"], told["because"], told["missing"]) == (2, ["audio"], 2)
    assert (told["number"], told["gaps"], told["damaged"], told["approvals"]) == (1, [], [], [])
    assert {(one["collection"], one["records"], one["files"]) for one in told["leaves"]} == {
        ("people", 3, 0),
        ("calls", 1, 1),
    }
    kinds = {(one["rule"], one["certainty"]) for one in told["withheld"]}
    assert {("others", "certain"), ("other_speaker", "certain"), ("contact", "likely")} <= kinds
    assert await release(anna, case_id) == told, "the same content is counted and named the same"


async def test_a_recording_leaves_when_two_different_people_have_approved_it(
    world: World, anna: Staff, olavi: Staff, case_id: UUID
) -> None:
    assert (await approve(anna, case_id)).status_code == 204
    await world.drain()
    assert await state(world, case_id) == "in_review"
    checked(await approve(anna, case_id), 409, "approval")
    told = await release(olavi, case_id)
    assert (told["missing"], [one["by"] for one in told["approvals"]]) == (1, [str(anna.id)])
    assert (await approve(olavi, case_id)).status_code == 204
    await world.drain()
    assert await state(world, case_id) == "delivered"
    (bundle,) = await world.rows("SELECT content FROM bundle")
    assert bundle["content"].hex() == told["content"], "what was written is what was approved"
    assert (await types(world, case_id)).count("release.approved") == 2


async def test_a_change_after_an_approval_asks_again_and_taking_it_back_lets_the_approval_count(
    anna: Staff, olavi: Staff, case_id: UUID
) -> None:
    old = (await release(anna, case_id))["content"]
    assert (await approve(anna, case_id)).status_code == 204
    made = (await redact(olavi, case_id, selector={"text": "Olli"})).json()
    told = await release(olavi, case_id)
    assert (told["missing"], [one["counts"] for one in told["approvals"]]) == (2, [False])
    checked(await approve(olavi, case_id, old), 409, "content")
    assert (await anna.client.delete(f"/api/v1/cases/{case_id}/redactions/{made['id']}")).status_code == 204
    told = await release(olavi, case_id)
    assert (told["content"], told["missing"]) == (old, 1), "it is what she approved"


@pytest.mark.parametrize("body", [None, {}, {"content": ""}, {"content": "0" * 64}, {"plan": "x"}], ids=str)
async def test_nobody_approves_what_they_have_not_named(
    world: World, anna: Staff, case_id: UUID, body: dict[str, Any] | None
) -> None:
    before = await world.snapshot()
    answer = await anna.client.post(f"/api/v1/cases/{case_id}/approve", json=body)
    checked(answer, 409, "content")
    assert await world.snapshot() == before


async def test_of_two_who_approve_at_once_one_is_the_second_and_it_is_written_once(
    world: World, anna: Staff, olavi: Staff, case_id: UUID
) -> None:
    content = (await release(anna, case_id))["content"]
    answers = await asyncio.gather(*(approve(who, case_id, content) for who in (anna, olavi, anna, olavi)))
    assert sorted(answer.status_code for answer in answers)[:2] == [204, 204]
    assert {answer.status_code for answer in answers} == {204, 409}
    await world.drain()
    assert await state(world, case_id) == "delivered"
    assert (await types(world, case_id)).count("case.approved") == 1
    assert len(await world.rows("SELECT FROM approval")) == 2


async def test_an_approval_and_a_decision_at_once_never_let_out_what_was_not_seen(
    world: World, anna: Staff, olavi: Staff, case_id: UUID
) -> None:
    content = (await release(anna, case_id))["content"]
    await approve(anna, case_id, content)
    rule = {"selector": {"text": "Olli"}}
    approved, made = await asyncio.gather(approve(olavi, case_id, content), redact(olavi, case_id, **rule))
    await world.drain()
    # Whichever had the case first: either it left as approved, or it waits as decided.
    expected = {(204, 409): "delivered", (409, 201): "in_review"}
    assert await state(world, case_id) == expected[approved.status_code, made.status_code]


async def test_what_changes_between_the_approval_and_the_writing_goes_back_to_review(
    world: World, anna: Staff, olavi: Staff, case_id: UUID
) -> None:
    for who in (anna, olavi):
        assert (await approve(who, case_id)).status_code == 204
    assert await state(world, case_id) == "assembling"
    # A search that was gone back to, a key that was proven late: whatever it is, it is not what they saw.
    await world.run("UPDATE step SET outcome = 'gap' WHERE kind = $1", StepKind.SEARCH.value)
    await world.drain()
    assert await state(world, case_id) == "in_review"
    assert await world.rows("SELECT FROM bundle") == []
    assert (await types(world, case_id))[-2:] == ["release.changed", "review.needed"]
    told = await release(anna, case_id)
    assert (told["gaps"], told["missing"]) == (["recorder"], 2)
    for who in (anna, olavi):
        assert (await approve(who, case_id)).status_code == 204
    await world.drain()
    assert await state(world, case_id) == "delivered"


async def test_an_agent_does_not_approve_a_copy_even_as_the_second(
    world: World, staff: Staff, anna: Staff, case_id: UUID
) -> None:
    content = (await release(anna, case_id))["content"]
    await approve(anna, case_id, content)
    checked(await approve(staff, case_id, content), 403)
    checked(await staff.act(case_id, "approve"), 409, "content")
    assert await state(world, case_id) == "in_review"


async def test_the_release_of_one_case_approves_no_other(
    world: World, recorder: Recorder, anna: Staff, case_id: UUID
) -> None:
    recorder.people[None, "email", "olli@example.com"] = [{"name": "Olli"}]
    reference = await world.asked(email="olli@example.com")
    await world.prove(reference, to="olli@example.com")
    await world.drain()
    other = UUID(str((await world.cases(reference))[0]["id"]))
    checked(await approve(anna, other, (await release(anna, case_id))["content"]), 409, "content")
    assert await state(world, other) == "in_review"


async def test_what_erases_has_no_release(world: World, anna: Staff, case_id: UUID) -> None:
    reference = await world.asked(rights=["erasure"])
    erasure = (await world.cases(reference))[0]["id"]
    checked(await anna.client.get(f"/api/v1/cases/{erasure}/release"), 404)


@pytest.mark.parametrize("wanted", [("weak_proof",), ()], ids=["one code is weak", "nothing wanted"])
async def test_a_weak_proof_is_looked_at_by_two_and_where_nothing_is_wanted_it_leaves_by_itself(
    world: World, recorder: Recorder, anna: Staff, wanted: tuple[str, ...]
) -> None:
    recorder.people[None, "email", KNOWN] = [{"name": "Anna Known"}]
    reference = await world.asked()
    await world.prove(reference)
    await world.drain()
    (case,) = await world.cases(reference)
    assert case["state"] == ("in_review" if wanted else "delivered")
    told = await release(anna, case["id"])
    assert (told["people"], told["because"]) == ((2, ["weak_proof"]) if wanted else (0, []))
