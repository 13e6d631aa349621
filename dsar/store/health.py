"""How it stands with the connected systems, in Postgres: for all workers the same."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from dsar.contract import OrderKind, Role
from dsar.domain.health import OPENS_AFTER, PROBE_FIRST, Pace
from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct

_q = noun("health")

SERVICE = "service"
PROBES_AT_ONCE = 20
EVENTS_SHOWN = 50


class Shown(Struct, frozen=True, kw_only=True):
    """A system as staff and metrics see it: all but its settings. `tasks` are a person's that wait because of it."""

    key: str
    connector: str
    title: str
    enabled: bool
    roles: tuple[Role, ...]
    orders: tuple[OrderKind, ...]
    version: int
    paused_reason: str | None
    failures: int
    circuit_opened_at: datetime | None
    probe_due_at: datetime | None
    probed_at: datetime | None
    probe: dict[str, Any] | None
    told_at: datetime | None
    guarded: bool
    held_until: datetime | None
    tasks: int

    @property
    def answers(self) -> bool:
        """Whether it is asked, and its last probe was good."""
        return (
            self.paused_reason is None
            and self.circuit_opened_at is None
            and bool((self.probe or {}).get("ok"))
        )

    @property
    def drifted(self) -> int:
        """Fields that nobody has decided on."""
        return int((self.probe or {}).get("drifted", 0))


class Stopped(Struct, frozen=True):
    """A system that is not asked, and a case that waits for it."""

    key: str
    title: str
    paused_reason: str | None
    circuit_opened_at: datetime | None
    case_id: UUID


class SystemEvent(Struct, frozen=True):
    """One entry of a system's history."""

    seq: int
    at: datetime
    type: str
    actor: str
    data: dict[str, Any]


async def turn(
    connection: Connection, key: str, pace: Pace, wait_seconds: float, now: datetime
) -> tuple[bool, float]:
    """Take a place for a call: whether it may go, and after how many seconds."""
    row = await _q["turn"].row(
        connection, key=key, gap=pace.gap, ahead=pace.ahead, wait=wait_seconds, now=now
    )
    # None: not configured yet, and tried for the first time
    return (bool(row["taken"]), float(row["seconds"])) if row else (True, 0.0)


async def hold(connection: Connection, key: str, until: datetime) -> None:
    """Nobody asks it until then."""
    await _q["hold"].run(connection, key=key, until=until)


async def failed(connection: Connection, key: str, version: int, now: datetime) -> bool:
    """Count a failure; True when with this one nobody asks any more until a probe succeeds."""
    opened = await _q["failed"].value(
        connection, key=key, version=version, opens_after=OPENS_AFTER, probe_due_at=now + PROBE_FIRST, now=now
    )
    if opened:
        await add_event(connection, key, "circuit.opened", SERVICE, {"failures": OPENS_AFTER}, now)
    return bool(opened)


async def answered(connection: Connection, key: str, version: int, now: datetime) -> bool:
    """It answers again; what waited for it goes on. True when nobody had asked it before."""
    closed = await _q["answered"].value(connection, key=key, version=version)
    if closed:
        await add_event(connection, key, "circuit.closed", SERVICE, {}, now)
        await _q["wake"].run(connection, key=key, by_hand=False, now=now)
    return bool(closed)


async def pause(connection: Connection, key: str, version: int, reason: str, now: datetime) -> bool:
    """Stop asking a system whose credentials fail; False when it was paused already, or is another by now."""
    if not await _q["pause"].run(connection, key=key, version=version, reason=reason):
        return False
    await add_event(connection, key, "paused", SERVICE, {"reason": reason}, now)
    return True


async def outdated(connection: Connection, key: str, version: int) -> bool:
    """Whether a system was changed since it was read."""
    return bool(await _q["outdated"].value(connection, key=key, version=version))


async def resume(connection: Connection, key: str, by: str, now: datetime) -> bool:
    """Ask it again, and let go on what became a person's task meanwhile; False when it is asked already."""
    if not await _q["resume"].run(connection, key=key):
        return False
    await _q["let_go"].run(connection, key=key)
    await add_event(connection, key, "resumed", by, {}, now)
    await _q["wake"].run(connection, key=key, by_hand=True, now=now)
    return True


async def take_out(connection: Connection, key: str, by: str, now: datetime) -> bool:
    """Ask it no more; what only waited for it to answer ends at once. False when it takes no part as it is."""
    if not await _q["take_out"].run(connection, key=key):
        return False
    await add_event(connection, key, "taken_out", by, {}, now)
    await _q["wake"].run(connection, key=key, by_hand=False, now=now)
    return True


async def configured(connection: Connection, key: str, by: str, connector: str, now: datetime) -> None:
    """It was set up, or changed, and is asked again; what waited for it goes on."""
    await add_event(connection, key, "configured", by, {"connector": connector}, now)
    await _q["wake"].run(connection, key=key, by_hand=True, now=now)


async def claim_probes(connection: Connection, now: datetime, again_at: datetime) -> list[str]:
    """The systems to probe now, each for one worker."""
    rows = await _q["claim_probes"].rows(connection, now=now, again_at=again_at, batch=PROBES_AT_ONCE)
    return sorted(row["key"] for row in rows)


async def probed(
    connection: Connection, key: str, version: int, probe: dict[str, Any], due_at: datetime, now: datetime
) -> None:
    """Keep what a probe found, unless the system was changed meanwhile."""
    await _q["probed"].run(connection, key=key, version=version, probe=probe, due_at=due_at, now=now)


async def shown(connection: Connection, now: datetime) -> list[Shown]:
    """Every system, those that were taken out too."""
    return [as_struct(row, Shown) for row in await _q["shown"].rows(connection, now=now)]


async def stopped(connection: Connection) -> list[Stopped]:
    """Systems that are not asked and that staff has not been told of."""
    return [as_struct(row, Stopped) for row in await _q["stopped"].rows(connection)]


async def told(connection: Connection, key: str, now: datetime) -> bool:
    """Staff is told of it; False when another worker did, or it goes again."""
    return await _q["told"].run(connection, key=key, now=now) == 1


async def add_event(
    connection: Connection, key: str, type_: str, actor: str, data: dict[str, Any], now: datetime
) -> None:
    """Add to a system's history, in the transaction that changed its row."""
    await _q["add_event"].run(connection, key=key, type=type_, actor=actor, data=data, now=now)


async def events(connection: Connection, key: str) -> list[SystemEvent]:
    """The newest entries of a system's history."""
    rows = await _q["events"].rows(connection, key=key, newest=EVENTS_SHOWN)
    return [as_struct(row, SystemEvent) for row in rows]
