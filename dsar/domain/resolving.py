"""What follows from a person's decision: whether it fits its case, and all that it sets going."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct, structs

from dsar.contract import OrderKind, Role
from dsar.domain.case import Case, Decision, Outcome, State
from dsar.domain.errors import FieldError, InvalidInput, NotNow
from dsar.domain.history import NewEvent
from dsar.domain.profile import Profile
from dsar.domain.recipients import tell_steps
from dsar.domain.resolution import RIGHTS, Rectify, Resolution, Restrict, Review, Weigh
from dsar.domain.rights import Right
from dsar.domain.searching import Ended, Found
from dsar.domain.systems import SystemFacts
from dsar.domain.work import NewStep, StepKind, StepOutcome

LIFTED_FROM = "from"  # in a step's payload; neither a retry nor a person brings it forward


class Kept(Struct, frozen=True):
    """A decision as it stands in the case: its id, whose it was."""

    id: UUID
    actor: str


class Held(Struct, frozen=True):
    """Where the person is: `by_order`, as systems know them; `by_hand`, where a person looked and found them."""

    by_order: frozenset[str]
    by_hand: frozenset[str] = frozenset()

    @property
    def all(self) -> list[str]:
        """Every system that holds the person."""
        return sorted(self.by_order | self.by_hand)


def held(found: Sequence[Found], searches: Sequence[Ended]) -> Held:
    """Read from the matches that count, and from the searches that a person did instead of the service."""
    known = frozenset(match.system_key for match in found if match.counts and not match.by_hand)
    seen = frozenset(match.system_key for match in found if match.counts and match.by_hand)
    # Of before a person's finding was a match of its own.
    looked = frozenset(step.system_key for step in searches if step.outcome is StepOutcome.DONE)
    return Held(known, (seen | looked) - known)


def task_of(case: Case) -> str:
    """The key of the task that a decision ends."""
    return "weighing" if case.right is Right.OBJECTION else case.right.value


def fits(case: Case, resolution: Resolution, profile: Profile, found: Sequence[Found], where: Held) -> None:
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
    match resolution:
        case Rectify():
            _reaches(resolution, where.all)
        case Restrict() if not where.all:
            raise NotNow("case", "found nobody to restrict.", "Finish its task with no_match, or refuse it.")
        case Weigh():
            _weighable(case, resolution, profile)


def _reaches(resolution: Rectify, held: Sequence[str]) -> None:
    for number, correction in enumerate(resolution.corrections):
        if correction.system not in held:
            there = f"The person was found in: {', '.join(held) or 'none'}."
            raise InvalidInput(
                FieldError(f"corrections[{number}].system", "does not hold the person.", there)
            )


def _weighable(case: Case, resolution: Weigh, profile: Profile) -> None:
    if case.role is Role.PROCESSOR and resolution.outcome == "continue":
        # GDPR 28(3)(a): the controller weighs, and it has instructed us to do what the person asks
        raise InvalidInput(
            FieldError("outcome", "is the controller's to decide.", "Stop, or ask the controller.")
        )
    if any(key not in profile.categories for key in resolution.categories):
        there = ", ".join(profile.categories)
        raise InvalidInput(FieldError("categories", "names one that is unknown.", f"Use: {there}."))


def resolved(
    case: Case,
    resolution: Resolution,
    kept: Kept,
    profile: Profile,
    where: Held,
    systems: Sequence[SystemFacts],
) -> Decision:
    """What the decision sets going. The task that waited for it is ended beside."""
    event = NewEvent("case.decided", kept.actor, _data(resolution, kept))
    match resolution:
        case Rectify(corrections=()):
            # GDPR 12(4): every part of it is refused, so all of it is
            answer = (NewStep(StepKind.ANSWER),)
            return Decision(State.ANSWERING, Outcome.REFUSED, events=(event,), steps=answer)
        case Rectify():
            # GDPR 19: every rectification and restriction is told to each recipient
            steps = (*_corrections(resolution, kept, where, systems), *tell_steps(profile, case))
        case Restrict():
            steps = (*_restrictions(where, systems, "restrict"), *tell_steps(profile, case))
        case Weigh(outcome="stop"):
            steps = tuple(_hand(f"stop:{key}", case) for key in dict.fromkeys(resolution.categories))
        case Weigh():
            # GDPR 21(1): the rest is refused; direct marketing has stopped all the same
            return Decision(outcome=Outcome.REFUSED, events=(event,))
        case Review():
            return Decision(State.ANSWERING, events=(event,), steps=(NewStep(StepKind.ANSWER),))
    return Decision(State.ACTING, events=(event,), steps=steps)


def _data(resolution: Resolution, kept: Kept) -> dict[str, Any]:
    """What may lie open of a decision: codes and names of fields, never words or values."""
    data: dict[str, Any] = {"decision": str(kept.id), "kind": type(resolution).__name__.lower()}
    match resolution:
        case Rectify():
            fields: dict[str, set[str]] = {}
            for one in resolution.corrections:
                fields.setdefault(one.system, set()).update(one.values)
            data["fields"] = {system: sorted(names) for system, names in fields.items()}
            data["refused"] = [part.ground.law for part in resolution.refused]
        case Restrict():
            data["ground"] = f"GDPR {resolution.ground.value}"
        case Weigh() | Review():
            data["outcome"] = resolution.outcome
    return data


def _corrections(
    resolution: Rectify, kept: Kept, where: Held, systems: Sequence[SystemFacts]
) -> Iterable[NewStep]:
    able = _able(where, systems, OrderKind.RECTIFY)
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


def _able(where: Held, systems: Sequence[SystemFacts], order: OrderKind) -> set[str]:
    """Those that take such an order and know whom it is about."""
    return {
        system.key
        for system in systems
        if order in system.orders
        and (system.key in where.by_order or (system.by_hand and system.key in where.by_hand))
    }


def _restrictions(where: Held, systems: Sequence[SystemFacts], order: str) -> Iterable[NewStep]:
    able = _able(where, systems, OrderKind.RESTRICT)
    for key in where.all:
        payload: dict[str, str | int | bool] = {"system": key, "order": order}
        if key in able:
            yield NewStep(StepKind.ORDER, f"{key}:{order}", payload)
        else:
            yield NewStep(StepKind.BY_HAND, f"{order}:{key}", payload, by_hand=True)


def lift_steps(where: Held, systems: Sequence[SystemFacts], begins: datetime) -> Iterator[NewStep]:
    """The orders that end a restriction from a time on, which the person has been told: GDPR 18(3)."""
    by_hand = NewStep(StepKind.BY_HAND, "lift", {"order": "lift"}, by_hand=True)  # no system knows of it
    for step in tuple(_restrictions(where, systems, "lift")) or (by_hand,):
        payload = {**step.payload, LIFTED_FROM: begins.isoformat()}
        yield structs.replace(step, payload=payload, due_at=begins)


def may_lift_from(payload: Mapping[str, Any]) -> datetime | None:
    """From when on a step may end a restriction; None where it is about something else."""
    return datetime.fromisoformat(payload[LIFTED_FROM]) if payload.get("order") == "lift" else None


def _hand(key: str, case: Case) -> NewStep:
    return NewStep(StepKind.BY_HAND, key, {"right": case.right.value}, by_hand=True)
