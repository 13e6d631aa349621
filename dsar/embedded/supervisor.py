"""Both services over one data folder: started together, watched, stopped together."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from dsar.embedded import logfile, postgres, sockets, valkey
from dsar.embedded.child import Child
from dsar.embedded.cluster import create_cluster
from dsar.embedded.errors import EmbeddedError
from dsar.embedded.folder import Folder, create, settle
from dsar.embedded.lock import Lock
from dsar.embedded.wheel import binaries

Log = Callable[[str], None]


class Embedded:
    """The running services of one data folder; made by `start`, ended by `stop` or with this process."""

    def __init__(
        self, folder: Folder, where: Path, children: tuple[Child, Child], lock: Lock, log: Log
    ) -> None:
        self._folder, self._sockets, self._lock, self._log = folder, where, lock, log
        self._children = self._postgres, self._valkey = children
        self._stopped = False

    @property
    def data_dir(self) -> Path:
        return self._folder.data_dir

    @property
    def database_url(self) -> str:
        """Of the role `dsar`: owns the database `dsar`, makes databases and roles, is no superuser."""
        return postgres.url(self._sockets, "dsar", "dsar")

    @property
    def admin_url(self) -> str:
        """Of the superuser, for what an operator does by hand."""
        return postgres.url(self._sockets, "postgres", "dsar")

    @property
    def redis_url(self) -> str:
        return valkey.url(self._sockets)

    @property
    def postgres_pid(self) -> int:
        return self._postgres.pid

    @property
    def valkey_pid(self) -> int:
        return self._valkey.pid

    def alive(self) -> bool:
        return all(child.running for child in self._children)

    def revive(self) -> list[str]:
        """Start again what died and name it; keep the logs short. Now and then, from the main thread."""
        _require_main_thread()
        if self._stopped:
            return []
        dead = [child for child in self._children if not child.running]
        with _explained(self.data_dir):
            for child in self._children:
                logfile.trim(child.service.log)
            for child in dead:
                self._log(f"{child.service.name} died; starting it again")
                self._start(child)
        return [child.service.name for child in dead]

    def stop(self) -> None:
        """Both end cleanly, side by side; a second call does nothing."""
        if self._stopped:
            return
        self._stopped = True
        try:
            for child in self._children:
                child.ask_to_stop()
            for child in self._children:
                child.wait_until_stopped()
            sockets.clear(self._sockets, self.data_dir)
        finally:
            self._lock.release()

    def _start_all(self) -> None:
        for child in self._children:
            self._start(child)
            self._log(f"{child.service.name} runs (pid {child.pid})")
        postgres.create_database(self._sockets)

    def _start(self, child: Child) -> None:
        try:
            child.start()
        except EmbeddedError:
            if child is not self._valkey:
                raise
            self._log("Valkey did not start; its store is set aside and it begins with an empty one")
            with valkey.empty_store(self._folder):
                child.start()


def start(data_dir: Path, *, log: Log | None = None) -> Embedded:
    """Both services ready over `data_dir`; blocks, a second or less when the cluster exists.

    From the main thread: the kernel ends the children when the thread that started them ends.
    """
    _require_main_thread()
    path = create(data_dir)
    with contextlib.ExitStack() as undo, _explained(path):
        lock = Lock(path)
        undo.callback(lock.release)
        embedded = _prepare(settle(path), lock, log or (lambda _line: None))
        undo.callback(embedded.stop)
        embedded._start_all()  # noqa: SLF001 - the other half of its construction
        undo.pop_all()
    return embedded


def _prepare(folder: Folder, lock: Lock, log: Log) -> Embedded:
    programs = binaries(folder.runtime, folder.account)
    create_cluster(folder, programs)
    where = sockets.socket_folder(folder)
    children = (
        Child(postgres.service(folder, programs, where)),
        Child(valkey.service(folder, programs, where)),
    )
    return Embedded(folder, where, children, lock, log)


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EmbeddedError(
            f"the bundled services cannot use {path} ({error}): free space, set its owner, or choose another"
        ) from error


def _require_main_thread() -> None:
    if threading.current_thread() is not threading.main_thread():
        raise EmbeddedError("the bundled services are started from the main thread: call this from there")
