"""What is muted is silence to the sample, and what is not is untouched, whatever form the recording has."""

import io

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from dsar.audio import NoSuchChannel, muted, stretch
from dsar.domain.withholding import Stretch
from tests.unit.audio.sounds import is_silent, read, taken, tones, written

EXACT = [
    ("WAV", "PCM_U8", "PCM_16"),
    ("WAV", "PCM_16", "PCM_16"),
    ("WAV", "PCM_24", "PCM_24"),
    ("WAV", "PCM_32", "PCM_32"),
    ("WAV", "FLOAT", "FLOAT"),
    ("WAV", "DOUBLE", "DOUBLE"),
    ("WAV", "ULAW", "PCM_16"),
    ("WAV", "ALAW", "PCM_16"),
    ("WAV", "GSM610", "PCM_16"),
    ("WAV", "IMA_ADPCM", "PCM_16"),
    ("RF64", "PCM_16", "PCM_16"),
    ("W64", "PCM_16", "PCM_16"),
    ("AIFF", "PCM_24", "PCM_24"),
    ("AU", "ULAW", "PCM_16"),
    ("CAF", "ALAC_16", "PCM_16"),
    ("FLAC", "PCM_16", "PCM_16"),
    ("FLAC", "PCM_24", "PCM_24"),
]
LOSSY = [("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III")]


@pytest.mark.parametrize(("form", "subtype", "out"), EXACT)
def test_a_stretch_is_silent_and_the_rest_is_as_it_was(form: str, subtype: str, out: str) -> None:
    """Every sample outside is the very same number, as wide as the recording had it."""
    source = written(tones(3), form=form, subtype=subtype)

    file = taken(muted(io.BytesIO(source), [Stretch(1000, 2000)]))

    before, after = read(source), read(file)
    assert is_silent(after[8000:16000])
    assert np.array_equal(after[:8000], before[:8000])
    assert np.array_equal(after[16000:], before[16000:])
    info = soundfile.info(io.BytesIO(file))
    assert (info.format, info.subtype, info.samplerate) == ("WAV", out, 8000)


@pytest.mark.parametrize(("form", "subtype"), LOSSY)
def test_what_is_compressed_is_decoded_once_and_sounds_the_same(form: str, subtype: str) -> None:
    """To the last bit of 16: blocks leave no seam, and what is louder than full scale does not wrap round."""
    source = written(1.9 * tones(40, rate=16000), form=form, subtype=subtype, rate=16000)

    file = taken(muted(io.BytesIO(source), [Stretch(1000, 2000)]))

    before, after = np.clip(read(source), -1, 1), read(file)
    assert is_silent(after[16000:32000])
    assert np.abs(after[32000:] - before[32000:]).max() < 1e-4
    assert np.abs(after[:16000] - before[:16000]).max() < 1e-4


def test_one_channel_is_muted_and_the_other_goes_on() -> None:
    """The second channel keeps every sample."""
    source = written(tones(2, channels=2))

    after = read(taken(muted(io.BytesIO(source), [Stretch(0, None, 0), Stretch(500, 600, 1)])))

    before = read(source)
    assert is_silent(after, [0])
    assert is_silent(after[4000:4800], [1])
    assert np.array_equal(after[:4000, 1], before[:4000, 1])
    assert np.array_equal(after[4800:, 1], before[4800:, 1])


def test_a_stretch_is_widened_to_whole_frames() -> None:
    """At 11025 frames a second no millisecond is a whole number of them: both edges go outwards."""
    source = written(np.full((11025, 1), 0.5), rate=11025)

    silent = np.flatnonzero(read(taken(muted(io.BytesIO(source), [Stretch(101, 202)])))[:, 0] == 0)

    assert (silent[0], silent[-1] + 1) == (1113, 2228)  # 1113.5 and 2227.05


@given(
    mutes=st.lists(
        st.builds(
            Stretch, st.integers(0, 1200), st.integers(0, 1200) | st.none(), st.sampled_from([None, 0, 1])
        ),
        max_size=6,
    )
)
def test_no_frame_within_any_stretch_is_heard(mutes: list[Stretch]) -> None:
    """Whatever stretches overlap, stand the wrong way round or reach beyond the end; and nothing else is lost."""
    source = written(np.full((1000, 2), 0.5), rate=1000)

    after = read(taken(muted(io.BytesIO(source), mutes)))

    hidden = np.zeros((1000, 2), bool)
    for mute in mutes:
        end = 1000 if mute.to_ms is None else mute.to_ms
        first, stop = (mute.from_ms, end) if mute.to_ms is None else sorted((mute.from_ms, end))
        hidden[first:stop, slice(None) if mute.channel is None else mute.channel] = True
    assert np.array_equal(after == 0, hidden)


@pytest.mark.parametrize("channel", [2, -1])
def test_a_channel_that_is_not_there_is_an_error_before_the_first_byte(channel: int) -> None:
    """Passing the recording on would let go what should be muted."""
    with pytest.raises(NoSuchChannel):
        muted(io.BytesIO(written(tones(1, channels=2))), [Stretch(0, 10, channel)])


def test_what_a_recording_says_besides_its_sound_is_gone() -> None:
    """Titles, authors, ID3 tags and chunks of any other name."""
    source = io.BytesIO()
    with soundfile.SoundFile(source, "w", 8000, 1, "PCM_16", format="WAV") as file:
        file.title, file.comment, file.artist = "Anna Testi", "rang about Bertta Koe", "0401234567"
        file.write(tones(1))
    hidden = source.getvalue() + b"bext\x08\x00\x00\x00Bertta!!" + b"id3 \x04\x00\x00\x00ID3!"

    made = taken(muted(io.BytesIO(hidden), []))

    assert b"Anna" in hidden
    assert not [
        word for word in (b"LIST", b"bext", b"id3", b"Anna", b"Bertta", b"0401234567") if word in made
    ]
    assert np.array_equal(read(made), read(hidden))


def test_a_stretch_is_heard_alone_as_it_is_and_as_it_would_leave() -> None:
    """The times of what is muted are the whole recording's."""
    source = written(tones(3))

    collected = read(taken(stretch(io.BytesIO(source), 1000, 2000)))
    released = read(taken(stretch(io.BytesIO(source), 1000, 2000, [Stretch(1500, 1600)])))

    assert np.array_equal(collected, read(source)[8000:16000])
    assert is_silent(released[4000:4800])
    assert np.array_equal(released[:4000], collected[:4000])


@pytest.mark.parametrize(("form", "subtype"), LOSSY)
def test_a_stretch_of_what_is_compressed_is_cut_to_the_frame(form: str, subtype: str) -> None:
    """What is decoded from the middle on is, after a while, what is decoded from the beginning."""
    source = written(tones(10, rate=16000), form=form, subtype=subtype, rate=16000)

    part = read(taken(stretch(io.BytesIO(source), 5000, 6000, [Stretch(5500, 5600)])))

    whole = np.clip(read(source), -1, 1)[80000:96000]
    assert is_silent(part[8000:9600])
    assert np.abs(part[:8000] - whole[:8000]).max() < 1e-2


@pytest.mark.parametrize(("begin", "end", "frames"), [(2500, 9000, 4000), (3000, 4000, 0), (9000, 10_000, 0)])
def test_a_stretch_beyond_the_end_is_shorter(begin: int, end: int, frames: int) -> None:
    """And empty where all of it lies there."""
    made = stretch(io.BytesIO(written(tones(3))), begin, end)

    assert (made.frames, len(read(taken(made)))) == (frames, frames)
