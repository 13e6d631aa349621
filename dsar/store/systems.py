"""Configured systems in Postgres."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from dsar.contract import OrderKind, Role
from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct

_q = noun("system")


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


async def put(connection: Connection, new: SystemRow, now: datetime) -> None:
    """Add a system, or change it; sessions opened with the old settings are renewed."""
    await _q["put"].run(
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


async def enabled(connection: Connection) -> list[SystemRow]:
    """The systems that take part."""
    return [as_struct(row, SystemRow) for row in await _q["enabled"].rows(connection)]


async def one(connection: Connection, key: str) -> SystemRow | None:
    """One system; None when it was taken out."""
    row = await _q["one"].row(connection, key=key)
    return as_struct(row, SystemRow) if row else None


async def pause(connection: Connection, key: str, reason: str) -> bool:
    """Stop asking a system whose credentials fail; False when it was paused already."""
    return await _q["pause"].run(connection, key=key, reason=reason) == 1


async def resume(connection: Connection, key: str) -> None:
    """Ask it again."""
    await _q["resume"].run(connection, key=key)


async def set_enabled(connection: Connection, key: str, *, enabled: bool) -> None:
    """Take a system out, or in again."""
    await _q["set_enabled"].run(connection, key=key, enabled=enabled)
