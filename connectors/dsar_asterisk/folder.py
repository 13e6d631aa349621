"""A folder of files named after channels: reached through its descriptor, by a bare name, and never through a link."""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from dsar.contract import Refused
from dsar_asterisk.faults import faults


class Opened(Struct, frozen=True):
    """The folder while it is open; `setting` names it in errors."""

    number: int
    setting: str

    def size(self, name: str) -> int | None:
        """How large a file is; None where there is none."""
        try:
            state = os.stat(name, dir_fd=self.number, follow_symlinks=False)
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(state.st_mode):
            # A link may lead out of the folder, and removing it would leave what it leads to.
            raise Refused(f"{self.setting}: {name} is no plain file; put the file itself in its place")
        return state.st_size

    def file(self, name: str) -> int:
        """A descriptor of a file, for reading."""
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=self.number)

    def erase(self, names: Sequence[str]) -> int:
        """Remove these files; how many there were."""
        gone = sum(self._unlink(name) for name in names if self.size(name) is not None)
        os.fsync(self.number)
        return gone

    def _unlink(self, name: str) -> bool:
        try:
            os.unlink(name, dir_fd=self.number)
        except FileNotFoundError:
            return False
        return True


@contextmanager
def opened(path: Path, setting: str) -> Iterator[Opened]:
    """Open it; what the file system says becomes the contract's error."""
    with faults(setting):
        number = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            yield Opened(number, setting)
        finally:
            os.close(number)
