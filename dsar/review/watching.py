"""Watches the dates of each case: raises an alarm, tells who must know, and sleeps until the next."""

from collections.abc import Callable
from datetime import datetime

from dsar.domain.profile import LoadedProfile
from dsar.domain.watching import watch
from dsar.domain.work import Step
from dsar.store import Database, cases, events
from dsar.store.database import end_step
from dsar.telemetry import alarms_raised


class Watching:
    """Handler of `clock.watch`."""

    def __init__(self, db: Database, profile: LoadedProfile, now: Callable[[], datetime]) -> None:
        self._db = db
        self._profile = profile
        self._now = now

    async def watch(self, step: Step) -> None:
        """Entry, messages and the next look are one transaction: an alarm rings once, whoever is killed when."""
        now = self._now()
        async with self._db.write() as tx:
            # The case first: a fact that moves the dates holds it too, and then wakes this step.
            case = await cases.lock(tx, step.case_id)
            where = self._profile.profile.jurisdiction(case.residence)
            watched = watch(case, where, await events.of_case(tx, case.id), now)
            await cases.apply(tx, case, watched.decision, now)
            await end_step(tx, step, watched.end, now)
        for alarm in watched.raised:
            alarms_raised.labels(alarm.name.value).inc()
