"""The way from a thread that works on what is kept back to the event loop that reads it.

Compressing and sealing would stop the loop for seconds, so they run in a thread; database and blob store are
the loop's. The thread asks for the next piece while it still works on the last.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterable, Iterator
from concurrent.futures import Future
from itertools import islice
from threading import Event
from typing import Any, TypeVar

T = TypeVar("T")

AHEAD = 2
HOP_BYTES = 1024 * 1024  # a hop between thread and loop costs about as much as sealing ten kilobytes


class Stopped(Exception):
    """The work was called off."""


class Bridge:
    """Made on the loop, used in the thread."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopped = Event()

    def stop(self) -> None:
        """Let the thread end at its next request."""
        self._stopped.set()

    def _ask(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        if self._stopped.is_set():
            work.close()
            raise Stopped("the archive was called off")
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def result(self, work: Coroutine[Any, Any, T]) -> T:
        """What the loop makes of it."""
        return self._ask(work).result()

    def ahead(self, jobs: Iterable[Callable[[], Coroutine[Any, Any, T]]]) -> Generator[T, None, None]:
        """Each job's result in order, the next ones already under way."""
        left = iter(jobs)
        waiting: deque[Future[T]] = deque()
        try:
            waiting.extend(self._ask(job()) for job in islice(left, AHEAD))
            while waiting:
                result = waiting.popleft().result()
                waiting.extend(self._ask(job()) for job in islice(left, 1))
                yield result
        finally:
            for future in waiting:
                future.cancel()

    def stream(self, source: AsyncIterator[bytes]) -> Iterator[bytes]:
        """The pieces of a stream, gathered so that one hop is worth its cost."""
        asked = self._ask(_gather(source))
        while piece := asked.result():
            asked = self._ask(_gather(source))
            yield piece


async def _gather(source: AsyncIterator[bytes]) -> bytes:
    pieces, size = [], 0
    async for piece in source:
        pieces.append(piece)
        size += len(piece)
        if size >= HOP_BYTES:
            break
    return b"".join(pieces)
