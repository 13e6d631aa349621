"""After an erasure the system is searched once more: what is found there must be exactly what was kept, and why."""

from collections.abc import Callable
from datetime import datetime

from dsar.contract import ConnectorError, Mark, Session
from dsar.domain.case import Decision
from dsar.domain.history import NewEvent
from dsar.domain.work import ByHand, Done, End, Step, StepOutcome
from dsar.fanout.failing import after_error, pause, taken_out
from dsar.fanout.ordering import look_at_case
from dsar.fanout.subject import Subject, load, session_of
from dsar.outbound import Systems
from dsar.store import Database, cases, findings
from dsar.vault import Vault


class Verifying:
    """Handler of `fanout.verify`."""

    def __init__(
        self, db: Database, vault: Vault, open_systems: Systems, now: Callable[[], datetime]
    ) -> None:
        self._db = db
        self._vault = vault
        self._systems = open_systems
        self._now = now

    async def verify(self, step: Step) -> None:
        """Search again and record the proof; anything left that no ground keeps becomes a person's task."""
        subject = await load(self._db, self._vault, step)
        if subject.system is None:
            await self._settle(step, taken_out())
            return
        try:
            async with session_of(self._systems, self._vault, subject.system) as session:
                end = await self._search_again(subject, session)
        except ConnectorError as error:
            await pause(self._db, subject.system, error)
            end = after_error(step, subject.system, error, self._now())
        await self._settle(step, end)

    async def _search_again(self, subject: Subject, session: Session) -> End:
        kept = await self._kept(subject)
        lists = {name for name, collection in session.collections.items() if collection.suppression}
        left = 0
        unexpected = 0
        async for match in session.find(subject.refs, subject.case.scope):
            if not match.sure and not any(
                subject.ref_of(m) == match.ref and m.found.counts for m in subject.matches
            ):
                continue  # somebody else's, or one that a person rejected
            async for item in session.export(match.ref, subject.case.scope, None):
                if isinstance(item, Mark) or item.origin.collection in lists:
                    continue
                left += 1
                unexpected += (item.origin.collection, item.origin.record_id) not in kept
        detail: dict[str, str | int] = {"left": left, "kept": len(kept), "unexpected": unexpected}
        if unexpected:
            return ByHand(
                {**detail, "reason": "the search after the erasure found records that no ground keeps"}
            )
        return Done(StepOutcome.DONE, {**detail})

    async def _kept(self, subject: Subject) -> set[tuple[str, str]]:
        assert subject.system is not None
        async with self._db.read() as connection:
            rows = await findings.holds_of_system(connection, subject.case.id, subject.system.key)
        return {(collection, subject.key.open(sealed, "hold").decode()) for collection, sealed in rows}

    async def _settle(self, step: Step, end: End) -> None:
        now = self._now()
        async with self._db.settle(step, end, now) as tx:
            if isinstance(end, Done):
                case = await cases.lock(tx, step.case_id)
                proof = NewEvent(
                    "erasure.verified", data={"system": str(step.payload["system"]), **end.detail}
                )
                await cases.apply(tx, case, Decision(events=(proof,)), now)
                await look_at_case(tx, step, now)
