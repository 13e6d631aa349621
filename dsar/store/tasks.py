"""What waits for a person, over all cases, in Postgres."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from dsar.domain.case import Case
from dsar.domain.rights import Right
from dsar.domain.work import StepKind
from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct

_q = noun("task")

TOLD_AT_ONCE = 100


class TaskRow(Struct, frozen=True):
    """One task. `detail` says why and what to do; `due_on` is its own day, or its case's strictest."""

    id: UUID
    case_id: UUID
    kind: StepKind
    key: str
    system_key: str | None
    detail: dict[str, Any]
    due_on: date
    created_at: datetime
    assignee: UUID | None
    right: Right


class Untold(Struct, frozen=True):
    """How many tasks of a case staff is told of, and the earliest day until when one is to be done."""

    tasks: int
    due_on: date | None


async def page(
    connection: Connection, system_key: str | None, after: tuple[date, UUID] | None, page_size: int
) -> list[TaskRow]:
    """Tasks by the day until when they are to be done."""
    after_on, after_id = after or (None, None)
    rows = await _q["page"].rows(
        connection, system_key=system_key, after_on=after_on, after_id=after_id, page_size=page_size
    )
    return [as_struct(row, TaskRow) for row in rows]


async def untold(connection: Connection, before: datetime) -> list[UUID]:
    """Cases with tasks that staff has not been told of, but for those it was told of since then."""
    rows = await _q["untold"].rows(connection, before=before, batch=TOLD_AT_ONCE)
    return [row["case_id"] for row in rows]


async def tell(connection: Connection, case: Case, now: datetime) -> Untold:
    """Staff is told of the case's tasks now; none where another worker has told of them."""
    row = await _q["tell"].row(connection, case_id=case.id, due_date=case.strict_due_date, now=now)
    return as_struct(row, Untold)


async def overdue(connection: Connection, today: date) -> int:
    """How many should have been done before today."""
    return int(await _q["overdue"].value(connection, today=today))
