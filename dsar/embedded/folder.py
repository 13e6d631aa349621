"""The data folder: what lies where, who owns it, who can reach it."""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from dsar.embedded.account import Account, account_for
from dsar.embedded.errors import EmbeddedError


def default_data_dir() -> Path:
    """/var/lib/dsar for root; $XDG_DATA_HOME/dsar or ~/.local/share/dsar for an ordinary user."""
    if os.geteuid() == 0:
        return Path("/var/lib/dsar")
    base = Path(os.environ.get("XDG_DATA_HOME", ""))
    return (base if base.is_absolute() else Path.home() / ".local/share") / "dsar"


@dataclass(frozen=True, slots=True)
class Folder:
    data_dir: Path
    account: Account

    @property
    def pgdata(self) -> Path:
        return self.data_dir / "pgdata"

    @property
    def valkey(self) -> Path:
        return self.data_dir / "valkey"

    @property
    def runtime(self) -> Path:
        return self.data_dir / "runtime"

    @property
    def digest(self) -> str:
        """Short name of this folder among all data folders of a machine."""
        return hashlib.sha256(os.fsencode(self.data_dir)).hexdigest()[:12]

    def tag(self, service: str) -> str:
        """What stands in the title of every process of `service` over this folder, and of no other."""
        return f"dsar-{service}-{self.digest}"

    def log(self, service: str) -> Path:
        return self.data_dir / f"{service}.log"


def create(data_dir: Path) -> Path:
    """The folder, made if missing, absolute and without symlinks; the mode of one that was there stays."""
    path = data_dir.expanduser().resolve()
    try:
        for missing in reversed([folder for folder in (path, *path.parents) if not folder.exists()]):
            missing.mkdir()
            missing.chmod(_mode(is_data_dir=missing == path))
    except OSError as error:
        raise EmbeddedError(
            f"cannot create the data folder {path} ({error.strerror}): choose another"
        ) from error
    if not path.is_dir():
        raise EmbeddedError(f"the data folder {path} is not a folder: choose another")
    return path


def _mode(*, is_data_dir: bool) -> int:
    # Root keeps the data folder and gives away only what is inside: the unprivileged account passes through,
    # and can neither list it nor replace what root keeps beside its own folders.
    if os.geteuid() == 0:
        return 0o711 if is_data_dir else 0o755
    return 0o700


def settle(data_dir: Path) -> Folder:
    """Decide the account, and make sure that it reaches the folder."""
    folder = Folder(data_dir, account_for(data_dir, data_dir / "pgdata"))
    barrier = folder.account.barrier(data_dir)
    if barrier is not None:
        raise EmbeddedError(
            f"the data folder {data_dir} cannot be reached by the account that runs Postgres "
            f"(uid {folder.account.uid}): chmod o+x {barrier}, or choose a folder such as /var/lib/dsar"
        )
    return folder


def hand_over(descriptor: int, folder: Path) -> None:
    """Let a file that root opened in `folder` belong to whom the folder belongs, who may start here next."""
    if os.geteuid() == 0:
        status = folder.stat()
        os.fchown(descriptor, status.st_uid, status.st_gid)


def own(path: Path, account: Account) -> Path:
    """The folder, made with mode 0700 for `account`; one that was there must be its own, and no symlink."""
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        status = path.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != account.uid:
            raise EmbeddedError(
                f"{path} is not a folder of uid {account.uid}: look whose it is, then chown or remove it"
            ) from None
        path.chmod(0o700)
    except OSError as error:
        raise EmbeddedError(
            f"cannot create {path} ({error.strerror}): make its parent writable for uid {os.geteuid()}"
        ) from error
    else:
        os.chown(path, account.uid, account.gid)
    return path
