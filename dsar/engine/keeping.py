"""What all workers know of the connected systems together, kept in Postgres."""

from collections.abc import Callable
from datetime import datetime

from dsar.domain.health import Pace
from dsar.outbound import Turn
from dsar.store import Database, health
from dsar.telemetry import log


class Shared:
    """The `Keeper` that is handed to every system's session."""

    def __init__(self, db: Database, now: Callable[[], datetime]) -> None:
        self._db = db
        self._now = now

    async def turn(self, key: str, pace: Pace, wait_seconds: float) -> Turn:
        """Take a place for one call."""
        async with self._db.read() as connection:
            taken, seconds = await health.turn(connection, key, pace, wait_seconds, self._now())
        return Turn(taken, seconds)

    async def hold(self, key: str, until: datetime) -> None:
        """Nobody asks it until then."""
        async with self._db.read() as connection:
            await health.hold(connection, key, until)

    async def failed(self, key: str, version: int) -> None:
        """Count a failure: at some number of them nobody asks any more."""
        async with self._db.write() as tx:
            opened = await health.failed(tx, key, version, self._now())
        if opened:
            log.warning("system.silent", system=key)

    async def answered(self, key: str, version: int) -> None:
        """It answers again, and what waited for it goes on."""
        async with self._db.write() as tx:
            closed = await health.answered(tx, key, version, self._now())
        if closed:
            log.info("system.answers", system=key)

    async def refused_us(self, key: str, version: int, reason: str) -> bool:
        """Nobody asks it again before a person has looked; False where one has changed it since."""
        async with self._db.write() as tx:
            paused = await health.pause(tx, key, version, reason, self._now())
            outdated = await health.outdated(tx, key, version)
        if paused:
            log.warning("system.paused", system=key)
        return not outdated
