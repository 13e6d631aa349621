"""What was written down of a call: turn by turn, each with its speaker and its time, and erased with the call."""

import json

import pytest

from dsar.contract import Attachment, Erase, Maker, Mark, Refused, Speaker, Turn
from dsar.demo.callstore import ANNA

from .store import ONE, everything, exported, opened, phone, records


def of_three(store):
    return next(call for call in store.calls if call.of_three)


def sidecar(store):
    return store.transcripts_dir / f"call-{of_three(store).uniqueids[0]}.json"


async def conversation(store, **changes):
    async with opened(store, **changes) as session:
        found = records(await exported(session, ANNA, ONE))
    return next(item for item in found if item.origin.collection == "transcripts")


def speakers(record):
    return [turn.speaker.value for turn in record.turns]


async def test_a_conversation_says_who_speaks_and_when(store):
    """The third person is known as one, and the words are the software's."""
    record = await conversation(store)

    assert speakers(record) == ["business", "subject", "other", "subject", "business"]
    assert record.turns[2] == Turn("/turns/2/text", Speaker.OTHER, 3500, 5200)
    assert "Kaisa Naapuri" in record.data["turns"][2]["text"]
    assert record.made_by_ai == ("/turns",)
    assert record.maker.model == "sample-scribe 2"
    assert record.maker.at is not None


async def test_a_conversation_and_its_recordings_are_one_call(store):
    """By the call's id: what is withheld of the words is silent in every file of the sound."""
    call = of_three(store)
    async with opened(store) as session:
        items = [item for item in await exported(session, ANNA, ONE) if not isinstance(item, Mark)]

    (words,) = [item for item in items if item.origin.collection == "transcripts"]
    sound = [item for item in items if isinstance(item, Attachment) and item.name in call.files]
    assert words.origin.record_id == call.uniqueids[1]
    assert [item.record[1] for item in sound] == [words.origin.record_id] * 3


@pytest.mark.parametrize(
    ("label", "mapping", "means"),
    [
        ({"speaker": "caller"}, {}, "subject"),
        ({"speaker": "called"}, {}, "business"),
        ({"channel": 1}, {"1": "called"}, "business"),
        ({"channel": "left", "speaker": "A"}, {"left": "called", "A": "other"}, "other"),
        ({"speaker": "B"}, {"A": "other"}, "unknown"),
        ({}, {}, "unknown"),
    ],
    ids=["caller", "called", "channel", "speaker-first", "unmapped", "unnamed"],
)
async def test_labels_mean_whom_the_settings_say(store, label, mapping, means):
    """The ends of the call are known without a word of the settings; a label that nobody explained is nobody known."""
    sidecar(store).write_text(json.dumps([{"text": "Hello", "from": 0.2501, "to": 1, **label}]))

    record = await conversation(store, transcript_speakers=mapping)

    assert speakers(record) == [means]
    assert (record.turns[0].from_ms, record.turns[0].to_ms) == (250, 1000)
    assert record.maker == Maker("speech to text")


async def test_turns_the_wrong_way_round_cover_what_lies_between(store):
    """Software is wrong at times: what is said stays within its time."""
    sidecar(store).write_text(json.dumps([{"text": "Hello", "from": 2.0005, "to": 1.0005}, {"text": "so"}]))

    turns = (await conversation(store)).turns

    assert [(turn.from_ms, turn.to_ms) for turn in turns] == [(1000, 2001), (None, None)]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b'[{"speaker": "A"}]',
        b'[{"text": "Kaisa", "from": -1}]',
        b'[{"text": "Kaisa", "to": 1e12}]',
        b'[{"text": 5}]',
        b'[{"text": "\xff"}]',
        b"[" * 10_000,
    ],
    ids=["empty", "object", "no-text", "before", "far", "number", "no-utf8", "deep"],
)
async def test_words_that_cannot_be_read_stop_the_export_and_are_not_repeated(store, content):
    """To leave them out would say that there are none."""
    sidecar(store).write_bytes(content)

    with pytest.raises(Refused, match="transcripts_dir") as refused:
        await conversation(store)
    assert "Kaisa" not in str(refused.value)


async def test_a_link_in_the_folder_is_refused(store):
    """It may lead out of it."""
    away = sidecar(store).rename(store.folder / "elsewhere.json")
    sidecar(store).symlink_to(away)

    with pytest.raises(Refused, match="no plain file"):
        await conversation(store)


async def test_a_call_is_not_erased_without_what_was_written_down_of_it(store):
    """Nothing else says whose the words are."""
    async with opened(store) as session:
        found = [
            item.origin
            for item in await everything(session.export(phone(ANNA), ONE, None))
            if not isinstance(item, Mark)
        ]
        mine = [(one.collection, one.record_id) for one in found if one.collection != "transcripts"]
        with pytest.raises(Refused, match="transcripts"):
            await session.carry_out(phone(ANNA), ONE, Erase(only=tuple(mine)), "key")
    assert sidecar(store).exists()
