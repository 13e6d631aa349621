"""Another controller on this machine that takes transfers, as it is told to: honest unless a test says otherwise."""

import asyncio
import json
from hashlib import sha256

import pytest

CODE = "K7-44"


class Taker:
    """Keeps what came. `offers` and `files` are answers to give first: (status, body, *headers), or a function."""

    def __init__(self):
        self.asked = []  # each offer's body
        self.got = []  # each file: its headers, its bytes
        self.offers = []
        self.files = []
        self.waits = None  # an event: who sends a file waits for it

    async def answer(self, reader, writer):
        try:
            status, body, *more = await self._read(reader)
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            lines = [f"HTTP/1.1 {status} X", "connection: close", f"content-length: {len(raw)}", *more]
            writer.write("\r\n".join([*lines, "", ""]).encode() + raw)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the sender has gone
        finally:
            writer.close()

    async def _read(self, reader):
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines) if k}
        body = await reader.readexactly(int(headers["content-length"]))
        if first.startswith("POST"):
            self.asked.append(json.loads(body))
            return self._said(self.offers, self.asked[-1], self.accepting)
        self.got.append((headers, body))
        if self.waits is not None:
            await self.waits.wait()
        return self._said(self.files, (headers, body), self.taken)

    def _said(self, answers, came, honest):
        said = answers.pop(0) if answers else honest
        return said(came) if callable(said) else said

    def accepting(self, asked, **other):
        kept = {key: asked[key] for key in ("transfer", "nonce")}
        return 200, {"accept": True, "receiver": "Other Voice Oy", **kept, **other}

    def taken(self, came, status=201):
        headers, body = came
        return status, {"transfer": headers["dsar-transfer"], "sha256": sha256(body).hexdigest()}


@pytest.fixture
async def taker():
    taker = Taker()
    server = await asyncio.start_server(taker.answer, "127.0.0.1", 0)
    taker.host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    taker.url = f"http://{taker.host}/take?for=anna"
    async with server:
        yield taker
        if taker.waits is not None:
            taker.waits.set()
