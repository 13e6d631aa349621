"""Staff withholds and lets go, place by place and by rule; what it decided is what leaves, and is undone as it was."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from dsar.review import previewing, redacting
from dsar.settings import Settings

from .recorder import Recorder
from .review_sample import (
    ASKED,
    approve,
    found,
    furnish,
    in_review,
    redact,
    release,
    with_profile,
)
from .test_web_bad_input import checked
from .world import KNOWN, Staff, World

NOBODY = "00000000-0000-0000-0000-000000000000/1/0"


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


async def item(staff: Staff, case_id: UUID, record_id: str) -> str:
    return str((await found(staff, case_id, record_id))["item"])


async def withheld(staff: Staff, case_id: UUID, record_id: str) -> dict[str, tuple[str, str]]:
    """By pointer: what withholds it, and on what ground."""
    shown = (await found(staff, case_id, record_id))["withheld"]
    return {one["pointer"]: (one["rule"], one["ground"]) for one in shown}


async def listed(staff: Staff, case_id: UUID) -> list[dict[str, Any]]:
    answer = await staff.client.get(f"/api/v1/cases/{case_id}/redactions")
    assert answer.status_code == 200, answer.text
    found_: list[dict[str, Any]] = answer.json()
    return found_


async def archive(world: World) -> dict[str, str]:
    """Everything that can be read in the archive that was made."""
    (row,) = await world.rows(
        "SELECT b.blob_key, c.wrapped_key FROM bundle b JOIN case_file c ON c.id = b.case_id"
    )
    key = world.service.vault.case_key(row["wrapped_key"])
    stream = world.service.blobs.get_opened(row["blob_key"], key, "bundle")
    raw = b"".join([part async for part in stream])
    with zipfile.ZipFile(io.BytesIO(raw)) as opened:
        return {name: opened.read(name).decode("utf-8", "replace") for name in opened.namelist()}


async def test_a_field_a_span_a_record_and_a_stretch_are_withheld_and_are_not_in_what_leaves(
    world: World, reviewer: Staff, case_id: UUID
) -> None:
    # GDPR 15(4)
    people = await item(reviewer, case_id, "0")
    made = await redact(
        reviewer, case_id, item=people, place={"pointer": "/colleague"}, why="her colleague's"
    )
    assert made.status_code == 201, made.text
    assert made.json()["about"] == {"system": "recorder", "collection": "people", "record_id": "0"}
    span = {"pointer": "/note", "span": {"start": 6, "stop": 10}}
    assert (
        await redact(reviewer, case_id, item=people, place=span, ground="trade_secret")
    ).status_code == 201
    third = await item(reviewer, case_id, "2")
    assert (await redact(reviewer, case_id, item=third, ground="not_about_the_person")).status_code == 201
    sound = await item(reviewer, case_id, "c1-sound")
    stretch = {"stretch": {"from_ms": 2500, "to_ms": 3000}}
    assert (await redact(reviewer, case_id, item=sound, place=stretch)).status_code == 201

    assert await withheld(reviewer, case_id, "0") == {
        "/colleague": ("by_hand", "others"),
        "/note": ("by_hand", "trade_secret"),
    }
    muted = (await found(reviewer, case_id, "c1-sound"))["file"]["mutes"]
    assert (muted[-1]["from_ms"], muted[-1]["to_ms"]) == (2500, 3000)
    (first, *_) = (await found(reviewer, case_id, "0"))["withheld"]
    assert first["author"] == f"staff:{reviewer.id}"

    assert (await approve(reviewer, case_id)).status_code == 204
    await world.drain()
    left = "".join((await archive(world)).values())
    assert "Anna Known" in left
    for gone in ("Olli Other", "likes blue", "ÄSSÄ", "Olli himself", "+44 20 7946 0018", "Maija"):
        assert gone not in left, gone


async def test_what_staff_was_shown_is_what_the_archive_withholds_and_says(
    world: World, reviewer: Staff, case_id: UUID
) -> None:
    sound, call = await item(reviewer, case_id, "c1-sound"), await item(reviewer, case_id, "c1")
    stretch = {"stretch": {"from_ms": 2500, "to_ms": None}}
    for wish in (
        {"selector": {"text": "olli"}},
        {"selector": {"pointer": "/tags/*"}, "ground": "trade_secret"},
        {"item": sound, "place": stretch},
        {"item": call, "place": {"pointer": "/wife/name"}, "effect": "disclose"},
        {"item": await item(reviewer, case_id, "2"), "place": {"pointer": "/name"}},
    ):
        assert (await redact(reviewer, case_id, **wish)).status_code == 201
    told = await release(reviewer, case_id)
    assert (await approve(reviewer, case_id, told["content"])).status_code == 204
    await world.drain()
    manifest = json.loads((await archive(world))["manifest.json"])
    assert manifest["archive"]["content"] == told["content"]
    names = ("system", "category", "collection", "rule", "ground", "law", "certainty", "target")
    shown = {tuple(one[name] for name in names): one["places"] for one in told["withheld"]}
    assert {tuple(one[name] for name in names): one["count"] for one in manifest["withheld"]} == shown
    assert {"by_hand", "other_speaker", "contact"} <= {key[3] for key in shown}


async def test_what_a_rule_withholds_is_let_go_by_hand_but_no_secret(
    world: World, reviewer: Staff, case_id: UUID
) -> None:
    call, secret = await item(reviewer, case_id, "c1"), await item(reviewer, case_id, "1")
    place = {"pointer": "/wife"}
    assert (await redact(reviewer, case_id, effect="disclose", item=call, place=place)).status_code == 201
    assert "/wife" not in await withheld(reviewer, case_id, "c1")
    for pointer in ("/password", ""):
        answer = await redact(reviewer, case_id, effect="disclose", item=secret, place={"pointer": pointer})
        checked(answer, 422, "effect")
    by_rule = {"effect": "disclose", "selector": {"pointer": "/password"}}
    assert (await redact(reviewer, case_id, **by_rule)).status_code == 201
    assert "/password" in await withheld(reviewer, case_id, "1"), "a rule by hand frees no secret either"
    assert (await approve(reviewer, case_id)).status_code == 204
    await world.drain()
    left = "".join((await archive(world)).values())
    assert "Maija" in left
    assert "$2b$12$" not in left


async def test_a_rule_is_tried_before_it_is_set_and_does_what_it_said(
    world: World, reviewer: Staff, case_id: UUID
) -> None:
    wish = {"effect": "withhold", "ground": "others", "selector": {"text": "olli"}}
    before = await world.snapshot()
    answer = await reviewer.client.post(f"/api/v1/cases/{case_id}/redactions/preview", json=wish)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert await world.snapshot() == before, "a preview writes nothing"
    assert {one["collection"]: one["items"] for one in told["changed"]} == {"people": 1, "calls": 1}
    assert "Olli" not in answer.text
    assert await item(reviewer, case_id, "0") in told["examples"]
    assert (await redact(reviewer, case_id, **wish)).status_code == 201
    assert "/colleague/name" in await withheld(reviewer, case_id, "0")
    again = await reviewer.client.post(f"/api/v1/cases/{case_id}/redactions/preview", json=wish)
    assert again.json()["changed"] == [], "it stands already"


async def test_a_preview_too_many_is_asked_to_wait(
    reviewer: Staff, case_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previewing, "AT_ONCE_MAX", 0)
    wish = {"effect": "withhold", "ground": "others", "selector": {"text": "olli"}}
    answer = await reviewer.client.post(f"/api/v1/cases/{case_id}/redactions/preview", json=wish)
    checked(answer, 429)
    assert int(answer.headers["retry-after"]) > 0


async def test_a_decision_is_undone_once_and_stays_on_record(
    reviewer: Staff, world: World, case_id: UUID
) -> None:
    other = await world.staff("Olavi", "administrator")
    place = {"pointer": "/note"}
    made = (await redact(reviewer, case_id, item=await item(reviewer, case_id, "0"), place=place)).json()
    path = f"/api/v1/cases/{case_id}/redactions/{made['id']}"
    assert (await other.client.delete(path)).status_code == 204
    assert await withheld(reviewer, case_id, "0") == {}
    checked(await other.client.delete(path), 409, "decision")
    (kept,) = await listed(reviewer, case_id)
    assert (kept["by"], kept["undone_by"]) == (str(reviewer.id), str(other.id))
    checked(await other.client.delete(f"/api/v1/cases/{case_id}/redactions/{uuid4()}"), 404)
    events = (await reviewer.case(case_id))["events"]
    acts = [(event["type"], event["actor"]) for event in events if event["type"].startswith("redaction.")]
    assert acts == [
        ("redaction.made", f"staff:{reviewer.id}"),
        ("redaction.undone", f"staff:{other.id}"),
    ]


async def test_what_a_decision_is_about_stands_sealed_and_in_no_history(
    world: World, reviewer: Staff, case_id: UUID
) -> None:
    wish = {"selector": {"text": "Olli Other"}, "why": "Olli Other rang and asked"}
    assert (await redact(reviewer, case_id, **wish)).status_code == 201
    tables = await world.snapshot()
    open_ = json.dumps([tables["event"], await world.rows("SELECT redaction::text AS row FROM redaction")])
    assert "Olli" not in open_
    assert (await listed(reviewer, case_id))[0]["why"] == wish["why"]


async def test_a_decision_sent_twice_with_one_key_is_one(reviewer: Staff, case_id: UUID) -> None:
    body = {
        "effect": "withhold",
        "ground": "others",
        "item": await item(reviewer, case_id, "0"),
        "place": {"pointer": "/note"},
    }
    answers = [
        await reviewer.client.post(
            f"/api/v1/cases/{case_id}/redactions", json=body, headers={"Idempotency-Key": "one"}
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert len(await listed(reviewer, case_id)) == 1


@pytest.mark.parametrize(
    ("wish", "status", "field"),
    [
        ({"item": NOBODY}, 404, None),
        ({"item": "x"}, 422, "item"),
        ({"item": "first", "place": {"pointer": "/nobody"}}, 422, "place.pointer"),
        ({"item": "first", "place": {"pointer": "/note", "span": {"start": 0, "stop": 99}}}, 422, "place.span"),
        ({"item": "first", "place": {"stretch": {"from_ms": 0, "to_ms": 5}}}, 422, "place.stretch"),
        ({"item": "sound", "place": {"stretch": {"from_ms": 0, "to_ms": 5, "channel": 9}}}, 422, "place.stretch"),
        ({"item": "sound", "place": {"stretch": {"from_ms": 2000, "to_ms": 9000}}}, 422, "place.stretch"),
        ({"selector": {}}, 422, "selector"),
        ({"selector": {"text": "x"}, "item": "first"}, 422, "item"),
        ({}, 422, "item"),
        ({"item": "first", "ground": "because"}, 400, "ground"),
        ({"item": "first", "effect": "hide"}, 400, "effect"),
        ({"item": "first", "why": "x" * 2001}, 400, "why"),
        ({"item": "first", "more": 1}, 400, "more"),
        ({"item": "first", "place": {"pointr": "/note"}}, 400, "pointr"),
        ({"item": "first", "effect": "disclose"}, 422, "place"),
    ],
    ids=[
        "nobody", "no address", "nowhere", "outside", "no sound", "no channel", "beyond the end", "empty rule",
        "both", "neither", "ground", "effect", "long", "unknown", "misspelt", "all let go",
    ],
)  # fmt: skip
async def test_a_decision_that_is_of_nothing_is_refused_by_its_field_and_writes_nothing(
    world: World, reviewer: Staff, case_id: UUID, wish: dict[str, Any], status: int, field: str | None
) -> None:
    named = {"first": "0", "sound": "c1-sound"}
    if wish.get("item") in named:
        wish = wish | {"item": await item(reviewer, case_id, named[wish["item"]])}
    await found(reviewer, case_id, "0")
    before = await world.snapshot()
    answer = await redact(reviewer, case_id, **wish)
    checked(answer, status, *([] if field is None else [field]))
    assert ASKED not in answer.text
    assert await world.snapshot() == before
    assert await listed(reviewer, case_id) == []


async def test_a_case_is_decided_on_while_it_is_in_review_alone_and_not_without_end(
    world: World, reviewer: Staff, case_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = {"selector": {"text": "Olli"}}
    made = (await redact(reviewer, case_id, **rule)).json()["id"]
    monkeypatch.setattr(redacting, "DECISIONS_MAX", 1)
    checked(await redact(reviewer, case_id, **rule), 409, "case")
    assert (await approve(reviewer, case_id)).status_code == 204
    await world.drain()
    before = await world.snapshot()
    checked(await redact(reviewer, case_id, **rule), 409, "case")
    checked(await reviewer.client.delete(f"/api/v1/cases/{case_id}/redactions/{made}"), 409, "case")
    assert await world.snapshot() == before


async def test_a_decision_of_one_case_is_neither_seen_nor_undone_from_another(
    world: World, recorder: Recorder, reviewer: Staff, case_id: UUID
) -> None:
    made = (await redact(reviewer, case_id, selector={"text": "Olli"})).json()["id"]
    mine = await item(reviewer, case_id, "0")
    recorder.people[None, "email", "olli@example.com"] = [{"name": "Olli"}]
    reference = await world.asked(email="olli@example.com")
    await world.prove(reference, to="olli@example.com")
    await world.drain()
    other = UUID(str((await world.cases(reference))[0]["id"]))
    assert await listed(reviewer, other) == []
    checked(await reviewer.client.delete(f"/api/v1/cases/{other}/redactions/{made}"), 404)
    checked(await redact(reviewer, other, item=mine), 404)
    assert await withheld(reviewer, other, "0") == {}


async def test_a_new_collection_meets_the_decisions_on_its_items(
    world: World, recorder: Recorder, reviewer: Staff, case_id: UUID
) -> None:
    place = {"pointer": "/note"}
    await redact(reviewer, case_id, item=await item(reviewer, case_id, "0"), place=place)
    was = (await release(reviewer, case_id))["content"]
    # As a search that is begun anew leaves it: the same records, in segments of their own.
    await world.run("UPDATE segment SET seq = seq + 100")
    assert await withheld(reviewer, case_id, "0") == {"/note": ("by_hand", "others")}
    assert (await release(reviewer, case_id))["content"] != was
    assert KNOWN not in json.dumps(await listed(reviewer, case_id))
