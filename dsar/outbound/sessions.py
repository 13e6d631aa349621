"""Open sessions by system: opened when first used, shared, renewed with the settings, closed when nobody needs them."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol

from msgspec import Struct

from dsar.contract import (
    Connector,
    ConnectorError,
    Refused,
    Session,
    Throttled,
    Tools,
    Unauthorised,
    Unreachable,
)
from dsar.domain.health import Standing, pace
from dsar.outbound.http import GuardedClient
from dsar.outbound.keeping import Alone, Keeper, Withheld
from dsar.outbound.opened import Opened
from dsar.outbound.paced import Paced
from dsar.outbound.systems import BadSystem, Configured, connector_of, settings_of
from dsar.outbound.using import Watched, using

PLACES = 16  # of a worker's, for one system
SILENT_CALLS = 10  # so many calls' time without a sign of life, and a step gives up
HELD_MAX = timedelta(days=1)
SOON = timedelta(seconds=1)


class Asked(Configured, Protocol):
    """A configured system with all that bears on how it is asked."""

    @property
    def version(self) -> int:
        """Rises with each change."""

    @property
    def concurrency(self) -> int:
        """How many steps of one worker may ask at once."""

    @property
    def calls_per_minute(self) -> int | None:
        """The operator's own limit."""

    @property
    def timeout_seconds(self) -> float:
        """Of one call."""

    @property
    def failures(self) -> int:
        """In a row."""

    @property
    def standing(self) -> Standing:
        """Whether it is asked at all."""


class OpenSystem(Struct, frozen=True):
    """What is needed to ask a system. `version` rises with each change of its settings."""

    key: str
    connector: str
    settings: bytes
    version: int = 1
    concurrency: int = 4
    calls_per_minute: int | None = None
    timeout_seconds: float = 60.0
    failures: int = 0
    standing: Standing = Standing()

    @classmethod
    def of(cls, row: Asked, settings: bytes) -> "OpenSystem":
        """As it is configured, with its settings opened."""
        return cls(
            row.key,
            row.connector,
            settings,
            row.version,
            row.concurrency,
            row.calls_per_minute,
            row.timeout_seconds,
            row.failures,
            row.standing,
        )


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Systems:
    """Sessions for all steps of a process. What is met is told to the keeper, for all workers."""

    def __init__(
        self,
        client: GuardedClient,
        keeper: Keeper | None = None,
        now: Callable[[], datetime] = _utc_now,
        places: int = PLACES,
    ) -> None:
        self._client = client
        self._keeper: Keeper = keeper or Alone()
        self._now = now
        self._places = places
        self._open: dict[str, tuple[int, Opened]] = {}
        self._old: set[Opened] = set()
        self._failed_at: dict[str, datetime] = {}

    @asynccontextmanager
    async def session(self, system: OpenSystem, *, probing: bool = False) -> AsyncIterator[Session]:
        """A session, for as long as one of the system's places is ours; raises at once where it is not to be asked.

        A probe takes no place, and asks one that failed too often.
        """
        if not probing:
            self._bar(system)
        began = self._now()
        try:
            async with (
                self._opened(system).use(beside=probing) as session,
                self._watched(system, session) as one,
            ):
                yield one
        except Unauthorised as error:
            if await self._keeper.refused_us(system.key, system.version, str(error)[:300]):
                raise
            # An old key is withdrawn while it is still used: that is no task for a person, who has just seen to it.
            text = "its settings were changed meanwhile; it is asked again by itself"
            raise Withheld(text, until=self._now()) from error
        except ConnectorError as error:
            await self._met(system, error, began)
            raise
        await self._answered(system)

    @asynccontextmanager
    async def apart(self, system: OpenSystem) -> AsyncIterator[Session]:
        """A session of its own, to try settings that nobody else uses yet; nothing is told to the keeper."""
        opened = self._start(system)
        try:
            async with opened.use(beside=True) as session, self._watched(system, session) as one:
                yield one
        finally:
            await opened.closed()

    @asynccontextmanager
    async def _watched(self, system: OpenSystem, session: Session) -> AsyncIterator[Session]:
        async with using(system.timeout_seconds * SILENT_CALLS) as use:
            yield Watched(session, use, system.timeout_seconds)

    def _bar(self, system: OpenSystem) -> None:
        standing, now = system.standing, self._now()
        if standing.paused_reason is not None:
            raise Unauthorised(standing.paused_reason)
        until = standing.closed_until(now)
        if until is not None:
            text = "it failed again and again; it is asked again once a probe succeeds"
            raise Withheld(text, until=until + SOON, silent=True)
        if standing.held_until is not None and standing.held_until > now:
            raise Withheld("it asked to wait; it is asked again by itself", until=standing.held_until)

    def _opened(self, system: OpenSystem) -> Opened:
        version, opened = self._open.get(system.key, (0, None))
        if opened is not None and version == system.version and not opened.over:
            return opened
        new = self._start(system)
        if opened is not None and version > system.version:
            # A step that read the old settings a moment ago ends with them.
            self._retire(new)
            return new
        self._open[system.key] = (system.version, new)
        if opened is not None:
            self._retire(opened)
        return new

    def _retire(self, opened: Opened) -> None:
        self._old = {one for one in self._old if not one.over} | {opened}
        opened.retire()

    def _start(self, system: OpenSystem) -> Opened:
        try:
            connector = connector_of(system.connector)
            settings = settings_of(connector, system.settings)
        except BadSystem as error:
            # A system that was changed in the middle of a case must not break the case: a person takes over.
            raise Refused(str(error)) from error
        tools = Tools(http=self._client_of(system, connector))
        return Opened(
            system.key,
            lambda: connector.open(settings, tools),
            concurrency=system.concurrency,
            users_max=self._places,
            seconds=system.timeout_seconds,
            now=self._now,
        )

    def _client_of(self, system: OpenSystem, connector: Connector) -> GuardedClient:
        limit = system.calls_per_minute or connector.manifest.calls_per_minute
        wrap = partial(
            Paced,
            key=system.key,
            keeper=self._keeper,
            now=self._now,
            pace=pace(limit) if limit else None,
            seconds=system.timeout_seconds,
        )
        return self._client.over(wrap, system.timeout_seconds)

    async def _met(self, system: OpenSystem, error: ConnectorError, began: datetime) -> None:
        if isinstance(error, Withheld):
            return
        if isinstance(error, Throttled):
            await self._keeper.hold(system.key, min(error.until, self._now() + HELD_MAX))
        elif isinstance(error, Unreachable):
            # Steps that were at it when it went away met one failure together, not one each.
            if began >= self._failed_at.get(system.key, began):
                self._failed_at[system.key] = self._now()
                await self._keeper.failed(system.key, system.version)
        else:
            await self._answered(system)

    async def _answered(self, system: OpenSystem) -> None:
        if system.failures or system.standing.circuit_opened_at or self._failed_at.pop(system.key, None):
            await self._keeper.answered(system.key, system.version)

    async def close(self) -> None:
        """Close every session."""
        for opened in [*(one for _, one in self._open.values()), *self._old]:
            await opened.closed()
        self._open.clear()
        self._old.clear()
