"""Hostile and unlucky findings: what is withheld stands in no file of the archive, under no name and in no list."""

import io
import json

import numpy as np
import pytest
import soundfile
from bundle_world import STEP, MemoryMaterial, assembled, indexed, record, recording, unzipped

from dsar.contract import Channel, Speaker, Turn
from dsar.domain.withholding import Decided, Effect, Place, Selector, WithholdingGround, Words

NUMBER = "+358501112222"
RATE = 8000
SAID = {"t": [{"text": "hello, it is me"}, {"text": "the neighbour is ill"}]}
TURNS = (Turn("/t/0/text", Speaker.SUBJECT, 0, 1000), Turn("/t/1/text", Speaker.OTHER, 1000, 2000))


def sound(channels=1, *, form="WAV", subtype="PCM_16", title=""):
    made = io.BytesIO()
    with soundfile.SoundFile(made, "w", RATE, channels, subtype, format=form) as file:
        if title:
            file.title = title
        file.write(np.full((4 * RATE, channels), 0.25))
    return made.getvalue()


def archive(*stored, more=(), **facts):
    material = MemoryMaterial()
    for file, content in stored:
        material.add_file(file, content)
        material.add("calls", "pbx", "recordings", [file])
    for collection, item in more:
        material.add("calls", "pbx", collection, [item])
    return unzipped(assembled(material, **facts)[1])


def told(files, *words):
    """Where in an archive some words stand."""
    return [
        (name, word)
        for name, content in files.items()
        for word in words
        if word in name or word.encode() in content
    ]


def by_hand(**what):
    item = indexed("pbx:recordings", "olli-other") if "place" in what else None
    return Decided(
        id=STEP,
        effect=Effect.WITHHOLD,
        ground=WithholdingGround.OTHERS,
        item=item,
        words=Words(**what),
        author="staff:x",
    )


@pytest.mark.parametrize("media_type", ["audio/wav", "binary/octet-stream", "application/pdf"])
def test_a_third_persons_number_in_a_files_name_is_in_no_path_page_or_list(media_type):
    # GDPR 15(4)
    content = sound() if media_type != "application/pdf" else b"%PDF"
    name = f"call-{NUMBER}.wav"
    channels = (Channel(f"PJSIP/{NUMBER}", Speaker.SUBJECT),) if content != b"%PDF" else ()
    stored = recording(name, name, content, media_type, channels=channels)
    files = archive((stored, content))
    assert told(files, NUMBER, NUMBER[4:]) == []
    assert any(path.endswith("call-withheld.wav") for path in files)
    manifest = json.loads(files["manifest.json"])
    (entry,) = [file for file in manifest["files"] if "origin" in file]
    assert (entry["name"], entry["origin"]["record_id"]) == ("call-[…].wav", "call-[…].wav")
    assert {(one["rule"], one["target"]) for one in manifest["withheld"]} == {("contact", "span")}


@pytest.mark.parametrize(
    ("form", "subtype", "media_type"),
    [
        ("WAV", "PCM_16", "audio/wav"),
        ("FLAC", "PCM_16", "audio/flac"),
        ("MP3", "MPEG_LAYER_III", "audio/mpeg"),
        ("OGG", "VORBIS", "audio/ogg"),
        ("OGG", "OPUS", "application/ogg"),
    ],
    ids=["wav", "flac", "mp3", "vorbis", "opus"],
)
def test_a_recording_leaves_without_metadata_whatever_its_form(form, subtype, media_type):
    content = sound(form=form, subtype=subtype, title="Call with Olli")
    assert b"Olli" in content
    files = archive((recording("17.1", f"call.{form.lower()}", content, media_type), content))
    assert told(files, "Olli") == []
    assert soundfile.info(io.BytesIO(files["calls/17.1/call.wav"])).subtype == "PCM_16"
    (entry,) = [file for file in json.loads(files["manifest.json"])["files"] if file["role"] == "recording"]
    assert (entry["cleaned"], entry["media_type"]) == (True, "audio/wav")


def test_of_a_video_no_part_is_taken_for_the_whole():
    content = sound(form="OGG", subtype="VORBIS")
    files = archive((recording("17.1", "call.ogv", content, "video/ogg"), content))
    assert files["calls/17.1/call.ogv"] == content


def test_a_transcript_that_stays_out_mutes_a_recording_that_only_bears_its_id():
    material = MemoryMaterial()
    said = material.add("calls", "pbx", "transcripts", [record("transcripts", "17.1", SAID, turns=TURNS)])
    stored = recording("17.1", "call.wav", sound())
    material.add_file(stored, sound())
    material.add("calls", "pbx", "recordings", [stored])
    everything = tuple(material.rows)
    material.rows.remove(said)
    files = unzipped(assembled(material, everything=everything)[1])
    heard = soundfile.read(io.BytesIO(files["calls/17.1/call.wav"]))[0]
    assert not heard[RATE : 2 * RATE].any()
    assert heard[:RATE].all()


@pytest.mark.parametrize("place", [Place(), Place("/name")], ids=["whole", "name"])
def test_a_file_that_stays_out_and_a_name_that_does_are_named_nowhere(place):
    stored = recording("olli-other", "olli-other.wav", sound())
    files = archive(
        (stored, sound()), decided=[by_hand(place=place), by_hand(selector=Selector(text="olli"))]
    )
    assert told(files, "olli") == []
    assert ("other" in "".join(files)) is bool(place.pointer)  # what of its id no decision is about


@pytest.mark.parametrize(
    ("there", "said", "leaves"),
    [
        (1, (Speaker.SUBJECT, Speaker.OTHER), False),
        (1, (Speaker.OTHER, Speaker.SUBJECT), False),
        (3, (Speaker.SUBJECT, Speaker.MIXED), False),
        (2, (Speaker.SUBJECT, Speaker.OTHER), True),
        (3, (), True),
    ],
    ids=["one of two", "the other of two", "three for two", "two", "not said"],
)
def test_a_recording_with_other_channels_than_its_system_says_is_muted_on_all_or_stays_out(
    there, said, leaves
):
    channels = tuple(Channel(str(n), speaker) for n, speaker in enumerate(said))
    stored = recording("r", "x.wav", sound(there), record=("transcripts", "17.1"), channels=channels)
    files = archive(
        (stored, sound(there)), more=[("transcripts", record("transcripts", "17.1", SAID, turns=TURNS))]
    )
    assert ("calls/17.1/recording.wav" in files) is leaves


def test_a_persons_name_or_mailbox_as_a_key_is_told_by_no_pointer():
    said = {"by": {"olli@other.example": {"said": "I am Olli, and I am ill"}}, "me": "my own words here"}
    turns = (Turn("/by/olli@other.example/said", Speaker.OTHER), Turn("/me", Speaker.SUBJECT))
    marked = record(
        "t",
        "1",
        said,
        turns=turns,
        others=("/by/olli@other.example",),
        made_by_ai=("/by/olli@other.example",),
    )
    people = {"people": {"Olli Other": {"n": 1}, "050-111-2222": {"n": 2}}}
    mapped = record("p", "1", people, others=("/people/Olli Other", "/people/050-111-2222"))
    files = archive(more=[("t", marked), ("p", mapped)])
    assert told(files, "olli@", "Olli", "111-2222") == []
    (call,) = json.loads(files["data/calls/pbx.t.json"])
    assert [turn["pointer"] for turn in call["turns"]] == ["/by", "/me"]
