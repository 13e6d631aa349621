"""The loop beside the loop: claims what is due for controllers, has it tried side by side, settles many at once."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from dsar.delivery import Attempting, FallingBack, Tried, Waiting
from dsar.domain.work import Step
from dsar.engine.lanes import Lanes
from dsar.store import Database, LeaseLost, courier, steps
from dsar.store.courier import Ended
from dsar.telemetry import deliveries, deliveries_waiting, delivery_seconds, log

# Between two claims, and between two settlings: what ends meanwhile is served together.
PACE_SECONDS = 0.02
STOP_SECONDS = 2.0  # for what is on the way when the worker is stopped
SETTLE_PAUSES = (0.2, 1.0, 2.0)
LEASE_LOST = "lease_lost"


class Courier:
    """One worker's courier. Many may run against one database; each knows only its own lanes."""

    def __init__(
        self,
        db: Database,
        attempting: Attempting,
        falling_back: FallingBack,
        now: Callable[[], datetime],
        *,
        lease_seconds: float,
        sweep_seconds: float,
    ) -> None:
        self._db = db
        self._attempting = attempting
        self._falling_back = falling_back
        self._now = now
        self._lease = timedelta(seconds=lease_seconds)
        self._sweep_seconds = sweep_seconds
        self._lanes = Lanes()
        self._held: dict[UUID, Step] = {}  # ours until they are settled
        self._flying: set[asyncio.Task[None]] = set()
        self._back: list[Tried] = []
        self._is_back = asyncio.Event()
        self._settling = asyncio.Lock()
        self._look = asyncio.Event()
        self.on_mail: Callable[[], None] = lambda: None  # there are letters to be sent now

    def look(self) -> None:
        """There may be messages now."""
        self._look.set()

    @property
    def held(self) -> list[Step]:
        """What is ours just now."""
        return list(self._held.values())

    async def run(self) -> None:
        """Work until cancelled; what is on the way then has a moment to arrive, and the rest is given back."""
        settler = asyncio.create_task(self._settle_on())
        try:
            while not settler.done():
                await self._claim_safely()
                await asyncio.sleep(PACE_SECONDS)
                await self._rest()
            await settler  # it never ends by itself: what broke it is told
        finally:
            await self._land()
            async with self._settling:  # not in the middle of writing what has arrived
                settler.cancel()
            await asyncio.gather(settler, return_exceptions=True)
            await self._give_back()

    async def drain(self) -> bool:
        """Deliver until nothing is due; whether there was anything."""
        any_at_all = False
        while await self._claim() or self._flying or self._back:
            any_at_all = True
            if self._flying:
                await asyncio.wait(self._flying, return_when=asyncio.FIRST_COMPLETED)
            await self._settle()
        return any_at_all

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._sweep_seconds):
                await self._look.wait()
        self._look.clear()

    async def _claim_safely(self) -> None:
        try:
            await self._claim()
        except Exception as error:  # noqa: BLE001 - the database may be restarting: the next sweep looks again
            log.warning("courier.claim_failed", error=type(error).__name__)
            await asyncio.sleep(min(self._sweep_seconds, 1.0))

    async def _claim(self) -> int:
        room = self._lanes.room(time.monotonic())
        if room.places <= 0:
            return 0
        now = self._now()
        async with self._db.read() as connection:
            claimed = await courier.claim(connection, room, now, now + self._lease)
        for found in claimed:
            self._send_off(Waiting(*found))
        return len(claimed)

    def _send_off(self, waiting: Waiting) -> None:
        step = waiting.step
        self._held[step.id] = step
        lane = str(waiting.message.controller_id)
        self._lanes.leaves(step.id, lane, retry=step.attempt > 1, at=time.monotonic())
        task = asyncio.create_task(self._carry(waiting))
        self._flying.add(task)
        task.add_done_callback(self._landed)

    def _landed(self, task: "asyncio.Task[None]") -> None:
        self._flying.discard(task)
        self._look.set()  # it leaves room

    async def _carry(self, waiting: Waiting) -> None:
        ok, rest_seconds = False, 0.0
        try:
            tried = await self._attempting.attempt(waiting)
            ok, rest_seconds = not tried.failed, tried.asked_seconds
        finally:
            self._lanes.is_back(waiting.step.id, ok=ok, at=time.monotonic(), rest_seconds=rest_seconds)
        if tried.falls_back:
            await self._fall_back(tried)
        else:
            self._back.append(tried)
            self._is_back.set()

    async def _fall_back(self, tried: Tried) -> None:
        step = tried.waiting.step
        try:
            await self._falling_back.settle(tried)
            self._count(tried, tried.ending.value)
        except LeaseLost:
            self._count(tried, LEASE_LOST)
        except Exception as error:  # noqa: BLE001 - the lease runs out, and it is tried again under the same id
            log.warning("delivery.not_settled", step=str(step.id), error=type(error).__name__)
        finally:
            self._held.pop(step.id, None)
        self.on_mail()
        self._look.set()  # what waited for the endpoint goes by mail too

    async def _settle_on(self) -> None:
        while True:
            await self._is_back.wait()
            self._is_back.clear()
            async with self._settling:
                await self._settle()
            await asyncio.sleep(PACE_SECONDS)

    async def _settle(self) -> None:
        back, self._back = self._back, []
        for pause in (*SETTLE_PAUSES, 0.0):
            if not back or await self._settled(back):
                return
            await asyncio.sleep(pause)  # the database may be restarting; the leases are held
        for tried in back:  # one of them cannot be written: it is not to keep the others from it
            if not await self._settled([tried]):
                self._held.pop(tried.waiting.step.id, None)

    async def _settled(self, back: Sequence[Tried]) -> bool:
        now = self._now()
        ends = [Ended(one.waiting.step, one.waiting.message.id, one.end, one.attempt, one.at) for one in back]
        try:
            async with self._db.read() as connection:
                ours = await courier.settle(connection, ends, now)
        except Exception as error:  # noqa: BLE001 - the leases run out, and all are tried again under the same ids
            log.warning("courier.settle_failed", messages=len(back), error=type(error).__name__)
            return False
        for one in back:
            self._held.pop(one.waiting.step.id, None)
            self._count(one, one.ending.value if one.waiting.step.id in ours else LEASE_LOST)
        return True

    def _count(self, tried: Tried, end: str) -> None:
        channel = tried.waiting.message.channel
        deliveries.labels(channel, end).inc()
        if tried.attempt is not None:
            delivery_seconds.labels(channel).observe(tried.attempt.seconds)

    async def figures(self) -> None:
        """Renew the metrics of what waits."""
        async with self._db.read() as connection:
            waiting = await courier.waiting(connection, self._now())
        for state in ("due", "later", "on_the_way"):
            deliveries_waiting.labels(state).set(getattr(waiting, state))

    async def _land(self) -> None:
        if self._flying:
            await asyncio.wait(self._flying, timeout=STOP_SECONDS)
        for task in self._flying:
            task.cancel()
        await asyncio.gather(*self._flying, return_exceptions=True)

    async def _give_back(self) -> None:
        await self._settle()
        try:
            async with asyncio.timeout(5), self._db.write() as tx:
                for step in self.held:
                    await steps.release(tx, step)
        except Exception as error:  # noqa: BLE001 - the leases run out by themselves
            log.warning("courier.release_failed", error=type(error).__name__)
