"""Closes a case whose time is over: links end, blobs go, the key is destroyed; evidence without personal data stays."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from dsar.delivery.linking import address_of
from dsar.domain.case import Case, Decision, Notice, Outcome, State, close
from dsar.domain.history import NewEvent
from dsar.domain.identity import CHANNEL_OF
from dsar.domain.searching import unfinished
from dsar.domain.work import Again, Done, NewStep, Step, StepKind, StepState
from dsar.store import Connection, Database, cases, deliveries, findings, steps, uploads
from dsar.vault import BlobStore

UNPROVEN = "unproven"  # the step's key when nobody ever proved who they are
AFTER_LETTER = "after_letter"  # when the last letter has gone
LATE = "late"
FAREWELL = "closing"
# What still goes out to the person, or for them: each ends by itself, within days.
LEAVING = (StepKind.SUPPLEMENT, StepKind.TELL_MORE, StepKind.TRANSFER)
LETTER_DAYS_MAX = timedelta(days=7)
LATER = timedelta(days=1)


class Closing:
    """Handler of `delivery.close`."""

    def __init__(self, db: Database, blobs: BlobStore, now: Callable[[], datetime]) -> None:
        self._db = db
        self._blobs = blobs
        self._now = now

    async def close(self, step: Step) -> None:
        """Remove what can be removed first: a crash in between leaves the rows that lead there again."""
        unproven = step.key == UNPROVEN  # nothing was collected then
        if not unproven and not await self._shut(step):
            # The lifting of a restriction still waits for the person to be told, or for somebody: it needs the key.
            async with self._db.settle(step, Again(self._now() + LATER, burns_attempt=False), self._now()):
                return
        blob_keys = [] if unproven else await self._remove_blobs(step)
        now = self._now()
        async with self._db.settle(step, Done(), now) as tx:
            case = await cases.lock(tx, step.case_id)
            if case.wrapped_key is None or (unproven and case.state is not State.AWAITING_IDENTITY):
                return  # it is done, or it was proven after all: the case goes its own way
            await deliveries.bundle_removed(tx, case.id, now)
            await findings.remove_segments(tx, case.id)
            await uploads.remove_of_case(tx, case.id)
            farewell = await self._farewell(tx, case)
            if farewell is not None:
                # The address is sealed under the key: it goes when the letter has, and in a week whatever happens.
                decision = close(case.outcome or Outcome.FULFILLED, notices=(farewell,))
                late = NewStep(StepKind.CLOSE, LATE, due_at=now + LETTER_DAYS_MAX)
                await cases.apply(tx, case, msgspec.structs.replace(decision, steps=(late,)), now)
                return
            destroyed = NewEvent("key.destroyed", data={"blobs": len(blob_keys)})
            ended = (
                Decision() if case.state is State.CLOSED else close(case.outcome or Outcome.NOT_IDENTIFIED)
            )
            events = (*ended.events, destroyed)
            await cases.apply(tx, case, msgspec.structs.replace(ended, events=events), now)
            await cases.destroy_key(tx, case.id, now)

    async def _farewell(self, tx: Connection, case: Case) -> Notice | None:
        """The last letter to a person whom we answered; a controller reads the state of its case."""
        if case.state is not State.DELIVERED or case.controller_id is not None:
            return None
        to = await address_of(tx, case)
        if to is None or to.proven_at is None:
            return None
        return Notice(CHANNEL_OF[to.kind], FAREWELL, identity_id=to.id)

    async def _shut(self, step: Step) -> bool:
        """End the links, so that nobody begins anything with what is about to go; False while something is at work."""
        async with self._db.write() as tx:
            case = await cases.lock(tx, step.case_id)
            if case.state is State.DELIVERED and await _at_work(tx, case):
                return False
            await deliveries.revoke_downloads(tx, case.id, self._now())
            return True

    async def _remove_blobs(self, step: Step) -> list[str]:
        async with self._db.read() as connection:
            blob_keys = await deliveries.blobs_of_case(connection, step.case_id)
        await self._blobs.remove_case(step.case_id, blob_keys)
        return blob_keys


async def _at_work(tx: Connection, case: Case) -> bool:
    ended = await steps.ended(tx, case.id, StepKind.ORDER, StepKind.BY_HAND)
    leaving = await steps.ended(tx, case.id, *LEAVING)
    return unfinished(ended) or any(one.state in {StepState.READY, StepState.RUNNING} for one in leaving)
