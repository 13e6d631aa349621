"""Taking rows out of a file to which Asterisk appends, without losing what it appends meanwhile.

cdr_csv takes no lock: for each row it opens the file, writes once and closes. So the file is copied without
the rows, the copy catches up until the original no longer grows, and takes its place at once. A row whose
writer had already opened the original comes a moment later: the original is watched for that moment, and what
it still gets is appended to the new file. The window that remains is a writer held up between its open and
its write for longer than the watch.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from dsar.contract import Unreachable
from dsar_asterisk.rows import Row, Shape, blocks, rows

_CATCH_UPS_MAX = 100
_WATCH_SECONDS = 0.25
_WATCH_PAUSE_SECONDS = 0.02
_LOCK_SECONDS_MAX = 30.0
_LOCK_PAUSE_SECONDS = 0.05


class Drops(Protocol):
    """Which rows go."""

    def may_be_in(self, raw: bytes) -> bool:
        """Whether the row, or a row of the block, could be one; never False for one that is."""

    def __call__(self, row: Row) -> bool:
        """Whether it is one."""


def rewrite(path: Path, shape: Shape, drops: Drops) -> int:
    """Take out the rows that `drops` names; every other byte stays. How many rows went."""
    path = path.resolve()  # a link stays a link
    with _locked(path.parent), path.open("rb") as old:
        try:
            gone = _copied(old, path, shape, drops)
            if gone:
                _refuse_rotated(old, path)
                os.replace(_beside(path), path)  # noqa: PTH105 - one system call, as its name says
                _sync_folder(path.parent)
                gone += _watched(old, path, drops)
        finally:
            _beside(path).unlink(missing_ok=True)
    return gone


def sweep(path: Path) -> None:
    """Remove the copy that a killed rewrite left: it holds everybody's rows."""
    path = path.resolve()
    with _locked(path.parent):
        _beside(path).unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.dsar-erase")


def _copied(old: BinaryIO, path: Path, shape: Shape, drops: Drops) -> int:
    number = os.open(_beside(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(number, "wb") as new:
        gone = 0
        for _ in range(_CATCH_UPS_MAX):
            gone += _copy(old, new, shape, drops)
            _adopt(old, new, path)
            if os.fstat(old.fileno()).st_size == old.tell():
                return gone
    raise Unreachable(f"{path.name}: it grows faster than it can be copied, or was cut; it is tried again")


def _copy(old: BinaryIO, new: BinaryIO, shape: Shape, drops: Drops) -> int:
    gone = 0
    for block in blocks(old, shape, drops.may_be_in):
        doomed = {row.line for row in block.rows if drops(row)}
        kept = (row.raw for row in block.rows if row.line not in doomed)
        new.write(b"".join(kept) if doomed else block.raw)
        gone += len(doomed)
    new.flush()
    os.fsync(new.fileno())
    return gone


def _adopt(old: BinaryIO, new: BinaryIO, path: Path) -> None:
    """Give the copy the original's owner, mode and attributes: else Asterisk could no longer write it."""
    owner = os.fstat(old.fileno())
    os.fchown(new.fileno(), owner.st_uid, owner.st_gid)
    shutil.copystat(path, _beside(path))


def _refuse_rotated(old: BinaryIO, path: Path) -> None:
    if not os.path.samestat(os.fstat(old.fileno()), path.stat()):
        raise Unreachable(f"{path.name}: it was rotated while its rows were erased; it is tried again")


def _watched(old: BinaryIO, path: Path, drops: Drops) -> int:
    """Pass on what the replaced file still gets."""
    gone = 0
    end = time.monotonic() + _WATCH_SECONDS
    while True:
        late = list(rows(old))
        kept = b"".join(row.raw for row in late if not drops(row))
        gone += sum(map(drops, late))
        if kept:
            _append(path, kept)
        if time.monotonic() >= end:
            return gone
        time.sleep(_WATCH_PAUSE_SECONDS)


def _append(path: Path, raw: bytes) -> None:
    with path.open("ab", buffering=0) as new:
        new.write(raw)
        os.fsync(new.fileno())


def _sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One rewrite a folder at a time, among all of the service's processes on this machine.

    The lock is on the folder: one on the file would be lost with the file that is replaced.
    """
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _take(number)
        yield
    finally:
        os.close(number)


def _take(number: int) -> None:
    end = time.monotonic() + _LOCK_SECONDS_MAX
    while True:
        try:
            return fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                raise Unreachable("asterisk: another erasure holds the folder; it is tried again") from None
            time.sleep(_LOCK_PAUSE_SECONDS)
