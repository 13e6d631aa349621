"""One system searched for one person: find, and for a copy export, then decide when all systems are through."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from dsar.contract import ConnectorError, Mark, Ref, Session
from dsar.domain import searching
from dsar.domain.case import State
from dsar.domain.history import NewEvent
from dsar.domain.overstaying import exceeded
from dsar.domain.profile import LoadedProfile
from dsar.domain.searching import DATED, DESCRIBED, FINDS_BY
from dsar.domain.work import ByHand, Done, End, Step, StepKind, StepOutcome
from dsar.fanout.aging import Ages
from dsar.fanout.changing import afresh, same_subjects
from dsar.fanout.collecting import OVERSTAYING, Collector
from dsar.fanout.failing import after_error, taken_out
from dsar.fanout.subject import Subject, load, session_of
from dsar.outbound import Systems, connector_of, facts
from dsar.store import Connection, Database, cases, content, findings, steps, supplements, systems
from dsar.store.findings import MatchRow
from dsar.vault import BlobStore, Vault


class Searching:
    """Handler of `fanout.search`."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        blobs: BlobStore,
        profile: LoadedProfile,
        open_systems: Systems,
        now: Callable[[], datetime],
    ) -> None:
        self._db = db
        self._vault = vault
        self._blobs = blobs
        self._profile = profile
        self._systems = open_systems
        self._now = now

    async def search(self, step: Step) -> None:
        """Find and collect, or end as the failure says; either way the case is looked at again."""
        subject = await load(self._db, self._vault, step)
        if subject.system is None:
            await self._settle(step, taken_out(), None)
            return
        if not subject.proven:
            # Known by a hash alone: no system finds anybody by that, and nothing found would be no answer.
            await self._settle(step, ByHand({"reason": "nothing to search by"}), None)
            return
        step = await afresh(self._db, step, subject.system.version)
        try:
            async with session_of(self._systems, self._vault, subject.system) as session:
                end, collector = await self._run(step, subject, session)
        except ConnectorError as error:
            # Once the answer is out no date comes near: a system that is still at work is waited for as long as any.
            due_date = None if subject.case.state is State.DELIVERED else subject.case.strict_due_date
            end, collector = after_error(step, subject.system, error, self._now(), due_date), None
        await self._settle(step, end, collector)

    async def _run(self, step: Step, subject: Subject, session: Session) -> tuple[End, Collector | None]:
        assert subject.system is not None
        only = step.payload.get("match")
        matches = subject.matches
        if step.cursor is None and only is None:
            if not matches and (lacking := _lacking(subject, session)):
                return Done(StepOutcome.NOT_SEARCHABLE, {FINDS_BY: sorted(lacking)}), None
            matches = await self._find(subject, session)
        else:
            await same_subjects(subject, session, {})
        counted = [m for m in matches if m.found.counts and only in (None, str(m.id))]
        waiting = sum(m.found.open for m in matches)
        detail = {"matches": len(counted), "unsure": waiting}
        if not counted:
            # A completed search that found nobody is an outcome of its own: GDPR 15(1), "whether or not".
            return Done(StepOutcome.FOUND if waiting else StepOutcome.NO_MATCH, {**detail}), None
        if not step.payload.get("export"):
            return Done(StepOutcome.FOUND, {**detail}), None
        today = self._profile.profile.operator.place.local_date(self._now())
        so_far = step.detail.get(OVERSTAYING, {})
        ages = Ages(session.collections, self._profile.profile, today, so_far)
        collector = Collector(
            self._db, self._blobs, subject.key, step, subject.system, session.collections, ages
        )
        # One that a person accepted has a step of its own, which may run before this one is through.
        mine = counted if only else [m for m in counted if m.sure]
        await self._collect(step, subject, session, mine, collector)
        told = {DESCRIBED: collector.described, DATED: collector.dated}
        return Done(StepOutcome.FOUND, {**detail, **told}), collector

    async def _find(self, subject: Subject, session: Session) -> list[MatchRow]:
        assert subject.system is not None
        version = subject.system.version
        found = [match async for match in session.find(subject.refs, subject.case.scope)]
        if not found:
            return []
        async with self._db.write() as tx:
            for match in found:
                await findings.add_match(
                    tx,
                    case_id=subject.case.id,
                    system_key=subject.system.key,
                    sealed_ref=subject.key.seal(msgspec.json.encode(match.ref), "ref"),
                    ref_blind=self._blind(match.ref),
                    found_by=match.found_by.kind,
                    sure=match.sure,
                    now=self._now(),
                    system_version=version,
                )
            rows = await findings.matches_of_case(tx, subject.case.id)
        mine = [row for row in rows if row.system_key == subject.system.key]
        return [row for row in mine if row.system_version in (None, version)]

    def _blind(self, ref: Ref) -> bytes:
        return self._vault.blind_index(f"ref:{ref.kind}", ref.value)

    async def _collect(
        self, step: Step, subject: Subject, session: Session, counted: list[MatchRow], collector: Collector
    ) -> None:
        """Export subject by subject, from where the last attempt's mark stands."""
        at, _, cursor = (step.cursor or "").partition("|")
        for match in sorted(counted, key=lambda m: m.id):
            if at and str(match.id) < at:
                continue
            after = Mark(cursor) if at == str(match.id) else None
            await collector.collect(session, subject.ref_of(match), subject.case.scope, after, str(match.id))

    async def _settle(self, step: Step, end: End, collector: Collector | None) -> None:
        now = self._now()
        async with self._db.settle(step, end, now) as tx:
            if collector is not None:
                await collector.write(tx, now)
            if isinstance(end, Done):
                system_key = str(step.payload.get("system", step.key))
                seen = exceeded(system_key, collector.ages.found) if collector is not None else ()
                await self._look_at_case(tx, step, seen, now)

    async def _look_at_case(
        self, tx: Connection, step: Step, seen: tuple[NewEvent, ...], now: datetime
    ) -> None:
        case = await cases.lock(tx, step.case_id)
        if case.state is State.DELIVERED:
            decision = await supplements.look(tx, case, self._profile.profile, now)
        else:
            decision = searching.after_search(
                case,
                self._profile.profile,
                await steps.ended(tx, case.id, StepKind.SEARCH),
                [row.found for row in await findings.matches_of_case(tx, case.id)],
                facts(await systems.enabled(tx)),
                await content.contained(tx, case),
            )
        events = (*seen, *decision.events)
        await cases.apply(tx, case, msgspec.structs.replace(decision, events=events), now)


def _lacking(subject: Subject, session: Session) -> frozenset[str]:
    """The kinds of identity that the system knows people by, where none of them was proven."""
    assert subject.system is not None
    kinds = session.finds_by
    if kinds is None:
        kinds = connector_of(subject.system.connector).manifest.finds_by
    return kinds if kinds.isdisjoint(ref.kind for ref in subject.refs) else frozenset()
