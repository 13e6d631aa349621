"""The whole service as one process tree: Postgres, Valkey, the pages and a worker, over one data folder."""

import asyncio
import os
import random
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx
import msgspec

from dsar.embedded import Embedded, start, tied
from dsar.engine.opening import load_profile
from dsar.settings import SETTINGS, Settings
from dsar.store.migrations import migrate
from dsar.vault.keys import keep_operator_key

READY_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 15.0
WATCH_SECONDS = 2.0
PARTS = ("serve", "work")


class StackError(Exception):
    """It did not come up. The text names the log to look into."""


def free_port() -> int:
    """A loopback port that nobody listens on just now, nor is given by chance to a connection before it is taken."""
    # Connections that leave get theirs from a range of their own: Linux begins it at 32768, others higher.
    for port in random.sample(range(20_000, 32_000), 100):
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise StackError("--port: no port is free; choose one with --port")


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise StackError(
                f"--port: {port} is taken; end what listens there, or choose another with --port"
            ) from error


class Stack:
    """Everything, embedded. Make, watch and stop it from the main thread: children end with their thread."""

    def __init__(
        self, data_dir: Path, *, port: int, profile: str = "demo", log: Callable[[str], None] = print
    ) -> None:
        # The parts and whoever reads settings.env may stand in other folders.
        self.data_dir = data_dir.absolute()
        self._port = port
        self._profile = profile
        self._log = log
        self._embedded: Embedded | None = None
        self._parts: dict[str, subprocess.Popen[bytes]] = {}
        self.settings = Settings()

    @property
    def url(self) -> str:
        """Where the pages are."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def admin_url(self) -> str:
        """Postgres as its superuser, for the sample databases."""
        assert self._embedded is not None
        return self._embedded.admin_url

    def start_services(self) -> None:
        """Postgres and Valkey up, the database up to date, the settings known."""
        # Both first, for their sake nothing need be started.
        load_profile(self._profile)
        _require_free(self._port)
        self._embedded = start(self.data_dir, log=self._log)
        # Beside the services' own folders, for the account that runs this and nobody else.
        private = self.data_dir / "service"
        private.mkdir(mode=0o700, exist_ok=True)
        (private / "blobs").mkdir(mode=0o700, exist_ok=True)
        self.settings = Settings(
            database_url=self._embedded.database_url,
            redis_url=self._embedded.redis_url,
            blob_url=f"file://{private / 'blobs'}",
            operator_key=keep_operator_key(private / "operator.key"),
            profile=self._profile,
            public_url=self.url,
            port=self._port,
            local_outbox=str(private / "outbox"),
            allow_http_to_loopback=True,
            # The sample people and businesses look every moment; who tries it out by hand is no flood either.
            calls_per_minute=600_000,
            sweep_seconds=1.0,
        )
        self._keep_environment()
        asyncio.run(migrate(self._embedded.database_url))

    @property
    def environment_file(self) -> Path:
        """What a shell reads so that other commands work on this installation."""
        return self.data_dir / "service" / "settings.env"

    def _keep_environment(self) -> None:
        values = environment(self.settings, self.data_dir)
        self.environment_file.touch(mode=0o600)
        self.environment_file.write_text(
            "".join(f"export {name}={shlex.quote(value)}\n" for name, value in values.items()),
            encoding="utf-8",
        )

    def start_parts(self) -> None:
        """The pages and a worker."""
        for part in PARTS:
            self._spawn(part)

    def _spawn(self, part: str) -> None:
        log_path = self.data_dir / "service" / f"{part}.log"
        with log_path.open("ab") as log_file:
            self._parts[part] = subprocess.Popen(  # noqa: S603 - our own command
                tied([sys.executable, "-m", "dsar.cli", part]),
                stdin=subprocess.DEVNULL,
                stdout=log_file,
                stderr=log_file,
                env=os.environ | environment(self.settings, self.data_dir),
                start_new_session=True,
            )

    def pid(self, part: str) -> int:
        """The process id of `serve` or `work`."""
        return self._parts[part].pid

    async def wait_until_ready(self) -> None:
        """Return when the pages answer; raises StackError when they do not."""
        async with httpx.AsyncClient(timeout=2) as client:
            with suppress(TimeoutError):
                async with asyncio.timeout(READY_SECONDS_MAX):
                    while True:
                        if await self._answers(client):
                            return
                        await asyncio.sleep(0.05)
        raise StackError(f"the service did not come up; look into {self.data_dir / 'service' / 'serve.log'}")

    async def _answers(self, client: httpx.AsyncClient) -> bool:
        if self._parts["serve"].poll() is not None:
            raise StackError(f"the service ended; look into {self.data_dir / 'service' / 'serve.log'}")
        try:
            return (await client.get(f"{self.url}/readyz")).is_success
        except httpx.HTTPError:
            return False

    async def watch(self) -> None:
        """Start again what dies, until cancelled."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            self.revive()

    def revive(self) -> list[str]:
        """Start again what died, and name it."""
        assert self._embedded is not None
        dead = self._embedded.revive()
        for part, process in list(self._parts.items()):
            if process.poll() is not None:
                self._log(f"{part} died; starting it again")
                self._spawn(part)
                dead.append(part)
        return dead

    def stop(self) -> None:
        """Everything ends cleanly; the worker first, so that its steps are given back."""
        for part in reversed(PARTS):
            process = self._parts.pop(part, None)
            if process is not None:
                _end(process)
        if self._embedded is not None:
            self._embedded.stop()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def environment(settings: Settings, data_dir: Path) -> dict[str, str]:
    """The settings as a child process reads them; the operator's key by its file, not by its value."""
    values = msgspec.structs.asdict(settings)
    given = {s.name: _text(values[s.field]) for s in SETTINGS if values[s.field] not in ("", None)}
    given.pop("DSAR_OPERATOR_KEY")
    return given | {"DSAR_OPERATOR_KEY_FILE": str(data_dir / "service" / "operator.key")}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
