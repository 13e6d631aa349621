"""What happened in a case after its receipt, as far as a clock cares: facts, never edited dates."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct

from dsar.domain.clock.error import ClockError
from dsar.domain.clock.place import FIRST_YEAR, LAST_YEAR, Place, check_moment


class FactType(StrEnum):
    IDENTITY_REQUESTED = "identity_requested"
    IDENTITY_RECEIVED = "identity_received"
    CLARIFICATION_REQUESTED = "clarification_requested"
    CLARIFICATION_RECEIVED = "clarification_received"
    FEE_REQUESTED = "fee_requested"
    FEE_PAID = "fee_paid"
    EXTENSION_NOTICE = "extension_notice"  # with reasons, or it is void
    DELAY_NOTICE = "delay_notice"  # Switzerland: with new_date, or it is void


_TYPES = frozenset(FactType)


class Fact(Struct, frozen=True):
    type: FactType
    at: datetime
    reasons: str | None = None
    new_date: date | None = None

    def __post_init__(self) -> None:
        if self.type not in _TYPES:
            raise ClockError("facts.type", str(self.type), ", ".join(sorted(_TYPES)))
        check_moment("facts.at", self.at)
        if self.new_date is not None and not FIRST_YEAR <= self.new_date.year <= LAST_YEAR:
            raise ClockError("facts.new_date", str(self.new_date), f"the years {FIRST_YEAR} to {LAST_YEAR}")


class Dated(NamedTuple):
    """A fact with its local day."""

    fact: Fact
    on: date


class Wait(NamedTuple):
    """From the day something was asked of the person to the day it came, None while it is open."""

    asked: date
    answered: date | None


def in_order(facts: Sequence[Fact], received_at: datetime, place: Place) -> tuple[Dated, ...]:
    for number, fact in enumerate(facts):
        if fact.at < received_at:
            raise ClockError(
                f"facts[{number}].at",
                fact.at.isoformat(),
                f"not before the receipt, {received_at.isoformat()}",
            )
    return tuple(Dated(f, place.local_date(f.at)) for f in sorted(facts, key=lambda f: f.at))


def waits(facts: Iterable[Dated], asked: FactType, answered: FactType) -> list[Wait]:
    """Each question with the next answer; an answer nobody asked for opens and closes nothing."""
    found: list[Wait] = []
    for fact, on in facts:
        is_open = bool(found) and found[-1].answered is None
        if fact.type == asked and not is_open:
            found.append(Wait(on, None))
        elif fact.type == answered and is_open:
            found[-1] = Wait(found[-1].asked, on)
    return found
