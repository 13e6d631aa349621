"""The WAV that is written: RIFF while its size fits into 32 bits, RF64 beyond, and other programs read both."""

import io
import tracemalloc
from contextlib import nullcontext

import pytest
import soundfile

from dsar.audio import Unreadable, muted
from dsar.audio.muting import HOURS_MAX
from dsar.audio.recording import BLOCK_BYTES
from dsar.audio.wave import Samples, Wave
from dsar.domain.withholding import Stretch


class _Endless(io.RawIOBase):
    """A file of which only the beginning is kept: the rest, gigabytes of it, is silence."""

    def __init__(self, head: bytes, size: int) -> None:
        self._head, self._size, self._at = head, size, 0

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self._at = (0, self._at, self._size)[whence] + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        count = max(min(len(buffer), self._size - self._at), 0)
        known = self._head[self._at : self._at + count]
        buffer[:count] = known + bytes(count - len(known))
        self._at += count
        return count


@pytest.mark.parametrize("samples", Samples)
@pytest.mark.parametrize(("channels", "frames"), [(1, 3), (2, 8000), (6, 1)])
def test_the_head_says_what_follows(samples: Samples, channels: int, frames: int) -> None:
    """For every width, an odd number of bytes included."""
    wave = Wave(frames, 8000, channels, samples)
    file = wave.head + bytes(frames * wave.frame_bytes) + wave.padding

    info = soundfile.info(io.BytesIO(file))

    assert (info.frames, info.channels, info.samplerate) == (frames, channels, 8000)
    assert len(file) == wave.size
    assert int.from_bytes(file[4:8], "little") == len(file) - 8


LAST_RIFF = (2**32 - 1 + 8 - 44) // 4


@pytest.mark.parametrize(("frames", "form"), [(LAST_RIFF, "WAV"), (LAST_RIFF + 1, "RF64"), (2**33, "RF64")])
def test_beyond_four_gibibytes_it_is_rf64(frames: int, form: str) -> None:
    """The last size that fits is RIFF, the next is not; libsndfile counts the same frames."""
    wave = Wave(frames, 48_000, 2, Samples.INT16)

    info = soundfile.info(_Endless(wave.head, wave.size))

    assert (info.format, info.frames) == (form, frames)


def test_a_recording_of_more_than_four_gibibytes_is_known_in_size_before_it_is_read() -> None:
    """As RF64 in, as RF64 out: its length is told from its head and its last frame."""
    wave = Wave(2**31, 48_000, 2, Samples.INT16)

    made = muted(_Endless(wave.head, wave.size), [])

    assert (made.frames, made.bytes) == (2**31, wave.size)
    assert next(made.pieces) == wave.head


def test_a_recording_longer_than_any_call_is_refused_before_it_is_read() -> None:
    """Its head may make a day's work out of a few kilobytes."""
    longest = HOURS_MAX * 3600 * 8000
    for frames, fits in ((longest, True), (longest + 1, False)):
        wave = Wave(frames, 8000, 1, Samples.INT16)
        with nullcontext() if fits else pytest.raises(Unreadable, match="longer than any call"):
            assert muted(_Endless(wave.head, wave.size), []).frames == frames


def _peak_bytes(seconds: int) -> int:
    wave = Wave(seconds * 8000, 8000, 2, Samples.INT16)
    mutes = [Stretch(at * 10_000, at * 10_000 + 3_000, at % 2) for at in range(seconds // 10)]
    tracemalloc.start()
    try:
        assert max(map(len, muted(_Endless(wave.head, wave.size), mutes).pieces)) <= BLOCK_BYTES
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_an_hour_takes_the_memory_of_a_minute() -> None:
    """But for the list of what is muted: a recording is never held, however long."""
    assert _peak_bytes(3600) < _peak_bytes(60) + BLOCK_BYTES
