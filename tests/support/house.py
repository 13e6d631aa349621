"""The whole service with its sample world, held by a test: what `dsar up --world` runs, with its inside in reach."""

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import httpx
import msgspec
from support.scratch import scratch

from dsar.demo.faces import Mailbox, Person, Staff
from dsar.demo.stack import Stack, environment, free_port
from dsar.demo.stage import Players
from dsar.demo.world import World, build
from dsar.engine.opening import load_profile


@contextlib.contextmanager
def roomy_folder() -> Iterator[Path]:
    """A folder that the unprivileged account of the services can reach when the tests run as root."""
    folder = scratch("dsar-test-")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def dsar(*words: str, cwd: Path | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    """One command as a user gives it, with no setting but those given."""
    return subprocess.run(
        [sys.executable, "-m", "dsar.cli", *words],
        env=bare_environment() | variables,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def bare_environment() -> dict[str, str]:
    """This process's, without any setting of the service."""
    return {name: value for name, value in os.environ.items() if not name.startswith("DSAR_")}


class House:
    """A running stack with its world and its people."""

    def __init__(self, stack: Stack, world: World, client: httpx.AsyncClient, db: asyncpg.Connection) -> None:
        self.stack, self.world, self.client, self.db = stack, world, client, db
        self.mailbox = Mailbox(stack.settings.local_outbox)
        self.person = Person(client, self.mailbox)
        self.staff = Staff(client, world.staff_key)

    @property
    def players(self) -> Players:
        profile = load_profile(self.stack.settings.profile).profile
        return Players(self.client, self.mailbox, self.person, self.staff, self.world, profile)

    def dsar(self, *words: str) -> subprocess.CompletedProcess[str]:
        """One command on this installation."""
        return dsar(*words, **environment(self.stack.settings, self.stack.data_dir))

    def flush_valkey(self) -> str:
        """FLUSHALL in plain RESP, past every client library; what Valkey said."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(5)
            client.connect(self.stack.settings.redis_url.removeprefix("unix://"))
            client.sendall(b"*1\r\n$8\r\nFLUSHALL\r\n")
            return client.recv(64).decode().strip()


@contextlib.contextmanager
def running_stack(profile: str = "demo", **changed: object) -> Iterator[Stack]:
    """Everything started from nothing; `changed` are settings other than the stack's own."""
    with roomy_folder() as folder:
        stack = Stack(folder / "data", port=free_port(), profile=profile)
        try:
            stack.start_services()
            stack.settings = msgspec.structs.replace(stack.settings, **changed)
            stack.start_parts()
            yield stack
        finally:
            stack.stop()


@contextlib.asynccontextmanager
async def inhabited(stack: Stack) -> AsyncIterator[House]:
    """The sample world on a running stack, which is watched: what dies is started again."""
    await stack.wait_until_ready()
    watching = asyncio.create_task(stack.watch())
    world = await build(stack)
    db = await asyncpg.connect(stack.admin_url)
    try:
        async with httpx.AsyncClient(base_url=stack.url, timeout=30) as client:
            yield House(stack, world, client, db)
    finally:
        watching.cancel()
        await db.close()
        await world.stop()


async def until(look, *, seconds: float = 60.0, every: float = 0.005):
    """The first true value that `look` gives."""
    async with asyncio.timeout(seconds):
        while True:
            if found := await look():
                return found
            await asyncio.sleep(every)
