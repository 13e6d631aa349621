"""A recording written anew, block by block, with silence where it was muted and with nothing but its sound."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from dsar.audio.errors import NoSuchChannel, Unreadable
from dsar.audio.guarded import Source
from dsar.audio.recording import Recording, opened
from dsar.audio.silence import first_frame, silences, stop_frame
from dsar.audio.wave import Wave
from dsar.domain.withholding import Stretch

HOURS_MAX = 100  # a few kilobytes of FLAC may claim to be years of silence


class Muted(Struct, frozen=True):
    """A WAV to be written: so many `bytes`, in `pieces` that are made as they are taken, once.

    `is_whole` is False where the recording ends before its head says: what can be read of it is there.
    """

    pieces: Iterator[bytes]
    bytes: int
    frames: int
    rate: int
    channels: int
    is_whole: bool = True


def muted(source: Source, mutes: Sequence[Stretch], channels: int = 0) -> Muted:
    """The whole recording, muted. Read is from `source` now and while the pieces are taken.

    `channels` is how many its system says that there are, 0 where it says nothing. Raises Unreadable and NoSuchChannel
    now, and whatever the source raises, now or later.
    """
    with opened(source) as recording:
        frames = _counted(recording)
        if frames > HOURS_MAX * 3600 * recording.file.samplerate:
            raise Unreadable("recording: is longer than any call")
        wave = _wave(recording, frames)
        _fits(mutes, wave, channels)
        whole = frames == recording.frames
    return _written(wave, _pieces(source, wave, 0, mutes), is_whole=whole)


def stretch(
    source: Source, from_ms: int, to_ms: int, mutes: Sequence[Stretch] = (), channels: int = 0
) -> Muted:
    """The part between two times, as it would leave; shorter where the recording ends before."""
    with opened(source) as recording:
        rate = recording.file.samplerate
        first = first_frame(from_ms, rate)
        wave = _wave(recording, max(min(stop_frame(to_ms, rate), recording.frames) - first, 0))
        _fits(mutes, wave, channels)
    return _written(wave, _pieces(source, wave, first, mutes, ends_early=True), is_whole=True)


def _fits(mutes: Sequence[Stretch], wave: Wave, channels: int) -> None:
    silences(mutes, wave.rate, wave.channels)
    # Where it has others than its system says, who is heard on which is not known.
    if channels not in {0, wave.channels} and any(mute.channel is not None for mute in mutes):
        raise NoSuchChannel("recording: has not as many channels as its system says")


def _written(wave: Wave, pieces: Iterator[bytes], *, is_whole: bool) -> Muted:
    return Muted(pieces, wave.size, wave.frames, wave.rate, wave.channels, is_whole)


def _wave(recording: Recording, frames: int) -> Wave:
    return Wave(frames, recording.file.samplerate, recording.file.channels, recording.samples)


def _counted(recording: Recording) -> int:
    """How many frames can be read. The head of a recording that was cut off, or of a hostile one, says anything."""
    if recording.is_plain and _ends_as_said(recording):
        return recording.frames
    count = 0
    try:
        limit = HOURS_MAX * 3600 * recording.file.samplerate + 1
        for block in recording.blocks(0, min(recording.frames, limit)):
            count += len(block)
    except Unreadable:
        if not count:
            raise
    return count


def _ends_as_said(recording: Recording) -> bool:
    if not recording.frames:
        return True
    try:
        return sum(map(len, recording.blocks(recording.frames - 1, recording.frames))) == 1
    except Unreadable:
        recording.file.seek(0)
        return False


def _pieces(
    source: Source, wave: Wave, first: int, mutes: Sequence[Stretch], *, ends_early: bool = False
) -> Iterator[bytes]:
    yield wave.head
    at = first
    with opened(source) as recording:
        laid = silences(mutes, wave.rate, wave.channels)
        for block in recording.blocks(first, first + wave.frames):
            for silence in laid:
                silence.lay(block, at)
            at += len(block)
            yield wave.samples.packed(block)
    missing = first + wave.frames - at
    if missing and not ends_early:
        raise Unreadable("recording: is not what it was a moment ago")
    yield from _quiet(missing * wave.frame_bytes)
    yield wave.padding


def _quiet(count: int) -> Iterator[bytes]:
    piece = b"\x00" * min(count, 1024 * 1024)
    while count > 0:
        yield piece[:count]
        count -= len(piece)
