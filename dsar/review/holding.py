"""Legal holds set by hand: placed with a reason, an owner and a day of review, and lifted by a person."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from uuid import UUID

from dsar.domain.case import Decision, State
from dsar.domain.errors import FieldError, InvalidInput
from dsar.domain.history import NewEvent
from dsar.domain.legal_holds import LegalHold, LegalHoldKind, check_review
from dsar.domain.placing import HeldCase, HeldCollection, NewLegalHold, Placed, hold_of
from dsar.domain.profile import LoadedProfile
from dsar.domain.releasing import Release, release_step
from dsar.domain.text import required
from dsar.domain.work import NewStep
from dsar.review.acting import Actor
from dsar.store import Connection, Database, cases, holds, legal_holds, steps, systems
from dsar.store.rows import new_id
from dsar.vault import Vault


class Holding:
    """Sets and lifts holds. Which of them an erasure meets is looked up when it is carried out, not here."""

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

    async def place(self, actor: Actor, new: NewLegalHold) -> UUID:
        """Set a hold; the actor owns it."""
        now = self._now()
        required("reason", new.reason)
        check_review(new.review_on, self._today())
        placed = Placed(new_id(), actor.id, now)
        hold = hold_of(new, placed, self._profile.profile.operator.country, self._vault.blind_index)
        async with self._db.write() as tx:
            await _refuse_unknown(tx, new)
            await legal_holds.insert(tx, hold)
            event = NewEvent("hold.placed", actor.name, {"hold": str(hold.id), "kind": hold.kind.value})
            for case_id in await _cases_of(tx, hold):
                await _note(tx, hold, case_id, event, now)
        return hold.id

    async def page(
        self, *, due: bool, standing: bool, after: UUID | None, page_size: int
    ) -> Sequence[LegalHold]:
        """Holds, oldest first; with `due`, those whose day of review has come."""
        async with self._db.read() as connection:
            return await legal_holds.page(
                connection,
                standing=standing,
                review_until=self._today() if due else None,
                after_id=after,
                page_size=page_size,
            )

    async def lift(self, actor: Actor, hold_id: UUID) -> None:
        """End a hold: what it kept is erased by itself, unless another hold or a statute keeps it."""
        now = self._now()
        async with self._db.write() as tx:
            hold = await legal_holds.lift(tx, hold_id, actor.id, now)
            event = NewEvent("hold.lifted", actor.name, {"hold": str(hold.id), "kind": hold.kind.value})
            concerned = await _cases_of(tx, hold)
            held = await holds.for_claims(tx, concerned)
            waiting = await steps.waiting_for_hold(tx, hold.id)
            for case_id in sorted({*concerned, *(case_id for case_id, _ in waiting)}):
                kept = {system for at, system in held if at == case_id}
                again = [step_id for at, step_id in waiting if at == case_id]
                await _note(tx, hold, case_id, event, now, always=bool(kept or again))
                for step_id in again:
                    await steps.retry(tx, step_id, case_id, now)
                await steps.insert(tx, [(case_id, self._release(hold, key)) for key in sorted(kept)], now)
        self._wake()

    def _release(self, hold: LegalHold, system_key: str) -> NewStep:
        return release_step(Release(system_key, lifted=hold.id), self._profile.profile.operator.timezone)

    def _today(self) -> date:
        return self._profile.profile.operator.place.local_date(self._now())


async def _refuse_unknown(tx: Connection, new: NewLegalHold) -> None:
    if isinstance(new, HeldCase):
        await cases.one(tx, new.case_id)  # raises NotFound
    if isinstance(new, HeldCollection):
        if await systems.one(tx, new.system) is None:
            raise InvalidInput(
                FieldError("system", "is unknown.", "`dsar connector check` lists the systems.")
            )
        required("collection", new.collection)


async def _cases_of(tx: Connection, hold: LegalHold) -> list[UUID]:
    """The cases that a hold on a case or a person concerns, oldest first."""
    if hold.kind is LegalHoldKind.CASE and hold.case_id is not None:
        return [hold.case_id]
    if hold.kind is LegalHoldKind.PERSON and hold.blind_index is not None:
        return await legal_holds.cases_of_person(tx, hold.blind_index)
    return []


async def _note(
    tx: Connection, hold: LegalHold, case_id: UUID, event: NewEvent, now: datetime, *, always: bool = False
) -> None:
    """Into the history of a case that is open, and of a closed one that the hold is about or keeps something of."""
    case = await cases.lock(tx, case_id)
    if always or hold.kind is LegalHoldKind.CASE or case.state is not State.CLOSED:
        await cases.apply(tx, case, Decision(events=(event,)), now)
