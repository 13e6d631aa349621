"""Where it is measured: the embedded services, and `serve` and `work` as processes that start and stop at will."""

import asyncio
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import msgspec

from bench.wire import Wire
from dsar.demo.stack import Stack, environment, free_port
from dsar.embedded import tied
from dsar.store.migrations import migrate

READY_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 15.0


@contextmanager
def folder() -> Iterator[Path]:
    """A data folder that the unprivileged account of the embedded services reaches too; gone at the end."""
    made = Path(tempfile.mkdtemp(prefix="dsar-bench-", dir="/var/tmp" if os.geteuid() == 0 else None))
    made.chmod(0o711)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


class Site:
    """Postgres and Valkey, with an empty database of the service for each part of the run."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.stack = Stack(data_dir, port=free_port(), log=lambda _line: None)
        self._running: list[subprocess.Popen[bytes]] = []

    @property
    def port(self) -> int:
        """Where the pages are."""
        return self.stack.settings.port

    def start(self) -> None:
        """The services; from the main thread."""
        self.stack.start_services()

    async def fresh(self) -> None:
        """From here on the service works on a new, empty database."""
        name = f"bench_{secrets.token_hex(4)}"
        await self.make_database(name)
        url = database(self.stack.settings.database_url, name)
        await migrate(url)
        self.stack.settings = msgspec.structs.replace(self.stack.settings, database_url=url)

    async def make_database(self, name: str) -> str:
        """A database of the role `dsar`; its address."""
        connection = await asyncpg.connect(self.stack.settings.database_url)
        await connection.execute(f"CREATE DATABASE {name}")
        await connection.close()
        return database(self.stack.settings.database_url, name)

    async def connect(self) -> Any:
        """A connection of our own to the service's database, to see what is committed."""
        return await asyncpg.connect(self.stack.settings.database_url)

    def dsar(self, *words: str) -> str:
        """One command of the service, to its end."""
        ran = subprocess.run(
            [sys.executable, "-m", "dsar.cli", *words],
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode != 0:
            raise RuntimeError(f"dsar {' '.join(words)}: {ran.stderr.strip()}")
        return ran.stdout.strip()

    def spawn(self, *command: str) -> int:
        """Start a process that ends with us; its id. From the main thread."""
        log = self.data_dir / "service" / "bench.log"
        with log.open("ab") as out:
            process = subprocess.Popen(
                tied([sys.executable, *command]),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=self._environment(),
                start_new_session=True,
            )
        self._running.append(process)
        return process.pid

    def _environment(self) -> dict[str, str]:
        return os.environ | environment(self.stack.settings, self.data_dir)

    async def serve(self) -> int:
        """`dsar serve`, ready; its process id."""
        pid = self.spawn("-m", "dsar.cli", "serve")
        await answers(self.port)
        return pid

    def work(self) -> int:
        """`dsar work`; its process id."""
        return self.spawn("-m", "dsar.cli", "work")

    def end(self) -> None:
        """End all processes that were spawned, the latest first."""
        while self._running:
            self.end_last()

    def end_last(self) -> None:
        """End the process that was spawned last."""
        process = self._running.pop()
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def stop(self) -> None:
        """Everything ends."""
        self.end()
        self.stack.stop()


async def answers(port: int, path: str = "/readyz") -> None:
    """Return at the first success; raises TimeoutError."""
    async with asyncio.timeout(READY_SECONDS_MAX):
        while True:
            try:
                wire = await Wire.open(port)
                status, _ = await wire.send(f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n".encode())
                wire.close()
                if status < 500:
                    return
            except (OSError, EOFError):
                pass
            await asyncio.sleep(0.01)


def database(url: str, name: str) -> str:
    """The same server, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
