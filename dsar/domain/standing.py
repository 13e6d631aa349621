"""Instructions that come before their case: for all of a right (GDPR 28(3)(a): documented), or for one request."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import Struct

from dsar.domain.case import AnswerTo, Case, Decision
from dsar.domain.errors import FieldError, InvalidInput, NotNow
from dsar.domain.history import Event, NewEvent
from dsar.domain.profile import Profile
from dsar.domain.rights import Right
from dsar.domain.routing import Instruction, fulfilled, instructed
from dsar.domain.systems import SystemFacts

AHEAD = "instruction.ahead"


class StandingInstruction(StrEnum):
    """What may be said for all cases of a right to come. A refusal needs its own ground, each time."""

    FULFIL = "fulfil"
    HANDLED_BY_US = "handled_by_us"


class Standing(Struct, frozen=True, kw_only=True):
    """A standing instruction, with who gave it and when."""

    id: UUID
    controller_id: UUID
    rights: tuple[Right, ...]
    instruction: StandingInstruction
    answer_to: AnswerTo | None
    given_by: str
    given_at: datetime
    withdrawn_by: str | None = None
    withdrawn_at: datetime | None = None


class Word(Struct, frozen=True):
    """What a controller has said of a case before it came: who acts in the history, and what it refers to."""

    instruction: Instruction
    answer_to: AnswerTo
    actor: str
    more: dict[str, Any]


def offered(profile: Profile) -> tuple[Right, ...]:
    """The rights that a request of any caller's may name, wherever they live."""
    places = (profile.jurisdiction(key) for key in ("", *profile.residents))
    return tuple(dict.fromkeys(right for place in places for right in place.rights))


def check(new: Standing, in_force: Iterable[Standing], profile: Profile) -> None:
    """Refuse one that names no right of ours, says nothing clear, or says of a right what another one says."""
    there = offered(profile)
    if not new.rights or any(right not in there for right in new.rights):
        choices = ", ".join(right.value for right in there)
        raise InvalidInput(
            FieldError("rights", "are none, or not offered here.", "Choose from: {choices}.", choices=choices)
        )
    if (new.instruction is StandingInstruction.FULFIL) != (new.answer_to is not None):
        raise InvalidInput(
            FieldError(
                "answer_to", "does not go with the instruction.", "It goes with fulfil, and only there."
            )
        )
    if any(set(new.rights) & set(other.rights) for other in in_force):
        raise NotNow("rights", "have a standing instruction already.", "Withdraw that one first.")


def of_right(right: Right, in_force: Iterable[Standing]) -> Word | None:
    """What stands for the right; two never do."""
    for one in in_force:
        if right in one.rights:
            more = {
                "standing": str(one.id),
                "given_by": one.given_by,
                "given_at": one.given_at.isoformat(),
            }
            return Word(
                Instruction(one.instruction.value), one.answer_to or AnswerTo.CONTROLLER, "service", more
            )
    return None


def given_ahead(answer_to: AnswerTo, actor: str) -> NewEvent:
    """A request comes with its instruction, and its person is still to be proven."""
    return NewEvent(AHEAD, actor, {"instruction": Instruction.FULFIL.value, "answer_to": answer_to.value})


def ahead(history: Sequence[Event]) -> Word | None:
    """What came with the request."""
    for event in history:
        if event.type == AHEAD:
            more = {"ahead": event.seq}
            answer_to = AnswerTo(event.data["answer_to"])
            return Word(Instruction(event.data["instruction"]), answer_to, event.actor, more)
    return None


def apply(case: Case, word: Word, profile: Profile, systems: Sequence[SystemFacts]) -> Decision:
    """The case has come to its controller, which has spoken already."""
    heard = instructed(case, word.instruction, word.actor, None, word.answer_to, **word.more)
    return fulfilled(case, heard, profile, systems) if word.instruction is Instruction.FULFIL else heard
