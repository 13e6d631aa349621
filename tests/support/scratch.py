"""Where the tests' services keep their data: in memory where there is room, since nobody cuts the power here."""

import os
import shutil
import tempfile
from pathlib import Path

# A run side by side stays far below; a container that was given less (64 MB is common) has its disk.
FREE_BYTES_MIN = 4 << 30


def scratch(prefix: str, mode: int = 0o711) -> Path:
    """A new folder that every account reaches, as the services run unprivileged where the tests run as root.

    Databases are made and dropped by the thousand, and on a disk each waits for its 9 MB to be written.
    """
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=memory() or _disk()))
    folder.chmod(mode)
    return folder


def memory() -> str | None:
    """Where files are memory, if there is room."""
    shared = "/dev/shm"
    roomy = os.access(shared, os.W_OK | os.X_OK) and shutil.disk_usage(shared).free > FREE_BYTES_MIN
    return shared if roomy else None


def _disk() -> str | None:
    return "/var/tmp" if os.geteuid() == 0 else None  # root's own temporary folder may be closed to others
