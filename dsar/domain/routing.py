"""Whose the request is: cut into cases by right, role and tenant, and a caller's sent on to the business."""

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from dsar.contract import Role
from dsar.domain.case import Case, Decision, Outcome, State, close
from dsar.domain.errors import NotNow
from dsar.domain.history import NewEvent
from dsar.domain.profile import CallersRule, Profile
from dsar.domain.rights import Relation, Right


class Cut(Struct, frozen=True):
    """One case to be made of a request."""

    right: Right
    role: Role


class Business(Struct, frozen=True):
    """A customer-controller as routing sees it."""

    id: UUID
    name: str
    tenant: str
    telephone_numbers: tuple[str, ...] = ()


class Instruction(StrEnum):
    """What a controller may tell its processor, GDPR 28(3)(a)."""

    FULFIL = "fulfil"
    REFUSE = "refuse"
    HANDLED_BY_US = "handled_by_us"
    NEED_INFORMATION = "need_information"


def cut(rights: Sequence[Right], relations: Sequence[Relation], profile: Profile) -> list[Cut]:
    """One case per right and role: what the operator answers itself, and what a business must.

    A person can be in both: an account user whose calls are processed for the employer.
    """
    held = {Role.CONTROLLER: profile.controller_for, Role.PROCESSOR: profile.processor_for}
    roles = [role for role, known in held.items() if any(relation in known for relation in relations)]
    return [Cut(right, role) for right in dict.fromkeys(rights) for role in roles]


def named(words: str, number_called: str | None, businesses: Sequence[Business]) -> list[Business]:
    """The customers that the person named, by name as people write it or by the number called."""
    wanted = _plain(words)
    return [
        business
        for business in businesses
        if (wanted and _plain(business.name) == wanted)
        or (number_called is not None and number_called in business.telephone_numbers)
    ]


def _plain(name: str) -> str:
    return "".join(ch for ch in name.casefold() if ch.isalnum())


def after_look_up(
    case: Case, profile: Profile, businesses: Sequence[Business], systems: Sequence[str]
) -> Decision:
    """The look-up is through. The person is told whom to ask, in the same words whatever was found."""
    if case.state is not State.ROUTING:
        return Decision()
    searched = NewEvent(
        "routing.looked_up", data={"systems": list(systems), "businesses": [str(b.id) for b in businesses]}
    )
    forwarded = profile.callers is CallersRule.FORWARD
    return close(Outcome.REFERRED, searched, NewEvent("person.referred", data={"forwarded": forwarded}))


def instructed(case: Case, instruction: Instruction, actor: str, sealed_ground: str | None) -> Decision:
    """The controller's answer, but for `fulfil`, which `searching.begin` carries on from."""
    if case.state is not State.AWAITING_CONTROLLER:
        raise NotNow(
            "instruction",
            f"came when the case is {case.state.value}.",
            "An instruction is taken while the case waits for its controller, once.",
        )
    heard = NewEvent(
        "controller.instructed", actor, {"instruction": instruction.value, "sealed_ground": sealed_ground}
    )
    if instruction is Instruction.HANDLED_BY_US:
        return close(Outcome.HANDLED_BY_CONTROLLER, heard)
    if instruction is Instruction.REFUSE:
        return close(Outcome.REFUSED, heard)
    return Decision(events=(heard,))
