"""What staff may ask the person, and what coming back means for the clock."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct

from dsar.domain.clock import ClockError, Due, Fact, FactType, Regime
from dsar.domain.deadline import is_open
from dsar.domain.errors import FieldError, InvalidInput, NotNow
from dsar.domain.text import Words, required

ASKED_MAX = (
    3  # questions of one kind in one case: what was asked three times is not asked by a letter any more
)
WAYS_MAX = 4

IdentityWay = Literal["second_channel", "account_login", "staff_call_back", "id_seen"]


class IdentityQuestion(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="identity_requested"
):
    """GDPR 12(6): there is a reasonable doubt; say which, and ask for the least.

    The letter goes to an address that nobody has proven: nothing that is known of the person may stand in it.
    """

    doubt: Words
    asked: Annotated[tuple[IdentityWay, ...], Meta(min_length=1, max_length=WAYS_MAX)]


class Clarification(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="clarification_requested"
):
    """EDPB 01/2022 §35: much is held, and the person may say what they mean."""

    question: Words


class Fee(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="fee_requested"):
    """GDPR 12(5): a fee is announced before it is charged."""

    amount: Words
    reasons: Words


class Delay(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="delay_notice"):
    """DSV 18(2): a new date, announced inside the thirty days."""

    reasons: Words
    new_date: date


class Received(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="received"):
    """What was asked for has come, at the time it came."""

    what: Literal["identity", "clarification", "fee"]
    at: datetime


Asked = IdentityQuestion | Clarification | Fee | Delay | Received

FACT_OF: dict[type[Struct], FactType] = {
    IdentityQuestion: FactType.IDENTITY_REQUESTED,
    Clarification: FactType.CLARIFICATION_REQUESTED,
    Fee: FactType.FEE_REQUESTED,
    Delay: FactType.DELAY_NOTICE,
}
LETTER_OF: dict[type[Struct], str] = {
    IdentityQuestion: "identity_request",
    Clarification: "clarification",
    Fee: "fee",
    Delay: "delay",
}
RECEIVED = {
    "identity": FactType.IDENTITY_RECEIVED,
    "clarification": FactType.CLARIFICATION_RECEIVED,
    "fee": FactType.FEE_PAID,
}
ANSWERS = {
    FactType.IDENTITY_RECEIVED: FactType.IDENTITY_REQUESTED,
    FactType.CLARIFICATION_RECEIVED: FactType.CLARIFICATION_REQUESTED,
    FactType.FEE_PAID: FactType.FEE_REQUESTED,
}


class ClockEffect(StrEnum):
    """What a question does to the clock, as the letter says it."""

    STARTS = "starts"  # it runs from the answer on
    PAUSES = "pauses"
    NONE = "none"


def check(asked: Asked) -> None:
    """Refuse a question in words that no letter carries, and a way that is offered twice."""
    match asked:
        case IdentityQuestion():
            required("doubt", asked.doubt)
            if len(set(asked.asked)) != len(asked.asked):
                raise InvalidInput(FieldError("asked", "names a way twice.", "Offer each way once."))
        case Clarification():
            required("question", asked.question)
        case Fee():
            required("amount", asked.amount)
            required("reasons", asked.reasons)
        case Delay():
            required("reasons", asked.reasons)
        case Received() if asked.at.tzinfo is None:
            raise InvalidInput(FieldError("at", "has no zone.", "Write it like 2026-03-05T10:00:00+02:00."))


def fact_of(asked: Asked, received_at: datetime, now: datetime) -> Fact:
    """The fact that the clock counts; a time that cannot be is refused."""
    try:
        if isinstance(asked, Received):
            fact = Fact(type=RECEIVED[asked.what], at=asked.at)
        else:
            new_date = asked.new_date if isinstance(asked, Delay) else None
            fact = Fact(type=FACT_OF[type(asked)], at=now, new_date=new_date)
    except ClockError as error:
        field = error.field.rpartition(".")[2]
        raise InvalidInput(
            FieldError(field, "cannot be counted with.", f"Allowed: {error.allowed}.")
        ) from error
    if not received_at <= fact.at <= now:
        raise InvalidInput(
            FieldError("at", "lies before the receipt or in the future.", "Give the time at which it came.")
        )
    return fact


def in_turn(fact: Fact, known: Sequence[Fact], regime: Regime) -> None:
    """Refuse an answer to what nobody asked, a question too many, and a notice that another law knows."""
    if (question := ANSWERS.get(fact.type)) is not None:
        if not is_open(known, question, fact.type):
            raise NotNow("what", "was not asked, or has come already.", "Ask first; look at the history.")
        if is_open([*known, fact], question, fact.type):
            raise InvalidInput(
                FieldError("at", "lies before the question.", "Give the time at which it came.")
            )
    if fact.type in FACT_OF.values() and sum(one.type is fact.type for one in known) >= ASKED_MAX:
        raise NotNow("type", f"was asked {ASKED_MAX} times.", "Decide without the answer.")
    if fact.type is FactType.DELAY_NOTICE and regime is not Regime.CH_FADP:
        raise NotNow("type", "is a notice of Swiss law.", "Extend the case where its law allows it.")


def effect(clock: Due, regime: Regime, fact: Fact) -> ClockEffect:
    """Read from the clock with the question in it, never assumed."""
    if not clock.paused:
        return ClockEffect.NONE
    starts = {FactType.IDENTITY_REQUESTED, FactType.FEE_REQUESTED}
    # DPA 2018 s. 54: the period begins with the latest of request, identity information and fee
    return ClockEffect.STARTS if regime is Regime.UK_GDPR and fact.type in starts else ClockEffect.PAUSES
