"""All that an archive is made of but the records themselves, read in one go before the writing begins."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from dsar.bundle.searched import Searched, searched, system_of
from dsar.domain.case import Case
from dsar.domain.profile import LoadedProfile
from dsar.domain.reach import Reach
from dsar.domain.searching import DATED, DESCRIBED
from dsar.domain.work import StepKind
from dsar.store import (
    Connection,
    Database,
    cases,
    content,
    controllers,
    deliveries,
    findings,
    identities,
    steps,
    systems,
)
from dsar.store.findings import SegmentRow
from dsar.store.steps import StepRow


class LeftOut(Struct, frozen=True):
    """A collection that this right does not reach, and why."""

    category: str
    system: str
    collection: str
    records: int
    attachments: int
    reason: str


class Dossier(Struct, frozen=True):
    """One case, ready to be written. `segments` are those whose content may leave now, `everything` all there are.

    `described` is what a system says of a collection, by both keys, `dated` the field that its records are dated by;
    `digest` names what all of it is made from.
    """

    case: Case
    loaded: LoadedProfile
    controller: str
    contact: str
    searched: tuple[Searched, ...]
    segments: tuple[SegmentRow, ...]
    left_out: tuple[LeftOut, ...] = ()
    everything: tuple[SegmentRow, ...] = ()
    described: Mapping[tuple[str, str], str] = {}
    dated: Mapping[tuple[str, str], str] = {}
    number: int = 1
    answered_at: datetime | None = None  # of a supplement: when the answer was ready
    digest: bytes = b""

    @property
    def collected(self) -> list[SegmentRow]:
        """What this archive settles: what is in it, and what stays out of it for good."""
        return [row for row in self.everything if row.bundle_number in {None, self.number}]

    def title_of(self, system_key: str) -> str:
        """A system's name as people know it."""
        return next((s.title for s in self.searched if s.key == system_key), system_key)


async def load(db: Database, loaded: LoadedProfile, case_id: UUID, number: int = 1) -> Dossier:
    """Read a case for its archive of that number: what went out in another stays out. Raises NotFound."""
    async with db.read() as connection:
        known = await cases.one(connection, case_id)
        done = await steps.of_case(connection, case_id)
        everything = sorted(await findings.segments_of_case(connection, case_id), key=_place)
        proofs = [(row.kind, row.proof) for row in await identities.of_case(connection, case_id)]
        titles = await _titles(connection, done)
        controller, contact = await _responsible(connection, known, loaded)
        first = await deliveries.bundle_of_case(connection, case_id) if number > 1 else None
        made_from = await content.of_case(connection, known, loaded, number)
    rows = [row for row in everything if row.bundle_number in {None, number}]
    reach = Reach(known, loaded.profile, proofs)
    reasons = {_collection(row): reach.against(row.category, portable=row.portable) for row in rows}
    return Dossier(
        # Under the number even where the answer goes to the person: the controller may fetch the same archive.
        known.as_shown(),
        loaded,
        controller,
        contact,
        searched(done, rows, titles),
        tuple(row for row in rows if reasons[_collection(row)] is None),
        _left_out(rows, reasons),
        tuple(everything),
        _noted(done, DESCRIBED),
        _noted(done, DATED),
        number,
        first.created_at if first else None,
        made_from.digest,
    )


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


def _noted(done: Sequence[StepRow], what: str) -> dict[tuple[str, str], str]:
    """As the searches noted it, for the system may be set up otherwise by now."""
    return {
        (system_of(step), collection): noted
        for step in done
        if step.kind is StepKind.SEARCH
        for collection, noted in step.detail.get(what, {}).items()
    }


def _place(row: SegmentRow) -> tuple[str, str, str, UUID, int]:
    """The order of the answer, the same under any collation of the database."""
    return (row.category, row.system_key, row.collection, row.step_id, row.seq)


def _collection(row: SegmentRow) -> tuple[str, str, str, bool]:
    return (row.category, row.system_key, row.collection, row.portable)


def _left_out(
    rows: Sequence[SegmentRow], reasons: Mapping[tuple[str, str, str, bool], str | None]
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
