"""The connected systems: connectors found by entry point, opened once and shared, renewed when settings change."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache
from importlib.metadata import entry_points
from typing import Any, Protocol

import httpx
import msgspec
from msgspec import Struct

from dsar.contract import CONTRACT_VERSION, Connector, OrderKind, Refused, Role, Session, Tools
from dsar.domain.systems import SystemFacts

GROUP = "dsar.connectors"


class BadSystem(Exception):
    """A system cannot be configured so. The text names the field and the remedy."""


class OpenSystem(Struct, frozen=True):
    """What is needed to open a system. `version` rises with each change of its settings."""

    key: str
    connector: str
    settings: bytes
    version: int
    concurrency: int


@cache
def installed() -> dict[str, Connector]:
    """All connectors of this installation, ours and others'."""
    found: dict[str, Connector] = {}
    for point in entry_points(group=GROUP):
        connector = point.load()
        if not isinstance(connector, Connector) or connector.manifest.contract != CONTRACT_VERSION:
            raise BadSystem(
                f"{point.value}: is no connector of contract {CONTRACT_VERSION}; install a version that is"
            )
        found[connector.manifest.key] = connector
    return found


def connector_of(key: str) -> Connector:
    """One connector; raises BadSystem naming those there are."""
    if key not in installed():
        raise BadSystem(f"connector: {key!r} is not installed; there are {', '.join(sorted(installed()))}")
    return installed()[key]


def settings_of(connector: Connector, raw: bytes) -> Any:
    """A connector's settings from JSON; raises BadSystem naming the field."""
    try:
        return msgspec.json.decode(raw, type=connector.manifest.settings)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise BadSystem(f"{connector.manifest.key}: {error}. See its page in docs/connectors/.") from error


class _Entry:
    def __init__(self, session: Session, stack: AsyncExitStack, system: OpenSystem) -> None:
        self.session = session
        self.stack = stack
        self.version = system.version
        self.slots = asyncio.Semaphore(system.concurrency)


class Systems:
    """Open sessions by system, each opened when first used."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._tools = Tools(http=client)
        self._open: dict[str, _Entry] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    @asynccontextmanager
    async def session(self, system: OpenSystem) -> AsyncIterator[Session]:
        """A session, for as long as one of the system's places is ours."""
        entry = await self._entry(system)
        async with entry.slots:
            yield entry.session

    async def _entry(self, system: OpenSystem) -> _Entry:
        entry = self._open.get(system.key)
        if entry is not None and entry.version == system.version:
            return entry
        async with self._locks.setdefault(system.key, asyncio.Lock()):
            entry = self._open.get(system.key)
            if entry is None or entry.version != system.version:
                entry = self._open[system.key] = await self._open_one(system, entry)
        return entry

    async def _open_one(self, system: OpenSystem, old: _Entry | None) -> _Entry:
        if old is not None:
            await old.stack.aclose()
        try:
            connector = connector_of(system.connector)
            settings = settings_of(connector, system.settings)
        except BadSystem as error:
            # A system that was changed in the middle of a case must not break the case: a person takes over.
            raise Refused(str(error)) from error
        stack = AsyncExitStack()
        session = await stack.enter_async_context(connector.open(settings, self._tools))
        return _Entry(session, stack, system)

    async def close(self) -> None:
        """Close every session."""
        for entry in self._open.values():
            await entry.stack.aclose()
        self._open.clear()


class Configured(Protocol):
    """A configured system, as the store has it."""

    @property
    def key(self) -> str:
        """Its name in this installation."""

    @property
    def connector(self) -> str:
        """The connector's key."""

    @property
    def roles(self) -> tuple[Role, ...]:
        """Whose data it holds."""

    @property
    def orders(self) -> tuple[OrderKind, ...]:
        """Which orders it takes."""


def facts(rows: Iterable[Configured]) -> list[SystemFacts]:
    """What decisions need to know of the systems; one whose connector is not installed can do nothing."""
    return [_facts(row, installed().get(row.connector)) for row in rows]


def _facts(row: Configured, connector: Connector | None) -> SystemFacts:
    if connector is None:
        return SystemFacts(row.key, frozenset(row.roles), frozenset())
    return SystemFacts(row.key, frozenset(row.roles), frozenset(row.orders), connector.manifest.knows_tenants)
