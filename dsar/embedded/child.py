"""One bundled service as a child process: started, waited for, stopped."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from dsar.embedded import logfile, orphan
from dsar.embedded.account import Account
from dsar.embedded.errors import EmbeddedError
from dsar.embedded.service import Service

SHIM = Path(__file__).with_name("shim.py")
POLL_SECONDS = 0.01
START_SECONDS_MAX = 120.0  # a crash recovery reads at most max_wal_size
STOP_SECONDS_MAX = 30.0  # after each signal

# Nothing of ours is handed down: no PG* variable that would redirect Postgres, no secret of the service.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


class Child:
    def __init__(self, service: Service) -> None:
        self.service = service
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Return when the service answers; raises EmbeddedError with the end of its log when it does not."""
        service = self.service
        orphan.end(service.tag, service.account.uid, service.stop_signals)
        service.clear()
        logfile.trim(service.log)
        log_start = logfile.size(service.log)
        self._process = spawn(service.command, service.account, service.stop_signals[0], service.log)
        if not self._wait_until_ready():
            self.ask_to_stop()
            self.wait_until_stopped()
            said = logfile.tail(service.log, log_start) or "nothing"
            raise EmbeddedError(f"{service.name} did not start; see {service.log}. It said: {said}")

    def ask_to_stop(self) -> None:
        self._signal(self.service.stop_signals[0])

    def wait_until_stopped(self) -> None:
        """After `ask_to_stop`: wait, then insist."""
        for harsher in self.service.stop_signals[1:]:
            if self._ended_within(STOP_SECONDS_MAX):
                return
            self._signal(harsher)
        self._ended_within(STOP_SECONDS_MAX)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)  # does nothing once the end is known

    def _ended_within(self, seconds: float) -> bool:
        try:
            return self._process is None or self._process.wait(seconds) is not None
        except subprocess.TimeoutExpired:
            return False

    def _wait_until_ready(self) -> bool:
        deadline = time.monotonic() + START_SECONDS_MAX
        while self.running and time.monotonic() < deadline:
            if self.service.is_ready(self.pid):
                return True
            time.sleep(POLL_SECONDS)
        return False


def spawn(
    command: Sequence[str], account: Account, death_signal: signal.Signals, log: Path
) -> subprocess.Popen[bytes]:
    """Start `command` under `account`; the kernel sends it `death_signal` when the calling thread ends."""
    identity = (str(os.getpid()), str(account.uid), str(account.gid), str(int(death_signal)))
    output = logfile.open_log(log)
    try:
        return subprocess.Popen(  # noqa: S603 - our own shim and a path of the wheel
            [sys.executable, "-I", "-S", str(SHIM), *identity, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=ENVIRONMENT,
            cwd="/",
            # Ctrl-C in a terminal reaches the parent alone, which stops its children last.
            start_new_session=True,
        )
    finally:
        os.close(output)
