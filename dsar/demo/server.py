"""The double's real HTTP: a Litestar application on a free loopback port, served by uvicorn in this loop."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

import uvicorn
from litestar import Litestar, Request, asgi
from litestar.datastructures import State
from litestar.types import Receive, Scope, Send

from dsar.demo.exchange import Answer, Call

GRACE_SECONDS = 1
BODY_BYTES_MAX = 1_000_000

Handler = Callable[[Call], Awaitable[Answer]]


class Server:
    """One running server."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._uvicorn: _Uvicorn | None = None
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> str:
        """Serve, and say where."""
        listener = _listener()
        self._uvicorn = _Uvicorn(
            uvicorn.Config(
                application(self._handler),
                lifespan="off",
                ws="none",
                log_config=None,
                access_log=False,
            )
        )
        self._serving = asyncio.create_task(self._uvicorn.serve(sockets=[listener]))
        await self._uvicorn.ready.wait()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    async def stop(self) -> None:
        if self._uvicorn is None or self._serving is None:
            return
        self._uvicorn.ended.set()
        await self._serving
        self._uvicorn = self._serving = None


def _listener() -> socket.socket:
    # The protocol is named because asyncio sets TCP_NODELAY only then, which saves 40 ms a call.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    return listener


class _Uvicorn(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self.ended = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        """Wait to be ended; uvicorn's own looks ten times a second, which a double for each test would wait for."""
        await self.on_tick(0)
        await self.ended.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """At once where nobody is being answered, for the same reason."""
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if answering := set(self.server_state.tasks):
            _, late = await asyncio.wait(answering, timeout=GRACE_SECONDS)
            for task in late:
                task.cancel()
        await asyncio.sleep(0)  # the transports close in the loop's next turn

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the process that the double is a part of."""
        yield


def application(handler: Handler) -> Litestar:
    @asgi("/", is_mount=True, copy_scope=True)
    async def every_path(scope: Scope, receive: Receive, send: Send) -> None:
        call = _call(Request(scope), await _body(receive))
        await _send(await handler(call), send)

    return Litestar([every_path], openapi_config=None, logging_config=None)


def _call(request: Request[Any, Any, State], body: bytes) -> Call:
    return Call(
        method=request.method,
        origin=f"http://{request.headers['host']}",
        # As it came: Litestar takes the last slash off, and PostHog's paths end with one.
        path=unquote(request.scope["raw_path"].decode("ascii")),
        query=tuple((name, str(value)) for name, value in request.query_params.multi_items()),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
    )


async def _body(receive: Receive) -> bytes:
    """The whole body, but for what is beyond the limit: such a request does not fit the checks."""
    body, more = b"", True
    while more and len(body) <= BODY_BYTES_MAX:
        message = await receive()
        body += message["body"] if message["type"] == "http.request" else b""
        more = message["type"] == "http.request" and message["more_body"]
    return body


async def _send(answer: Answer, send: Send) -> None:
    headers = {"content-type": answer.media_type, "content-length": str(len(answer.body)), **answer.headers}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    # A body shorter than announced makes uvicorn end the connection, which is what `cut` is for.
    body = answer.body[: len(answer.body) // 2] if answer.cut else answer.body
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    await send({"type": "http.response.body", "body": body, "more_body": False})
