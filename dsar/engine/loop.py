"""The loop: claim what is due, run it, hold on to it meanwhile, look again when woken or after a while."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from dsar.contract import Refused, Throttled, Unauthorised
from dsar.domain.health import wait
from dsar.domain.work import ByHand, End, Step, StepKind, after_failure
from dsar.engine.courier import Courier
from dsar.store import (
    Database,
    LeaseLost,
    cases,
    evidence,
    idempotency,
    legal_holds,
    rechecks,
    steps,
    tasks,
)
from dsar.store.database import end_step
from dsar.telemetry import (
    cases_open,
    holds_to_review,
    log,
    step_seconds,
    steps_ended,
    steps_open,
    tasks_overdue,
    where,
)

Handler = Callable[[Step], Awaitable[None]]

ATTEMPTS_MAX = 8
# Years are not counted in seconds, and every case that a hold keeps is looked at.
EVIDENCE_EVERY_SECONDS = 3600.0
FIRST_DELAY_SECONDS = 1.0


class Engine:
    """One worker's engine, with a courier beside it for what leaves for controllers.

    Many may run against one database: a step is claimed by one and fenced by its lease.
    """

    def __init__(
        self,
        db: Database,
        handlers: Mapping[StepKind, Handler],
        now: Callable[[], datetime],
        courier: Courier,
        *,
        batch: int,
        lease_seconds: float,
        sweep_seconds: float,
        unproven_kept: timedelta,
        evidence_kept: timedelta,
    ) -> None:
        self._db = db
        self._handlers = handlers
        self._now = now
        self._batch = batch
        self._lease = timedelta(seconds=lease_seconds)
        self._sweep_seconds = sweep_seconds
        self._unproven_kept = unproven_kept
        self._evidence_kept = evidence_kept
        self._forgot_at = -EVIDENCE_EVERY_SECONDS
        self._running: dict[asyncio.Task[None], Step] = {}
        self._look = asyncio.Event()
        self._swept_at = 0.0
        self._courier = courier
        courier.on_mail = self._look.set

    def look(self) -> None:
        """There may be work now."""
        self._look.set()
        self._courier.look()

    async def run(self) -> None:
        """Work until cancelled; what has not ended by then is given back."""
        keeper = asyncio.create_task(self._keep_leases())
        beside = asyncio.create_task(self._courier.run())
        try:
            while not beside.done():
                await self._claim_safely()
                await self._rest()
            await (
                beside
            )  # it never ends by itself: what broke it ends the worker, whose keeper starts another
        finally:
            keeper.cancel()
            beside.cancel()
            await asyncio.gather(beside, self._give_back(), return_exceptions=True)

    async def drain(self) -> None:
        """Work until nothing is due: for tests and for one-off runs."""
        while await self._drain_steps() or await self._courier.drain():
            pass

    async def _drain_steps(self) -> bool:
        any_at_all = False
        while await self._claim() or self._running:
            any_at_all = True
            if self._running:
                await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
        return any_at_all

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._sweep_seconds):
                await self._look.wait()
        self._look.clear()
        # By the time, not only when idle: a worker that is never idle must still take back what a dead one held.
        if time.monotonic() - self._swept_at >= self._sweep_seconds:
            self._swept_at = time.monotonic()
            await self._sweep()

    async def _claim_safely(self) -> None:
        try:
            while await self._claim():
                pass
        except Exception as error:  # noqa: BLE001 - the database may be restarting: the next sweep looks again
            log.warning("engine.claim_failed", error=type(error).__name__)
            await asyncio.sleep(min(self._sweep_seconds, 1.0))

    async def _claim(self) -> bool:
        room = self._batch - len(self._running)
        if room <= 0:
            return False
        now = self._now()
        async with self._db.read() as connection:
            claimed = await steps.claim(connection, now, now + self._lease, room)
        for step in claimed:
            task = asyncio.create_task(self._run(step))
            self._running[task] = step
            task.add_done_callback(self._forget)
        return len(claimed) == room

    def _forget(self, task: "asyncio.Task[None]") -> None:
        self._running.pop(task, None)
        self.look()  # an ended step leaves room, and often a next step or a message

    async def _run(self, step: Step) -> None:
        began = time.perf_counter()
        end = "settled"
        try:
            await self._handlers[step.kind](step)
        except LeaseLost:
            end = "lease_lost"
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the step must end as something
            end = await self._failed(step, error)
        step_seconds.labels(step.kind.value).observe(time.perf_counter() - began)
        steps_ended.labels(step.kind.value, end).inc()

    async def _failed(self, step: Step, error: Exception) -> str:
        decided = decide(step, error, self._now())
        log.warning(
            "step.failed",
            step=str(step.id),
            case=str(step.case_id),
            kind=step.kind.value,
            attempt=step.attempt,
            error=type(error).__name__,
            where=where(error),
            end=type(decided).__name__,
        )
        try:
            async with self._db.write() as tx:
                await end_step(tx, step, decided, self._now())
        except LeaseLost:
            return "lease_lost"
        except Exception as again:  # noqa: BLE001 - the database is away: the lease runs out and another takes the step
            log.warning("step.not_settled", step=str(step.id), error=type(again).__name__)
            return "not_settled"
        return type(decided).__name__

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(self._lease.total_seconds() / 3)
            held = [*self._running.values(), *self._courier.held]
            if not held:
                continue
            try:
                async with self._db.read() as connection:
                    await steps.renew(connection, held, self._now() + self._lease)
            except Exception as error:  # noqa: BLE001 - next time; a lost lease costs a repetition, not a loss
                log.warning("engine.renew_failed", error=type(error).__name__)

    async def _forget_evidence(self) -> None:
        if time.monotonic() - self._forgot_at < EVIDENCE_EVERY_SECONDS:
            return
        async with self._db.write() as tx:
            gone = await evidence.forget(tx, self._now() - self._evidence_kept, self._now())
        if gone < evidence.BATCH:
            self._forgot_at = time.monotonic()

    async def _sweep(self) -> None:
        try:
            async with self._db.read() as connection:
                given_back = await steps.release_expired(connection, self._now())
                await steps.close_unproven(connection, self._now() - self._unproven_kept, self._now())
                await idempotency.forget(connection, self._now())
                await rechecks.forget_old(connection, self._now())
                backlog = await steps.backlog(connection, self._now())
                tallies = await cases.tallies(connection)
                to_review = await legal_holds.to_review(connection, self._now().date())
                overdue = await tasks.overdue(connection, self._now().date())
            await self._forget_evidence()
            await self._courier.figures()
        except Exception as error:  # noqa: BLE001 - as in _claim_safely
            log.warning("engine.sweep_failed", error=type(error).__name__)
            return
        if given_back:
            log.info("engine.took_back", steps=given_back)
        for state in ("ready", "running", "manual"):
            steps_open.labels(state).set(getattr(backlog, state))
        holds_to_review.set(to_review)
        tasks_overdue.set(overdue)
        for name, count in tallies.items():
            cases_open.labels(name).set(count)

    async def _give_back(self) -> None:
        running = dict(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        try:
            async with asyncio.timeout(5), self._db.write() as tx:
                for step in running.values():
                    await steps.release(tx, step)
        except Exception as error:  # noqa: BLE001 - the leases run out by themselves
            log.warning("engine.release_failed", error=type(error).__name__)


def decide(step: Step, error: Exception, now: datetime) -> End:
    """What becomes of a step whose handler raised: later, or a person's task. Never lost, never for ever."""
    if isinstance(error, Throttled):
        reason = {"reason": type(error).__name__, "text": str(error)[:300]}
        return wait(step, error.until, now, None, reason) or ByHand(reason)
    if isinstance(error, Unauthorised | Refused):
        return ByHand({"reason": type(error).__name__, "text": str(error)[:300]})
    later = after_failure(step.attempt, ATTEMPTS_MAX, FIRST_DELAY_SECONDS, now, type(error).__name__)
    return later or ByHand({"reason": type(error).__name__, "attempts": step.attempt})
