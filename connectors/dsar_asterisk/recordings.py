"""The audio of calls in a folder: the mix and each side in a file named after the channel."""

import os
import stat
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from dsar.contract import Refused
from dsar_asterisk.faults import faults
from dsar_asterisk.recording import SIDES, Recording

FOLDER_NAME = "call-{uniqueid}"
SUFFIX = ".wav"
_PIECE_BYTES = 131_072
_HEAD_BYTES = 24
_STEREO = 2


class Recordings(Struct, frozen=True):
    """The folder. Files are reached through its descriptor, by a bare name, and never through a link."""

    path: Path
    setting: str = "recordings_dir"

    def found(self, uniqueids: Iterable[str]) -> list[Recording]:
        """The files of these channels: for each the mix, the caller's side, the other side."""
        with self._folder() as folder:
            named = [
                (uniqueid, side, f"{FOLDER_NAME.format(uniqueid=uniqueid)}{side}{SUFFIX}")
                for uniqueid in uniqueids
                for side in SIDES
            ]
            sizes = [(*each, self._size(folder, each[-1])) for each in named]
            return [
                Recording(
                    name, name, uniqueid, side, size, is_stereo=not side and self._is_stereo(folder, name)
                )
                for uniqueid, side, name, size in sizes
                if size is not None
            ]

    def pieces(self, name: str) -> Iterator[bytes]:
        """The file's bytes, 128 KiB at a time."""
        with self._folder() as folder:
            if self._size(folder, name) is None:
                raise Refused(f"{self.setting}: the recording is no longer there")
            number = self._opened(folder, name)
        with faults(self.setting), os.fdopen(number, "rb", buffering=0) as stream:
            while piece := stream.read(_PIECE_BYTES):
                yield piece

    def erase(self, names: Sequence[str]) -> int:
        """Remove these files; how many there were."""
        with self._folder() as folder:
            gone = sum(_unlink(folder, name) for name in names if self._size(folder, name) is not None)
            os.fsync(folder)
        return gone

    @contextmanager
    def _folder(self) -> Iterator[int]:
        with faults(self.setting):
            folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
            try:
                yield folder
            finally:
                os.close(folder)

    def _size(self, folder: int, name: str) -> int | None:
        try:
            state = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(state.st_mode):
            # A link may lead out of the folder, and removing it would leave what it leads to.
            raise Refused(f"{self.setting}: {name} is no plain file; put the file itself in its place")
        return state.st_size

    def _is_stereo(self, folder: int, name: str) -> bool:
        """Whether the file keeps the two sides apart, as MixMonitor's option `D` does."""
        with os.fdopen(self._opened(folder, name), "rb") as stream:
            head = stream.read(_HEAD_BYTES)
        # RIFF size WAVE "fmt " size, the form of the sound, and then how many channels it has.
        return (
            len(head) == _HEAD_BYTES
            and head[8:16] == b"WAVEfmt "
            and struct.unpack("<H", head[22:]) == (_STEREO,)
        )

    @staticmethod
    def _opened(folder: int, name: str) -> int:
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=folder)


def _unlink(folder: int, name: str) -> bool:
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return False
    return True
