"""Processes that an earlier parent left behind over the same data folder, found by the tag in their titles.

By title and not by a pid file: a pid may be somebody else's by now. By title and not by /proc/PID/cwd: root
in a container may not read that of another account.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from dsar.embedded.errors import EmbeddedError

POLL_SECONDS = 0.02
GRACE_SECONDS = 2.0  # they got the death signal with their parent and are on their way
PATIENCE_SECONDS = 20.0  # after each signal


def end(tag: str, account_uid: int, signals: tuple[signal.Signals, ...]) -> None:
    """Wait until no process with `tag` is left, asking ever less politely."""
    if _gone(tag, account_uid, GRACE_SECONDS):
        return
    for position, number in enumerate(signals):
        # A polite signal is for the main process: SIGINT means something else to Postgres's own children.
        _send(tag, account_uid, number, only_main=position == 0)
        if _gone(tag, account_uid, PATIENCE_SECONDS):
            return
    left = ", ".join(str(pid) for pid, _ in found(tag, account_uid))
    raise EmbeddedError(f"processes {left} of an earlier run ({tag}) do not end: end them, then start again")


def found(tag: str, account_uid: int) -> list[tuple[int, str]]:
    """Pid and title of every process of the account with `tag`; nobody else's, whatever it calls itself."""
    listed = _from_proc() if sys.platform == "linux" else _from_ps()
    return [
        (pid, title)
        for pid, uid, title in listed
        if tag in title and uid == account_uid and pid != os.getpid()
    ]


def _gone(tag: str, account_uid: int, patience_seconds: float) -> bool:
    deadline = time.monotonic() + patience_seconds
    while found(tag, account_uid):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _send(tag: str, account_uid: int, number: signal.Signals, *, only_main: bool) -> None:
    for pid, title in found(tag, account_uid):
        # The main process still has its command line, an absolute path; children are "postgres: …".
        if only_main and not title.startswith("/"):
            continue
        try:
            _send_one(pid, tag, number)
        except ProcessLookupError:
            continue


def _send_one(pid: int, tag: str, number: signal.Signals) -> None:
    if sys.platform != "linux":
        os.kill(pid, number)
        return
    handle = os.pidfd_open(pid)
    try:
        # Looked at again with the handle open: from here on the pid cannot pass to another process.
        if tag in _title(Path(f"/proc/{pid}")):
            signal.pidfd_send_signal(handle, number)
    finally:
        os.close(handle)


def _from_proc() -> Iterator[tuple[int, int, str]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                yield int(entry.name), entry.stat().st_uid, _title(entry)
            except OSError:  # it ended meanwhile
                continue


def _title(entry: Path) -> str:
    """Empty for a zombie, which holds nothing any more."""
    try:
        return (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""


def _from_ps() -> Iterator[tuple[int, int, str]]:
    command = ["/bin/ps", "-axww", "-o", "pid=,uid=,command="]
    listing = subprocess.run(command, capture_output=True, check=True, text=True)  # noqa: S603 - a constant
    for line in listing.stdout.splitlines():
        pid, uid, title = line.split(maxsplit=2)
        yield int(pid), int(uid), title
