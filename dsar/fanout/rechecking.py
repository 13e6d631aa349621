"""Days after an erasure its system is searched once more: what it kept is expected, all else is a person's to judge."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

import msgspec
from msgspec import Struct, field, structs

from dsar.contract import Attachment, ConnectorError, Record, Ref, Session
from dsar.domain.case import Decision
from dsar.domain.history import NewEvent
from dsar.domain.rechecking import (
    TOLD_MAX,
    Counts,
    Looks,
    Sought,
    looks_of,
    not_rechecked,
    recheck_days,
    recheck_steps,
    rechecked,
)
from dsar.domain.releasing import KeptItem
from dsar.domain.work import Again, ByHand, Done, End, Step, StepKind, StepOutcome, StepState
from dsar.fanout.aging import Days
from dsar.fanout.failing import after_error
from dsar.fanout.keeping import item_index
from dsar.fanout.looking import items_of, pair_of, remaining
from dsar.fanout.subject import Subject, session_of
from dsar.outbound import Systems, installed
from dsar.store import Connection, Database, cases, holds, rechecks, steps, systems
from dsar.store.steps import StepRow
from dsar.store.systems import SystemRow
from dsar.vault import Vault

SOUGHT = "recheck"  # the purpose that whom to look for is sealed for, under the operator's key
LATER = timedelta(days=1)
FOUND = "a later search found records that no ground keeps; look whether the person has come back"


async def plan(tx: Connection, vault: Vault, subject: Subject, check: Step, now: datetime) -> None:
    """Remember whom to look for, and on which days; `check` is the verification of the erasure."""
    system, scope = subject.system, subject.case.scope
    if system is None:
        return
    accepted = tuple(subject.ref_of(match) for match in subject.counted if not match.sure)
    sought = Sought(tuple(subject.refs), accepted, scope.role, scope.tenant, check.created_at)
    proof = str(check.payload.get("proof", "accepted"))  # a check that an earlier version planned
    await plan_for(tx, vault, subject.case.id, system, sought, proof, now)


async def plan_for(
    tx: Connection,
    vault: Vault,
    case_id: UUID,
    system: SystemRow,
    sought: Sought,
    proof: str,
    now: datetime,
    cause: str = "",
) -> None:
    """The looks at one system for those who are sought; `cause` says after what, if not after the case's erasure."""
    connector = installed().get(system.connector)
    days = recheck_days(system.recheck_days, connector.manifest.rechecks) if connector is not None else []
    if not days:
        return
    looks, last_on = Looks(system.key, cause), now + timedelta(days=days[-1])
    await rechecks.put(tx, case_id, looks, _sealed(vault, sought), last_on, now)
    await steps.insert(tx, [(case_id, step) for step in recheck_steps(looks, days, proof, now)], now)


def _sealed(vault: Vault, sought: Sought) -> bytes:
    return vault.seal(msgspec.json.encode(sought), SOUGHT)


class _Look(Struct):
    """What one look found: the counts, and the keyed hashes of what is for a person to judge."""

    counts: Counts = field(default_factory=Counts)
    indexes: list[bytes] = field(default_factory=list)


class Rechecking:
    """Handler of `fanout.recheck`. The case may be closed and its key destroyed."""

    def __init__(
        self, db: Database, vault: Vault, open_systems: Systems, now: Callable[[], datetime]
    ) -> None:
        self._db = db
        self._vault = vault
        self._systems = open_systems
        self._now = now

    async def recheck(self, step: Step) -> None:
        """Search once more and record the proof; nothing that is found is erased without somebody's word."""
        looks = looks_of(step.payload)
        async with self._db.read() as connection:
            sealed = await rechecks.sealed(connection, step.case_id, looks)
            system = await systems.one(connection, looks.system_key)
            others = _together(await steps.of_case(connection, step.case_id), looks)
        if sealed is None:
            await self._miss(
                step, "whom to look for was forgotten: a task of this system's stayed open too long"
            )
        elif system is None:
            await self._miss(step, "the system was taken out")
        elif _is_overtaken(step, others, self._now()):
            # After a week without a worker two are due at once, and the later one shows more.
            await self._miss(step, "a later look took its place", StepOutcome.DROPPED)
        elif any(other.state is StepState.MANUAL for other in others):
            # Somebody looks into it already: what they find out says what is expected next time.
            later = Again(self._now() + LATER, burns_attempt=False, detail={"reason": "a task is open"})
            async with self._db.settle(step, later, self._now()):
                return
        else:
            sought = msgspec.json.decode(self._vault.open(sealed, SOUGHT), type=Sought)
            await self._search(step, system, _judged(sought, others))

    async def _search(self, step: Step, system: SystemRow, sought: Sought) -> None:
        try:
            async with session_of(self._systems, self._vault, system) as session:
                look = await self._look(session, system, sought)
        except ConnectorError as error:
            end = after_error(step, system, error, self._now())
            if isinstance(end, Done):
                await self._miss(step, str(end.detail["reason"]))
            else:
                async with self._db.settle(step, end, self._now()):
                    return
            return
        unexpected = {"left": look.counts.left, "unexpected": look.counts.unexpected}
        end = ByHand({**unexpected, "reason": FOUND}) if look.indexes else Done(StepOutcome.DONE, unexpected)
        told = structs.replace(sought, told=frozenset(islice(look.indexes, TOLD_MAX)))
        await self._settle(step, end, rechecked(step.payload, look.counts), told)

    async def _look(self, session: Session, system: SystemRow, sought: Sought) -> _Look:
        blind = [self._vault.blind_index(ref.kind, ref.value) for ref in sought.refs]
        async with self._db.read() as connection:
            kept, _ = await holds.indexes_of_person(connection, blind, system.key)
        days = {name: Days(c.dated) for name, c in session.collections.items() if c.dated is not None}
        look, now = _Look(), self._now()
        async for ref, item in _found(session, sought):
            index = self._index(system.key, sought, ref, item)
            if sought.items and index not in sought.items:
                continue
            look.counts.left += 1
            if index in kept:
                look.counts.kept += 1
            elif index in sought.dismissed or sought.is_since(_day(days, item), now):
                look.counts.since += 1
            else:
                look.counts.unexpected += 1
                look.indexes.append(index)
        return look

    def _index(self, system_key: str, sought: Sought, ref: Ref, item: Record | Attachment) -> bytes:
        collection, record_id = pair_of(item)
        kept = KeptItem(ref, sought.role, sought.tenant, record_id)
        return item_index(self._vault, system_key, collection, kept)

    async def _miss(self, step: Step, reason: str, outcome: StepOutcome = StepOutcome.GAP) -> None:
        end = Done(outcome, {"reason": reason})
        await self._settle(step, end, not_rechecked(step.payload, reason), None)

    async def _settle(self, step: Step, end: End, event: NewEvent, sought: Sought | None) -> None:
        now, looks = self._now(), looks_of(step.payload)
        async with self._db.settle(step, end, now) as tx:
            case = await cases.lock(tx, step.case_id)
            await cases.apply(tx, case, Decision(events=(event,)), now)
            if sought is not None:
                await rechecks.reseal(tx, case.id, looks, _sealed(self._vault, sought))
            await rechecks.forget_ended(tx, case.id, looks)


async def _found(session: Session, sought: Sought) -> AsyncIterator[tuple[Ref, Record | Attachment]]:
    """What is there of those who are sought: single items by their subject, whom nothing else may lead to any more."""
    if sought.items:
        for ref in sought.subjects:
            async for item in items_of(session, ref, sought.scope):
                yield ref, item
        return
    theirs = remaining(session, sought.refs, sought.scope, lambda m: m.sure or m.ref in sought.subjects)
    async for pair in theirs:
        yield pair


def _together(rows: Sequence[StepRow], looks: Looks) -> list[StepRow]:
    """The checks of the erasure, and the looks so far."""
    kinds = {StepKind.VERIFY, StepKind.RECHECK}
    return [row for row in rows if row.kind in kinds and looks_of(row.payload) == looks]


def _is_overtaken(step: Step, others: Sequence[StepRow], now: datetime) -> bool:
    later = [row for row in others if row.payload.get("day", 0) > int(step.payload["day"])]
    return any(row.due_at <= now for row in later)


def _judged(sought: Sought, others: Sequence[StepRow]) -> Sought:
    """What the last look told of is dismissed, where a person's answer was that nothing of it was there before."""
    ended = [row for row in others if row.kind is StepKind.RECHECK and row.finished_at is not None]
    last = max(ended, key=lambda row: row.finished_at, default=None)  # type: ignore[arg-type,return-value]
    if last is None or last.outcome is not StepOutcome.NO_MATCH:
        return sought
    return structs.replace(sought, dismissed=sought.dismissed | sought.told)


def _day(days: dict[str, Days], item: Record | Attachment) -> str | None:
    reader = days.get(item.origin.collection)
    return reader.of(item.data) if reader is not None and isinstance(item, Record) else None
