"""A staff member at the triage API, and a watcher that sees in the database when an answer stands."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from bench.people import World, address
from bench.site import Site
from bench.wire import Wire, pack

CHECKED = "Called back on the number of the contract"
WAIT_SECONDS_MAX = 300.0
POLL_SECONDS = 0.003
# Bundle, letter and link are committed: the person can fetch the answer.
STATE = "SELECT state FROM case_file WHERE id = $1"
READY = "SELECT count(*) FROM case_file WHERE state = 'delivered' AND id = ANY($1)"

FORESEEN = "SELECT bool_and(state = 'done') FROM step WHERE case_id = $1 AND kind = 'fanout.foresee'"


class Staff:
    """Enters requests whose identity was checked, so that no code is waited for: all the rest is measured."""

    def __init__(self, site: Site, world: World, connection: Any) -> None:
        self._port = site.port
        self._key = world.staff_key
        self._db = connection

    async def enter(self, name: str, right: str) -> UUID:
        """Enter a request; its case."""
        wire = await Wire.open(self._port)
        try:
            filed = await wire.ask("POST", "/api/v1/staff/requests", _request(name, right), self._key)
        finally:
            wire.close()
        return UUID(filed["cases"][0])

    async def approve(self, case_id: UUID) -> None:
        """Let what was found go on."""
        wire = await Wire.open(self._port)
        status, body = await wire.send(pack("POST", f"/api/v1/cases/{case_id}/approve", None, self._key))
        wire.close()
        if status != 204:
            raise RuntimeError(f"approve answered {status}: {body.decode()}")

    async def until(self, case_id: UUID, state: str = "delivered") -> None:
        """Return when the case stands so."""
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            while await self._db.fetchval(STATE, case_id) != state:  # noqa: ASYNC110 - another process moves it
                await asyncio.sleep(POLL_SECONDS)

    async def until_planned(self, case_id: UUID) -> None:
        """Return when every system has said what the erasure would do."""
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            while await self._db.fetchval(FORESEEN, case_id) is not True:  # noqa: ASYNC110 - as above
                await asyncio.sleep(POLL_SECONDS)

    async def answer(self, name: str, right: str) -> float:
        """Enter a request and wait for its answer; the seconds from the POST on."""
        began = time.perf_counter()
        await self.until(await self.enter(name, right))
        return time.perf_counter() - began

    async def ready(self, case_ids: list[UUID]) -> int:
        """How many of these are answered."""
        return int(await self._db.fetchval(READY, case_ids))


def _request(name: str, right: str) -> dict[str, Any]:
    return {
        "rights": [right],
        "relations": ["prospect"],
        "channel": "telephone",
        "received_at": (datetime.now(UTC) - timedelta(minutes=1)).isoformat(),
        "email": address(name),
        "checked": CHECKED,
    }
