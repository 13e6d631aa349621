"""Erases what was kept, when its time is over or the hold on it is lifted: years later, without the case's key."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from dsar.contract import ConnectorError, Erase, Proof, Receipt, Session
from dsar.domain.case import Case, Decision
from dsar.domain.lasting import release_key
from dsar.domain.legal_holds import LEGAL_CLAIMS, Standing
from dsar.domain.profile import LoadedProfile
from dsar.domain.rechecking import AFTER_RELEASE, Sought
from dsar.domain.releasing import Release, continued, release_of, released, until
from dsar.domain.work import Again, ByHand, Done, End, Step, StepOutcome
from dsar.fanout.failing import after_error
from dsar.fanout.held import Group, Held, grouped, left
from dsar.fanout.holding_back import held_end, standing_holds
from dsar.fanout.keeping import is_releasable, item_index, let_go, named, plan, weakest
from dsar.fanout.rechecking import plan_for
from dsar.fanout.subject import session_of
from dsar.outbound import Systems
from dsar.store import Connection, Database, cases, holds, identities, steps, systems, tombstones
from dsar.store.holds import HeldRow, KeptOn
from dsar.store.systems import SystemRow
from dsar.vault import Vault

IN_TURN = timedelta(seconds=1)


class Releasing:
    """Handler of `fanout.release`."""

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

    async def release(self, step: Step) -> None:
        """Order it, see that it is gone, and write it into the history of the case, closed as it is."""
        wanted = release_of(step.payload)
        async with self._db.read() as connection:
            case = await cases.one(connection, step.case_id)
            system = await systems.one(connection, wanted.system_key)
            rows = await holds.waiting(connection, case.id, wanted)
            too_early = await steps.earlier_release(connection, step)
        if too_early:
            # After a night, or a year, without a worker two days can be due at once.
            await self._settle(step, wanted, Again(self._now() + IN_TURN, burns_attempt=False), [], [])
            return
        met = await standing_holds(self._db, case, wanted.system_key)
        if not rows:
            await self._settle(step, wanted, Done(), [], [])
        elif met.whole:
            await self._keep_on(step, wanted, rows, met)
        elif met.collections:
            await self._settle(step, wanted, held_end(met, len(rows)), [], [])
        elif system is None or case.role not in system.roles:
            await self._settle(step, wanted, ByHand({"reason": "the system was taken out"}), [], [])
        else:
            await self._order(step, case, wanted, system, list(grouped(self._vault, rows)))

    async def _order(
        self, step: Step, case: Case, wanted: Release, system: SystemRow, groups: Sequence[Group]
    ) -> None:
        receipts: list[Receipt] = []
        try:
            async with session_of(self._systems, self._vault, system) as session:
                receipts = [await self._erase(step, case, wanted, session, group) for group in groups]
                end = await _end(session, groups, receipts)
        except ConnectorError as error:
            end = _never_silent(after_error(step, system, error, self._now()))
        await self._settle(step, wanted, end, groups, receipts, system)

    async def _erase(
        self, step: Step, case: Case, wanted: Release, session: Session, group: Group
    ) -> Receipt:
        subject = self._vault.blind_index(f"ref:{group.ref.kind}", group.ref.value).hex()[:32]
        key = f"{step.case_id}:{step.key}:{subject}"
        if wanted.until is not None:
            return await session.carry_out(group.ref, group.scope, Erase(released=group.pairs), key)
        # The erasure that was held back is carried out at last; what a statute keeps stays until its day.
        receipt = await session.carry_out(group.ref, group.scope, Erase(only=group.pairs), key)
        profile = self._profile.profile
        today = profile.jurisdiction(case.residence).place.local_date(self._now())
        return await let_go(session, group.scope, group.ref, receipt, profile, key, today)

    async def _settle(
        self,
        step: Step,
        wanted: Release,
        end: End,
        groups: Sequence[Group],
        receipts: Sequence[Receipt],
        system: SystemRow | None = None,
    ) -> None:
        now = self._now()
        async with self._db.settle(step, end, now) as tx:
            if not isinstance(end, Done) or not groups:
                return
            case = await cases.lock(tx, step.case_id)
            gone, kept = await self._after(tx, case, wanted, groups, receipts, now)
            if not gone and not kept:
                return
            if gone:
                indexes = [row.blind_index for row in await identities.leading(tx, case)]
                await tombstones.entomb(tx, case, wanted.system_key, indexes, release_key(step.id), now)
                assert system is not None
                await self._look_later(tx, step, system, gone, str(end.detail["proof"]), now)
            event = released(wanted, len(gone), end.detail["proof"], kept=kept)
            await cases.apply(tx, case, Decision(events=(event,)), now)

    async def _after(
        self,
        tx: Connection,
        case: Case,
        wanted: Release,
        groups: Sequence[Group],
        receipts: Sequence[Receipt],
        now: datetime,
    ) -> tuple[list[Held], int]:
        """Forget what is gone, plan the release of what a statute still keeps: the one, and how many of the other."""
        profile = self._profile.profile
        gone: list[Held] = []
        stay: list[KeptOn] = []
        for group, receipt in zip(groups, receipts, strict=True):
            kept = {named(one): one for one in receipt.kept}
            for held in group.held:
                one = kept.get(held.pair)
                if one is None:
                    gone.append(held)
                    continue
                last = until(one, profile)
                releasable = is_releasable(one.ground, last)
                stay.append(KeptOn(held.row.id, one.ground, last, one.restricted, releasable))
        await holds.keep_on(tx, stay)
        await plan(tx, case, profile, wanted.system_key, [one.until for one in stay], now)
        await holds.release(tx, [held.row.id for held in gone], now)
        return gone, len(stay)

    async def _look_later(
        self, tx: Connection, step: Step, system: SystemRow, gone: Sequence[Held], proof: str, now: datetime
    ) -> None:
        """A vendor may finish days later, and an import bring it back: as after the erasure itself."""
        items = frozenset(
            item_index(self._vault, system.key, held.row.collection, held.item) for held in gone
        )
        subjects = tuple(dict.fromkeys(held.item.ref for held in gone))
        one = gone[0].item
        sought = Sought((), subjects, one.role, one.tenant, now, items=items)
        cause = f"{AFTER_RELEASE}{step.id}"
        await plan_for(tx, self._vault, step.case_id, system, sought, proof, now, cause)

    async def _keep_on(self, step: Step, wanted: Release, rows: Sequence[HeldRow], met: Standing) -> None:
        """A dispute needs them beyond their day: they wait for the hold to be lifted instead."""
        now = self._now()
        end = Done(StepOutcome.DONE, {"holds": [str(hold) for hold in met.whole], "kept": len(rows)})
        async with self._db.settle(step, end, now) as tx:
            if wanted.until is None:
                return  # kept for a dispute already: the last hold that is lifted takes them
            case = await cases.lock(tx, step.case_id)
            stay = [KeptOn(row.id, LEGAL_CLAIMS, None, row.restricted, releasable=True) for row in rows]
            await holds.keep_on(tx, stay)
            event = continued(wanted, len(rows), met.whole)
            await cases.apply(tx, case, Decision(events=(event,)), now)


async def _end(session: Session, groups: Sequence[Group], receipts: Sequence[Receipt]) -> End:
    pending = [receipt.ask_again_at for receipt in receipts if receipt.ask_again_at is not None]
    if pending:
        return Again(min(pending), burns_attempt=False, detail={"pending": len(pending)})
    still_there = 0
    for group, receipt in zip(groups, receipts, strict=True):
        if receipt.proof is not Proof.VERIFIED:
            still_there += await left(session, group, {named(kept) for kept in receipt.kept})
    if still_there:
        return ByHand({"reason": "the search after the release still found them", "left": still_there})
    return Done(StepOutcome.DONE, {"proof": weakest(receipts).value, "pending": 0})


def _never_silent(end: End) -> End:
    """Nobody reads of a gap in an answer that was given years ago: a person sees to it."""
    if isinstance(end, Done) and end.outcome is StepOutcome.GAP:
        return ByHand(end.detail)
    return end
