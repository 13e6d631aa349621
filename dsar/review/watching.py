"""Watches the dates of each case: raises an alarm, tells who must know, and sleeps until the next."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from dsar.domain.clock import Place
from dsar.domain.identity import CHANNEL_OF
from dsar.domain.profile import LoadedProfile
from dsar.domain.watching import NO_INSTRUCTION, no_instruction, watch
from dsar.domain.work import Step
from dsar.review.addressing import reachable
from dsar.store import Connection, Database, cases, events, identities, outbox, requests
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
            if watched.silent:
                await self._tell_person(tx, step.case_id, where.place, now)
            await end_step(tx, step, watched.end, now)
        for alarm in watched.raised:
            alarms_raised.labels(alarm.name.value).inc()

    async def _tell_person(self, tx: Connection, case_id: UUID, place: Place, now: datetime) -> None:
        """One letter for the whole request, however many businesses are silent."""
        case = await cases.lock(tx, case_id)
        await requests.lock(tx, case.request_id)
        if await outbox.written_of_request(tx, case.request_id, NO_INSTRUCTION):
            return
        chosen = reachable(await identities.of_case(tx, case_id))
        if chosen is not None:
            asked_on = place.local_date(case.created_at)
            decision = no_instruction(chosen.id, CHANNEL_OF[chosen.kind], asked_on)
            await cases.apply(tx, case, decision, now)
