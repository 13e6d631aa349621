"""Recordings that are damaged, cut off or made to harm: named before the first byte, or read as far as they go."""

import io
import struct

import numpy as np
import pytest

from dsar.audio import Unreadable, muted
from dsar.domain.withholding import Stretch
from dsar.vault import VaultError
from tests.unit.audio.sounds import read, taken, tones, written

MUTES = [Stretch(100, 200)]


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"RIFF",
        b"not a recording, for all that is known" * 100,
        b"#!AMR\n" + bytes(1000),
        b"RIFF\xff\xff\xff\xffWAVEfmt \xff\xff\xff\xff" + bytes(100),
        written(tones(0.1))[:40],
        b"fLaC" + bytes(50),
        b"OggS" + bytes(500),
        written(tones(0.1), form="VOC"),
    ],
    ids=["empty", "begun", "text", "amr", "hostile", "no-data", "flac-head", "ogg-head", "not-allowed"],
)
def test_what_cannot_be_read_is_named_and_nothing_of_it_leaves(file: bytes) -> None:
    """Before the first byte, so that the whole can be withheld instead."""
    with pytest.raises(Unreadable, match="recording: is of no form that is read here"):
        muted(io.BytesIO(file), MUTES)


@pytest.mark.parametrize("claimed", [0, 1, 0x7FFFFFFE, 0xFFFFFFFF])
def test_a_length_that_the_head_gets_wrong_does_no_harm(claimed: int) -> None:
    """What is there is read, and no more is promised than is given."""
    source = bytearray(written(tones(1)))
    source[40:44] = struct.pack("<L", claimed)

    made = muted(io.BytesIO(bytes(source)), MUTES)

    assert made.frames <= 8000
    assert len(read(taken(made))) == made.frames


FORMS = [
    ("WAV", "PCM_16"),
    ("AIFF", "PCM_16"),
    ("WAV", "GSM610"),
    ("FLAC", "PCM_16"),
    ("OGG", "VORBIS"),
    ("MP3", "MPEG_LAYER_III"),
]


@pytest.mark.parametrize(("form", "subtype"), FORMS)
@pytest.mark.parametrize("left", [0.5, 0.9])
def test_a_recording_that_was_cut_off_is_given_as_far_as_it_goes(
    form: str, subtype: str, left: float
) -> None:
    """Its length is true, what is muted is muted, and more than a tenth of what is there is there."""
    rate = 16000
    whole = written(tones(30, rate=rate), form=form, subtype=subtype, rate=rate)

    made = muted(io.BytesIO(whole[: int(len(whole) * left)]), MUTES)

    after = read(taken(made))
    assert 3 * rate < made.frames == len(after) <= 30 * rate * left * 1.1
    assert not after[1600:3200].any()


@pytest.mark.parametrize(("form", "subtype"), FORMS)
def test_no_damage_in_the_middle_lets_a_muted_frame_through(form: str, subtype: str) -> None:
    """Or makes the file another length than was said."""
    source = bytearray(written(tones(4, rate=16000), form=form, subtype=subtype, rate=16000))
    middle = len(source) // 2
    source[middle : middle + 200] = np.random.default_rng(6).bytes(200)

    try:
        made = muted(io.BytesIO(bytes(source)), [Stretch(100, None)])
    except Unreadable:
        return
    assert not read(taken(made))[1600:].any()


def test_a_recording_without_a_frame_stays_one() -> None:
    """A call that nobody answered."""
    made = muted(io.BytesIO(written(tones(0))), MUTES)

    assert (made.frames, len(read(taken(made)))) == (0, 0)


class _Damaged(io.BytesIO):
    """Cannot be read beyond a place, as a sealed stream that was changed there."""

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        if self.tell() + len(buffer) > 20_000:
            raise VaultError("sealed stream: was changed")
        return super().readinto(buffer)


def test_damage_of_the_source_is_no_end_of_the_recording() -> None:
    """libsndfile takes a failing read for the end: then the rest would be missing and nobody would know."""
    source = _Damaged(written(tones(10)))

    with pytest.raises(VaultError):
        taken(muted(source, MUTES))


def test_a_recording_that_changes_under_the_hand_is_not_passed_off_as_whole() -> None:
    """Between the counting and the writing it became shorter."""
    source = io.BytesIO(written(tones(5)))
    made = muted(source, MUTES)
    source.truncate(20_000)

    with pytest.raises(Unreadable, match="a moment ago"):
        taken(made)
