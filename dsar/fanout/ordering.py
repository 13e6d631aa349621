"""Orders to one system: erase, or stop marketing. Carried out once, asked after until the vendor is done."""

from collections.abc import Callable, Sequence
from datetime import datetime

from dsar.contract import ConnectorError, Kept, NeedsPerson, Receipt, Ref, Session
from dsar.domain import approving, searching
from dsar.domain.case import Decision
from dsar.domain.lasting import erasure_key
from dsar.domain.legal_holds import Standing, held
from dsar.domain.profile import LoadedProfile
from dsar.domain.work import Again, Done, End, NewStep, Step, StepKind, StepOutcome
from dsar.fanout.approved import erase_as_approved
from dsar.fanout.carrying import carry_out, key_of
from dsar.fanout.changing import same_subjects, takes_no_more
from dsar.fanout.failing import after_error, nobody_to_list, taken_out
from dsar.fanout.holding_back import held_by_hand, held_end, hold_back, standing_holds, stop_marketing
from dsar.fanout.keeping import keep, let_go, weakest
from dsar.fanout.lifting import held_back
from dsar.fanout.subject import Subject, load, session_of
from dsar.outbound import Systems
from dsar.store import Connection, Database, cases, steps, tombstones
from dsar.store.systems import SystemRow
from dsar.vault import Vault


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
        if task := takes_no_more(step, subject.system):
            await self._settle(step, subject, task, [])
            return
        if wait := await held_back(self._db, step, self._now()):
            await self._settle(step, subject, wait, [])
            return
        met = await standing_holds(self._db, subject.case, subject.system.key)
        if met and _erases(step):
            await self._hold_back(step, subject, subject.system, met)
            return
        if met and step.payload["order"] == "lift":
            # GDPR 17(3)(e): a dispute keeps the rows restricted, whoever else no longer does.
            stays = Done(StepOutcome.DONE, {"reason": "a legal hold stands", "changed": 0})
            await self._settle(step, subject, stays, [])
            return
        receipts: list[Receipt] = []
        try:
            async with session_of(self._systems, self._vault, subject.system) as session:
                await same_subjects(subject, session, step.detail)
                send = erase_as_approved if step.payload.get("planned") else carry_out
                receipts = await send(self._db, step, subject, session)
                if _erases(step):
                    receipts = await self._let_go(step, subject, session, receipts)
            end = self._end(step, receipts)
        except ConnectorError as error:
            end = nobody_to_list(step, subject, error) or after_error(
                step, subject.system, error, self._now(), subject.case.strict_due_date
            )
        await self._settle(step, subject, end, receipts)

    async def _let_go(
        self, step: Step, subject: Subject, session: Session, receipts: Sequence[Receipt]
    ) -> list[Receipt]:
        profile = self._profile.profile
        today = profile.jurisdiction(subject.case.residence).place.local_date(self._now())
        return [
            await let_go(
                session,
                subject.case.scope,
                subject.ref_of(match),
                receipt,
                profile,
                key_of(step, str(match.id)),
                today,
            )
            for match, receipt in zip(subject.counted, receipts, strict=True)
        ]

    async def _hold_back(self, step: Step, subject: Subject, system: SystemRow, met: Standing) -> None:
        """A hold set by hand stops the erasure: what there is stays, and the history says why."""
        kept: Sequence[tuple[Ref, Sequence[Kept]]] = ()
        try:
            async with session_of(self._systems, self._vault, system) as session:
                await stop_marketing(step, subject, session)
                if met.whole:
                    kept = await hold_back(step, subject, session)
            end = held_end(met, sum(len(items) for _, items in kept))
        except NeedsPerson:
            end = held_by_hand(met)
        except ConnectorError as error:
            end = after_error(step, system, error, self._now(), subject.case.strict_due_date)
        now = self._now()
        async with self._db.settle(step, end, now) as tx:
            if isinstance(end, Done) and end.outcome is StepOutcome.DONE:
                case = await cases.lock(tx, step.case_id)
                await keep(tx, self._vault, self._profile.profile, subject, kept, now)
                event = held(system.key, met.whole, end.detail["kept"])
                await cases.apply(tx, case, Decision(events=(event,)), now)
            if isinstance(end, Done):
                await look_at_case(tx, step, now)

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
        proof = weakest(receipts).value
        return Done(StepOutcome.DONE, {"changed": changed, "kept": kept, "proof": proof, "pending": 0})

    async def _settle(self, step: Step, subject: Subject, end: End, receipts: Sequence[Receipt]) -> None:
        now = self._now()
        async with self._db.settle(step, end, now) as tx:
            if isinstance(end, Done):
                await self._after(tx, step, subject, receipts, now)
            elif approving.is_changed(end.detail):
                case = await cases.lock(tx, step.case_id)
                event = approving.changed(str(step.payload["system"]))
                await cases.apply(tx, case, Decision(events=(event,)), now)

    async def _after(
        self, tx: Connection, step: Step, subject: Subject, receipts: Sequence[Receipt], now: datetime
    ) -> None:
        case = await cases.lock(tx, step.case_id)
        if _erases(step) and receipts:
            system_key = str(step.payload["system"])
            pairs = zip(subject.counted, receipts, strict=True)
            kept = [(subject.ref_of(match), receipt.kept) for match, receipt in pairs]
            await keep(tx, self._vault, self._profile.profile, subject, kept, now)
            indexes = [row.blind_index for row in subject.proven]
            await tombstones.entomb(tx, case, system_key, indexes, erasure_key(step.id), now)
            proof = weakest(receipts).value
            check = NewStep(StepKind.VERIFY, system_key, {"system": system_key, "proof": proof})
            await steps.insert(tx, [(case.id, check)], now)
        await look_at_case(tx, step, now)


def _erases(step: Step) -> bool:
    return step.payload["order"] == "erase"


async def look_at_case(tx: Connection, step: Step, now: datetime) -> None:
    """An order or a check ended: once all have, the answer is written."""
    case = await cases.lock(tx, step.case_id)
    open_steps = await steps.ended(tx, case.id, StepKind.ORDER, StepKind.VERIFY, StepKind.BY_HAND)
    await cases.apply(tx, case, searching.after_order(case, open_steps), now)
