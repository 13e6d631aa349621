"""What the company's own policy promises."""

import re
from datetime import date, timedelta
from typing import Literal, Self

from msgspec import Struct

from dsar.domain.clock.calendar import Calendar
from dsar.domain.clock.error import ClockError
from dsar.domain.clock.months import add_months

_LIMIT = {"days": 366, "months": 12}
_TEXT = re.compile(r"([1-9][0-9]{0,2})([dm])(?:\+([1-9][0-9]{0,2})\2)?", re.ASCII)
_ALLOWED = "1 to 366 days or 1 to 12 months, as '30d', '1m', or '1m+2m' when the policy names its extension"


class Promise(Struct, frozen=True):
    """`extra` is what the policy itself allows on top once the period was validly extended."""

    amount: int
    unit: Literal["days", "months"]
    extra: int = 0

    def __post_init__(self) -> None:
        most = _LIMIT.get(self.unit, 0)
        if self.amount < 1 or self.extra < 0 or self.amount + self.extra > most:
            raise ClockError("promise", str(self), _ALLOWED)

    def __str__(self) -> str:
        letter = self.unit[:1]
        return f"{self.amount}{letter}" + (f"+{self.extra}{letter}" if self.extra else "")

    @classmethod
    def parse(cls, text: str) -> Self:
        found = _TEXT.fullmatch(text)
        if found is None:
            raise ClockError("promise", text, _ALLOWED)
        amount, letter, extra = found.groups()
        return cls(int(amount), "days" if letter == "d" else "months", int(extra or 0))

    def ends(self, start: date, *, extended: bool, calendar: Calendar | None) -> date:
        """Counted from receipt and never paused: days plainly, months like the statute."""
        amount = self.amount + (self.extra if extended else 0)
        if self.unit == "days":
            return start + timedelta(days=amount)
        end = add_months(start, amount)
        return calendar.roll(end) if calendar else end
