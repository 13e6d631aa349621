"""The folder of the unix sockets: private, short enough, and plain enough for a URL."""

import contextlib
import re
from pathlib import Path

from dsar.embedded.folder import Folder, own

POSTGRES_SOCKET = ".s.PGSQL.5432"
VALKEY_SOCKET = "valkey.sock"

# sun_path holds 104 bytes on macOS and 108 on Linux, the final NUL included.
PATH_BYTES_MAX = 100

# arq takes the path of a unix:// URL as it stands, so nothing that a URL would escape may be in it.
PLAIN = re.compile(r"[A-Za-z0-9/._-]+")

# Not $XDG_RUNTIME_DIR: it goes when the user logs out, and a service left running would lose its sockets.
SHORT_BASE = Path("/tmp")  # noqa: S108 - the folder in it is checked to be ours and no symlink


def socket_folder(folder: Folder) -> Path:
    """`run` in the data folder; for a long or unusual path a short folder named after its digest."""
    return own(_choose(folder), folder.account)


def clear(sockets: Path, data_dir: Path) -> None:
    """Remove the short folder, which nobody would look for; `run` stays."""
    if sockets.parent == data_dir:
        return
    for name in (POSTGRES_SOCKET, f"{POSTGRES_SOCKET}.lock", VALKEY_SOCKET):
        (sockets / name).unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # it holds something that is not ours
        sockets.rmdir()


def _choose(folder: Folder) -> Path:
    inside = folder.data_dir / "run"
    longest = str(inside / POSTGRES_SOCKET)
    if len(longest) <= PATH_BYTES_MAX and PLAIN.fullmatch(longest):
        return inside
    return SHORT_BASE / f"dsar-{folder.account.uid}-{folder.digest}"
