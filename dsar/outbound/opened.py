"""One system's open session: opened and closed in one task, left when its last user has, never half open."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import Context
from datetime import datetime

from dsar.contract import Session, Unreachable
from dsar.outbound.keeping import Withheld
from dsar.telemetry import log

IDLE_SECONDS = 300.0
CLOSE_SECONDS = 10.0
WAIT_FOR_PLACE_SECONDS = 2.0

Opening = Callable[[], AbstractAsyncContextManager[Session]]


class Opened:
    """A session with its places. `users_max` bounds those at work and those who wait, so that others get their turn."""

    def __init__(
        self,
        name: str,
        opening: Opening,
        *,
        concurrency: int,
        users_max: int,
        seconds: float,
        now: Callable[[], datetime],
    ) -> None:
        self._name = name
        self._opening = opening
        self._slots = asyncio.Semaphore(min(concurrency, users_max))
        self._users_max = users_max
        self._seconds = seconds
        self._now = now
        self._users = 0
        self._retired = False
        self._left = asyncio.Event()
        self._idle: asyncio.TimerHandle | None = None
        self._ready: asyncio.Future[Session] = asyncio.get_running_loop().create_future()
        self._owner = asyncio.create_task(self._own(), context=Context())

    @property
    def over(self) -> bool:
        """Whether it can be used no more."""
        return self._left.is_set() or self._owner.done()

    @asynccontextmanager
    async def use(self, *, beside: bool = False) -> AsyncIterator[Session]:
        """The session, for as long as one of its places is ours; `beside` takes none, for a probe."""
        if self._users >= self._users_max and not beside:
            raise self._busy()
        self._users += 1
        if self._idle is not None:
            self._idle.cancel()
        try:
            if beside:
                yield await asyncio.shield(self._ready)
                return
            await self._take()
            try:
                yield await asyncio.shield(self._ready)
            finally:
                self._slots.release()
        finally:
            self._leave()

    async def _take(self) -> None:
        try:
            async with asyncio.timeout(WAIT_FOR_PLACE_SECONDS):
                await self._slots.acquire()
        except TimeoutError:
            # A step that waits keeps its worker from others: it goes back into the queue.
            raise self._busy() from None

    def _busy(self) -> Withheld:
        return Withheld("all its places are taken; it is asked again by itself", until=self._now())

    def _leave(self) -> None:
        self._users -= 1
        if self._users == 0 and self._retired:
            self._left.set()
        elif self._users == 0:
            self._idle = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._left.set)

    def retire(self) -> None:
        """Nobody new comes; whoever is at work ends in peace."""
        self._retired = True
        if self._users == 0:
            self._left.set()

    async def closed(self) -> None:
        """Close, whoever is still at work; one that cannot be closed in time is left to its end."""
        self._left.set()
        if self._idle is not None:
            self._idle.cancel()
        if not self._ready.done():
            self._owner.cancel()
        _, hangs = await asyncio.wait([self._owner], timeout=CLOSE_SECONDS)
        for task in hangs:
            task.cancel()

    async def _own(self) -> None:
        """Open, wait, close: in one task, for what a connector's context has entered it must leave itself."""
        try:
            async with asyncio.timeout(self._seconds) as limit, self._opening() as session:
                limit.reschedule(None)
                self._ready.set_result(session)
                await self._left.wait()
        except Exception as error:  # noqa: BLE001 - it belongs to whoever waits for the session
            self._failed(error)
        finally:
            self._left.set()
            if not self._ready.done():
                self._failed(Unreachable("it was closed while it was being opened"))

    def _failed(self, error: Exception) -> None:
        if self._ready.done():
            log.warning("system.close_failed", system=self._name, error=type(error).__name__)
            return
        if isinstance(error, TimeoutError):
            error = Unreachable(f"could not be opened within {self._seconds:g} seconds; see whether it hangs")
        self._ready.set_exception(error)
        self._ready.exception()  # known, even where everybody who waited has gone
