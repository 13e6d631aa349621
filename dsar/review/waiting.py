"""Tells staff by mail that a person's task waits: nobody looks at a list all day."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from dsar.domain.case import Decision
from dsar.domain.history import NewEvent
from dsar.domain.searching import tasks_wait
from dsar.store import Database, cases, tasks

# The systems of a case end one after another: what comes within the hour is told together.
QUIET = timedelta(hours=1)


class Waiting:
    """With the other workers: each case's tasks are told of by one of them."""

    def __init__(self, db: Database, now: Callable[[], datetime], wake: Callable[[], None]) -> None:
        self._db = db
        self._now = now
        self._wake = wake

    async def tell(self) -> None:
        """One mail a case, with counts and dates alone: what is to be done stands behind the sign-in."""
        async with self._db.read() as connection:
            found = await tasks.untold(connection, self._now() - QUIET)
        for case_id in found:
            await self._tell(case_id)

    async def _tell(self, case_id: UUID) -> None:
        now = self._now()
        async with self._db.write() as tx:
            case = await cases.lock(tx, case_id)
            untold = await tasks.tell(tx, case, now)
            if not untold.tasks:
                return
            notice = tasks_wait(untold.tasks, untold.due_on)
            event = NewEvent("tasks.told", data={"tasks": untold.tasks})
            await cases.apply(tx, case, Decision(events=(event,), notices=(notice,)), now)
        self._wake()
