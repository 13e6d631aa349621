import io
import json
import wave

import pytest
from bundle_world import STEP, MemoryMaterial, assembled, indexed, profile, record, recording, unzipped
from msgspec import structs

from dsar.contract import Channel, Speaker, Turn
from dsar.domain.withholding import Decided, Effect, Place, Stretch, WithholdingGround, Words

RATE = 8000
SECOND = 1000
SECRET = "the neighbour is ill"
TURNS = (
    Turn("/turns/0/text", Speaker.BUSINESS, 0, SECOND),
    Turn("/turns/1/text", Speaker.SUBJECT, SECOND, 2 * SECOND),
    Turn("/turns/2/text", Speaker.OTHER, 2 * SECOND, 3 * SECOND),
)
TOLD = {"turns": [{"text": "Hello"}, {"text": "It is Anna"}, {"text": SECRET}]}


def tone(seconds=4, channels=1):
    """Sound without any silence."""
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(b"\x00\x10" * (RATE * seconds * channels))
    return made.getvalue()


def samples(wav):
    with wave.open(io.BytesIO(wav)) as file:
        return file.readframes(file.getnframes())


def three_speakers(sound=None, *, name="call.wav", media_type="audio/wav", **facts):
    material = MemoryMaterial()
    said = record("transcripts", "17.1", TOLD, turns=TURNS)
    material.add("calls", "asterisk", "transcripts", [said])
    material.add("calls", "asterisk", "calls", [record("calls", "17.1", {"duration": 4})])
    sound = sound or tone()
    stored = recording("rec-1", name, sound, media_type, record=("calls", "17.1"), **facts)
    material.add_file(stored, sound)
    material.add("calls", "asterisk", "recordings", [stored])
    return material


def test_a_call_has_a_folder_with_its_record_its_words_and_its_sound():
    files = unzipped(assembled(three_speakers())[1])
    assert {name for name in files if name.startswith("calls/")} == {
        "calls/17.1/call.json",
        "calls/17.1/call-2.json",
        "calls/17.1/transcript.json",
        "calls/17.1/recording.wav",
    }
    assert json.loads(files["calls/17.1/call.json"])["data"] == {"duration": 4}
    turns = json.loads(files["calls/17.1/transcript.json"])["turns"]
    assert [turn["speaker"] for turn in turns] == ["business", "subject", "other"]
    assert [turn.get("text") for turn in turns] == ["Hello", "It is Anna", None]
    assert turns[2]["withheld"][0]["law"] == "GDPR 15(4)"
    assert (turns[2]["from_ms"], turns[2]["to_ms"]) == (2000, 3000)


def test_words_and_sound_of_another_person_are_nowhere_in_the_archive():
    # GDPR 15(4)
    files = unzipped(assembled(three_speakers())[1])
    assert not [name for name, content in files.items() if SECRET.encode() in content]
    sound = samples(files["calls/17.1/recording.wav"])
    second = RATE * 2
    assert set(sound[2 * second : 3 * second]) == {0}
    assert sound[: 2 * second] == b"\x00\x10" * (2 * RATE)
    assert sound[3 * second :] == b"\x00\x10" * RATE


def test_the_manifest_names_each_silent_stretch_and_each_withheld_turn():
    manifest = json.loads(unzipped(assembled(three_speakers())[1])["manifest.json"])
    by_path = {file["path"]: file for file in manifest["files"]}
    sound = by_path["calls/17.1/recording.wav"]
    assert sound["silenced"] == [
        {"ground": "others", "law": "GDPR 15(4)", "rule": "other_speaker", "from_ms": 2000, "to_ms": 3000}
    ]
    assert (sound["cleaned"], sound["media_type"]) == (True, "audio/wav")
    assert by_path["calls/17.1/transcript.json"]["withheld"] == 1
    counted = {(one["collection"], one["target"]): one["count"] for one in manifest["withheld"]}
    assert counted == {("transcripts", "field"): 1, ("recordings", "stretch"): 1}
    assert manifest["counts"]["calls_withheld_from"] == 1


def test_a_recording_that_cannot_be_muted_stays_out_whole_and_is_named():
    files = unzipped(
        assembled(three_speakers(b"no sound at all", name="call.xyz", media_type="audio/x-strange"))[1]
    )
    assert not [name for name in files if "recording" in name]
    (kept,) = json.loads(files["manifest.json"])["files_withheld"]
    assert (kept["because"], kept["collection"], kept["law"]) == (
        "cannot_be_muted",
        "recordings",
        "GDPR 15(4)",
    )
    assert b"no sound at all" not in b"".join(files.values())


def test_a_recording_in_which_nothing_is_muted_and_that_nobody_can_read_leaves_as_it_is():
    material = MemoryMaterial()
    stored = recording("17.1", "call.wav", b"RIFF" * 9)
    material.add_file(stored, b"RIFF" * 9)
    material.add("calls", "asterisk", "recordings", [stored])
    files = unzipped(assembled(material)[1])
    assert files["calls/17.1/call.wav"] == b"RIFF" * 9
    (sound,) = [f for f in json.loads(files["manifest.json"])["files"] if f["role"] == "recording"]
    assert sound["cleaned"] is False


def test_what_lies_beside_the_sound_is_left_out():
    tagged = tone() + b"LIST\x10\x00\x00\x00INFOIART\x04\x00\x00\x00Bob\x00"
    material = MemoryMaterial()
    stored = recording("17.1", "call.wav", tagged)
    material.add_file(stored, tagged)
    material.add("calls", "asterisk", "recordings", [stored])
    sound = unzipped(assembled(material)[1])["calls/17.1/call.wav"]
    assert b"Bob" not in sound
    assert samples(sound) == samples(tone())


def test_a_transcript_that_stays_out_still_says_what_is_muted():
    material = three_speakers()
    (said,) = [row for row in material.rows if row.collection == "transcripts"]
    rows, everything = [row for row in material.rows if row is not said], tuple(material.rows)
    material.rows = rows
    files = unzipped(assembled(material, everything=everything)[1])
    assert "calls/17.1/transcript.json" not in files
    second = RATE * 2
    assert set(samples(files["calls/17.1/recording.wav"])[2 * second : 3 * second]) == {0}


def test_a_channel_that_is_anothers_is_silent_all_the_time():
    sound = tone(channels=2)
    channels = (Channel("in", Speaker.SUBJECT), Channel("out", Speaker.OTHER))
    files = unzipped(assembled(three_speakers(sound, channels=channels))[1])
    heard = samples(files["calls/17.1/recording.wav"])
    assert {heard[i : i + 2] for i in range(2, len(heard), 4)} == {b"\x00\x00"}
    assert heard[:2] == b"\x00\x10"


@pytest.mark.parametrize("target", ["stretch", "whole"])
def test_what_staff_withholds_of_a_recording_stays_out(target):
    place = Place(stretch=Stretch(0, 500)) if target == "stretch" else Place()
    decided = Decided(
        id=STEP,
        effect=Effect.WITHHOLD,
        ground=WithholdingGround.TRADE_SECRET,
        item=indexed("asterisk:recordings", "rec-1"),
        words=Words(place=place),
        author="staff:x",
    )
    files = unzipped(assembled(three_speakers(), decided=[decided])[1])
    manifest = json.loads(files["manifest.json"])
    if target == "whole":
        assert "calls/17.1/recording.wav" not in files
        (kept,) = manifest["files_withheld"]
        assert (kept["because"], kept["ground"]) == ("decided", "trade_secret")
    else:
        assert set(samples(files["calls/17.1/recording.wav"])[: RATE // 2 * 2]) == {0}


def test_recordings_of_one_call_are_numbered_and_calls_with_like_names_stay_apart():
    material = MemoryMaterial()
    for number, call in enumerate(["a/b", "a/b", "A_B", "../a_b"]):
        stored = recording(f"r{number}", "x.wav", tone(1), record=("calls", call))
        material.add_file(stored, tone(1))
        material.add("calls", "asterisk", "recordings", [stored])
    names = [name for name in unzipped(assembled(material)[1]) if name.startswith("calls/")]
    assert names == [
        "calls/a_b/recording.wav",
        "calls/a_b/recording-2.wav",
        "calls/A_B-2/recording.wav",
        "calls/a_b-3/recording.wav",
    ]


def test_how_calls_were_cut_into_segments_does_not_show():
    said = [record("transcripts", str(n), TOLD, turns=TURNS) for n in range(6)]
    sound = [recording(f"r{n}", "x.wav", tone(1), record=("transcripts", str(n))) for n in range(6)]
    whole, pieces = MemoryMaterial(), MemoryMaterial()
    for material in (whole, pieces):
        for stored in sound:
            material.add_file(stored, tone(1))
    whole.add("calls", "asterisk", "transcripts", said)
    whole.add("calls", "asterisk", "recordings", sound)
    for begin in range(0, 6, 2):
        pieces.add("calls", "asterisk", "recordings", sound[begin : begin + 2])
        pieces.add("calls", "asterisk", "transcripts", said[begin : begin + 2])
    assert assembled(whole)[1] == assembled(pieces)[1]


def test_a_profile_that_wants_it_gets_each_call_as_a_vcon_without_whom_was_withheld():
    loaded = profile()
    delivery = structs.replace(loaded.profile.delivery, vcon=True)
    loaded = structs.replace(loaded, profile=structs.replace(loaded.profile, delivery=delivery))
    material = three_speakers()
    material.rows.clear()
    said = {**TOLD, "start": "2026-03-01T10:00:00+02:00"}
    material.add("calls", "asterisk", "transcripts", [record("transcripts", "17.1", said, turns=TURNS)])
    stored = recording("rec-1", "call.wav", tone(), record=("transcripts", "17.1"))
    material.add("calls", "asterisk", "recordings", [stored])
    dated = {("asterisk", "transcripts"): "start"}
    made = json.loads(
        unzipped(assembled(material, loaded=loaded, dated=dated)[1])["calls/17.1/call.vcon.json"]
    )
    assert made["vcon"] == "0.4.0"
    assert made["parties"] == [{"role": "business"}, {"role": "subject"}, {"role": "other"}]
    assert (made["dialog"][0]["filename"], made["dialog"][0]["start"]) == ("recording.wav", said["start"])
    assert made["redacted"] == {"type": "others"}
    words = made["analysis"][0]["body"]
    assert [turn.get("text") for turn in words] == ["Hello", "It is Anna", None]
    assert "calls/17.1/call.vcon.json" not in unzipped(assembled(material, dated=dated)[1])
