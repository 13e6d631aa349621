"""Cuts the case of one business from a caller's request: forwarded to it, or told of without saying whose it is."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from dsar.contract import Role
from dsar.domain import routing, watching
from dsar.domain.case import Case, State
from dsar.domain.clock import assist_due
from dsar.domain.deadline import deadline
from dsar.domain.ending import with_closing
from dsar.domain.history import NewEvent, chain
from dsar.domain.profile import Jurisdiction, LoadedProfile
from dsar.domain.routing import Business, Held
from dsar.domain.systems import SystemFacts
from dsar.store import Connection, cases, events, identities, standing
from dsar.store.identities import IdentityRow
from dsar.store.rows import new_id
from dsar.vault import CaseKey, Vault


class Parent(Struct, frozen=True):
    """The person's own case, opened: what a business's case is cut from."""

    case: Case
    key: CaseKey
    identities: list[IdentityRow]
    details: bytes


class Cutting:
    """Writes what a look-up found, each business in turn, within the look-up's transaction."""

    def __init__(self, vault: Vault, profile: LoadedProfile) -> None:
        self._vault = vault
        self._profile = profile

    async def cut(
        self,
        tx: Connection,
        parent: Parent,
        business: Business,
        held: Sequence[Held],
        systems: list[SystemFacts],
        now: datetime,
    ) -> None:
        """One case for one business, as its rule and the profile's say; `held` is what the look-up met for it."""
        if routing.forwards(business, self._profile.profile):
            await self._forward(tx, parent, business, held, systems, now)
        else:
            await self._refer(tx, parent, business, now)

    async def _forward(
        self,
        tx: Connection,
        parent: Parent,
        business: Business,
        held: Sequence[Held],
        systems: list[SystemFacts],
        now: datetime,
    ) -> None:
        """Its own key, its own two clocks, the person's identities, a webhook; then what it said beforehand."""
        profile = self._profile.profile
        received = parent.case.received_at
        assist = assist_due(received, profile.operator.place, working_days=profile.assist.fulfil_working_days)
        case, key = await self._insert(
            tx, parent, business, now, details=parent.details, assist_due_date=assist.due_date
        )
        rows = [_moved(row, case, parent.key, key) for row in parent.identities]
        await identities.insert(tx, rows)
        where = self._where(case)
        watch = watching.begin(
            deadline(received, where, case.right),
            received,
            where,
            case.right,
            assist_due_date=assist.due_date,
            ours=False,
            now=now,
        )
        await cases.apply(tx, case, routing.forwarded(business, watch, held), now)
        await standing.heed(tx, case.id, profile, systems, now)

    async def _refer(self, tx: Connection, parent: Parent, business: Business, now: datetime) -> None:
        """A case without anybody in it, closed as it begins: the business hears that somebody will come."""
        case, _ = await self._insert(tx, parent, business, now, details=None, assist_due_date=None)
        await cases.apply(
            tx, case, with_closing(routing.referred(case, business), self._profile.profile, now), now
        )

    def _where(self, case: Case) -> Jurisdiction:
        """The controller's own statutory clock counts, from our receipt; our promise binds us alone."""
        return msgspec.structs.replace(self._profile.profile.jurisdiction(case.residence), promise=None)

    async def _insert(
        self,
        tx: Connection,
        parent: Parent,
        business: Business,
        now: datetime,
        *,
        details: bytes | None,
        **dates: Any,
    ) -> tuple[Case, CaseKey]:
        own, case_id = parent.case, new_id()
        key, wrapped = self._vault.new_case_key()
        clock = deadline(own.received_at, self._where(own), own.right)
        data = {"right": own.right.value, "parent": str(own.id), "due_date": clock.due_date.isoformat()}
        history = chain(case_id, 0, b"", now, [NewEvent("case.received", "person", data)])
        new = cases.NewCase(
            id=case_id,
            request_id=own.request_id,
            right=own.right,
            role=Role.PROCESSOR.value,
            state=State.AWAITING_CONTROLLER,
            residence=own.residence,
            regime=own.regime,
            received_at=own.received_at,
            due=clock,
            wrapped_key=wrapped,
            sealed_details=key.seal(details, "details") if details is not None else None,
            event_count=len(history),
            event_head=history[-1].hash,
            parent_id=own.id,
            controller_id=business.id,
            tenant=business.tenant,
            **dates,
        )
        await cases.insert(tx, [new], self._profile.hash, now)
        await events.insert(tx, history)
        return await cases.lock(tx, case_id), key


def _moved(row: IdentityRow, case: Case, old: CaseKey, new: CaseKey) -> IdentityRow:
    """The identity for another case, sealed under that case's key. Only what is proven counts there too."""
    sealed = new.seal(old.open(row.sealed, "identity"), "identity")
    return IdentityRow(new_id(), case.id, row.kind, sealed, row.blind_index, row.proven_at, row.proof)
