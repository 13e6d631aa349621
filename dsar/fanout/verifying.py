"""After an erasure the system is searched once more: what is found there must be exactly what was kept, and why."""

from collections.abc import Callable
from datetime import datetime

from dsar.contract import ConnectorError, Session
from dsar.domain.case import Decision
from dsar.domain.history import NewEvent
from dsar.domain.work import ByHand, Done, End, Step, StepOutcome
from dsar.fanout.failing import after_error, taken_out
from dsar.fanout.looking import pair_of, remaining
from dsar.fanout.ordering import look_at_case
from dsar.fanout.rechecking import plan
from dsar.fanout.subject import Subject, load, session_of
from dsar.outbound import Systems
from dsar.store import Database, cases, findings
from dsar.vault import Vault

LEFT = "left"  # in the detail of a search that was completed, whatever it found


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
            await self._settle(step, subject, taken_out())
            return
        try:
            async with session_of(self._systems, self._vault, subject.system) as session:
                end = await self._search_again(subject, session)
        except ConnectorError as error:
            end = after_error(step, subject.system, error, self._now(), subject.case.strict_due_date)
        await self._settle(step, subject, end)

    async def _search_again(self, subject: Subject, session: Session) -> End:
        kept = await self._kept(subject)
        accepted = {subject.ref_of(match) for match in subject.counted}
        left = 0
        unexpected = 0
        # One that is not sure is somebody else's, or a person rejected it.
        found = remaining(session, subject.refs, subject.case.scope, lambda m: m.sure or m.ref in accepted)
        async for _, item in found:
            left += 1
            unexpected += pair_of(item) not in kept
        detail: dict[str, str | int] = {LEFT: left, "kept": len(kept), "unexpected": unexpected}
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

    async def _settle(self, step: Step, subject: Subject, end: End) -> None:
        now = self._now()
        async with self._db.settle(step, end, now) as tx:
            if subject.system is not None and LEFT in end.detail:
                await plan(tx, self._vault, subject, step, now)
            if isinstance(end, Done):
                case = await cases.lock(tx, step.case_id)
                proof = NewEvent(
                    "erasure.verified", data={"system": str(step.payload["system"]), **end.detail}
                )
                await cases.apply(tx, case, Decision(events=(proof,)), now)
                await look_at_case(tx, step, now)
