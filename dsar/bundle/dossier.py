"""All that an archive is made of but the records themselves, read in one go before the writing begins."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from dsar.bundle.searched import Searched, searched, system_of
from dsar.contract import Role
from dsar.domain.case import Case
from dsar.domain.identity import IdentityKind, ProofKind
from dsar.domain.profile import LoadedProfile
from dsar.domain.proof import TOO_WEAK, enough
from dsar.domain.rights import Right
from dsar.store import Connection, Database, cases, controllers, findings, identities, steps, systems
from dsar.store.findings import SegmentRow
from dsar.store.steps import StepRow

# Why a collection stays out, and the provision that says so.
PROOF_TOO_WEAK = "proof_too_weak"
GROUNDS = {
    "not_provided_by_the_person": "GDPR 20(1)",
    "not_on_consent_or_contract": "GDPR 20(1)",
    PROOF_TOO_WEAK: TOO_WEAK,
}


class LeftOut(Struct, frozen=True):
    """A collection that this right does not reach, and why."""

    category: str
    system: str
    collection: str
    records: int
    attachments: int
    reason: str


class Dossier(Struct, frozen=True):
    """One case, ready to be written. `segments` are those whose content may leave."""

    case: Case
    loaded: LoadedProfile
    controller: str
    contact: str
    searched: tuple[Searched, ...]
    segments: tuple[SegmentRow, ...]
    left_out: tuple[LeftOut, ...] = ()

    def title_of(self, system_key: str) -> str:
        """A system's name as people know it."""
        return next((s.title for s in self.searched if s.key == system_key), system_key)


async def load(db: Database, loaded: LoadedProfile, case_id: UUID) -> Dossier:
    """Read a case; raises NotFound."""
    async with db.read() as connection:
        # Under the number even where the answer goes to the person: the controller may fetch the same archive.
        case = (await cases.one(connection, case_id)).as_shown()
        done = await steps.of_case(connection, case_id)
        rows = sorted(await findings.segments_of_case(connection, case_id), key=_place)
        proofs = [(row.kind, row.proof) for row in await identities.of_case(connection, case_id)]
        titles = await _titles(connection, done)
        controller, contact = await _responsible(connection, case, loaded)
    weak = _weak(case, loaded, proofs)
    reasons = {
        _collection(row): PROOF_TOO_WEAK if row.category in weak else reason_against(row, case.right, loaded)
        for row in rows
    }
    kept = tuple(row for row in rows if reasons[_collection(row)] is None)
    return Dossier(
        case, loaded, controller, contact, searched(done, rows, titles), kept, _left_out(rows, reasons)
    )


def _weak(
    case: Case, loaded: LoadedProfile, proofs: Sequence[tuple[IdentityKind, ProofKind | None]]
) -> frozenset[str]:
    """The categories for which the person has not proven enough; a controller answers for its own caller."""
    if case.role is not Role.CONTROLLER:
        return frozenset()
    return frozenset(
        key
        for key, category in loaded.profile.categories.items()
        if category.proof is not None and not enough(category.proof, proofs)
    )


def reason_against(row: SegmentRow, right: Right, loaded: LoadedProfile) -> str | None:
    """Why a segment stays out of the answer, or None."""
    if right is not Right.PORTABILITY:
        return None
    # GDPR 20(1): data that the person provided, processed on consent or a contract.
    if not row.portable:
        return "not_provided_by_the_person"
    category = loaded.profile.categories.get(row.category)
    return "not_on_consent_or_contract" if category is not None and not category.portable else None


async def _responsible(connection: Connection, case: Case, loaded: LoadedProfile) -> tuple[str, str]:
    """Who answers for the data, and where to reach them: ourselves, or the customer we process it for."""
    operator = loaded.profile.operator
    if case.controller_id is None:
        return operator.name, operator.contact or operator.name
    controller = await controllers.one(connection, case.controller_id)
    return controller.name, controller.contact_email or controller.name


async def _titles(connection: Connection, done: list[StepRow]) -> dict[str, str]:
    titles = {}
    for key in sorted({system_of(step) for step in done}):
        if (system := await systems.known(connection, key)) is not None:
            titles[key] = system.title
    return titles


def _place(row: SegmentRow) -> tuple[str, str, str, UUID, int]:
    """The order of the answer, the same under any collation of the database."""
    return (row.category, row.system_key, row.collection, row.step_id, row.seq)


def _collection(row: SegmentRow) -> tuple[str, str, str, bool]:
    return (row.category, row.system_key, row.collection, row.portable)


def _left_out(
    rows: list[SegmentRow], reasons: dict[tuple[str, str, str, bool], str | None]
) -> tuple[LeftOut, ...]:
    counts: dict[tuple[str, str, str, bool], tuple[int, int]] = {}
    for row in rows:
        records, attachments = counts.get(_collection(row), (0, 0))
        counts[_collection(row)] = (records + row.records, attachments + row.attachments)
    return tuple(
        LeftOut(*place[:3], *counts[place], reason=reason)
        for place, reason in reasons.items()
        if reason is not None
    )
