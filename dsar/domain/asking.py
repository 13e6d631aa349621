"""What staff may ask the person, and what coming back means for the clock."""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from msgspec import Struct

from dsar.domain.clock import Due, Fact, FactType, Regime

IdentityWay = Literal["second_channel", "account_login", "staff_call_back", "id_seen"]


class IdentityQuestion(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="identity_requested"
):
    """GDPR 12(6): there is a reasonable doubt; say which, and ask for the least."""

    doubt: str
    asked: tuple[IdentityWay, ...]


class Clarification(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="clarification_requested"
):
    """EDPB 01/2022 §35: much is held, and the person may say what they mean."""

    question: str


class Fee(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="fee_requested"):
    """GDPR 12(5): a fee is announced before it is charged."""

    amount: str
    reasons: str


class Delay(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="delay_notice"):
    """DSV 18(2): a new date, announced inside the thirty days."""

    reasons: str
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


class ClockEffect(StrEnum):
    """What a question does to the clock, as the letter says it."""

    STARTS = "starts"  # it runs from the answer on
    PAUSES = "pauses"
    NONE = "none"


def fact_of(asked: Asked, now: datetime) -> Fact:
    """The fact that the clock counts."""
    if isinstance(asked, Received):
        return Fact(type=RECEIVED[asked.what], at=asked.at)
    new_date = asked.new_date if isinstance(asked, Delay) else None
    return Fact(type=FACT_OF[type(asked)], at=now, new_date=new_date)


def effect(clock: Due, regime: Regime, fact: Fact) -> ClockEffect:
    """Read from the clock with the question in it, never assumed."""
    if not clock.paused:
        return ClockEffect.NONE
    starts = {FactType.IDENTITY_REQUESTED, FactType.FEE_REQUESTED}
    # DPA 2018 s. 54: the period begins with the latest of request, identity information and fee
    return ClockEffect.STARTS if regime is Regime.UK_GDPR and fact.type in starts else ClockEffect.PAUSES
