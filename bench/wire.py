"""HTTP/1.1 as lean as it goes: one kept connection, one request at a time. A client that measures must cost little."""

import asyncio
from typing import Any

import msgspec

HEAD_END = b"\r\n\r\n"


class Wire:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int) -> "Wire":
        """Connect to this machine."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def send(self, packed: bytes) -> tuple[int, bytes]:
        """Send a packed request; status and body of the answer."""
        self._writer.write(packed)
        head = await self._reader.readuntil(HEAD_END)
        at = head.lower().find(b"content-length:")
        length = int(head[at + 15 : head.index(b"\r\n", at)]) if at >= 0 else 0
        return int(head[9:12]), await self._reader.readexactly(length)

    async def ask(self, method: str, path: str, body: Any = None, key: str = "") -> Any:
        """Send and decode; raises RuntimeError for what is no success."""
        status, answer = await self.send(pack(method, path, body, key))
        if status >= 400:
            raise RuntimeError(f"{method} {path} answered {status}: {answer.decode()}")
        return msgspec.json.decode(answer) if answer else None

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


def pack(method: str, path: str, body: Any = None, key: str = "") -> bytes:
    """A request as it goes over the wire."""
    content = msgspec.json.encode(body) if body is not None else b""
    key_line = f"authorization: Bearer {key}\r\n" if key else ""
    head = (
        f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: application/json\r\n{key_line}"
        f"content-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content
