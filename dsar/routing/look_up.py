"""Finds whose caller the person is, without a trace to the person, and cuts a case for each business."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from msgspec import Struct

from dsar.contract import Ref, Role, Unauthorised
from dsar.domain import routing, watching
from dsar.domain.case import Case, Decision, Notice, State
from dsar.domain.clock import assist_due
from dsar.domain.deadline import deadline
from dsar.domain.history import NewEvent, chain
from dsar.domain.identity import CHANNEL_OF, IdentityKind
from dsar.domain.profile import CallersRule, LoadedProfile
from dsar.domain.routing import Business
from dsar.domain.work import Done, NewStep, Step, StepKind, StepOutcome
from dsar.outbound import OpenSystem, Systems, facts
from dsar.store import Connection, Database, cases, controllers, events, identities, outbox, steps, systems
from dsar.store.identities import IdentityRow
from dsar.store.rows import new_id
from dsar.store.systems import SystemRow
from dsar.vault import CaseKey, Vault


class Named(Struct, frozen=True):
    """The part of the sealed details that routing needs."""

    business: str = ""
    number_called: str | None = None


class _Loaded(Struct, frozen=True):
    case: Case
    key: CaseKey
    identities: list[IdentityRow]
    details: bytes
    systems: list[SystemRow]


class LookingUp:
    """Handler of `routing.look_up`."""

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

    async def look_up(self, step: Step) -> None:
        """Look, decide, and write every case that comes of it in one transaction."""
        loaded = await self._load(step)
        found = await self._businesses(loaded)
        now = self._now()
        asked = [system.key for system in loaded.systems]
        async with self._db.settle(step, Done(StepOutcome.DONE, {"systems": len(asked)}), now) as tx:
            case = await cases.lock(tx, step.case_id)
            decision = routing.after_look_up(case, self._profile.profile, found, asked)
            if decision.state is None:
                return
            keep = NewStep(StepKind.CLOSE, due_at=now + self._keep)
            await cases.apply(tx, case, _telling(decision, loaded.identities, keep), now)
            if self._profile.profile.callers is CallersRule.FORWARD:
                for business in found:
                    await self._cut(tx, case, loaded, business, now)

    @property
    def _keep(self) -> timedelta:
        return timedelta(days=self._profile.profile.delivery.close_after_days)

    async def _load(self, step: Step) -> _Loaded:
        async with self._db.read() as connection:
            case = await cases.one(connection, step.case_id)
            rows = await identities.of_case(connection, case.id)
            sealed = await cases.sealed_details(connection, case.id)
            configured = await systems.enabled(connection)
        key = self._vault.case_key(case.wrapped_key)
        know = {fact.key for fact in facts(configured) if fact.knows_tenants and Role.PROCESSOR in fact.roles}
        details = key.open(sealed, "details") if sealed else b"{}"
        return _Loaded(case, key, rows, details, [row for row in configured if row.key in know])

    async def _businesses(self, loaded: _Loaded) -> list[Business]:
        details = msgspec.json.decode(loaded.details, type=Named)
        async with self._db.read() as connection:
            known = await controllers.businesses(connection)
        named = routing.named(details.business, details.number_called, known)
        if named:
            return named
        tenants = await self._tenants(loaded)
        return [business for business in known if business.tenant in tenants]

    async def _tenants(self, loaded: _Loaded) -> set[str]:
        refs = [
            Ref(row.kind.value, loaded.key.open(row.sealed, "identity").decode())
            for row in loaded.identities
            if row.proven_at is not None and row.kind is IdentityKind.PHONE
        ]
        tenants: set[str] = set()
        for row in loaded.systems:
            if row.paused_reason is not None:
                raise Unauthorised(row.paused_reason)
            system = OpenSystem(
                row.key, row.connector, self._vault.open(row.settings, "system"), row.version, row.concurrency
            )
            try:
                async with self._systems.session(system) as session:
                    async for hit in session.tenants(refs):
                        tenants.add(hit.tenant)
            except Unauthorised as error:
                async with self._db.write() as tx:
                    await systems.pause(tx, row.key, str(error)[:300])
                raise
        return tenants

    async def _cut(
        self, tx: Connection, parent: Case, loaded: _Loaded, business: Business, now: datetime
    ) -> None:
        """One case for one business: its own key, its own clock, the proven identities, a webhook."""
        key, wrapped = self._vault.new_case_key()
        case_id = new_id()
        profile = self._profile.profile
        place = profile.operator.place
        # The controller's own statutory clock, from our receipt; our promise binds us alone.
        where = msgspec.structs.replace(profile.jurisdiction(parent.residence), promise=None)
        clock = deadline(parent.received_at, where, parent.right)
        assist = assist_due(parent.received_at, place, working_days=profile.assist.fulfil_working_days)
        history = chain(case_id, 0, b"", now, _first_events(parent, clock.due_date.isoformat(), business))
        new = cases.NewCase(
            id=case_id,
            request_id=parent.request_id,
            right=parent.right,
            role=Role.PROCESSOR.value,
            state=State.AWAITING_CONTROLLER,
            residence=parent.residence,
            regime=parent.regime,
            received_at=parent.received_at,
            due=clock,
            wrapped_key=wrapped,
            sealed_details=key.seal(loaded.details, "details"),
            event_count=len(history),
            event_head=history[-1].hash,
            parent_id=parent.id,
            controller_id=business.id,
            tenant=business.tenant,
            assist_due_date=assist.due_date,
        )
        await cases.insert(tx, [new], self._profile.hash, now)
        await events.insert(tx, history)
        await identities.insert(tx, [_moved(row, case_id, loaded.key, key) for row in loaded.identities])
        notice = Notice("webhook", "case.forwarded", controller_id=business.id)
        watch = watching.begin(
            clock,
            parent.received_at,
            where,
            parent.right,
            assist_due_date=assist.due_date,
            ours=False,
            now=now,
        )
        messages = await outbox.insert(tx, [(case_id, notice)], now)
        await steps.insert(tx, [*messages, (case_id, watch)], now)


def _first_events(parent: Case, due_date: str, business: Business) -> list[NewEvent]:
    return [
        NewEvent(
            "case.received",
            "person",
            {"right": parent.right.value, "parent": str(parent.id), "due_date": due_date},
        ),
        NewEvent("case.forwarded", data={"controller": str(business.id)}),
    ]


def _moved(row: IdentityRow, case_id: UUID, old: CaseKey, new: CaseKey) -> IdentityRow:
    """The identity for another case, sealed under that case's key. Only what is proven counts there too."""
    sealed = new.seal(old.open(row.sealed, "identity"), "identity")
    return IdentityRow(new_id(), case_id, row.kind, sealed, row.blind_index, row.proven_at, row.proof)


def _telling(decision: Decision, rows: list[IdentityRow], keep: NewStep) -> Decision:
    """Tell the person whom to ask, on each proven channel: the same words whatever was found."""
    notices = tuple(
        Notice(CHANNEL_OF[row.kind], "whom_to_ask", identity_id=row.id)
        for row in rows
        if row.proven_at is not None and row.kind in CHANNEL_OF
    )
    return msgspec.structs.replace(
        decision, notices=(*decision.notices, *notices), steps=(*decision.steps, keep)
    )
