"""A controller's endpoint on this machine, with the answers that a test tells it to give."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Hook:
    """Keeps what came, and answers 204 unless told otherwise."""

    def __init__(self) -> None:
        self.url = ""
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[tuple[int, bytes]] = []
        self.open = asyncio.Event()
        self.open.set()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        pairs = (line.partition(": ") for line in head.split("\r\n")[1:])
        headers = {name.lower(): value for name, _, value in pairs if name}
        body = await reader.readexactly(int(headers["content-length"]))
        self.got.append((headers, body))
        await self.open.wait()
        status, text = self.answers.pop(0) if self.answers else (204, b"")
        writer.write(b"HTTP/1.1 %d X\r\nconnection: close\r\nlocation: /other\r\n\r\n%s" % (status, text))
        await writer.drain()
        writer.close()


@asynccontextmanager
async def listening() -> AsyncIterator[Hook]:
    hook = Hook()
    server = await asyncio.start_server(hook.answer, "127.0.0.1", 0)
    hook.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    async with server:
        yield hook
