"""How long data is kept: a period, what it is counted from, and whether a record should already be gone."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

from msgspec import Struct

from dsar.domain.clock import add_months
from dsar.domain.profile.words import Text

_PERIOD = re.compile(r"(0|[1-9][0-9]{0,4})([dmy])", re.ASCII)
_DAYS_A_UNIT = {"d": 1, "m": 31, "y": 366}
_YEARS_MAX = 100
_NOTHING_KNOWN: Mapping["CountedFrom", date] = MappingProxyType({})


class CountedFrom(StrEnum):
    """What a retention period is counted from."""

    COLLECTION = "collection"  # the record's own date
    LAST_CONTACT = "last_contact"
    MATTER_END = "matter_end"  # the enquiry is settled
    RELATIONSHIP_END = "relationship_end"  # the account, the contract, the subscription
    NO_RELATIONSHIP = "no_relationship"  # where there never was one
    WITHDRAWAL = "withdrawal"  # of a consent
    FINANCIAL_YEAR_END = "financial_year_end"


class Retention(Struct, frozen=True, forbid_unknown_fields=True):
    """How long: in words for the letter, and as `period` (30d, 12m, 7y) where the policy gives one.

    `0d` means until the event that it is counted from, and no longer. Of a range or a choice `period` is the longest.
    """

    words: Text
    period: str | None = None
    counted_from: CountedFrom | None = None
    for_ever: bool = False
    reviewed: str | None = None  # looked at again at least every so often
    at_least: str | None = None  # the shorter end, where the policy gives a range
    choices: tuple[str, ...] = ()  # what a plan or a setting chooses among
    decided_by: Literal["plan", "customer"] | None = None  # who may set another period than `period`

    def __post_init__(self) -> None:
        for name in ("period", "reviewed", "at_least"):
            value = getattr(self, name)
            if value is not None:
                _check(name, value)
        for value in self.choices:
            _check("choices", value)
        for value in (self.at_least, *self.choices):
            if value is not None and period_days(value) > (self.days_at_most or 0):
                raise ValueError(
                    f"period: {self.period!r} is shorter than {value!r}; write the longest of all"
                )
        if self.for_ever and self.period is not None:
            raise ValueError(f"period: {self.period!r} stands beside for_ever; give one of the two")

    @property
    def days_at_most(self) -> int | None:
        """The longest that the period can be, to compare with; None where there is nothing to compute with."""
        return period_days(self.period) if self.period else None


def period_days(period: str) -> int:
    """The most days that a period can have."""
    amount, unit = _parts("period", period)
    return amount * _DAYS_A_UNIT[unit]


def ends_on(period: str, start: date) -> date:
    """The last day of a period that starts with an event of this day."""
    amount, unit = _parts("period", period)
    if unit == "d":
        return start + timedelta(days=amount)
    # Reg. 1182/71 Art. 3(2)(c)
    return add_months(start, amount if unit == "m" else 12 * amount)


def expired(
    retention: Retention,
    recorded_on: date,
    today: date,
    since: Mapping[CountedFrom, date] = _NOTHING_KNOWN,
) -> bool | None:
    """Whether a record should already be gone; None where that cannot be said.

    A period from collection is counted from the record's own date. For every other one `since` has the day of the
    event, where it is known: the last contact, the end of the relationship.
    """
    if retention.for_ever:
        return False
    start = _start(retention, recorded_on, since)
    if retention.period is None or start is None:
        return None
    # GDPR 5(1)(e). What begins in the future has no end that is past, however far off it is.
    return start <= today and ends_on(retention.period, start) < today


def _start(retention: Retention, recorded_on: date, since: Mapping[CountedFrom, date]) -> date | None:
    if retention.counted_from is CountedFrom.COLLECTION:
        return recorded_on
    return since.get(retention.counted_from) if retention.counted_from is not None else None


def _check(name: str, value: str) -> None:
    amount, unit = _parts(name, value)
    if amount * _DAYS_A_UNIT[unit] > _YEARS_MAX * _DAYS_A_UNIT["y"]:
        raise ValueError(
            f"{name}: {value!r} is more than {_YEARS_MAX} years; for what is never erased write for_ever"
        )
    if name == "reviewed" and amount == 0:
        raise ValueError(f"{name}: {value!r} is no period; write how often, as 24m")


def _parts(name: str, value: str) -> tuple[int, str]:
    found = _PERIOD.fullmatch(value)
    if found is None:
        raise ValueError(f"{name}: {value!r} is no period; write days, months or years, as 30d, 12m or 7y")
    return int(found[1]), found[2]
