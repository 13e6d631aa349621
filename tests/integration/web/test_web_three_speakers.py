"""Somebody else is heard beside the caller: gone from what the caller gets, in text and sound, and there for review."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import soundfile
from msgspec import Struct

from dsar.contract import OrderKind, Role
from dsar.demo import callstore
from dsar.demo.callstore import ANNA, Call, CallStore
from dsar.demo.conversation import TONES_HZ, TURNS
from dsar.store import systems
from dsar.store.systems import SystemRow

from .test_web_download import opened
from .visitors import forwarded
from .world import Staff, World

THIRD = next(turn for turn in TURNS if turn.speaker == "bystander")
PERSONAL = ("Kaisa", "Naapuri", "+358 45 700 0099", "+358457000099", "Ring me instead")


class Heard:
    """A recording: who is heard in it, told by the tones."""

    def __init__(self, file: bytes) -> None:
        samples, self.rate = soundfile.read(io.BytesIO(file), dtype="int16", always_2d=True)
        self.samples = samples[:, 0]

    def between(self, from_ms: int, to_ms: int) -> Any:
        return self.samples[from_ms * self.rate // 1000 : to_ms * self.rate // 1000]

    def speakers(self) -> set[str]:
        """Those whose tone carries a thousandth of the whole sound."""
        power = np.abs(np.fft.rfft(self.samples.astype(float))) ** 2
        step = self.rate / len(self.samples)
        at = {who: round(hz / step) for who, hz in TONES_HZ.items()}
        return {who for who, near in at.items() if power[near - 5 : near + 6].sum() > power.sum() / 1000}


class Seen(Struct):
    """What was collected, what the person got of it, and who reviews the case."""

    store: CallStore
    call: Call
    files: dict[str, bytes]
    case_id: Any
    reviewer: Staff

    def of_call(self) -> dict[str, bytes]:
        """The call's own files, by their names in its folder."""
        folder = f"calls/{self.call.uniqueids[1]}/"
        return {
            name.removeprefix(folder): file for name, file in self.files.items() if name.startswith(folder)
        }

    async def asked(self, what: str) -> bytes:
        """By staff, of the case."""
        answer = await self.reviewer.client.get(f"/api/v1/cases/{self.case_id}/{what}")
        assert answer.status_code == 200, answer.text
        return answer.content


async def installed_store(world: World, folder: Path) -> CallStore:
    """The demo's call store behind its connector, and no other system."""
    store = callstore.build(folder, calls=40)
    row = SystemRow(
        key="calls",
        connector="asterisk",
        title="Call store",
        settings=world.service.vault.seal(msgspec.json.encode(store.settings), "system"),
        roles=(Role.PROCESSOR,),
        orders=(OrderKind.ERASE,),
        retry_delay_seconds=1.0,
        attempts_max=2,
    )
    async with world.service.db.write() as tx:
        await systems.put(tx, row, world.clock())
    await world.run("UPDATE system SET enabled = false WHERE key <> 'calls'")
    return store


@pytest.fixture(scope="module")
async def seen(shared_world: World, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """A caller asks, the business has the answer go to the caller, who fetches it."""
    world = shared_world
    store = await installed_store(world, tmp_path_factory.mktemp("calls") / "asterisk")
    call = next(each for each in store.calls if each.of_three)
    business = await world.controller(call.tenant)
    case_id = await forwarded(world, phone=ANNA.phone)
    said = {"instruction": "fulfil", "answer_to": "person"}
    answer = await business.client.post(f"/api/v1/controller/cases/{case_id}/instruction", json=said)
    assert answer.status_code == 200, answer.text
    link = await world.link(ANNA.phone)
    assert (await opened(world, link, ANNA.phone)).status_code == 200
    archive = await world.client.get(f"{link}/bundle/1")
    with zipfile.ZipFile(io.BytesIO(archive.content)) as bundle:
        files = {name: bundle.read(name) for name in bundle.namelist()}
    return Seen(store, call, files, case_id, await world.staff("Riitta", "reviewer"))


def test_no_word_of_the_third_is_anywhere_in_the_archive(seen: Seen) -> None:
    # GDPR 15(4)
    for name, file in seen.files.items():
        assert not [word for word in PERSONAL if word in file.decode(errors="replace")], name


def test_the_others_turns_are_there_and_the_thirds_is_marked_as_withheld(seen: Seen) -> None:
    turns = json.loads(seen.of_call()["transcript.json"])["turns"]

    assert [turn["speaker"] for turn in turns] == ["business", "subject", "other", "subject", "business"]
    assert [turn.get("text") for turn in turns] == [t.text if t is not THIRD else None for t in TURNS]
    assert turns[2]["withheld"][0]["law"] == "GDPR 15(4)"


def test_the_third_is_in_no_sample_of_any_recording_and_every_other_sample_is_there(seen: Seen) -> None:
    released = [file for name, file in seen.of_call().items() if name.endswith(".wav")]
    assert len(released) == len(seen.call.files) == 3
    for file, name in zip(released, seen.call.files, strict=True):
        heard = Heard(file)
        collected = Heard((seen.store.recordings_dir / name).read_bytes())
        assert not heard.between(THIRD.from_ms, THIRD.to_ms).any()
        assert heard.speakers() == collected.speakers() - {"bystander"}
        for from_ms, to_ms in ((0, THIRD.from_ms), (THIRD.to_ms, TURNS[-1].to_ms)):
            assert np.array_equal(heard.between(from_ms, to_ms), collected.between(from_ms, to_ms))


async def test_review_shows_the_third_whole_and_plays_both_versions(seen: Seen) -> None:
    findings = json.loads(await seen.asked("findings?limit=200"))["findings"]
    (words,) = [one for one in findings if one["collection"] == "transcripts"]
    assert words["data"]["turns"][2]["text"] == THIRD.text
    assert "/turns/2/text" in [one["pointer"] for one in words["withheld"]]
    (mix,) = [one["item"] for one in findings if one["record_id"] == seen.call.files[0]]
    collected = Heard(await seen.asked(f"recordings/{mix}?as=collected"))
    released = Heard(await seen.asked(f"recordings/{mix}?as=released"))
    assert collected.speakers() == set(TONES_HZ)
    assert released.speakers() == set(TONES_HZ) - {"bystander"}
    assert np.array_equal(released.samples, Heard(seen.of_call()["recording.wav"]).samples)


def test_the_manifest_lists_what_was_muted_and_withheld_and_the_page_says_so(seen: Seen) -> None:
    manifest = json.loads(seen.files["manifest.json"])
    folder = f"calls/{seen.call.uniqueids[1]}/"
    muted = [
        (one["from_ms"], one["to_ms"], one["law"])
        for file in manifest["files"]
        if file["path"].startswith(folder)
        for one in file.get("silenced", ())
    ]
    assert muted == [(THIRD.from_ms, THIRD.to_ms, "GDPR 15(4)")] * 3
    rules = {(one["collection"], one["rule"]) for one in manifest["withheld"]}
    assert rules == {("transcripts", "other_speaker"), ("recordings", "other_speaker")}
    assert "0:03 – 0:06" in seen.files["index.html"].decode()
