"""Faults on the way: answers that a store, or something before it, may give instead of its own."""

from collections.abc import AsyncIterator

import httpx

from dsar.conformance import Fault

GARBAGE = b"<html><body>It works!</body></html>"


def answer(status: int, code: str, **headers: str) -> httpx.Response:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>"
    return httpx.Response(status, headers=headers, stream=Said(body.encode()))


class Shown:
    """The fault that all clients of a test meet, if any."""

    fault: Fault | None = None


class Mischief(httpx.AsyncHTTPTransport):
    """Lets everything through but for as long as a fault is shown."""

    def __init__(self, shown: Shown) -> None:
        super().__init__(verify=False)
        self._shown = shown

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        match self._shown.fault:
            case Fault.UNAUTHORISED:
                return answer(403, "InvalidAccessKeyId")
            case Fault.THROTTLED:
                return answer(429, "TooManyRequests", **{"retry-after": "7"})
            case Fault.BROKEN:
                return answer(500, "InternalError")
            case Fault.SILENT:
                raise httpx.ReadTimeout("silent", request=request)
            case Fault.GARBAGE:
                return httpx.Response(200, stream=Said(GARBAGE))
        real = await super().handle_async_request(request)
        if self._shown.fault is Fault.CUT_OFF:
            body = await real.aread()
            return httpx.Response(real.status_code, headers=real.headers, stream=Cut(body[: len(body) // 2]))
        return real


class Said(httpx.AsyncByteStream):
    """A body as it comes over a wire, not yet read."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body


class Cut(httpx.AsyncByteStream):
    """Half a body, and then the connection is gone."""

    def __init__(self, half: bytes) -> None:
        self._half = half

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._half
        raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")


class Answering(httpx.AsyncHTTPTransport):
    """Gives one answer of its own where the question has this word in it; everything else goes through."""

    def __init__(self, word, status=200, body=b"", times=1_000_000, before=None):
        super().__init__(verify=False)
        self.word, self.status, self.body, self.times, self.before = word, status, body, times, before
        self.bodies = []

    async def handle_async_request(self, request):
        if request.method == "POST":
            self.bodies.append(request.content)
        if self.word in f"{request.method} {request.url.raw_path.decode()}" and self.times:
            self.times -= 1
            if self.before is not None:
                self.before()
            else:
                return httpx.Response(self.status, stream=Said(self.body))
        return await super().handle_async_request(request)
