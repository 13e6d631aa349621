"""What waits for a person, over all cases, in Postgres."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from dsar.domain.rights import Right
from dsar.domain.work import StepKind
from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct

_q = noun("task")


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


async def page(
    connection: Connection, system_key: str | None, after: tuple[date, UUID] | None, page_size: int
) -> list[TaskRow]:
    """Tasks by the day until when they are to be done."""
    after_on, after_id = after or (None, None)
    rows = await _q["page"].rows(
        connection, system_key=system_key, after_on=after_on, after_id=after_id, page_size=page_size
    )
    return [as_struct(row, TaskRow) for row in rows]


async def overdue(connection: Connection, today: date) -> int:
    """How many should have been done before today."""
    return int(await _q["overdue"].value(connection, today=today))
