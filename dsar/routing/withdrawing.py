"""A request is taken back: the person's, with all that was cut from it, or one that a controller filed itself."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from dsar.domain import withdrawing
from dsar.domain.case import Case
from dsar.domain.controllers import ControllerActor
from dsar.domain.ending import with_closing
from dsar.domain.errors import NotFound, NotNow
from dsar.domain.history import NewEvent
from dsar.domain.profile import LoadedProfile
from dsar.domain.text import required
from dsar.domain.work import StepKind
from dsar.store import Connection, Database, cases, deliveries, steps
from dsar.vault import Vault


class Withdrawn(Struct, frozen=True):
    """Which cases ended, and which go on: what was answered or ordered is not called back."""

    withdrawn: list[UUID]
    going_on: list[UUID]


class Withdrawing:
    """Takes requests back."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        profile: LoadedProfile,
        now: Callable[[], datetime],
        wake: Callable[[], None],
    ) -> None:
        self._db = db
        self._vault = vault
        self._profile = profile
        self._now = now
        self._wake = wake

    async def by_person(self, staff_id: UUID, case_id: UUID, how: str) -> Withdrawn:
        """The person has taken it back, as a member of staff knows: the case, and those cut from it.

        `how` is kept as a sealed note. Raises NotNow where nothing can be withdrawn any more.
        """
        required("how", how)
        now = self._now()
        async with self._db.write() as tx:
            case = await cases.lock(tx, case_id)
            if case.controller_id is not None and case.parent_id is None:
                raise NotNow("case", "was filed by its controller.", "The controller withdraws it.")
            group = [case, *await cases.lock_cut_from(tx, case_id)]
            ended = await self._withdraw(tx, group, staff_id, how, now)
        self._wake()
        return ended

    async def _withdraw(
        self, tx: Connection, group: Sequence[Case], staff_id: UUID, how: str, now: datetime
    ) -> Withdrawn:
        able = [case for case in group if withdrawing.may(case, ordered=await ordered(tx, case))]
        if not able:
            at_work = (case for case in group if case.state not in withdrawing.ANSWERED)
            one = next(at_work, group[0])
            withdrawing.withdraw(one, "person", ordered=await ordered(tx, one))  # says why not
        for case in able:
            note = NewEvent(
                "note.added", f"staff:{staff_id}", {"note": await self._note(tx, case, staff_id, how, now)}
            )
            await self._end(tx, case, "person", now, note)
        going_on = [case.id for case in group if case not in able and case.state not in withdrawing.ANSWERED]
        return Withdrawn([case.id for case in able], going_on)

    async def _note(self, tx: Connection, case: Case, staff_id: UUID, how: str, now: datetime) -> str:
        sealed = self._vault.case_key(case.wrapped_key).seal(how.encode(), "note")
        return str(await deliveries.add_note(tx, case.id, staff_id, sealed, now))

    async def by_controller(self, actor: ControllerActor, case_id: UUID) -> Case:
        """The controller takes back what it filed; raises NotFound for a case of somebody else's."""
        now = self._now()
        async with self._db.write() as tx:
            case = await cases.lock(tx, case_id)
            if case.controller_id != actor.id:
                raise NotFound("no such case")
            if case.parent_id is not None:
                raise NotNow(
                    "case",
                    "is the person's own request.",
                    "Refuse it with a ground, or deal with it yourself.",
                )
            await self._end(tx, case, actor.name, now)
            after = await cases.one(tx, case_id)
        self._wake()
        return after

    async def _end(self, tx: Connection, case: Case, actor: str, now: datetime, *first: NewEvent) -> None:
        decision = withdrawing.withdraw(case, actor, ordered=await ordered(tx, case))
        decision = msgspec.structs.replace(decision, events=(*first, *decision.events))
        await cases.apply(tx, case, with_closing(decision, self._profile.profile, now), now)


async def ordered(connection: Connection, case: Case) -> bool:
    """Whether any system or person was told to change something."""
    ended = await steps.ended(connection, case.id, StepKind.ORDER, StepKind.BY_HAND)
    return any(step.order is not None for step in ended)
