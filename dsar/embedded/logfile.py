"""The log of one service: appended to by the child, kept short by the parent."""

import os
import shutil
from pathlib import Path

from dsar.embedded.folder import hand_over

BYTES_MAX = 4 * 1024 * 1024
TAIL_BYTES_MAX = 2_000


def open_log(path: Path) -> int:
    """File descriptor to append to; opened by the parent, so the child needs no right to the folder."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    hand_over(descriptor, path.parent)
    return descriptor


def trim(path: Path) -> None:
    """Move a log that grew too long to `.1` and begin again, under a child that goes on writing.

    Copied and truncated, not renamed: the child holds the file open and appends at its new end.
    """
    if path.is_symlink() or not path.exists() or path.stat().st_size <= BYTES_MAX:
        return
    older = path.with_name(f"{path.name}.1")
    older.unlink(missing_ok=True)
    shutil.copyfile(path, older)
    older.chmod(0o600)
    os.truncate(path, 0)


def size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def tail(path: Path, since: int = 0) -> str:
    """The last lines written after byte `since`."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(min(since, end), end - TAIL_BYTES_MAX))
        return file.read(TAIL_BYTES_MAX).decode("utf-8", "replace").strip()
