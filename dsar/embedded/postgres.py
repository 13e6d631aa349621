"""Postgres as a bundled service: its settings, its database."""

import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

from dsar.embedded.child import ENVIRONMENT
from dsar.embedded.errors import EmbeddedError
from dsar.embedded.folder import Folder
from dsar.embedded.service import Service
from dsar.embedded.sockets import POSTGRES_SOCKET
from dsar.embedded.wheel import Binaries, postgres_bin

PSQL_SECONDS_MAX = 60

SETTINGS = {
    # The one door is a socket in a 0700 folder; inside it `trust` holds, since `peer` would refuse root.
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    # A commit that was answered survives a power cut.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    # For a small machine: few processes, little memory, a recovery of seconds.
    "shared_buffers": "64MB",
    "max_connections": "100",
    "max_wal_size": "256MB",
    "min_wal_size": "32MB",
    "io_method": "sync",
    "jit": "off",
    "huge_pages": "off",
    # Parallel workers share memory through /dev/shm, of which a container has 64 MB.
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # No personal data in the log: failed statements and their details are the service's to report.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
    # The owner of the database may act as the roles that it makes, as it may on Postgres 15.
    "createrole_self_grant": "set,inherit",
}

# `dsar` is no superuser: so row-level security can bind it, and a migration that needs more than a
# managed Postgres grants fails here first. It makes databases for the demonstration, and the schema's roles.
BOOTSTRAP = r"""
SELECT 'CREATE ROLE dsar LOGIN CREATEDB CREATEROLE'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'dsar') \gexec
SELECT 'CREATE DATABASE dsar OWNER dsar'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'dsar') \gexec
"""


def service(folder: Folder, binaries: Binaries, sockets: Path) -> Service:
    tag = folder.tag("postgres")
    settings = SETTINGS | {"unix_socket_directories": str(sockets), "cluster_name": tag}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return Service(
        name="Postgres",
        tag=tag,
        command=(str(binaries.postgres / "postgres"), "-D", str(folder.pgdata), *options),
        account=folder.account,
        log=folder.log("postgres"),
        stop_signals=(signal.SIGINT, signal.SIGQUIT, signal.SIGKILL),
        clear=lambda: _clear(folder.pgdata, sockets),
        is_ready=lambda pid: _is_ready(folder.pgdata, pid),
    )


def url(sockets: Path, role: str, database: str) -> str:
    return f"postgresql://{role}@/{database}?host={quote(str(sockets))}"


def create_database(sockets: Path) -> None:
    """Role and database `dsar`, if missing; a real connection, so also the proof that clients get in."""
    admin = url(sockets, "postgres", "postgres")
    command = [str(postgres_bin("psql")), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", admin]
    try:
        subprocess.run(  # noqa: S603 - a path of the wheel
            command,
            input=BOOTSTRAP,
            capture_output=True,
            text=True,
            env=ENVIRONMENT,
            timeout=PSQL_SECONDS_MAX,
            check=True,
        )
    except subprocess.SubprocessError as error:
        said = error.stderr if isinstance(error, subprocess.CalledProcessError) else error
        raise EmbeddedError(f"Postgres runs and refuses us the database dsar: {said}") from error


def _clear(pgdata: Path, sockets: Path) -> None:
    # No process of this cluster lives, so whoever has the pid in these files is somebody else, and Postgres
    # would refuse to start because of it. It still guards itself by the shared memory of the folder.
    (pgdata / "postmaster.pid").unlink(missing_ok=True)
    (sockets / f"{POSTGRES_SOCKET}.lock").unlink(missing_ok=True)


def _is_ready(pgdata: Path, pid: int) -> bool:
    """As pg_ctl sees it: line 1 of postmaster.pid is the pid, line 8 the state."""
    try:
        lines = (pgdata / "postmaster.pid").read_text("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > 7 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"
