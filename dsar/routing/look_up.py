"""Finds whose caller the person is, without a trace to the person, and has a case cut for each business."""

from collections.abc import Callable
from datetime import datetime

import msgspec
from msgspec import Struct

from dsar.contract import Ref, Role, Session, TenantHit
from dsar.domain import routing
from dsar.domain.case import Decision, Notice
from dsar.domain.ending import with_closing
from dsar.domain.identity import CHANNEL_OF, IdentityKind
from dsar.domain.profile import LoadedProfile
from dsar.domain.routing import Business, Held
from dsar.domain.work import Done, Step, StepOutcome
from dsar.outbound import OpenSystem, Systems, facts
from dsar.routing.cutting import Cutting, Parent
from dsar.store import Database, cases, controllers, identities, systems
from dsar.store.identities import IdentityRow
from dsar.store.systems import SystemRow
from dsar.vault import Vault


class Named(Struct, frozen=True):
    """The part of the sealed details that routing needs."""

    business: str = ""
    number_called: str | None = None


_Met = dict[str, list[Held]]  # by tenant; a store that does not count says only whose the caller is


class _Loaded(Struct, frozen=True):
    parent: Parent
    configured: list[SystemRow]
    known: list[Business]

    @property
    def call_stores(self) -> list[SystemRow]:
        """The systems that can say whose a caller is."""
        able = {
            fact.key for fact in facts(self.configured) if fact.knows_tenants and Role.PROCESSOR in fact.roles
        }
        return [row for row in self.configured if row.key in able]


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
        self._cutting = Cutting(vault, profile)

    async def look_up(self, step: Step) -> None:
        """Look, decide, and write every case that comes of it in one transaction."""
        loaded = await self._load(step)
        found, held = await self._businesses(loaded)
        now = self._now()
        asked = [system.key for system in loaded.call_stores]
        profile = self._profile.profile
        async with self._db.settle(step, Done(StepOutcome.DONE, {"systems": len(asked)}), now) as tx:
            case = await cases.lock(tx, step.case_id)
            decision = routing.after_look_up(case, profile, found, asked)
            if decision.state is None:
                return
            promised = routing.promised(loaded.known, profile)
            told = _telling(decision, loaded.parent.identities, promised)
            await cases.apply(tx, case, with_closing(told, profile, now), now)
            configured = facts(loaded.configured)
            for business in found:
                met = held.get(business.tenant, ())
                await self._cutting.cut(tx, loaded.parent, business, met, configured, now)

    async def _load(self, step: Step) -> _Loaded:
        async with self._db.read() as connection:
            case = await cases.one(connection, step.case_id)
            rows = await identities.of_case(connection, case.id)
            sealed = await cases.sealed_details(connection, case.id)
            configured = await systems.enabled(connection)
            known = await controllers.businesses(connection)
        key = self._vault.case_key(case.wrapped_key)
        details = key.open(sealed, "details") if sealed else b"{}"
        return _Loaded(Parent(case, key, rows, details), configured, known)

    async def _businesses(self, loaded: _Loaded) -> tuple[list[Business], _Met]:
        """The one that the person named; else, and where the words fit several, those whose store knows the number."""
        said = msgspec.json.decode(loaded.parent.details, type=Named)
        region = self._profile.profile.operator.country
        named = routing.named(said.business, said.number_called, loaded.known, region)
        if len(named) == 1:
            return named, {}
        met = await self._tenants(loaded)
        return routing.held_by(named or loaded.known, met.keys()), met

    async def _tenants(self, loaded: _Loaded) -> _Met:
        key = loaded.parent.key
        refs = [
            Ref(row.kind.value, key.open(row.sealed, "identity").decode())
            for row in loaded.parent.identities
            if row.proven_at is not None and row.kind is IdentityKind.PHONE
        ]
        met: _Met = {}
        for row in loaded.call_stores:
            system = OpenSystem.of(row, self._vault.open(row.settings, "system"))
            async with self._systems.session(system) as session:
                for tenant, hit in {h.tenant: h async for h in session.tenants(refs)}.items():
                    met.setdefault(tenant, []).extend(_held(row.key, hit, session))
        return met


def _held(system_key: str, hit: TenantHit, session: Session) -> list[Held]:
    return [
        Held(system_key, name, session.collections[name].category, records)
        for name, records in hit.counts.items()
        if name in session.collections
    ]


def _telling(decision: Decision, rows: list[IdentityRow], promised: str) -> Decision:
    """Tell the person whom to ask, on each proven channel: the same words whatever was found."""
    notices = tuple(
        Notice(CHANNEL_OF[row.kind], "whom_to_ask", identity_id=row.id, facts={"promised": promised})
        for row in rows
        if row.proven_at is not None and row.kind in CHANNEL_OF
    )
    return msgspec.structs.replace(decision, notices=(*decision.notices, *notices))
