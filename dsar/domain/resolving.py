"""What a person decides on a right that no order carries out by itself, and all that follows from it."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct

from dsar.contract import OrderKind
from dsar.domain.case import Case, Decision, Outcome, State
from dsar.domain.errors import FieldError, InvalidInput, NotNow
from dsar.domain.history import NewEvent
from dsar.domain.profile import Profile
from dsar.domain.recipients import tell_steps
from dsar.domain.rights import Right
from dsar.domain.searching import Found
from dsar.domain.systems import SystemFacts
from dsar.domain.work import NewStep, StepKind

CORRECTIONS_MAX = 50


class RestrictionGround(StrEnum):
    """Why processing is restricted."""

    DISPUTED = "18(1)(a)"  # GDPR 18(1)(a): the person disputes that it is right
    UNLAWFUL = "18(1)(b)"  # GDPR 18(1)(b): unlawful, and the person wants no erasure
    CLAIMS = "18(1)(c)"  # GDPR 18(1)(c): the person needs it for legal claims
    OBJECTED = "18(1)(d)"  # GDPR 18(1)(d): an objection is being weighed


class Correction(Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of one collection of one system: the fields that change, with their new values."""

    system: str
    collection: str
    values: dict[str, Any]


class RefusedPart(Struct, frozen=True, forbid_unknown_fields=True):
    """A part that is not done: what, on which ground of law, and why in words, GDPR 12(4)."""

    what: str
    ground: str
    text: str


class Rectify(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="rectify"):
    """GDPR 16, Civ. 1798.106: these fields are wrong, and this is right."""

    corrections: tuple[Correction, ...]
    refused: tuple[RefusedPart, ...] = ()


class Restrict(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="restrict"):
    """GDPR 18(1): what was found is kept and not used."""

    ground: RestrictionGround


class Weigh(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="weigh"):
    """GDPR 21(1): `stop` ends the use; `continue` needs compelling grounds, which the controller shows."""

    outcome: Literal["stop", "continue"]
    reasons: str
    categories: tuple[str, ...] = ()


class Review(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="review"):
    """GDPR 22(3): a person, named by their key, has looked at what a machine decided."""

    outcome: Literal["confirmed", "changed"]
    reasons: str


Resolution = Rectify | Restrict | Weigh | Review

RIGHTS: dict[type[Struct], frozenset[Right]] = {
    Rectify: frozenset({Right.RECTIFICATION, Right.CORRECT}),
    Restrict: frozenset({Right.RESTRICTION}),
    Weigh: frozenset({Right.OBJECTION}),
    Review: frozenset({Right.AUTOMATED_DECISION}),
}


class Kept(Struct, frozen=True):
    """A decision as it stands in the case: its id, whose it was."""

    id: UUID
    actor: str


def task_of(case: Case) -> str:
    """The key of the task that a decision ends."""
    return "weighing" if case.right is Right.OBJECTION else case.right.value


def fits(case: Case, resolution: Resolution, profile: Profile, found: Sequence[Found]) -> None:
    """Refuse a decision of another right, one that comes too early, and one that names what is not there."""
    if case.right not in RIGHTS[type(resolution)]:
        raise InvalidInput(
            FieldError("kind", "decides another right.", f"This case is about {case.right.value}.")
        )
    wanted = State.ACTING if case.right is Right.OBJECTION else State.IN_REVIEW
    if case.state is not wanted:
        raise NotNow("case", f"is {case.state.value}.", f"A decision is taken while it is {wanted.value}.")
    if any(match.open for match in found):
        raise NotNow("matches", "are not all decided.", "Accept or reject each one first.")
    if isinstance(resolution, Rectify):
        _check_corrections(resolution, found)
    if isinstance(resolution, Weigh):
        unknown = [key for key in resolution.categories if key not in profile.categories]
        if unknown:
            there = ", ".join(profile.categories)
            raise InvalidInput(FieldError("categories", "names one that is unknown.", f"Use: {there}."))


def _check_corrections(resolution: Rectify, found: Sequence[Found]) -> None:
    held = sorted({match.system_key for match in found if match.counts})
    if not resolution.corrections and not resolution.refused:
        raise InvalidInput(
            FieldError("corrections", "is empty.", "Name what is corrected, or refuse the request.")
        )
    if len(resolution.corrections) > CORRECTIONS_MAX:
        raise InvalidInput(FieldError("corrections", "are too many.", f"Give at most {CORRECTIONS_MAX}."))
    for number, correction in enumerate(resolution.corrections):
        if correction.system not in held:
            there = f"The person was found in: {', '.join(held) or 'none'}."
            raise InvalidInput(
                FieldError(f"corrections[{number}].system", "does not hold the person.", there)
            )
        if not correction.values:
            raise InvalidInput(
                FieldError(f"corrections[{number}].values", "is empty.", "Give each field its right value.")
            )


def resolved(
    case: Case,
    resolution: Resolution,
    kept: Kept,
    profile: Profile,
    found: Sequence[Found],
    systems: Sequence[SystemFacts],
) -> Decision:
    """What the decision sets going. The task that waited for it is ended beside."""
    event = NewEvent("case.decided", kept.actor, _data(resolution, kept))
    match resolution:
        case Rectify():
            steps = tuple(_corrections(resolution, kept, systems))
        case Restrict():
            steps = tuple(_restrictions(found, systems, "restrict"))
        case Weigh(outcome="stop"):
            steps = tuple(_hand(f"stop:{key}", case) for key in resolution.categories)
        case Weigh():
            # GDPR 21(1): the rest is refused; direct marketing has stopped all the same
            return Decision(outcome=Outcome.REFUSED, events=(event,))
        case Review():
            steps = ()
    # GDPR 19: every rectification and restriction is told to each recipient
    if not isinstance(resolution, Weigh | Review):
        steps = (*steps, *tell_steps(profile, case))
    if case.state is State.IN_REVIEW and not steps:
        return Decision(State.ANSWERING, events=(event,), steps=(NewStep(StepKind.ANSWER),))
    return Decision(State.ACTING, events=(event,), steps=steps)


def _data(resolution: Resolution, kept: Kept) -> dict[str, Any]:
    """What may lie open of a decision: codes, never words or values."""
    data: dict[str, Any] = {"decision": str(kept.id), "kind": type(resolution).__name__.lower()}
    match resolution:
        case Rectify():
            data["fields"] = {c.system: sorted(c.values) for c in resolution.corrections}
            data["refused"] = len(resolution.refused)
        case Restrict():
            data["ground"] = f"GDPR {resolution.ground.value}"
        case Weigh() | Review():
            data["outcome"] = resolution.outcome
    return data


def _corrections(resolution: Rectify, kept: Kept, systems: Sequence[SystemFacts]) -> Iterable[NewStep]:
    able = {system.key for system in systems if OrderKind.RECTIFY in system.orders}
    for number, correction in enumerate(resolution.corrections):
        key = f"{correction.system}:rectify:{number}"
        payload: dict[str, str | int | bool] = {
            "system": correction.system,
            "order": "rectify",
            "decision": str(kept.id),
            "part": number,
        }
        if correction.system in able:
            yield NewStep(StepKind.ORDER, key, payload)
        else:
            yield NewStep(StepKind.BY_HAND, f"rectify:{key}", payload, by_hand=True)


def _restrictions(found: Sequence[Found], systems: Sequence[SystemFacts], order: str) -> Iterable[NewStep]:
    able = {system.key for system in systems if OrderKind.RESTRICT in system.orders}
    for key in sorted({match.system_key for match in found if match.counts}):
        payload: dict[str, str | int | bool] = {"system": key, "order": order}
        if key in able:
            yield NewStep(StepKind.ORDER, f"{key}:{order}", payload)
        else:
            yield NewStep(StepKind.BY_HAND, f"{order}:{key}", payload, by_hand=True)


def lift_steps(found: Sequence[Found], systems: Sequence[SystemFacts]) -> tuple[NewStep, ...]:
    """The orders that end a restriction, for when the person has been told: GDPR 18(3)."""
    return tuple(_restrictions(found, systems, "lift"))


def _hand(key: str, case: Case) -> NewStep:
    return NewStep(StepKind.BY_HAND, key, {"right": case.right.value}, by_hand=True)
