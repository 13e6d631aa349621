"""A WAV without metadata, whose every byte is known in number before the first: RIFF, or RF64 from 4 GiB on.

The forms are those of EBU Tech 3306 (RF64) and of Microsoft's RIFF.
"""

import struct
from enum import Enum
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Block = NDArray[Any]

_MAX32 = 0xFFFFFFFF
_PCM, _FLOAT = 1, 3


class Samples(Enum):
    """How a sample is written: its bytes, and whether it is a floating-point number."""

    INT16 = (2, False)
    INT24 = (3, False)
    INT32 = (4, False)
    FLOAT32 = (4, True)
    FLOAT64 = (8, True)

    @property
    def width(self) -> int:
        """Bytes of one sample."""
        return self.value[0]

    @property
    def dtype(self) -> str:
        """What they are read as: three bytes come in the upper ones of four."""
        return ("float" if self.value[1] else "int") + str(8 * (self.width + self.width % 2))

    def packed(self, block: Block) -> bytes:
        """As they stand in the file."""
        little = block.astype(block.dtype.newbyteorder("<"), copy=False)
        if self is not Samples.INT24:
            return little.tobytes()
        return np.ascontiguousarray(little).view(np.uint8).reshape(-1, 4)[:, 1:].tobytes()


class Wave(Struct, frozen=True):
    """A file's measure. A frame is one sample of every channel."""

    frames: int
    rate: int
    channels: int
    samples: Samples

    @property
    def frame_bytes(self) -> int:
        """Bytes of one frame."""
        return self.channels * self.samples.width

    @property
    def _data(self) -> int:
        return self.frames * self.frame_bytes

    @property
    def padding(self) -> bytes:
        """A chunk of odd length is followed by one byte."""
        return b"\x00" * (self._data % 2)

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        return len(self.head) + self._data + len(self.padding)

    @property
    def head(self) -> bytes:
        """All that stands before the samples."""
        chunks = self._form()
        riff = len(b"WAVE") + len(chunks) + 8 + self._data + len(self.padding)
        if riff <= _MAX32:
            return struct.pack("<4sL4s", b"RIFF", riff, b"WAVE") + chunks + _chunk(b"data", self._data)
        sizes = struct.pack("<QQQL", riff + 8 + 28, self._data, self.frames, 0)
        ds64 = _chunk(b"ds64", len(sizes)) + sizes
        return struct.pack("<4sL4s", b"RF64", _MAX32, b"WAVE") + ds64 + chunks + _chunk(b"data", _MAX32)

    def _form(self) -> bytes:
        tag = _FLOAT if self.samples.value[1] else _PCM
        flow = min(self.rate * self.frame_bytes, _MAX32)
        bits = 8 * self.samples.width
        form = struct.pack("<HHLLHH", tag, self.channels, self.rate, flow, self.frame_bytes, bits)
        if tag == _PCM:
            return _chunk(b"fmt ", len(form)) + form
        fact = _chunk(b"fact", 4) + struct.pack("<L", min(self.frames, _MAX32))
        return _chunk(b"fmt ", len(form) + 2) + form + b"\x00\x00" + fact


def _chunk(name: bytes, size: int) -> bytes:
    return struct.pack("<4sL", name, size)
