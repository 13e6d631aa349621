"""Recordings played to reviewers: what was collected, and beside it what would leave; nobody else hears anything."""

import io
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import numpy as np
import pytest
import soundfile

from dsar.contract import Attachment, Origin
from dsar.review.listening import MINUTES_MAX
from dsar.settings import Settings

from .recorder import READ_AT, Recorder
from .review_sample import found, furnish, in_review, redact, with_profile
from .test_web_bad_input import checked
from .world import Controller, Staff, World

MUTED_MS = (0, 2000)  # of three seconds: what the third says, and the turn in which a third one's number is


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    return with_profile(settings, tmp_path)


@pytest.fixture
async def reviewer(world: World) -> Staff:
    return await world.staff("Riitta", "reviewer")


@pytest.fixture
async def case_id(world: World, recorder: Recorder) -> UUID:
    furnish(recorder)
    for name, media_type in (("text.wav", "audio/wav"), ("note.pdf", "application/pdf")):
        recorder.items.append(Attachment(Origin("calls", name, READ_AT), name, media_type))
        recorder.files[name] = b"no sound at all" * 10
    return await in_review(world)


async def play(staff: Staff, case_id: UUID, record_id: str = "c1-sound", **wanted: Any) -> httpx.Response:
    """Listen to one by its record."""
    item = (await found(staff, case_id, record_id))["item"]
    return await staff.client.get(f"/api/v1/cases/{case_id}/recordings/{item}", params=wanted)


def samples(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.headers["cache-control"] == "no-store"
    assert int(answer.headers["content-length"]) == len(answer.content)
    return soundfile.read(io.BytesIO(answer.content), dtype="int16")[0]


def cut_off(folder: Path) -> None:
    """The last byte of each blob is gone."""
    for blob in [each for each in folder.rglob("*") if each.is_file()]:
        blob.write_bytes(blob.read_bytes()[:-1])


async def history(world: World, case_id: UUID) -> list[dict[str, Any]]:
    sql = "SELECT actor, data FROM event WHERE case_id = $1 AND type = 'recording.heard' ORDER BY seq"
    return await world.rows(sql, case_id)


async def test_a_stretch_is_played_as_collected_and_beside_it_as_it_would_leave(
    reviewer: Staff, case_id: UUID, recorder: Recorder
) -> None:
    # GDPR 15(4)
    whole = soundfile.read(io.BytesIO(recorder.files["c1.wav"]), dtype="int16")[0]

    collected = samples(await play(reviewer, case_id, **{"as": "collected", "from_ms": 1500, "to_ms": 2500}))
    released = samples(await play(reviewer, case_id, **{"as": "released", "from_ms": 1500, "to_ms": 2500}))

    assert np.array_equal(collected, whole[12_000:20_000])
    assert not released[:4000].any()
    assert np.array_equal(released[4000:], whole[16_000:20_000])
    assert len(samples(await play(reviewer, case_id))) == len(whole)


async def test_what_a_reviewer_mutes_is_silent_at_once(reviewer: Staff, case_id: UUID) -> None:
    item = (await found(reviewer, case_id, "c1-sound"))["item"]
    decided = await redact(reviewer, case_id, item=item, place={"stretch": {"from_ms": 2500, "to_ms": 2600}})
    assert decided.status_code == 201, decided.text

    released = samples(await play(reviewer, case_id, **{"as": "released"}))

    assert not released[20_000:20_800].any()
    assert released[20_800:].any()
    assert released[16_000:20_000].any()


async def test_the_history_says_once_an_hour_who_listened_to_what(
    world: World, reviewer: Staff, case_id: UUID
) -> None:
    """Whose voice it is stays out of it."""
    for _ in range(2):
        samples(await play(reviewer, case_id))
    (heard,) = await history(world, case_id)
    assert heard["actor"] == f"staff:{reviewer.id}"
    assert heard["data"] == {"item": (await found(reviewer, case_id, "c1-sound"))["item"]}
    world.clock.forward(minutes=61)
    samples(await play(reviewer, case_id))
    samples(await play(await world.staff("Aino", "administrator"), case_id))
    assert len(await history(world, case_id)) == 3


async def test_nobody_but_reviewers_hears_anything(
    world: World, staff: Staff, controller: Controller, reviewer: Staff, case_id: UUID
) -> None:
    """An agent, a business, somebody without a key: no byte, and nothing in the history."""
    item = (await found(reviewer, case_id, "c1-sound"))["item"]
    path = f"/api/v1/cases/{case_id}/recordings/{item}"
    refused = [await client.get(path) for client in (staff.client, controller.client, world.client)]
    assert [answer.status_code for answer in refused] == [403, 403, 401]
    assert not any(b"RIFF" in answer.content for answer in refused)
    assert await history(world, case_id) == []


async def test_what_is_no_recording_is_not_played(world: World, reviewer: Staff, case_id: UUID) -> None:
    """A record, a document, a line that is not there, another case's address."""
    for record_id in ("c1", "note.pdf"):
        checked(await play(reviewer, case_id, record_id), 404)
    step, seq, _ = (await found(reviewer, case_id, "c1-sound"))["item"].split("/")
    for item in (f"{step}/{seq}/99", f"{step}/{seq}/-1", f"{step}/{-1}/0", f"{uuid4()}/0/0"):
        checked(await reviewer.client.get(f"/api/v1/cases/{case_id}/recordings/{item}"), 404)
    checked(await reviewer.client.get(f"/api/v1/cases/{uuid4()}/recordings/{step}/{seq}/0"), 404)
    assert await history(world, case_id) == []


@pytest.mark.parametrize(
    ("record_id", "wanted", "field"),
    [
        ("text.wav", {}, "recording"),
        ("c1-sound", {"from_ms": 3000}, "from_ms"),
        ("c1-sound", {"from_ms": 10, "to_ms": 10}, "to_ms"),
        ("c1-sound", {"to_ms": MINUTES_MAX * 60_000 + 1}, "to_ms"),
    ],
    ids=["unreadable", "beyond", "nothing", "too-long"],
)
async def test_a_stretch_that_cannot_be_played_is_named(
    reviewer: Staff, case_id: UUID, record_id: str, wanted: dict[str, int], field: str
) -> None:
    assert checked(await play(reviewer, case_id, record_id, **wanted), 422)["errors"][0]["field"] == field


async def test_one_that_stays_out_whole_is_played_as_collected_alone(reviewer: Staff, case_id: UUID) -> None:
    item = (await found(reviewer, case_id, "c1-sound"))["item"]
    assert (await redact(reviewer, case_id, item=item, place={})).status_code == 201

    checked(await play(reviewer, case_id, **{"as": "released"}), 409)
    assert samples(await play(reviewer, case_id)).any()


async def test_a_damaged_recording_and_a_destroyed_key_are_gone(
    world: World, reviewer: Staff, case_id: UUID
) -> None:
    """Before the first byte: it is never passed off as silence."""
    item = (await found(reviewer, case_id, "c1-sound"))["item"]
    path = f"/api/v1/cases/{case_id}/recordings/{item}"
    cut_off(Path(world.service.settings.blob_url.removeprefix("file://")))
    checked(await reviewer.client.get(path), 410)
    await world.run(
        "UPDATE case_file SET wrapped_key = NULL, key_destroyed_at = now() WHERE id = $1", case_id
    )
    checked(await reviewer.client.get(path), 410)
    assert await history(world, case_id) == []
