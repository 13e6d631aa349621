"""The controller's word: an instruction begins, ends or refuses its case. Without one nothing of its is touched."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from msgspec import Struct

from dsar.domain import routing, searching
from dsar.domain.case import AnswerTo, Case, Decision, State
from dsar.domain.controllers import ControllerActor
from dsar.domain.errors import FieldError, InvalidInput, NotFound
from dsar.domain.profile import LoadedProfile
from dsar.domain.routing import Instruction
from dsar.domain.work import NewStep, StepKind
from dsar.outbound import facts
from dsar.store import Database, cases, systems
from dsar.vault import Vault

GROUND_LENGTH_MAX = 500


class Instructed(Struct, frozen=True, forbid_unknown_fields=True):
    """What a controller sends. A refusal and a question need `ground`: why, without personal data.

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
            ground = self._sealed(case, said.ground)
            heard = routing.instructed(case, said.instruction, actor.name, ground, said.answer_to)
            await cases.apply(tx, case, self._with_end(heard, now), now)
            if said.instruction is Instruction.FULFIL:
                case = await cases.lock(tx, case_id)
                configured = facts(await systems.enabled(tx))
                await cases.apply(tx, case, searching.begin(case, self._profile.profile, configured), now)
            after = await cases.one(tx, case_id)
        self._wake()
        return after

    def _sealed(self, case: Case, ground: str) -> str | None:
        """The words may name somebody: the history keeps them sealed, and they go with the case's key."""
        if not ground.strip():
            return None
        return self._vault.case_key(case.wrapped_key).seal(ground.encode(), "ground").hex()

    def _with_end(self, decision: Decision, now: datetime) -> Decision:
        """A case that ends here keeps its key only as long as the profile says."""
        if decision.state is not State.CLOSED:
            return decision
        keep = timedelta(days=self._profile.profile.delivery.close_after_days)
        return msgspec.structs.replace(
            decision, steps=(*decision.steps, NewStep(StepKind.CLOSE, due_at=now + keep))
        )


def _check(said: Instructed) -> None:
    needs = said.instruction in {Instruction.REFUSE, Instruction.NEED_INFORMATION}
    if needs and not said.ground.strip():
        raise InvalidInput(FieldError("ground", "is empty.", "Say why, in a sentence without personal data."))
    if "\x00" in said.ground:  # which Postgres keeps in no text
        raise InvalidInput(
            FieldError("ground", "holds a character that cannot be kept.", "Write it in plain text.")
        )
    if len(said.ground) > GROUND_LENGTH_MAX:
        raise InvalidInput(
            FieldError("ground", "is too long.", f"Use at most {GROUND_LENGTH_MAX} characters.")
        )
