"""The sample receivers of docs/receivers, as processes of their own: they take what the service sends, and nothing else."""

import asyncio
import base64
import hmac
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from dsar.outbound import sign, webhook_body
from dsar.outbound.webhook import new_secret

from .test_web_controller import forwarded
from .world import Controller, World

ROOT = Path(__file__).parents[3]
PACKAGES = Path(sys.prefix) / "node" / "node_modules"
ENDPOINT = "/api/v1/controller/endpoint"


class Running:
    """A receiver's process: where it listens, and what it says of each event it took."""

    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self.url = url
        self._process = process

    async def line(self) -> str:
        assert self._process.stdout is not None
        return (await asyncio.wait_for(self._process.stdout.readline(), 30)).decode().strip()


Start = Callable[[str], AbstractAsyncContextManager[Running]]


@pytest.fixture(params=["python", "node"])
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Start:
    """Starts a receiver that knows a secret."""
    command = _python() if request.param == "python" else _node(tmp_path)

    @asynccontextmanager
    async def starting(secret: str) -> AsyncIterator[Running]:
        process = await asyncio.create_subprocess_exec(
            *command,
            env={"PATH": os.environ["PATH"], "WEBHOOK_SECRET": secret, "PORT": "0"},
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            receiver = Running(process, "")
            receiver.url = (await receiver.line()).removeprefix("listening on ")
            yield receiver
        finally:
            process.kill()
            await process.wait()

    return starting


def _python() -> Sequence[str]:
    return [sys.executable, str(ROOT / "docs" / "receivers" / "receiver.py")]


def _node(folder: Path) -> Sequence[str]:
    node = shutil.which("node")
    if node is None or not PACKAGES.exists():
        pytest.skip("needs Node and its package: `make receivers`")
    # Node looks for packages beside the file.
    shutil.copy(ROOT / "docs" / "receivers" / "receiver.mjs", folder)
    (folder / "node_modules").symlink_to(PACKAGES)
    return [node, str(folder / "receiver.mjs")]


@pytest.fixture
def now(world: World) -> None:
    """The receivers hold the time of a message against their own."""
    world.clock.at = datetime.now(UTC)


async def placed(controller: Controller, url: str) -> str:
    answer = await controller.client.put(ENDPOINT, json={"url": url})
    assert answer.status_code in {200, 201}, answer.text
    return str(answer.json()["secret"])


async def statuses(controller: Controller) -> list[list[int]]:
    page = (await controller.client.get("/api/v1/controller/deliveries")).json()
    return [[attempt["status"] for attempt in one["attempts"]] for one in reversed(page["deliveries"])]


@pytest.mark.usefixtures("now")
@pytest.mark.parametrize("payload", ["thin", "full"])
async def test_a_receiver_takes_what_the_service_sends(
    world: World, controller: Controller, start: Start, payload: str
) -> None:
    secret = await placed(controller, "http://127.0.0.1:9/")
    async with start(secret) as receiver:
        await controller.client.put(ENDPOINT, json={"url": receiver.url, "payload": payload})
        assert (await controller.client.post(f"{ENDPOINT}/ping")).json()["status"] == 204
        assert await receiver.line() == "ping"
        case_id = await forwarded(world)
        assert await receiver.line() == f"case.forwarded {case_id}"
        await controller.instruct(case_id, "fulfil")
        await world.drain()
        assert set(map(tuple, await statuses(controller))) == {(204,)}


@pytest.mark.usefixtures("now")
async def test_during_a_rotation_who_knows_the_old_secret_and_who_knows_the_new_both_take_it(
    world: World, controller: Controller, start: Start
) -> None:
    old = await placed(controller, "http://127.0.0.1:9/")
    new = (await controller.client.post(f"{ENDPOINT}/secret", json={})).json()["secret"]
    for secret in (old, new):
        async with start(secret) as receiver:
            await controller.client.put(ENDPOINT, json={"url": receiver.url})
            case_id = await forwarded(world)
            assert await receiver.line() == f"case.forwarded {case_id}"
    assert await statuses(controller) == [[204], [204]]
    await controller.client.post(f"{ENDPOINT}/secret", json={"immediately": True})
    async with start(new) as receiver:
        await controller.client.put(ENDPOINT, json={"url": receiver.url})
        assert (await controller.client.post(f"{ENDPOINT}/ping")).json()["status"] == 401


@pytest.mark.usefixtures("now")
async def test_a_receiver_knows_a_message_that_comes_again(
    world: World, controller: Controller, start: Start
) -> None:
    secret = await placed(controller, "http://127.0.0.1:9/")
    async with start(secret) as receiver:
        await controller.client.put(ENDPOINT, json={"url": receiver.url})
        first = await forwarded(world)
        since = {"since": (world.clock.at - timedelta(hours=1)).isoformat()}
        replayed = await controller.client.post("/api/v1/controller/deliveries/replay", json=since)
        assert replayed.json() == {"replayed": 1}
        await world.drain()
        second = await forwarded(world)
        assert await receiver.line() == f"case.forwarded {first}"
        assert await receiver.line() == f"case.forwarded {second}"
    assert await statuses(controller) == [[204, 204], [204]]


def signed(secret: str, body: bytes, at: datetime | None = None) -> dict[str, str]:
    return sign(secret, str(uuid4()), at or datetime.now(UTC), body)


BODY = webhook_body("case.forwarded", datetime.now(UTC), {"case_id": "7"})


def refused(secret: str) -> dict[str, tuple[bytes, dict[str, Any]]]:
    """What nobody but us could not have sent, and what is no message at all."""
    good = signed(secret, BODY)
    unsigned = {name: value for name, value in good.items() if name != "webhook-signature"}
    moved = (datetime.now(UTC) - timedelta(seconds=60)).timestamp()
    foreign = base64.b64encode(hmac.digest(b"x", BODY, sha256)).decode()
    return {
        "forged": (BODY, signed(new_secret(), BODY)),
        "altered": (BODY.replace(b'"7"', b'"8"'), good),
        "cut short": (BODY[:-1], good),
        "under another id": (BODY, good | {"webhook-id": str(uuid4())}),
        "at another time": (BODY, good | {"webhook-timestamp": str(int(moved))}),
        "stale": (BODY, signed(secret, BODY, datetime.now(UTC) - timedelta(minutes=6))),
        "from the future": (BODY, signed(secret, BODY, datetime.now(UTC) + timedelta(minutes=6))),
        "unsigned": (BODY, unsigned),
        "of another version": (BODY, good | {"webhook-signature": f"v2,{foreign}"}),
        "garbled": (BODY, good | {"webhook-signature": "v1"}),
        "not base64": (BODY, good | {"webhook-signature": "v1,%"}),
        "no text": (b"\xff\xfe", signed(secret, b"x")),
    }


async def test_a_receiver_refuses_what_is_forged_altered_or_stale(start: Start) -> None:
    secret = new_secret()
    async with start(secret) as receiver, httpx.AsyncClient() as client:
        for what, (body, headers) in refused(secret).items():
            answer = await client.post(receiver.url, content=body, headers=headers)
            assert answer.status_code == 401, what
        answer = await client.post(receiver.url, content=BODY, headers=signed(secret, BODY))
        assert answer.status_code == 204
        assert await receiver.line() == "case.forwarded 7"


async def test_a_receiver_reads_no_body_that_is_too_large(start: Start) -> None:
    async with start(new_secret()) as receiver:
        host, _, port = receiver.url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=30) as wire:
            wire.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10000000\r\n\r\n")
            assert b" 413 " in await asyncio.to_thread(wire.recv, 100)
