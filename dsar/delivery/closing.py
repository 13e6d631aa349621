"""Closes a case whose time is over: links end, blobs go, the key is destroyed; evidence without personal data stays."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from dsar.domain.case import Decision, Outcome, State, close
from dsar.domain.history import NewEvent
from dsar.domain.work import Done, Step
from dsar.store import Database, cases, deliveries, findings
from dsar.vault import BlobStore


class Closing:
    """Handler of `delivery.close`."""

    def __init__(self, db: Database, blobs: BlobStore, now: Callable[[], datetime]) -> None:
        self._db = db
        self._blobs = blobs
        self._now = now

    async def close(self, step: Step) -> None:
        """Remove what can be removed first: a crash in between leaves the rows that lead there again."""
        async with self._db.read() as connection:
            blob_keys = await deliveries.blobs_of_case(connection, step.case_id)
        await self._blobs.remove_case(step.case_id, blob_keys)
        now = self._now()
        async with self._db.settle(step, Done(), now) as tx:
            case = await cases.lock(tx, step.case_id)
            destroyed = NewEvent("key.destroyed", data={"blobs": len(blob_keys)})
            if case.state is State.CLOSED:
                await cases.apply(tx, case, Decision(events=(destroyed,)), now)
            else:
                decision = close(case.outcome or Outcome.FULFILLED)
                events = (*decision.events, destroyed)
                await cases.apply(tx, case, msgspec.structs.replace(decision, events=events), now)
            await deliveries.revoke_downloads(tx, case.id, now)
            await deliveries.bundle_removed(tx, case.id, now)
            await findings.remove_segments(tx, case.id)
            await cases.destroy_key(tx, case.id, now)
