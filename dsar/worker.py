"""The worker, and the wake-up that reaches it. Redis or Valkey carries only "look now": losing it costs a moment."""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

from arq.connections import ArqRedis, RedisSettings, create_pool
from arq.worker import Worker, func
from redis.exceptions import RedisError

from dsar.engine import Engine, open_service, watch_systems
from dsar.settings import Settings, SettingsError, require
from dsar.telemetry import log

QUEUE = "dsar:look"
JOB = "look"
# One wake-up serves all that was written meanwhile.
WAKE_EVERY_SECONDS = 0.01
POLL_SECONDS = 0.05
RETRY_SECONDS = 1.0


def redis_settings(url: str) -> RedisSettings:
    """Arq's settings of a `redis://`, `rediss://` or `unix://` address, failing at once rather than waiting."""
    try:
        settings = RedisSettings.from_dsn(url)
    except (RuntimeError, AssertionError, ValueError) as error:
        raise SettingsError(
            "DSAR_REDIS_URL: begins with none of redis://, rediss:// and unix://; for example redis://host:6379"
        ) from error
    settings.conn_retries = 0
    return settings


class Waker:
    """Tells the workers to look, at most a hundred times a second, and never fails its caller."""

    def __init__(self, url: str) -> None:
        self._settings = redis_settings(url)
        self._wanted = asyncio.Event()
        self._pool: ArqRedis | None = None

    def __call__(self) -> None:
        """Ask for a look; returns at once."""
        self._wanted.set()

    async def run(self) -> None:
        """Pass requests on, until cancelled. While Redis is away the workers' sweep finds the work."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                if self._pool is None:
                    self._pool = await create_pool(self._settings, default_queue_name=QUEUE)
                await self._pool.enqueue_job(JOB, _expires=60)
                await asyncio.sleep(WAKE_EVERY_SECONDS)
            except (RedisError, OSError, TimeoutError) as error:
                log.warning("waker.redis_away", error=type(error).__name__)
                await self._drop()
                await asyncio.sleep(RETRY_SECONDS)

    async def _drop(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            with suppress(RedisError, OSError):
                await pool.aclose(close_connection_pool=True)  # arq makes it apart, so it is not closed along

    async def close(self) -> None:
        """Let go of the connection."""
        await self._drop()


@asynccontextmanager
async def waking(url: str) -> AsyncIterator[Waker]:
    """A waker that passes requests on in the background."""
    waker = Waker(url)
    task = asyncio.create_task(waker.run())
    try:
        yield waker
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await waker.close()


async def listen(url: str, engine: Engine) -> None:
    """Take wake-ups off the queue, until cancelled; come back when Redis does."""
    # arq tells of each job at INFO; ours are all alike.
    logging.getLogger("arq.worker").setLevel(logging.ERROR)

    async def look(_ctx: dict[str, Any]) -> None:
        engine.look()

    while True:
        worker = Worker(
            functions=[func(cast("Any", look), name=JOB, keep_result=0, max_tries=1)],
            queue_name=QUEUE,
            redis_settings=redis_settings(url),
            handle_signals=False,
            poll_delay=POLL_SECONDS,
            max_jobs=100,
            health_check_interval=3600,
        )
        try:
            await worker.async_run()
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("worker.redis_away", error=type(error).__name__)
        finally:
            await _let_go(worker)
        await asyncio.sleep(RETRY_SECONDS)
        engine.look()


async def _let_go(worker: Worker) -> None:
    """As arq's own close, which raises as if we had been cancelled whenever one of its jobs was."""
    jobs = list(worker.tasks.values())
    for job in jobs:
        job.cancel()
    await asyncio.gather(*jobs, return_exceptions=True)
    if worker._pool is not None:  # noqa: SLF001 - `pool` fails where no connection came about
        with suppress(RedisError, OSError):
            await worker.pool.aclose(close_connection_pool=True)


# Archives are made of millions of small objects that no cycle holds: looking for cycles as often as Python does by
# itself costs a tenth of the time (docs/benchmarks.md).
GC_THRESHOLDS = (20_000, 50, 100)


async def work(settings: Settings) -> None:
    """Run one worker until cancelled."""
    gc.set_threshold(*GC_THRESHOLDS)
    require(settings, "redis_url")
    redis_settings(settings.redis_url)  # refuses here, before anything is opened
    async with open_service(settings) as service:
        engine = service.engine()
        async with asyncio.TaskGroup() as group:
            group.create_task(engine.run())
            group.create_task(watch_systems(service.probing, service.waiting, settings.sweep_seconds))
            group.create_task(listen(settings.redis_url, engine))
