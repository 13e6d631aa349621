"""The account that the bundled services run under."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from dsar.embedded.errors import EmbeddedError

NOBODY_ID = 65534  # where an image has no account database


@dataclass(frozen=True, slots=True)
class Account:
    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        return self.uid == os.geteuid()

    def may(self, path: Path, wanted: int) -> bool:
        """Whether the mode bits of `path` grant `wanted`, an octal digit; it has no other groups."""
        status = path.stat()
        if status.st_uid == self.uid:
            granted = status.st_mode >> 6
        elif status.st_gid == self.gid:
            granted = status.st_mode >> 3
        else:
            granted = status.st_mode
        return granted & wanted == wanted

    @property
    def is_listed(self) -> bool:
        """Whether the account database knows it; a container may run under any number."""
        try:
            pwd.getpwuid(self.uid)
        except KeyError:
            return False
        return True

    def barrier(self, path: Path) -> Path | None:
        """The first folder on the way to and including `path` that this account cannot enter."""
        if self.is_ours:
            return None
        way = [*reversed(path.parents), path]
        return next((folder for folder in way if folder.is_dir() and not self.may(folder, 0o1)), None)


def account_for(data_dir: Path, pgdata: Path) -> Account:
    """Oneself as an ordinary user; as root whoever owns the cluster or the data folder, else `nobody`.

    Postgres refuses to run as root, and a folder that an ordinary user began stays that user's.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    if pgdata.exists():
        return _owner(pgdata)
    return _nobody() if data_dir.stat().st_uid == 0 else _owner(data_dir)


def _owner(path: Path) -> Account:
    status = path.lstat()
    if status.st_uid == 0 or not stat.S_ISDIR(status.st_mode):
        raise EmbeddedError(
            f"{path} belongs to root, and Postgres does not run as root: chown -R nobody {path}"
        )
    return Account(status.st_uid, status.st_gid)


def _nobody() -> Account:
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return Account(NOBODY_ID, NOBODY_ID)
    return Account(entry.pw_uid, entry.pw_gid)
