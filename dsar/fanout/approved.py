"""An erasure carried out as a person approved it, or not at all.

What is there is compared with the plan right before the order goes out. A repetition meets what the order itself has
done: so it is written down before an order goes out, and again when the system says that it works on it.
"""

import msgspec
from msgspec import Struct

from dsar.contract import Changed, Erase, Plan, Receipt, Session
from dsar.domain.approving import is_remainder
from dsar.domain.planning import Foreseen
from dsar.domain.work import Step
from dsar.fanout.carrying import each, key_of, suppress
from dsar.fanout.subject import Subject
from dsar.store import Database, LeaseLost, plans, steps
from dsar.store.findings import MatchRow

CHANGED = "what is there has changed since it was approved; make the plan anew and approve that"
SENT = "sent"  # where a step's detail says which plans' orders went out; true: the system works on it


class _Order(Struct, frozen=True):
    """What goes out for one match. `digest` is what the system is held to; `done`: nothing of it is left to erase."""

    match: MatchRow
    plan: Foreseen
    digest: str
    repeats: bool = False
    done: bool = False


async def erase_as_approved(db: Database, step: Step, subject: Subject, session: Session) -> list[Receipt]:
    """Erase each subject as approved; raises `Changed`, and erases nothing, where one is not as it was then."""
    return await _Erasing(db, step, subject, session).erase()


class _Erasing:
    """One attempt."""

    def __init__(self, db: Database, step: Step, subject: Subject, session: Session) -> None:
        self._db = db
        self._step = step
        self._subject = subject
        self._session = session
        self._sent: dict[str, bool] = dict(step.detail.get(SENT, {}))

    async def erase(self) -> list[Receipt]:
        async with self._db.read() as connection:
            system_key = str(self._step.payload["system"])
            approved = await plans.approved(connection, self._step.case_id, system_key)
        # What went out by an earlier approval is no part of this one.
        current = {str(plan.id) for plan in approved.values()}
        self._sent = {plan_id: at_work for plan_id, at_work in self._sent.items() if plan_id in current}
        orders = [await self._order(match, approved.get(match.id)) for match in self._subject.counted]
        if self._step.payload.get("suppress_first"):
            await suppress(self._step, self._subject, self._session)
        return await each(orders, self._send)

    async def _order(self, match: MatchRow, plan: Foreseen | None) -> _Order:
        if plan is None:
            raise Changed("this was no part of the plan that was approved; make it anew and approve that")
        began = self._sent.get(str(plan.id))
        if began:
            return _Order(match, plan, plan.digest, repeats=True)
        there = await self._foresee(match)
        if began is None:
            return _Order(match, plan, self._unless_changed(plan, there))
        left = self._left(there)
        if there.digest != plan.digest and not is_remainder(left, plan.erased):
            raise Changed(CHANGED)
        # With nothing left the order can only tell what it did, and is held to that. Otherwise it goes out as it was:
        # the system knows it again by its key, or compares and refuses.
        return _Order(match, plan, plan.digest if left else there.digest, repeats=True, done=not left)

    def _unless_changed(self, plan: Foreseen, there: Plan) -> str:
        """Two subjects may share an item: once another's order went out, less of this one's may be there."""
        went_out = self._sent.keys() - {str(plan.id)}
        if there.digest != plan.digest and not (went_out and is_remainder(self._left(there), plan.erased)):
            raise Changed(CHANGED)
        return there.digest

    async def _send(self, order: _Order) -> Receipt:
        plan_id, digest = str(order.plan.id), order.digest
        if self._sent and not order.repeats:
            digest = self._unless_changed(order.plan, await self._foresee(order.match))
        await self._remember({plan_id: False} | self._sent)
        key = key_of(self._step, f"{order.match.id}:{plan_id}")
        ref, scope = self._subject.ref_of(order.match), self._subject.case.scope
        receipt = await self._session.carry_out(ref, scope, Erase(plan=digest), key)
        if receipt.ask_again_at is not None:
            await self._remember(self._sent | {plan_id: True})
        return _told(order, receipt)

    async def _foresee(self, match: MatchRow) -> Plan:
        return await self._session.foresee(self._subject.ref_of(match), self._subject.case.scope, Erase())

    def _left(self, there: Plan) -> dict[str, int]:
        """What would still go. To the list of those who want no marketing the order itself has added."""
        collections = self._session.collections
        lists = {name for name, collection in collections.items() if collection.suppression}
        return {name: items for name, items in there.erased.items() if items and name not in lists}

    async def _remember(self, sent: dict[str, bool]) -> None:
        self._sent = sent
        async with self._db.write() as tx:
            if not await steps.remember(tx, self._step, {SENT: sent}):
                raise LeaseLost(f"step {self._step.id} is no longer ours")


def _told(order: _Order, receipt: Receipt) -> Receipt:
    """A system that remembers no keys counts what a repetition erased: nothing."""
    if not order.done or receipt.changed:
        return receipt
    return msgspec.structs.replace(receipt, changed=sum(order.plan.erased.values()))
