"""The controller's word: an instruction begins, ends or refuses its case. Without one nothing of its is touched."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from dsar.domain import information, routing
from dsar.domain.case import AnswerTo, Case, Decision, State
from dsar.domain.controllers import ControllerActor
from dsar.domain.ending import with_closing
from dsar.domain.errors import FieldError, InvalidInput, NotFound
from dsar.domain.profile import LoadedProfile
from dsar.domain.routing import Instruction
from dsar.domain.standing import given_ahead
from dsar.domain.text import required
from dsar.outbound import facts
from dsar.routing.asking import question_to_person
from dsar.store import Connection, Database, cases, events, standing, steps, systems
from dsar.vault import Vault

GROUND_LENGTH_MAX = 500
GROUND = "ground"  # the purpose that a controller's words are sealed for


class Instructed(Struct, frozen=True, forbid_unknown_fields=True):
    """What a controller sends. A refusal and a question need `ground`: why, or what the person is to be asked.

    `answer_to` counts where it says `fulfil`: to itself, or to the person straight away.
    """

    instruction: Instruction
    ground: str = ""
    answer_to: AnswerTo = AnswerTo.CONTROLLER


class Instructing:
    """Takes instructions."""

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

    async def instruct(self, actor: ControllerActor, case_id: UUID, said: Instructed) -> Case:
        """Carry an instruction into its case; raises NotFound for a case of somebody else's."""
        _check(said)
        now = self._now()
        async with self._db.write() as tx:
            case = await cases.lock(tx, case_id)
            if case.controller_id != actor.id:
                raise NotFound("no such case")
            after = await self.hear(tx, case, actor.name, said, now)
        self._wake()
        return after

    async def hear(self, tx: Connection, case: Case, actor: str, said: Instructed, now: datetime) -> Case:
        """Carry an instruction into a locked case, in the caller's transaction; returns the case as it is then."""
        decision = await self._decided(tx, case, actor, said, now)
        if decision.state not in {None, State.AWAITING_CONTROLLER}:
            # A question that is still out has no use any more, and would hold up the answer.
            await steps.drop_questions(tx, case.id, now)
        await cases.apply(tx, case, with_closing(decision, self._profile.profile, now), now)
        return await cases.one(tx, case.id)

    async def filed(
        self, tx: Connection, case_ids: Sequence[UUID], actor: str, answer_to: AnswerTo | None
    ) -> None:
        """Its controller has just filed these cases: with the instruction to fulfil them for somebody, or without.

        Where the person is still to be proven, the instruction waits in the history until they are.
        """
        now, profile = self._now(), self._profile.profile
        for case_id in case_ids:
            case = await cases.lock(tx, case_id)
            if answer_to is None and case.state is State.AWAITING_CONTROLLER:
                await standing.heed(tx, case_id, profile, facts(await systems.enabled(tx)), now)
            elif answer_to is not None and case.state is State.AWAITING_CONTROLLER:
                said = Instructed(Instruction.FULFIL, answer_to=answer_to)
                await self.hear(tx, case, actor, said, now)
            elif answer_to is not None:
                await cases.apply(tx, case, Decision(events=(given_ahead(answer_to, actor),)), now)

    async def _decided(
        self, tx: Connection, case: Case, actor: str, said: Instructed, now: datetime
    ) -> Decision:
        ground = self._sealed(case, said.ground)
        heard = routing.instructed(case, said.instruction, actor, ground, said.answer_to)
        if said.instruction is Instruction.FULFIL:
            configured = facts(await systems.enabled(tx))
            return routing.fulfilled(case, heard, self._profile.profile, configured)
        if said.instruction is Instruction.NEED_INFORMATION:
            number = information.may_ask(await events.of_case(tx, case.id))
            return information.asked(
                heard, number, await question_to_person(tx, self._vault, case, said.ground, now)
            )
        return heard

    def _sealed(self, case: Case, ground: str) -> str | None:
        """The words may name somebody: the history keeps them sealed, and they go with the case's key."""
        if not ground.strip() or case.wrapped_key is None:
            return None
        return self._vault.case_key(case.wrapped_key).seal(ground.encode(), GROUND).hex()


def _check(said: Instructed) -> None:
    needs = said.instruction in {Instruction.REFUSE, Instruction.NEED_INFORMATION}
    if needs and not said.ground.strip():
        raise InvalidInput(FieldError("ground", "is empty.", "Say why, or what to ask, in a sentence."))
    if len(said.ground) > GROUND_LENGTH_MAX:
        raise InvalidInput(
            FieldError("ground", "is too long.", "Use at most {limit} characters.", limit=GROUND_LENGTH_MAX)
        )
    if said.ground.strip():
        required("ground", said.ground)
