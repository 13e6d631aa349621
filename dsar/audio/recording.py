"""A recording taken apart: what it is, and its frames block by block."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import soundfile
from msgspec import Struct

from dsar.audio.errors import Unreadable
from dsar.audio.guarded import Guarded, Source
from dsar.audio.wave import Block, Samples

BLOCK_BYTES = 512 * 1024  # of decoded samples, held at once
CODED_BLOCK_BYTES = 64 * 1024  # of what is compressed: as much is lost before a place that is damaged
CHANNELS_MAX = 64
# libsndfile knows more, and what telephony never writes is only a way in for a hostile file.
FORMATS = frozenset({"WAV", "WAVEX", "RF64", "W64", "AIFF", "AU", "CAF", "FLAC", "OGG", "MP3"})
_PLAIN = {
    "PCM_S8": Samples.INT16,
    "PCM_U8": Samples.INT16,
    "PCM_16": Samples.INT16,
    "PCM_24": Samples.INT24,
    "PCM_32": Samples.INT32,
    "FLOAT": Samples.FLOAT32,
    "DOUBLE": Samples.FLOAT64,
}
# Decoded to numbers that may exceed what an integer holds: read as integers they would wrap round.
_LOSSY = ("VORBIS", "OPUS", "MPEG_LAYER_I", "MPEG_LAYER_II", "MPEG_LAYER_III")
_FULL_SCALE = 32767


class _Forward(soundfile.SoundFile):  # type: ignore[misc]  # it has no types
    """Reads on from where it is: a seek to there after each block, as soundfile does it, is heard in Opus and MP3."""

    def seekable(self) -> bool:
        """What keeps it from that."""
        return False


class Recording(Struct, frozen=True):
    """An open recording."""

    file: soundfile.SoundFile
    source: Guarded

    @property
    def samples(self) -> Samples:
        """How its samples are written out again: as wide as they are, and 16 bits what is compressed."""
        lossless = self.file.format == "FLAC" and self.file.subtype in _PLAIN
        return _PLAIN[self.file.subtype] if self.is_plain or lossless else Samples.INT16

    @property
    def is_plain(self) -> bool:
        """Whether its samples stand one by one, so that its length can be told without reading it."""
        return self.file.format != "FLAC" and self.file.subtype in _PLAIN

    @property
    def frames(self) -> int:
        """What its head says."""
        return max(int(self.file.frames), 0)

    def blocks(self, first: int, stop: int) -> Iterator[Block]:
        """The frames from `first` to before `stop`; ends before where the recording does."""
        kind = "float32" if self.file.subtype in _LOSSY else self.samples.dtype
        most = BLOCK_BYTES if self.is_plain else CODED_BLOCK_BYTES
        held = max(1, most // (self.file.channels * np.dtype(kind).itemsize))
        space = np.empty((held, self.file.channels), kind)
        at = self._sought(first) if first < stop else stop
        while at < stop:
            block = self._read(space, min(held, (first if at < first else stop) - at))
            if not len(block):
                return
            if at >= first:
                yield _rounded(block) if self.file.subtype in _LOSSY else block
            at += len(block)

    def _sought(self, first: int) -> int:
        """Go there, or a little before: what is compressed sounds as it should only after a while."""
        at = first if self.is_plain else max(first - self.file.samplerate, 0)
        if at:
            with self._named():
                self.file.seek(at)
        return at

    def _read(self, space: Block, count: int) -> Block:
        with self._named():
            block: Block = self.file.read(count, out=space)
            return block

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except soundfile.LibsndfileError as error:
            self.source.raise_fault()
            raise Unreadable("recording: cannot be read on") from error
        self.source.raise_fault()


@contextmanager
def opened(source: Source) -> Iterator[Recording]:
    """Open a recording; raises Unreadable, and whatever the source raises."""
    guarded = Guarded(source)
    try:
        file = _Forward(guarded)
    except (soundfile.SoundFileError, TypeError) as error:
        guarded.raise_fault()
        raise Unreadable("recording: is of no form that is read here") from error
    with file:
        guarded.raise_fault()
        if file.format not in FORMATS or not 0 < file.channels <= CHANNELS_MAX or file.samplerate < 1:
            raise Unreadable("recording: is of no form that is read here")
        yield Recording(file, guarded)


def _rounded(block: Block) -> Block:
    scaled = np.nan_to_num(block, copy=False) * _FULL_SCALE
    samples: Block = np.clip(np.rint(scaled), -_FULL_SCALE - 1, _FULL_SCALE).astype(np.int16)
    return samples
