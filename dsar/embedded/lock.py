"""One process a data folder: a kernel lock that ends with its holder, however that ends."""

import fcntl
import os
from pathlib import Path

from dsar.embedded.errors import AlreadyRunning, EmbeddedError
from dsar.embedded.folder import hand_over

PID_BYTES_MAX = 32


class Lock:
    """Held from construction to `release`; the children do not inherit it (os.open closes on exec)."""

    def __init__(self, data_dir: Path) -> None:
        self._fd = _open(data_dir / "lock")
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._fd, PID_BYTES_MAX, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(self._fd)
            raise AlreadyRunning(
                f"the data folder {data_dir} is in use by process {holder}: use that one, stop it, "
                "or choose another data folder"
            ) from error
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        # The file stays: removing it would let two processes lock two files of one name.
        if self._fd >= 0:
            os.ftruncate(self._fd, 0)
            os.close(self._fd)
            self._fd = -1


def _open(path: Path) -> int:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        owner = path.parent.stat().st_uid
        raise EmbeddedError(
            f"cannot lock the data folder {path.parent} of uid {owner} ({error.strerror}): "
            "start as its owner or as root, or choose another data folder"
        ) from error
    hand_over(descriptor, path.parent)
    return descriptor
