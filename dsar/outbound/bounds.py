"""Bounds on what others answer: time, bytes, and how much goes to one host at once."""

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx
from msgspec import Struct

Host = tuple[str, int | None]
MIB = 1024 * 1024
# The request's extensions: that the body is read at once, and a time in place of the client's own.
WHOLE = "dsar.whole"
SECONDS = "dsar.seconds"


class Limits(Struct, frozen=True):
    """How much a client does. The seconds are of the whole, however often single bytes come in time."""

    connections: int = 100  # of each pool
    pools: int = 1  # among which the addresses are dealt out
    per_host: int = 32  # and port
    seconds: float = 60.0  # until the body begins; and until it ends, where it is read at once
    body_bytes: int = 32 * MIB  # of a body read at once: it stands in memory
    stream_seconds: float = 3600.0
    stream_bytes: int = 16 * 1024 * MIB


class AnswerRefused(httpx.ReadError):
    """The answer is longer than it may be, or packed although nobody asked. The text names no host."""


class Bounded(httpx.AsyncBaseTransport):
    """Holds every answer of the transport within its limits, whoever sent it."""

    def __init__(self, inner: httpx.AsyncBaseTransport, limits: Limits) -> None:
        self._inner = inner
        self._limits = limits
        self._places = _Places(limits.per_host)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send, once a place at the host is free."""
        whole = bool(request.extensions.get(WHOLE))
        until = asyncio.get_running_loop().time() + request.extensions.get(SECONDS, self._limits.seconds)
        try:
            async with asyncio.timeout_at(until):
                give_back = await self._places.take((request.url.host, request.url.port))
                try:
                    answer = await self._inner.handle_async_request(request)
                except BaseException:
                    give_back()
                    raise
        except TimeoutError:
            raise httpx.ReadTimeout("no answer within the time there is", request=request) from None
        return self._bounded(answer, until, give_back, whole=whole)

    def _bounded(
        self, answer: httpx.Response, until: float, give_back: Callable[[], None], *, whole: bool
    ) -> httpx.Response:
        limits = self._limits
        stream_until = asyncio.get_running_loop().time() + limits.stream_seconds
        # Nothing is unpacked here: a few packed bytes can be without end. Who asks for it packed unpacks it.
        packed = answer.headers.pop("content-encoding", "identity").lower() != "identity"
        stream = _BoundedStream(
            answer.stream,
            until=until if whole else stream_until,
            bytes_max=limits.body_bytes if whole else limits.stream_bytes,
            refused=whole and packed,
            give_back=give_back,
        )
        return httpx.Response(
            answer.status_code, headers=answer.headers, stream=stream, extensions=answer.extensions
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._inner.aclose()


class _BoundedStream(httpx.AsyncByteStream):
    def __init__(
        self,
        inner: object,
        *,
        until: float,
        bytes_max: int,
        refused: bool,
        give_back: Callable[[], None],
    ) -> None:
        assert isinstance(inner, httpx.AsyncByteStream)
        self._inner = inner
        self._until = until
        self._bytes_left = bytes_max
        self._refused = refused
        self._give_back = give_back

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._refused:
            raise AnswerRefused("the answer is packed although nobody asked for that")
        pieces = aiter(self._inner)
        while (piece := await self._next(pieces)) is not None:
            self._bytes_left -= len(piece)
            if self._bytes_left < 0:
                raise AnswerRefused("the answer is longer than it may be")
            yield piece

    async def _next(self, pieces: AsyncIterator[bytes]) -> bytes | None:
        try:
            async with asyncio.timeout_at(self._until):
                return await anext(pieces, None)
        except TimeoutError:
            raise httpx.ReadTimeout("the answer does not end within the time there is") from None

    async def aclose(self) -> None:
        give_back, self._give_back = self._give_back, _nothing
        try:
            await self._inner.aclose()
        finally:
            give_back()


def _nothing() -> None:
    """A place is given back once."""


class _Places:
    """So many at once to a host: who answers slowly holds up no other host's."""

    def __init__(self, per_host: int) -> None:
        self._per_host = per_host
        self._by_host: dict[Host, tuple[asyncio.Semaphore, int]] = {}

    async def take(self, host: Host) -> Callable[[], None]:
        """Wait for a place; what comes back gives it back."""
        places, users = self._by_host.get(host) or (asyncio.Semaphore(self._per_host), 0)
        self._by_host[host] = (places, users + 1)
        try:
            await places.acquire()
        except BaseException:
            self._leave(host)
            raise

        def give_back() -> None:
            places.release()
            self._leave(host)

        return give_back

    def _leave(self, host: Host) -> None:
        places, users = self._by_host[host]
        if users == 1:
            del self._by_host[host]
        else:
            self._by_host[host] = (places, users - 1)
