"""One look of staff's into a case: its segments, what decides on them, and who looked."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct

from dsar.domain.case import Case, Decision
from dsar.domain.history import NewEvent
from dsar.domain.profile import LoadedProfile
from dsar.domain.reach import GROUNDS, Reach
from dsar.domain.withholding import Decided, Withholding
from dsar.domain.work import StepKind
from dsar.review.acting import Actor
from dsar.review.opening import Sealed
from dsar.store import (
    Connection,
    Database,
    cases,
    events,
    findings,
    identities,
    redactions,
    steps,
    withholding,
)
from dsar.store.findings import SegmentRow
from dsar.vault import BlobStore, Vault

# One entry for a look, however many pages it turns.
ONE_LOOK = timedelta(hours=1)


class Look(Struct, frozen=True):
    """What one look works with. `unsure` are the steps that collected a match of which only a person was sure."""

    case: Case
    sealed: Sealed
    rows: Sequence[SegmentRow]
    withholding: Withholding
    reach: Reach
    unsure: frozenset[UUID]
    authors: dict[UUID, str]

    def left_out(self, row: SegmentRow) -> str | None:
        """By which provision the whole collection stays out, or None."""
        reason = self.reach.against(row.category, portable=row.portable)
        return GROUNDS[reason] if reason is not None else None

    def is_sure(self, row: SegmentRow) -> bool:
        """Whether the system was sure that it is the person's."""
        return row.step_id not in self.unsure


class Looking:
    """Loads what a look needs; raises VaultError once the case's key was destroyed."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        blobs: BlobStore,
        profile: LoadedProfile,
        now: Callable[[], datetime],
    ) -> None:
        self._db = db
        self._vault = vault
        self._blobs = blobs
        self._profile = profile
        self._now = now

    async def at(self, case_id: UUID, *, also: Sequence[Decided] = ()) -> Look:
        """The case as it stands; `also` counts beside what was decided."""
        async with self._db.read() as connection:
            return await self.within(connection, await cases.one(connection, case_id), also=also)

    async def within(
        self, connection: Connection, case: Case, *, number: int | None = None, also: Sequence[Decided] = ()
    ) -> Look:
        """The same of a case that was read already; with a number, only what that archive holds or would hold."""
        key = self._vault.case_key(case.wrapped_key)
        profile = self._profile.profile
        authors = {row.id: row.author for row in await redactions.of_case(connection, case.id)}
        proofs = [(row.kind, row.proof) for row in await identities.of_case(connection, case.id)]
        rows = await findings.segments_of_case(connection, case.id)
        searches = [row for row in await steps.of_case(connection, case.id) if row.kind is StepKind.SEARCH]
        return Look(
            case,
            Sealed(self._db, self._blobs, key),
            [row for row in rows if number is None or row.bundle_number in {None, number}],
            await withholding.of_case(
                connection, case, profile, key.open, self._vault.blind_index, also=also
            ),
            Reach(case, profile, proofs),
            frozenset(row.id for row in searches if "match" in row.payload),
            authors,
        )

    async def noted(self, actor: Actor, case_id: UUID, type_: str, **data: Any) -> None:
        """Write into the history that somebody looked: once an hour, before anything is shown."""
        now = self._now()
        since = now - ONE_LOOK
        async with self._db.read() as connection:
            if await events.was_since(connection, case_id, type_, actor.name, data, since):
                return
        async with self._db.write() as tx:
            case = await cases.lock(tx, case_id)
            if not await events.was_since(tx, case_id, type_, actor.name, data, since):
                await cases.apply(tx, case, Decision(events=(NewEvent(type_, actor.name, data),)), now)
