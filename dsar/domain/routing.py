"""Whose the request is: cut into cases by right, role and tenant, and a caller's sent on to the business."""

from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from dsar.contract import Role
from dsar.domain import searching, telling
from dsar.domain.case import AnswerTo, Case, Decision, Notice, Outcome, State, close
from dsar.domain.errors import NotNow
from dsar.domain.history import Event, NewEvent
from dsar.domain.naming import is_among, name_of, number_in
from dsar.domain.profile import CallersRule, Profile
from dsar.domain.rights import Relation, Right
from dsar.domain.systems import SystemFacts
from dsar.domain.work import NewStep

INSTRUCTED = "controller.instructed"


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
    other_names: tuple[str, ...] = ()
    callers: str | None = None  # its own rule: forward or refer; None: as the profile says


class Held(Struct, frozen=True):
    """What the look-up met of a caller for one business: how many records, never what is in them."""

    system_key: str
    collection: str
    category: str
    records: int


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


def named(
    words: str, number_called: str | None, businesses: Sequence[Business], region: str | None = None
) -> list[Business]:
    """The customers that the person named: by a name, by a line of theirs in its place, or by the number called."""
    wanted = name_of(words)
    numbers = {number_called, number_in(words, region)} - {None}
    return [
        business
        for business in businesses
        if is_among(wanted, (business.name, *business.other_names))
        or not numbers.isdisjoint(business.telephone_numbers)
    ]


def held_by(businesses: Sequence[Business], tenants: Collection[str]) -> list[Business]:
    """Those whose call store holds the person's proven number."""
    return [business for business in businesses if business.tenant in tenants]


def forwards(business: Business, profile: Profile) -> bool:
    """Whether its callers' requests go to it; else the caller is told to, and it hears that somebody will come."""
    return CallersRule(business.callers or profile.callers) is CallersRule.FORWARD


def promised(businesses: Sequence[Business], profile: Profile) -> str:
    """What a letter may say of every caller's request: `forward`, `refer`, or `either` where businesses differ.

    Counted over all businesses: what was found for this person shows in nothing that this person reads.
    """
    rules = {forwards(business, profile) for business in businesses}
    rules.add(profile.callers is CallersRule.FORWARD)
    return "either" if len(rules) == 2 else "forward" if True in rules else "refer"


def after_look_up(
    case: Case, profile: Profile, businesses: Sequence[Business], systems: Sequence[str]
) -> Decision:
    """The look-up is through. The person is told whom to ask, in the same words whatever was found."""
    if case.state is not State.ROUTING:
        return Decision()
    found = [str(business.id) for business in businesses]
    forwarded = [str(business.id) for business in businesses if forwards(business, profile)]
    return close(
        Outcome.REFERRED,
        NewEvent("routing.looked_up", data={"systems": list(systems), "businesses": found}),
        NewEvent("person.referred", data={"forwarded": forwarded}),
    )


def referred(case: Case, business: Business) -> Decision:
    """The business hears that somebody will come: which right and when it was asked for, and not who."""
    told = Notice(telling.WEBHOOK, telling.REFERRED, controller_id=business.id)
    event = NewEvent("case.referred", data={"controller": str(business.id)})
    return close(Outcome.REFERRED, event, notices=(told,)) if case.state is not State.CLOSED else Decision()


def forwarded(business: Business, watch: NewStep, held: Sequence[Held] = ()) -> Decision:
    """The case is the business's now: it hears of it, and of how much there is, and the dates are watched."""
    data = {"controller": str(business.id), "held": msgspec.to_builtins(held)}
    return Decision(
        events=(NewEvent(telling.FORWARDED, data=data),),
        notices=(Notice(telling.WEBHOOK, telling.FORWARDED, controller_id=business.id),),
        steps=(watch,),
    )


def held_of(history: Iterable[Event]) -> list[Held]:
    """What was met when the case was forwarded; nothing where the person named the business."""
    met = (event.data.get("held", ()) for event in history if event.type == telling.FORWARDED)
    return [msgspec.convert(one, Held) for held in met for one in held]


def instructed(
    case: Case,
    instruction: Instruction,
    actor: str,
    sealed_ground: str | None,
    answer_to: AnswerTo,
    **more: Any,
) -> Decision:
    """The controller's answer. `fulfil` is carried on by `fulfilled`; `more` goes into its entry in the history."""
    if case.state is not State.AWAITING_CONTROLLER:
        raise NotNow(
            "instruction",
            f"came when the case is {case.state.value}.",
            "An instruction is taken while the case waits for its controller, once.",
        )
    data: dict[str, Any] = {"instruction": instruction.value, "sealed_ground": sealed_ground, **more}
    if instruction is Instruction.FULFIL:
        heard = NewEvent(INSTRUCTED, actor, {**data, "answer_to": answer_to.value})
        return Decision(events=(heard,), answer_to=answer_to)
    heard = NewEvent(INSTRUCTED, actor, data)
    if instruction is Instruction.HANDLED_BY_US:
        return close(Outcome.HANDLED_BY_CONTROLLER, heard)
    if instruction is Instruction.REFUSE:
        return close(Outcome.REFUSED, heard)
    return Decision(events=(heard,))


def fulfilled(case: Case, heard: Decision, profile: Profile, systems: Sequence[SystemFacts]) -> Decision:
    """The instruction to fulfil, together with what begins by it."""
    begun = searching.begin(case, profile, systems)
    return msgspec.structs.replace(begun, events=(*heard.events, *begun.events), answer_to=heard.answer_to)
