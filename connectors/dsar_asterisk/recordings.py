"""The audio of calls in a folder: the mix and each side in a file named after the channel."""

import os
import struct
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from dsar.contract import Refused
from dsar_asterisk.faults import faults
from dsar_asterisk.folder import Opened, opened
from dsar_asterisk.recording import SIDES, Recording

FOLDER_NAME = "call-{uniqueid}"
SUFFIX = ".wav"
_PIECE_BYTES = 131_072
_HEAD_BYTES = 24
_STEREO = 2


class Recordings(Struct, frozen=True):
    """The folder."""

    path: Path
    setting: str = "recordings_dir"

    def found(self, uniqueids: Iterable[str]) -> list[Recording]:
        """The files of these channels: for each the mix, the caller's side, the other side."""
        with opened(self.path, self.setting) as folder:
            named = [
                (uniqueid, side, f"{FOLDER_NAME.format(uniqueid=uniqueid)}{side}{SUFFIX}")
                for uniqueid in uniqueids
                for side in SIDES
            ]
            sizes = [(*each, folder.size(each[-1])) for each in named]
            return [
                Recording(name, name, uniqueid, side, size, is_stereo=not side and _is_stereo(folder, name))
                for uniqueid, side, name, size in sizes
                if size is not None
            ]

    def pieces(self, name: str) -> Iterator[bytes]:
        """The file's bytes, 128 KiB at a time."""
        with opened(self.path, self.setting) as folder:
            if folder.size(name) is None:
                raise Refused(f"{self.setting}: the recording is no longer there")
            number = folder.file(name)
        with faults(self.setting), os.fdopen(number, "rb", buffering=0) as stream:
            while piece := stream.read(_PIECE_BYTES):
                yield piece

    def erase(self, names: Sequence[str]) -> int:
        """Remove these files; how many there were."""
        with opened(self.path, self.setting) as folder:
            return folder.erase(names)


def _is_stereo(folder: Opened, name: str) -> bool:
    """Whether the file keeps the two sides apart, as MixMonitor's option `D` does."""
    with os.fdopen(folder.file(name), "rb") as stream:
        head = stream.read(_HEAD_BYTES)
    # RIFF size WAVE "fmt " size, the form of the sound, and then how many channels it has.
    return (
        len(head) == _HEAD_BYTES
        and head[8:16] == b"WAVEfmt "
        and struct.unpack("<H", head[22:]) == (_STEREO,)
    )
