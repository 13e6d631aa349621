"""Configured systems in Postgres."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from dsar.contract import OrderKind, Role
from dsar.domain.health import Standing
from dsar.store import health
from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct

_q = noun("system")

OPERATOR = "operator"  # whoever has the command line and the operator's key


class SystemRow(Struct, frozen=True, kw_only=True):
    """A configured connector; `settings` is sealed under the operator's key, for it holds credentials.

    `roles` says whose data it holds. `on_failure` says what a step becomes when its attempts are used up.
    `calls_per_minute` is the operator's own limit in place of the vendor's. `columns_lock` says of each collection and
    field what was decided: `exported`, or `excluded: ` and why; None where nothing is guarded.
    """

    key: str
    connector: str
    title: str
    settings: bytes
    roles: tuple[Role, ...]
    orders: tuple[OrderKind, ...]
    concurrency: int = 4
    attempts_max: int = 6
    retry_delay_seconds: float = 2.0
    on_failure: Literal["manual", "gap"] = "manual"
    paused_reason: str | None = None
    version: int = 1
    calls_per_minute: int | None = None
    timeout_seconds: float = 60.0
    recheck_days: tuple[int, ...] = ()
    columns_lock: dict[str, dict[str, str]] | None = None
    failures: int = 0
    circuit_opened_at: datetime | None = None
    probe_due_at: datetime | None = None
    held_until: datetime | None = None

    @property
    def standing(self) -> Standing:
        """Whether it is asked."""
        return Standing(
            paused_reason=self.paused_reason,
            circuit_opened_at=self.circuit_opened_at,
            probe_due_at=self.probe_due_at,
            held_until=self.held_until,
        )


class OtherConnector(Exception):
    """The key belongs to a system of another connector. The text says what to do."""


async def put(connection: Connection, new: SystemRow, now: datetime, by: str = OPERATOR) -> None:
    """Add a system, or change it; sessions opened with the old settings are renewed. Raises OtherConnector."""
    changed = await _q["put"].run(
        connection,
        key=new.key,
        connector=new.connector,
        title=new.title,
        settings=new.settings,
        roles=[role.value for role in new.roles],
        orders=[order.value for order in new.orders],
        concurrency=new.concurrency,
        attempts_max=new.attempts_max,
        retry_delay_seconds=new.retry_delay_seconds,
        on_failure=new.on_failure,
        calls_per_minute=new.calls_per_minute,
        timeout_seconds=new.timeout_seconds,
        recheck_days=list(new.recheck_days),
        columns_lock=new.columns_lock,
        now=now,
    )
    if not changed:
        raise OtherConnector(
            "key: belongs to a system of another connector, taken out or not; choose another key"
        )
    await health.configured(connection, new.key, by, new.connector, now)


async def enabled(connection: Connection) -> list[SystemRow]:
    """The systems that take part."""
    return [as_struct(row, SystemRow) for row in await _q["enabled"].rows(connection)]


async def one(connection: Connection, key: str) -> SystemRow | None:
    """One system; None when it was taken out."""
    row = await _q["one"].row(connection, key=key)
    return as_struct(row, SystemRow) if row else None


async def known(connection: Connection, key: str) -> SystemRow | None:
    """One system, taken out or not."""
    row = await _q["known"].row(connection, key=key)
    return as_struct(row, SystemRow) if row else None


async def all_known(connection: Connection) -> list[SystemRow]:
    """Every system that ever took part: an answer names those too that were taken out since."""
    return [as_struct(row, SystemRow) for row in await _q["all_known"].rows(connection)]
