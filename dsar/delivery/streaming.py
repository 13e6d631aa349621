"""Archives on their way out: how many at once, and none for longer than what it rests on."""

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID
from weakref import finalize

from dsar.vault import VaultError

# Of one link or one controller, as many as a program that fetches in parts opens; of all, so that readers who take
# a byte a minute hold a piece of a megabyte each and no more of them than that.
AT_ONCE_MAX = 8
AT_ONCE_OF_ALL_MAX = 250
LOOK_EVERY = timedelta(seconds=5)


class TooManyAtOnce(Exception):
    """As many downloads run as may."""


class Place:
    """Of one download among those that run. It is free again once left, or once nobody holds it any more.

    A client may be gone before the first byte is asked for, and what was never begun never ends.
    """

    def __init__(self, leave: Callable[[], None]) -> None:
        self.leave = finalize(self, leave)


class Streams:
    """Counts what one process sends; in another the count begins anew."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._running: Counter[UUID] = Counter()

    def admit(self, holder: UUID) -> Place:
        """A place for one more, taken at once; raises TooManyAtOnce where that would be too many."""
        if self._running[holder] >= AT_ONCE_MAX or self._running.total() >= AT_ONCE_OF_ALL_MAX:
            raise TooManyAtOnce
        self._running[holder] += 1
        return Place(partial(self._left, holder))

    def _left(self, holder: UUID) -> None:
        self._running[holder] -= 1
        if not self._running[holder]:
            del self._running[holder]

    async def guarded(
        self, place: Place, pieces: AsyncGenerator[bytes, None], stands: Callable[[], Awaitable[bool]]
    ) -> AsyncIterator[bytes]:
        """The pieces, for as long as `stands` says so: a link that was ended ends the download that uses it.

        Nothing is held between two pieces but the blob's own handle: no connection to the database.
        """
        looked_at = self._now()
        try:
            async with aclosing(pieces):
                async for piece in pieces:
                    if self._now() - looked_at >= LOOK_EVERY:
                        looked_at = self._now()
                        if not await stands():
                            raise VaultError("the download was ended")
                    yield piece
        finally:
            place.leave()
