"""Probes the connected systems, each by one worker, and tells staff of those that are not asked any more."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from dsar.domain import probing
from dsar.domain.case import Decision, Notice
from dsar.domain.health import probe_again_at
from dsar.domain.history import NewEvent
from dsar.fanout.subject import opened
from dsar.outbound import Systems
from dsar.store import Database, cases, health, systems
from dsar.store.health import Stopped
from dsar.store.systems import SystemRow
from dsar.telemetry import log
from dsar.vault import Vault

# Until then a probe that was begun is waited for: a worker that dies over it leaves it to another.
CLAIMED_FOR = timedelta(minutes=3)


class Probing:
    """Looks after the systems, with the other workers: each system is probed, and told of, by one of them."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        open_systems: Systems,
        now: Callable[[], datetime],
        every: timedelta,
    ) -> None:
        self._db = db
        self._vault = vault
        self._systems = open_systems
        self._now = now
        self._every = every

    async def look(self) -> None:
        """Probe what is due, side by side, and tell staff of what has stopped."""
        now = self._now()
        async with self._db.read() as connection:
            keys = await health.claim_probes(connection, now, now + CLAIMED_FOR)
        await asyncio.gather(*(self.probe(key) for key in keys))
        await self.tell()

    def due_after(self, now: datetime) -> datetime:
        """When a system that answers is probed next."""
        return now + self._every

    async def probe(self, key: str) -> dict[str, Any] | None:
        """Probe one system, and keep what was found; None where it was taken out."""
        async with self._db.read() as connection:
            system = await systems.one(connection, key)
        if system is None:
            return None
        found = await self._probe(system)
        now = self._now()
        async with self._db.write() as tx:
            after = await systems.one(tx, key)
            opened_at = after.circuit_opened_at if after else None
            due_at = self.due_after(now) if opened_at is None else probe_again_at(opened_at, now)
            await health.probed(tx, key, system.version, found, due_at, now)
        return found

    async def _probe(self, system: SystemRow) -> dict[str, Any]:
        try:
            async with self._systems.session(opened(self._vault, system), probing=True) as session:
                return probing.answered(await session.probe(), system.columns_lock)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what the probe found
            log.warning("system.probe_failed", system=system.key, error=type(error).__name__)
            return probing.failed(error)

    async def tell(self) -> None:
        """One mail for each time that a system stops, by a case that waits for it."""
        async with self._db.read() as connection:
            found = await health.stopped(connection)
        for one in found:
            await self._tell(one)

    async def _tell(self, stopped: Stopped) -> None:
        now = self._now()
        async with self._db.write() as tx:
            case = await cases.lock(tx, stopped.case_id)
            if not await health.told(tx, stopped.key, now):
                return
            why = "silent" if stopped.paused_reason is None else "paused"
            facts: dict[str, str | int | None] = {
                "system": stopped.title,
                "key": stopped.key,
                "why": why,
                "reason": stopped.paused_reason,
            }
            notice = Notice("mail", "system_stopped", to_staff=True, facts=facts)
            event = NewEvent("system.stopped", data={"system": stopped.key, "why": why})
            await cases.apply(tx, case, Decision(events=(event,), notices=(notice,)), now)
