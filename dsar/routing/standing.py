"""A controller's standing instructions: given, withdrawn, kept with who did it and when, GDPR 28(3)(a)."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from dsar.domain.case import AnswerTo
from dsar.domain.controllers import ControllerActor
from dsar.domain.errors import NotNow
from dsar.domain.profile import LoadedProfile
from dsar.domain.rights import Right
from dsar.domain.standing import Standing, StandingInstruction, check
from dsar.store import Connection, Database, controllers, standing
from dsar.store.rows import new_id


class NewStanding(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a controller sends: `fulfil` with `answer_to`, or `handled_by_us`, for every case of these rights."""

    rights: tuple[Right, ...]
    instruction: StandingInstruction
    answer_to: AnswerTo | None = None


class Standings:
    """Takes and withdraws standing instructions. A case that waits already is not touched by one."""

    def __init__(self, db: Database, profile: LoadedProfile, now: Callable[[], datetime]) -> None:
        self._db = db
        self._profile = profile
        self._now = now

    async def of_controller(self, actor: ControllerActor) -> list[Standing]:
        """All that were given, those in force first."""
        async with self._db.as_controller(actor.id) as connection:
            return await standing.of_controller(connection, actor.id)

    async def give(self, tx: Connection, actor: ControllerActor, given: NewStanding) -> Standing:
        """Give one, in the caller's transaction; raises NotNow where one stands for the right already."""
        answer_to = given.answer_to
        if given.instruction is StandingInstruction.FULFIL and answer_to is None:
            answer_to = AnswerTo.CONTROLLER
        new = Standing(
            id=new_id(),
            controller_id=actor.id,
            rights=tuple(dict.fromkeys(given.rights)),
            instruction=given.instruction,
            answer_to=answer_to,
            given_by=actor.name,
            given_at=self._now(),
        )
        await controllers.lock(tx, actor.id)  # two that are given at once must not both be the first
        check(new, await standing.in_force(tx, actor.id), self._profile.profile)
        await standing.add(tx, new)
        return new

    async def withdraw(self, actor: ControllerActor, standing_id: UUID) -> Standing:
        """Withdraw one; what it began goes on, and it is kept."""
        async with self._db.write() as tx:
            await standing.one(tx, standing_id, actor.id)
            if not await standing.withdraw(tx, standing_id, actor.id, actor.name, self._now()):
                raise NotNow("standing instruction", "was withdrawn already.", "Look at the list.")
            return await standing.one(tx, standing_id, actor.id)
