"""The HTTP client of one system: its pace, kept over all workers, and its time-out, over the shared connections."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import httpx

from dsar.domain.health import Pace
from dsar.outbound.bounds import SECONDS
from dsar.outbound.keeping import Keeper, Withheld
from dsar.outbound.using import current

# A step that has not asked anything yet gives its place to others; one that is under way would lose what it has.
WAIT_FIRST_SECONDS = 5.0
WAIT_LATER_SECONDS = 60.0


class Paced(httpx.AsyncBaseTransport):
    """Waits for each call's turn. A wait that is too long ends in `Withheld`, and the step comes back later."""

    def __init__(
        self,
        inner: httpx.AsyncBaseTransport,
        key: str,
        keeper: Keeper,
        now: Callable[[], datetime],
        *,
        pace: Pace | None,
        seconds: float,
    ) -> None:
        self._inner = inner
        self._key = key
        self._keeper = keeper
        self._now = now
        self._pace = pace
        self._seconds = seconds

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send, in turn."""
        use = current()
        if self._pace is not None:
            await self._turn(self._pace, WAIT_LATER_SECONDS if use and use.calls else WAIT_FIRST_SECONDS)
        request.extensions = {**request.extensions, SECONDS: self._seconds}
        try:
            return await self._inner.handle_async_request(request)
        finally:
            if use:
                use.calls += 1

    async def _turn(self, pace: Pace, wait_seconds: float) -> None:
        turn = await self._keeper.turn(self._key, pace, wait_seconds)
        if not turn.taken:
            until = self._now() + timedelta(seconds=turn.seconds)
            raise Withheld("its limit of calls a minute is used up; it is asked again by itself", until=until)
        if turn.seconds > 0:
            await asyncio.sleep(turn.seconds)

    async def aclose(self) -> None:
        """The connections are everybody's."""
