"""What a step on one system works with: the case, its proven identities, the open system."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from msgspec import Struct

from dsar.contract import Ref, Session
from dsar.domain.case import Case
from dsar.domain.work import Step
from dsar.outbound import OpenSystem, Systems
from dsar.store import Database, cases, findings, identities, systems
from dsar.store.findings import MatchRow
from dsar.store.identities import IdentityRow
from dsar.store.systems import SystemRow
from dsar.vault import CaseKey, Vault


class Subject(Struct, frozen=True):
    """A case with its key, its proven identities and the system of the step; None when the system was taken out."""

    case: Case
    key: CaseKey
    proven: list[IdentityRow]
    system: SystemRow | None
    matches: list[MatchRow]

    @property
    def refs(self) -> list[Ref]:
        """The proven identities: only these ever lead to an answer."""
        return [Ref(row.kind.value, self.key.open(row.sealed, "identity").decode()) for row in self.proven]

    @property
    def counted(self) -> list[MatchRow]:
        """The matches that the answer rests on and the system knows; of a system that people work, those they found."""
        counted = [match for match in self.matches if match.found.counts]
        return [match for match in counted if not match.found.by_hand] or counted

    def ref_of(self, match: MatchRow) -> Ref:
        """Whom a match is, opened."""
        return msgspec.json.decode(self.key.open(match.sealed_ref, "ref"), type=Ref)


async def load(db: Database, vault: Vault, step: Step) -> Subject:
    """Load what a step on a system needs."""
    system_key = str(step.payload.get("system", step.key))
    async with db.read() as connection:
        case = await cases.one(connection, step.case_id)
        proven = await identities.leading(connection, case)
        system = await systems.one(connection, system_key)
        matches = await findings.matches_of_case(connection, case.id)
    if system is not None and case.role not in system.roles:
        system = None  # changed while the case ran: it holds nothing that this case may touch
    mine = [match for match in matches if match.system_key == system_key]
    return Subject(case, vault.case_key(case.wrapped_key), proven, system, mine)


@asynccontextmanager
async def session_of(open_systems: Systems, vault: Vault, row: SystemRow) -> AsyncIterator[Session]:
    """A session of the system, for as long as one of its places is ours; none while it is not to be asked."""
    async with open_systems.session(opened(vault, row)) as session:
        yield session


def opened(vault: Vault, row: SystemRow) -> OpenSystem:
    """A system with its settings opened."""
    return OpenSystem.of(row, vault.open(row.settings, "system"))
