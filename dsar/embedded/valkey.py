"""Valkey as a bundled service: it carries wake-ups, so it must come up rather than remember."""

import contextlib
import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

from dsar.embedded.folder import Folder, own
from dsar.embedded.service import Service
from dsar.embedded.sockets import VALKEY_SOCKET
from dsar.embedded.wheel import Binaries

PING_SECONDS_MAX = 1.0

SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "aof-load-truncated": "yes",
    "save": "",
    # Queued jobs must not vanish; a full queue is an error that somebody sees.
    "maxmemory": "256mb",
    "maxmemory-policy": "noeviction",
    "daemonize": "no",
    "logfile": "",
}


def service(folder: Folder, binaries: Binaries, sockets: Path) -> Service:
    tag, path = folder.tag("valkey"), sockets / VALKEY_SOCKET
    own(folder.valkey, folder.account)
    settings = SETTINGS | {
        "unixsocket": str(path),
        "dir": str(folder.valkey),
        "proc-title-template": f"{{title}} {tag}",
    }
    options = [word for name, value in settings.items() for word in (f"--{name}", value)]
    return Service(
        name="Valkey",
        tag=tag,
        command=(str(binaries.valkey), *options),
        account=folder.account,
        log=folder.log("valkey"),
        stop_signals=(signal.SIGTERM, signal.SIGKILL),
        clear=lambda: path.unlink(missing_ok=True),
        is_ready=lambda _pid: _answers(path),
    )


def url(sockets: Path) -> str:
    return f"unix://{sockets / VALKEY_SOCKET}"


@contextlib.contextmanager
def empty_store(folder: Folder) -> Iterator[None]:
    """Begin without the old store, which truth does not depend on; it comes back if it was not to blame."""
    aside = folder.data_dir / "valkey.unreadable"
    shutil.rmtree(aside, ignore_errors=True)
    folder.valkey.rename(aside)
    own(folder.valkey, folder.account)
    try:
        yield
    except BaseException:
        shutil.rmtree(folder.valkey)
        aside.rename(folder.valkey)
        raise


def _answers(path: Path) -> bool:
    """Whether PING gives PONG; while the append-only file loads it gives an error."""
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(PING_SECONDS_MAX)
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(64).startswith(b"+PONG")
    except OSError:
        return False
