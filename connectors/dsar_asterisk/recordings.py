"""The audio of calls: one folder, the mix and each side in a file named after the channel."""

import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from dsar.contract import Refused
from dsar_asterisk.cdr import is_uniqueid
from dsar_asterisk.faults import faults

MEDIA_TYPE = "audio/wav"
_PIECE_BYTES = 131_072
# By the end of the name: who is heard. The mix holds both voices.
_SIDES = {"": ("caller", "agent"), "-rx": ("caller",), "-tx": ("agent",)}
_NAME = re.compile(r"call-(?P<uniqueid>.+?)(?:-rx|-tx)?\.wav", re.ASCII)


class Recording(Struct, frozen=True):
    """One file of the folder."""

    name: str
    size: int
    channels: tuple[str, ...]


class Recordings(Struct, frozen=True):
    """The folder. Files are reached through its descriptor, by a bare name, and never through a link."""

    path: Path
    setting: str = "recordings_dir"

    def found(self, uniqueids: Iterable[str]) -> list[Recording]:
        """The files of these channels: for each the mix, the caller's side, the agent's side."""
        with self._folder() as folder:
            sides = [
                (f"call-{uniqueid}{end}.wav", who) for uniqueid in uniqueids for end, who in _SIDES.items()
            ]
            sizes = [(name, self._size(folder, name), who) for name, who in sides]
        return [Recording(name, size, who) for name, size, who in sizes if size is not None]

    def pieces(self, name: str) -> Iterator[bytes]:
        """The file's bytes, 128 KiB at a time."""
        with self._folder() as folder:
            if self._size(folder, name) is None:
                raise Refused(f"{self.setting}: the recording is no longer there")
            number = os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=folder)
        with faults(self.setting), os.fdopen(number, "rb", buffering=0) as stream:
            while piece := stream.read(_PIECE_BYTES):
                yield piece

    def erase(self, uniqueids: Iterable[str]) -> int:
        """Remove the files of these channels; how many there were."""
        doomed = self.found(uniqueids)
        with self._folder() as folder:
            gone = sum(_unlink(folder, recording.name) for recording in doomed)
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


def uniqueid_of(name: str) -> str:
    """The channel that a recording's name speaks of; a name that Asterisk would not give is refused."""
    parts = _NAME.fullmatch(name)
    if parts is None or not is_uniqueid(parts["uniqueid"]):
        raise Refused("recordings_dir: the attachment's name is no recording's; export it again")
    return parts["uniqueid"]


def _unlink(folder: int, name: str) -> bool:
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return False
    return True
