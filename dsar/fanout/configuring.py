"""Sets a system up, changes it, takes it out: never half a connector, for what does not pass its probe is not kept."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from dsar.contract import Connector, Role
from dsar.domain import probing
from dsar.domain.errors import FieldError, InvalidInput, NotFound, NotNow
from dsar.domain.guarding import unreadable
from dsar.fanout.probing import Probing
from dsar.outbound import BadSystem, OpenSystem, Systems, installed
from dsar.outbound.secret_settings import with_secrets, without_secrets
from dsar.outbound.systems import check_roles, settings_of
from dsar.store import Database, health, systems
from dsar.store.systems import OtherConnector, SystemRow
from dsar.vault import Vault

KEY = re.compile(r"[a-z][a-z0-9_]{0,62}")
DaysAfter = Annotated[int, Meta(ge=0, le=365)]  # 0 alone: never


class NewSystem(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A system as staff sets it up. A secret that is left out, and a lock, stay as they are."""

    connector: str
    roles: Annotated[tuple[Role, ...], Meta(min_length=1, max_length=2)]
    settings: dict[str, Any]
    title: Annotated[str, Meta(max_length=200)] | None = None
    concurrency: Annotated[int, Meta(ge=1, le=64)] = 4
    attempts_max: Annotated[int, Meta(ge=1, le=50)] = 6
    retry_delay_seconds: Annotated[float, Meta(ge=0, le=3600)] = 2.0
    on_failure: Literal["manual", "gap"] = "manual"
    calls_per_minute: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    timeout_seconds: Annotated[float, Meta(gt=0, le=3600)] = 60.0
    recheck_days: Annotated[tuple[DaysAfter, ...], Meta(max_length=10)] = ()
    columns_lock: dict[str, dict[str, str]] | UnsetType | None = UNSET


def row_of(
    key: str,
    given: NewSystem,
    connector: Connector,
    settings: Any,
    sealed: bytes,
    lock: dict[str, dict[str, str]] | None,
) -> SystemRow:
    """The system as it is kept; `settings` are the connector's own struct, `sealed` the same under our key."""
    return SystemRow(
        key=key,
        connector=given.connector,
        title=given.title or connector.manifest.title,
        settings=sealed,
        roles=given.roles,
        orders=tuple(sorted(connector.orders(settings))),
        concurrency=given.concurrency,
        attempts_max=given.attempts_max,
        retry_delay_seconds=given.retry_delay_seconds,
        on_failure=given.on_failure,
        calls_per_minute=given.calls_per_minute,
        timeout_seconds=given.timeout_seconds,
        recheck_days=given.recheck_days,
        columns_lock=lock,
    )


class Configuring:
    """Staff's work on systems. `actor` is who does it, as a system's history names them."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        open_systems: Systems,
        probes: Probing,
        now: Callable[[], datetime],
        wake: Callable[[], None],
    ) -> None:
        self._db = db
        self._vault = vault
        self._systems = open_systems
        self._probes = probes
        self._now = now
        self._wake = wake

    async def put(self, actor: str, key: str, given: NewSystem) -> None:
        """Keep a system whose probe succeeds; raises InvalidInput naming the setting."""
        if not KEY.fullmatch(key):
            raise InvalidInput(
                FieldError(
                    "key", "is no name for a system.", "Use a letter, then letters, digits and underscores."
                )
            )
        connector = _connector(given.connector)
        async with self._db.read() as connection:
            current = await systems.known(connection, key)
        row = self._row(key, given, connector, current)
        found = await self._tried(row)
        now = self._now()
        async with self._db.write() as tx:
            try:
                await systems.put(tx, row, now, actor)
            except OtherConnector:
                raise _another_connector() from None
            kept = await systems.one(tx, key)
            assert kept is not None
            await health.probed(tx, key, kept.version, found, self._probes.due_after(now), now)
        self._wake()

    def _row(self, key: str, given: NewSystem, connector: Connector, current: SystemRow | None) -> SystemRow:
        if current is not None and current.connector != given.connector:
            raise _another_connector()
        old = self._settings(current)
        raw = msgspec.json.encode(with_secrets(connector, given.settings, old))
        try:
            settings = settings_of(connector, raw)
        except BadSystem as error:
            raise InvalidInput(_unfit(str(error))) from error
        try:
            check_roles(connector, settings, given.roles)
        except BadSystem as error:
            problem = FieldError("roles", "cannot be used: {text}", "Nothing was kept.", text=error)
            raise InvalidInput(problem) from error
        lock = given.columns_lock
        if lock is UNSET:
            lock = current.columns_lock if current else None
        for name in unreadable(lock or {}):
            raise InvalidInput(
                FieldError(
                    "columns_lock",
                    "says nothing that can be understood of {name}.",
                    "Write exported, undecided, or excluded: and why.",
                    name=name,
                )
            )
        return row_of(key, given, connector, settings, self._vault.seal(raw, "system"), lock)

    def _settings(self, current: SystemRow | None) -> dict[str, Any]:
        if current is None:
            return {}
        try:
            return msgspec.json.decode(self._vault.open(current.settings, "system"), type=dict[str, Any])
        except msgspec.DecodeError:
            return {}  # nothing of it can be shown, or kept

    async def _tried(self, row: SystemRow) -> dict[str, Any]:
        """Open it apart, with settings that no step uses yet, and probe."""
        try:
            async with self._systems.apart(
                OpenSystem.of(row, self._vault.open(row.settings, "system"))
            ) as session:
                return probing.answered(await session.probe(), row.columns_lock)
        except Exception as error:
            told = probing.failed(error)
            problem = FieldError(
                "settings",
                "do not pass the probe ({error}): {text}",
                "Nothing was kept; correct them and send them again.",
                error=told["error"],
                text=told["text"],
            )
            raise InvalidInput(problem) from error

    async def probe(self, key: str) -> None:
        """Probe it now; what is found stands in its health."""
        if await self._probes.probe(key) is None:
            raise NotFound("no such system")

    async def resume(self, actor: str, key: str) -> None:
        """Ask it again, once a probe succeeds; what waited for it goes on by itself."""
        found = await self._probes.probe(key)
        if found is None:
            raise NotFound("no such system")
        if not found["ok"]:
            raise NotNow(
                "system", "fails its probe still.", "See what the probe says, mend that, and try again."
            )
        async with self._db.write() as tx:
            await health.resume(tx, key, actor, self._now())
        self._wake()

    async def take_out(self, actor: str, key: str) -> None:
        """Ask it no more. Cases under way name it as a gap, or a person does what it was to do."""
        async with self._db.write() as tx:
            if not await health.take_out(tx, key, actor, self._now()):
                raise NotFound("no such system")
        self._wake()

    def shown_settings(self, row: SystemRow, connector: Connector) -> tuple[dict[str, Any], list[str]]:
        """Its settings but for the secrets, and the names of those secrets that are set."""
        return without_secrets(connector, self._settings(row))


def _connector(key: str) -> Connector:
    if key not in installed():
        there = ", ".join(sorted(installed()))
        raise InvalidInput(FieldError("connector", "is not installed.", "Use one of: {there}.", there=there))
    return installed()[key]


def _another_connector() -> InvalidInput:
    return InvalidInput(
        FieldError(
            "key", "belongs to a system of another connector.", "Choose another key: cases know it by this."
        )
    )


def _unfit(text: str) -> FieldError:
    """Where in the settings it is says msgspec at the end of its text."""
    at = re.search(r"`\$\.?([^`]*)`", text) or re.search(r"field `([^`]*)`", text)
    field = f"settings.{at[1]}" if at and at[1] else "settings"
    return FieldError(
        field, "cannot be used: {text}", "See the connector's form; nothing was kept.", text=text
    )
