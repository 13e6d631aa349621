"""One person's erasure in one system, repeated because a restored backup has undone it."""

from collections.abc import Callable, Sequence
from contextlib import aclosing
from datetime import UTC, date, datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from dsar.contract import Erase, Match, OrderKind, Receipt, Ref, Refused, Session, Suppress
from dsar.domain.case import Case, Decision
from dsar.domain.identity import CHANNEL_OF, IdentityKind
from dsar.domain.lasting import repeated
from dsar.domain.profile import Profile
from dsar.domain.rechecking import AFTER_RELEASE, AFTER_REPETITION, Sought
from dsar.domain.releasing import KeptItem
from dsar.fanout.holding_back import standing_holds
from dsar.fanout.keeping import item_index, let_go, named, weakest
from dsar.fanout.listing import Back
from dsar.fanout.looking import Pair, items_of, pair_of, remaining
from dsar.fanout.rechecking import plan_for
from dsar.store import Connection, Database, cases, holds, identities, tombstones
from dsar.store.systems import SystemRow
from dsar.vault import Vault

# Of each subject what a release names; nothing named: all that no ground keeps.
Wanted = dict[Ref, set[Pair]]

EVER = datetime.min.replace(tzinfo=UTC)


class Reason(StrEnum):
    """Why a person has to see to somebody."""

    NOT_SURE = "it is not sure whose the record is, so nothing of it was erased"
    HELD = "a legal hold set by hand stands, so nothing was erased; run this again when it is lifted"
    CAME_BACK = (
        "erased again before and there once more, so nothing was erased: where a backup was restored again since, say "
        "when with --restored; otherwise the person has come back"
    )
    UNDER_WAY = "the system still works on the order; run this again later"
    REFUSED = "the system refused the order"
    LEFT = "the search after the erasure still found records that no ground keeps"
    TOO_OLD = "remembered by an earlier version, without what is needed to repeat it; erase by hand what should be gone"


class Repetition(Struct):
    """What became of one person: `changed` and `kept` count items."""

    case_id: UUID | None
    there: bool = False  # more than what was kept
    changed: int = 0
    kept: int = 0
    reason: Reason | None = None


class Repeating(Struct, frozen=True, kw_only=True):
    """What a repetition in one system works with."""

    db: Database
    vault: Vault
    profile: Profile
    system: SystemRow
    since: datetime
    restored_at: datetime | None
    dry_run: bool
    now: Callable[[], datetime]

    async def repeat(self, back: Back, session: Session) -> Repetition:
        """Erase once more what no ground keeps, look again, and write it into the closed case's history."""
        result = Repetition(back.newest.case_id)
        matches = [match async for match in session.find(list(back.refs), back.scope)]
        wanted = await self._wanted(session, back, [match for match in matches if match.sure], result)
        if wanted and (result.there or self._undone(back)):
            concerned = await self._cases(back)
            result.reason = result.reason or await self._hindrance(back, concerned)
            if result.reason is None and not self.dry_run:
                await self._erase(session, back, concerned, wanted, result)
        if result.reason is None and any(not match.sure for match in matches):
            result.reason = Reason.NOT_SURE
        return result

    async def _wanted(
        self, session: Session, back: Back, sure: Sequence[Match], result: Repetition
    ) -> Wanted:
        """Each subject that holds anything; `there` says that it is more than what is known to be kept.

        What is kept gets its order too: a restored backup may have lost that it is restricted, and what it lacked.
        """
        async with self.db.read() as connection:
            kept, released = await holds.indexes_of_person(
                connection, list(back.refs.values()), self.system.key
            )
        # Whoever came back between an erasure and the release of what it had kept has more there, and it stays.
        only_released = all(stone.is_release for stone in back.tombstones.values())
        wanted: Wanted = {}
        for match in sure:
            async with aclosing(items_of(session, match.ref, back.scope)) as items:
                async for item in items:
                    index = self._index(back, match.ref, pair_of(item))
                    if only_released and (index in released or None in released):
                        wanted.setdefault(match.ref, set()).add(pair_of(item))
                    elif not only_released:
                        wanted[match.ref] = set()
                        result.there = result.there or index not in kept
                        if result.there:
                            break
        if only_released and wanted:
            result.there = True
            result.reason = Reason.TOO_OLD if None in released else None
        return wanted

    def _undone(self, back: Back) -> bool:
        return any(stone.may_be_undone(self.restored_at) for stone in back.tombstones.values())

    def _index(self, back: Back, ref: Ref, pair: Pair) -> bytes:
        item = KeptItem(ref, back.scope.role, back.scope.tenant, pair[1])
        return item_index(self.vault, self.system.key, pair[0], item)

    async def _cases(self, back: Back) -> list[Case]:
        async with self.db.read() as connection:
            return [await cases.one(connection, case_id) for case_id in back.case_ids]

    async def _hindrance(self, back: Back, concerned: Sequence[Case]) -> Reason | None:
        if back.newest.case_id is None:
            return Reason.TOO_OLD
        if not self._undone(back):
            return Reason.CAME_BACK
        for case in concerned:
            if await standing_holds(self.db, case, self.system.key):
                return Reason.HELD
        return None

    async def _erase(
        self, session: Session, back: Back, concerned: Sequence[Case], wanted: Wanted, result: Repetition
    ) -> None:
        today = self.profile.jurisdiction(concerned[-1].residence).place.local_date(self.now())
        receipts: dict[Ref, Receipt] = {}
        try:
            await self._stop_marketing(session, back)
            for ref, pairs in wanted.items():
                receipts[ref] = await self._order(session, back, ref, pairs, today)
        except Refused:
            result.reason = Reason.REFUSED
        if not receipts:
            return
        if any(receipt.ask_again_at is not None for receipt in receipts.values()):
            result.reason = Reason.UNDER_WAY
            return
        result.changed = sum(receipt.changed for receipt in receipts.values())
        result.kept = sum(len(receipt.kept) for receipt in receipts.values())
        left = await self._left(session, back, {ref: wanted[ref] for ref in receipts}, receipts)
        result.reason = result.reason or (Reason.LEFT if left else None)
        await self._record(back, result, left, weakest(receipts.values()).value, wanted)

    async def _stop_marketing(self, session: Session, back: Back) -> None:
        # GDPR 21(3): the restored list has lost them, and the rows that know the person go next
        if back.tenant is not None or OrderKind.SUPPRESS not in self.system.orders:
            return
        async with self.db.read() as connection:
            stopped = await identities.stopped(connection, list(back.refs.values()), EVER)
        for ref, index in back.refs.items():
            if index in stopped and IdentityKind(ref.kind) in CHANNEL_OF:
                key = back.newest.key(f"suppress:{index.hex()[:32]}")
                await session.carry_out(ref, back.scope, Suppress(), key)

    async def _order(self, session: Session, back: Back, ref: Ref, pairs: set[Pair], today: date) -> Receipt:
        key = back.newest.key(self.vault.blind_index(f"ref:{ref.kind}", ref.value).hex()[:32])
        order = Erase(released=tuple(sorted(pairs)))
        receipt = await session.carry_out(ref, back.scope, order, key)
        if pairs:
            return receipt
        return await let_go(session, back.scope, ref, receipt, self.profile, key, today)

    async def _left(self, session: Session, back: Back, wanted: Wanted, receipts: dict[Ref, Receipt]) -> int:
        """What a search finds that should be gone."""
        kept = {ref: {named(one) for one in receipt.kept} for ref, receipt in receipts.items()}
        left = 0
        found = remaining(session, list(back.refs), back.scope, lambda match: match.ref in wanted)
        async for ref, item in found:
            pair = pair_of(item)
            left += pair in wanted[ref] if wanted[ref] else pair not in kept[ref]
        return left

    async def _record(self, back: Back, result: Repetition, left: int, proof: str, wanted: Wanted) -> None:
        now = self.now()
        event = repeated(self.system.key, result.changed, result.kept, left, proof)
        async with self.db.write() as tx:
            for case_id in back.case_ids:
                case = await cases.lock(tx, case_id)
                await cases.apply(tx, case, Decision(events=(event,)), now)
            if result.changed:
                await self._look_later(tx, back, wanted, proof, now)
            if result.reason is None:
                await tombstones.erased_again(tx, self.system.key, back.case_ids, self.since, now)

    async def _look_later(
        self, tx: Connection, back: Back, wanted: Wanted, proof: str, now: datetime
    ) -> None:
        """What an import brings back at night does not stay, whichever erasure it undoes."""
        stone = back.newest
        assert stone.case_id is not None  # a repetition without a case is left to a person
        items = frozenset(self._index(back, ref, pair) for ref, pairs in wanted.items() for pair in pairs)
        refs, subjects = (tuple(back.refs), ()) if not items else ((), tuple(wanted))
        sought = Sought(refs, subjects, back.scope.role, back.tenant, now, items=items)
        cause = f"{AFTER_RELEASE if items else ''}{AFTER_REPETITION}{stone.id}:{stone.gone_at.timestamp()}"
        await plan_for(tx, self.vault, stone.case_id, self.system, sought, proof, now, cause)
