"""Controllers' endpoints, as lean as they go: they note when each message came first, and answer.

`python -m bench.endpoints PORT`. The path says what an endpoint is like: `/quick/…` answers at once, `/slow/…` after
ten seconds, `/dead/…` never. `GET /seen` tells how many messages have come to quick ones, `GET /report` when each did.
"""

import asyncio
import sys
import time
from typing import cast

import msgspec
import uvloop

SLOW_SECONDS = 10.0
HEAD_END = b"\r\n\r\n"
ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"

came: dict[str, dict[str, float]] = {"quick": {}, "slow": {}, "dead": {}}


class Endpoint(asyncio.Protocol):
    """One connection; one request at a time, as HTTP/1.1 clients send them."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._got = b""

    def data_received(self, data: bytes) -> None:
        self._got += data
        at = self._got.find(HEAD_END)
        if at < 0 or len(self._got) < at + 4 + _length(self._got[:at]):
            return
        head, self._got = self._got[:at], b""
        self._take(head)

    def _take(self, head: bytes) -> None:
        path = head[: head.index(b"\r\n")].split(b" ")[1].decode()
        kind = path.split("/")[1]
        if path == "/seen":
            self._tell(str(len(came["quick"])).encode())
        elif path == "/report":
            self._tell(msgspec.json.encode(came))
        elif path == "/forget":
            for each in came.values():
                each.clear()
            self._tell(b"{}")
        else:
            came[kind].setdefault(_header(head, b"webhook-id").decode(), time.monotonic())
            if kind == "quick":
                self._write(ANSWER)
            elif kind == "slow":
                asyncio.get_running_loop().call_later(SLOW_SECONDS, self._write, ANSWER)

    def _tell(self, body: bytes) -> None:
        self._write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))

    def _write(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)


def _header(head: bytes, name: bytes) -> bytes:
    at = head.lower().find(b"\r\n" + name + b": ")
    if at < 0:
        return b""
    begin = at + len(name) + 4
    end = head.find(b"\r\n", begin)
    return head[begin : end if end >= 0 else None]


def _length(head: bytes) -> int:
    return int(_header(head, b"content-length") or 0)


async def serve(port: int) -> None:
    """Until killed."""
    server = await asyncio.get_running_loop().create_server(Endpoint, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(int(sys.argv[1])))
