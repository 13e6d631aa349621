"""What was found, as reviewers see it: by page and by search, with what would not leave; and nobody else sees it."""

import asyncio
import json
from pathlib import Path
from uuid import UUID

import pytest

from dsar.review import browsing
from dsar.settings import Settings

from .recorder import Recorder
from .review_sample import ASKED, SECRET, found, furnish, in_review, page, search, with_profile
from .test_web_bad_input import checked
from .world import KNOWN, Controller, Staff, World


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    return with_profile(settings, tmp_path)


@pytest.fixture
async def reviewer(world: World) -> Staff:
    return await world.staff("Riitta", "reviewer")


@pytest.fixture
async def case_id(world: World, recorder: Recorder) -> UUID:
    furnish(recorder)
    return await in_review(world)


async def test_findings_are_shown_as_collected_with_what_would_be_withheld(
    reviewer: Staff, case_id: UUID
) -> None:
    # GDPR 15(4)
    first = await found(reviewer, case_id, "0")
    assert first["data"]["balance"] == 12.5
    assert (first["system"], first["collection"], first["category"]) == ("recorder", "people", "contact")
    assert (first["match"], first["left_out"], first["withheld"]) == ("sure", None, [])
    call = await found(reviewer, case_id, "c1")
    assert (call["data"]["turns"][0]["text"], call["maker"]["model"]) == (ASKED, "summariser-2")
    withheld = {(one["pointer"], one["rule"]): one for one in call["withheld"]}
    assert set(withheld) == {
        ("/wife", "others"),
        ("/turns/1/text", "other_speaker"),
        ("/turns/0/text", "contact"),
    }
    number = withheld["/turns/0/text", "contact"]
    assert ASKED[number["span"]["start"] : number["span"]["stop"]] == "+44 20 7946 0018"
    assert (number["ground"], number["law"], number["certainty"]) == ("others", "GDPR 15(4)", "likely")
    secret = await found(reviewer, case_id, "1")
    assert {one["ground"] for one in secret["withheld"]} == {"security"}


async def test_a_recording_is_shown_with_its_channels_and_what_would_be_muted(
    reviewer: Staff, case_id: UUID
) -> None:
    sound = await found(reviewer, case_id, "c1-sound")
    assert (sound["file"]["name"], sound["file"]["channels"][0]["speaker"]) == ("c1.wav", "mixed")
    assert [(mute["from_ms"], mute["to_ms"]) for mute in sound["file"]["mutes"]] == [(0, 2000)]
    assert not sound["file"]["whole_withheld"]


@pytest.mark.parametrize("limit", [1, 2, 5])
async def test_pages_of_any_size_show_every_finding_once(reviewer: Staff, case_id: UUID, limit: int) -> None:
    whole = [one["item"] for one in (await page(reviewer, case_id))["findings"]]
    seen, after = [], None
    while True:
        shown = await page(reviewer, case_id, limit=limit, **({"after": after} if after else {}))
        assert len(shown["findings"]) <= limit
        seen += [one["item"] for one in shown["findings"]]
        after = shown["next"]
        if after is None:
            break
    assert seen == whole
    assert len(set(whole)) == 5


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"collection": "calls"}, "c1 c1-sound"),
        ({"category": "contact"}, "0 1 2"),
        ({"system": "elsewhere"}, ""),
        ({"match": "unsure"}, ""),
        ({"withheld": True}, "1 c1 c1-sound"),
        ({"withheld": False}, "0 2"),
        ({"certainty": "likely"}, "1 c1 c1-sound"),
        ({"certainty": "possible"}, ""),
        ({"collection": "people", "withheld": True}, "1"),
    ],
    ids=str,
)
async def test_findings_are_chosen_by_place_and_by_certainty(
    reviewer: Staff, case_id: UUID, wanted: dict[str, object], expected: str
) -> None:
    shown = await page(reviewer, case_id, **wanted)
    assert {one["record_id"] for one in shown["findings"]} == set(expected.split())


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("BLUE", "0"),
        ("ässä", "2"),
        ("7946", "c1"),
        ("12.5", "0"),
        ("c1.WAV", "c1-sound"),
        ("<b>bold", "2"),
        ("nothing of the kind", ""),
    ],
)
async def test_a_search_finds_any_text_or_number_whatever_its_case(
    reviewer: Staff, case_id: UUID, q: str, expected: str
) -> None:
    answer = await search(reviewer, case_id, q)
    assert answer.status_code == 200, answer.text
    assert {one["record_id"] for one in answer.json()["findings"]} == set(expected.split())


async def test_a_call_that_costs_enough_answers_with_a_short_page_and_where_to_go_on(
    reviewer: Staff, case_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browsing, "OPENED_SEGMENTS_MAX", 1)
    first = (await search(reviewer, case_id, "olli other")).json()
    seen = [one["record_id"] for one in first["findings"]]
    assert first["next"] is not None
    second = (await search(reviewer, case_id, "olli other", after=first["next"])).json()
    assert seen + [one["record_id"] for one in second["findings"]] == ["0"]
    assert second["next"] is None
    monkeypatch.setattr(browsing, "ANSWER_BYTES_MAX", 10)
    assert len((await page(reviewer, case_id))["findings"]) == 1, (
        "one finding, however large, is always shown"
    )


async def test_the_summary_counts_what_was_found_and_what_would_be_withheld(
    reviewer: Staff, case_id: UUID
) -> None:
    answer = await reviewer.client.get(f"/api/v1/cases/{case_id}/findings/summary")
    summed = answer.json()
    counts = {one["collection"]: (one["records"], one["files"], one["calls"]) for one in summed["found"]}
    assert counts == {"people": (3, 0, 0), "calls": (1, 1, 1)}
    places = {(one["collection"], one["rule"], one["certainty"]): one["places"] for one in summed["withheld"]}
    assert places["calls", "contact", "likely"] >= 1
    assert places["calls", "others", "certain"] == 1
    assert any(one["ground"] == "security" and one["law"] == "GDPR 32" for one in summed["withheld"])
    assert summed["damaged"] == []
    assert "Olli" not in answer.text
    assert SECRET not in answer.text


async def test_a_damaged_segment_is_named_and_the_rest_is_still_read(
    world: World, reviewer: Staff, case_id: UUID
) -> None:
    await world.run("UPDATE segment SET sealed = sealed || '\\x00' WHERE collection = 'calls'")
    shown = await page(reviewer, case_id)
    assert [one["record_id"] for one in shown["findings"]] == ["0", "1", "2"]
    (broken,) = shown["damaged"]
    assert (broken["system"], broken["collection"], broken["records"], broken["files"]) == (
        "recorder",
        "calls",
        1,
        1,
    )
    summed = (await reviewer.client.get(f"/api/v1/cases/{case_id}/findings/summary")).json()
    assert [one["seq"] for one in summed["damaged"]] == [broken["seq"]]


async def test_after_the_key_is_gone_nothing_can_be_looked_at(
    world: World, reviewer: Staff, case_id: UUID
) -> None:
    await world.run("UPDATE case_file SET wrapped_key = NULL, key_destroyed_at = now()")
    for path in ("findings", "findings/summary", "release", "redactions"):
        checked(await reviewer.client.get(f"/api/v1/cases/{case_id}/{path}"), 410)
    checked(await search(reviewer, case_id, "blue"), 410)


async def test_who_looked_stands_in_the_history_once_an_hour(
    world: World, reviewer: Staff, case_id: UUID
) -> None:
    other = await world.staff("Olavi", "administrator")

    async def looks() -> list[str]:
        events = (await reviewer.case(case_id))["events"]
        return [event["actor"] for event in events if event["type"] == "findings.shown"]

    await asyncio.gather(*(page(reviewer, case_id) for _ in range(4)))
    await search(reviewer, case_id, "blue")
    assert await looks() == [f"staff:{reviewer.id}"]
    await page(other, case_id)
    world.clock.forward(hours=1, seconds=1)
    await page(reviewer, case_id, limit=1)
    assert await looks() == [f"staff:{one.id}" for one in (reviewer, other, reviewer)]


async def test_findings_are_for_reviewers_alone(
    world: World, staff: Staff, reviewer: Staff, controller: Controller, case_id: UUID
) -> None:
    wish = {"effect": "withhold", "ground": "others", "selector": {"text": "Olli"}}
    base = f"/api/v1/cases/{case_id}"
    before = await world.snapshot()
    for client, status in ((world.client, 401), (controller.client, 403), (staff.client, 403)):
        for path in ("findings", "findings/summary", "redactions", "release"):
            checked(await client.get(f"{base}/{path}"), status)
        checked(await client.post(f"{base}/findings/search", json={"q": "x"}), status)
        checked(await client.post(f"{base}/redactions", json=wish), status)
        checked(await client.post(f"{base}/redactions/preview", json=wish), status)
        checked(await client.delete(f"{base}/redactions/{case_id}"), status)
        checked(await client.post(f"{base}/approve", json={"content": "00"}), status)
    assert await world.snapshot() == before


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ({"after": "x"}, 422, "item"),
        ({"after": "00000000-0000-0000-0000-000000000000/1/0"}, 409, "after"),
        ({"limit": 0}, 400, "limit"),
        ({"limit": 201}, 400, "limit"),
        ({"certainty": "perhaps"}, 400, "certainty"),
        ({"match": "maybe"}, 400, "match"),
    ],
    ids=str,
)
async def test_a_look_that_cannot_be_taken_names_its_field(
    reviewer: Staff, case_id: UUID, query: dict[str, object], status: int, field: str
) -> None:
    answer = await reviewer.client.get(f"/api/v1/cases/{case_id}/findings", params=query)
    checked(answer, status, field)


@pytest.mark.parametrize("body", [{}, {"q": ""}, {"q": "x" * 201}, {"q": 7}, {"q": "x", "more": 1}], ids=str)
async def test_a_search_that_cannot_be_made_is_refused(
    reviewer: Staff, case_id: UUID, body: dict[str, object]
) -> None:
    checked(await reviewer.client.post(f"/api/v1/cases/{case_id}/findings/search", json=body), 400)


async def test_what_is_looked_for_and_what_is_shown_stand_in_no_log(
    reviewer: Staff, case_id: UUID, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(0)
    await search(reviewer, case_id, "likes blue")
    await page(reviewer, case_id)
    out = capsys.readouterr()
    logged = caplog.text + out.out + out.err
    assert "blue" not in logged
    assert KNOWN not in logged
    events = json.dumps((await reviewer.case(case_id))["events"])
    assert "blue" not in events
