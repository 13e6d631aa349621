"""Recordings made for the tests: a tone of its own on each channel, so that every sample says whose it is."""

import io
from collections.abc import Sequence

import numpy as np
import soundfile

from dsar.audio import Muted
from dsar.audio.wave import Block

TONES_HZ = (440, 700, 1000, 1300, 1600, 1900)


def tones(seconds: float, *, rate: int = 8000, channels: int = 1) -> Block:
    """Half-scale tones, none of them at zero for two frames in a row."""
    at = np.arange(round(seconds * rate)) / rate
    return np.stack([0.5 * np.sin(2 * np.pi * hz * at + 0.1) for hz in TONES_HZ[:channels]], 1)


def written(samples: Block, *, form: str = "WAV", subtype: str = "PCM_16", rate: int = 8000) -> bytes:
    """As a file of a form."""
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=form, subtype=subtype)
    return file.getvalue()


def read(file: bytes, dtype: str = "float64") -> Block:
    """The samples of a file, frame by frame."""
    samples: Block = soundfile.read(io.BytesIO(file), dtype=dtype, always_2d=True)[0]
    return samples


def taken(made: Muted) -> bytes:
    """The file that was made, which is as long as was said."""
    file = b"".join(made.pieces)
    assert len(file) == made.bytes
    return file


def is_silent(samples: Block, channels: Sequence[int] = ()) -> bool:
    """Whether nothing is heard, on some channels or on all."""
    return not samples[:, channels or slice(None)].any()
