"""Orders to one system: erase, or stop marketing. Carried out once, asked after until the vendor is done."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from dsar.contract import ConnectorError, Kept, Proof, Receipt
from dsar.domain import searching
from dsar.domain.holds import held_until
from dsar.domain.profile import LoadedProfile
from dsar.domain.work import Again, Done, End, NewStep, Step, StepKind, StepOutcome
from dsar.fanout.carrying import carry_out
from dsar.fanout.failing import after_error, pause, taken_out
from dsar.fanout.subject import Subject, load, session_of
from dsar.outbound import Systems
from dsar.store import Connection, Database, cases, findings, identities, outbox, steps
from dsar.vault import Vault

TOLD_AGAIN = timedelta(hours=1)


class Ordering:
    """Handler of `fanout.order`."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        profile: LoadedProfile,
        open_systems: Systems,
        now: Callable[[], datetime],
    ) -> None:
        self._db = db
        self._vault = vault
        self._profile = profile
        self._systems = open_systems
        self._now = now

    async def order(self, step: Step) -> None:
        """Send the order for each subject; the key makes a repetition harmless."""
        subject = await load(self._db, self._vault, step)
        if subject.system is None:
            await self._settle(step, subject, taken_out(), [])
            return
        if step.payload["order"] == "lift" and (wait := await self._untold(step)):
            await self._settle(step, subject, wait, [])
            return
        receipts: list[Receipt] = []
        try:
            async with session_of(self._systems, self._vault, subject.system) as session:
                receipts = await carry_out(self._db, step, subject, session)
            end = self._end(step, receipts)
        except ConnectorError as error:
            await pause(self._db, subject.system, error)
            end = after_error(step, subject.system, error, self._now())
        await self._settle(step, subject, end, receipts)

    async def _untold(self, step: Step) -> End | None:
        """GDPR 18(3): a restriction is lifted when the person has been told, and not before."""
        async with self._db.read() as connection:
            told = await outbox.told(connection, step.case_id, "restriction_lifting")
        if told:
            return None
        return Again(self._now() + TOLD_AGAIN, burns_attempt=False, detail={"reason": "not told yet"})

    def _end(self, step: Step, receipts: Sequence[Receipt]) -> End:
        # Asked again, a vendor repeats its count: the largest is the true one.
        changed = max(int(step.detail.get("changed", 0)), sum(receipt.changed for receipt in receipts))
        pending = [receipt.ask_again_at for receipt in receipts if receipt.ask_again_at is not None]
        if pending:
            # The vendor still works: that is no failure, so it burns no attempt.
            return Again(
                min(pending), burns_attempt=False, detail={"changed": changed, "pending": len(pending)}
            )
        kept = sum(len(receipt.kept) for receipt in receipts)
        proof = _weakest(receipts).value
        return Done(StepOutcome.DONE, {"changed": changed, "kept": kept, "proof": proof, "pending": 0})

    async def _settle(self, step: Step, subject: Subject, end: End, receipts: Sequence[Receipt]) -> None:
        now = self._now()
        async with self._db.settle(step, end, now) as tx:
            if isinstance(end, Done):
                await self._after(tx, step, subject, receipts, now)

    async def _after(
        self, tx: Connection, step: Step, subject: Subject, receipts: Sequence[Receipt], now: datetime
    ) -> None:
        case = await cases.lock(tx, step.case_id)
        if step.payload["order"] == "erase" and receipts:
            system_key = str(step.payload["system"])
            for receipt in receipts:
                for kept in receipt.kept:
                    await self._hold(tx, subject, system_key, kept, now)
            for row in subject.proven:
                await identities.entomb(tx, system_key, row.blind_index, case.tenant, str(step.id), now)
            check = NewStep(StepKind.VERIFY, system_key, {"system": system_key})
            await steps.insert(tx, [(case.id, check)], now)
        await look_at_case(tx, step, now)

    async def _hold(
        self, tx: Connection, subject: Subject, system_key: str, kept: Kept, now: datetime
    ) -> None:
        await findings.add_hold(
            tx,
            case_id=subject.case.id,
            system_key=system_key,
            collection=kept.origin.collection,
            sealed_record_id=subject.key.seal(kept.origin.record_id.encode(), "hold"),
            ground=kept.ground,
            until=self._until(kept),
            restricted=kept.restricted,
            now=now,
        )

    def _until(self, kept: Kept) -> date | None:
        rule = self._profile.profile.holds.get(kept.ground)
        if kept.until is None and kept.dated is not None and rule is not None:
            return held_until(kept.dated, rule)
        return kept.until


async def look_at_case(tx: Connection, step: Step, now: datetime) -> None:
    """An order or a check ended: once all have, the answer is written."""
    case = await cases.lock(tx, step.case_id)
    open_steps = await steps.ended(tx, case.id, StepKind.ORDER, StepKind.VERIFY, StepKind.BY_HAND)
    await cases.apply(tx, case, searching.after_order(case, open_steps), now)


def _weakest(receipts: Sequence[Receipt]) -> Proof:
    order = [Proof.UNVERIFIABLE, Proof.ACCEPTED, Proof.VERIFIED]
    return min((receipt.proof for receipt in receipts), key=order.index, default=Proof.VERIFIED)
