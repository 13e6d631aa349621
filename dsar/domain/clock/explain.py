"""The working shown: a chain of steps from the receipt to the due date."""

from datetime import date, datetime
from typing import Generic, TypeVar

from msgspec import Struct, field

P = TypeVar("P", bound=date)  # a day, or for hour clocks a moment


class Step(Struct, frozen=True, gc=False):
    """One move of the date, or a remark when `from` equals `to`.

    `rule` carries the law. The points are ISO 8601 text, a date or a time with offset: msgspec cannot read a
    union of both back, and steps are kept as evidence.
    """

    rule: str
    from_: str = field(name="from")
    to: str
    because: str


class Trail(Generic[P]):
    """Grows a chain: each step starts where the one before it ended."""

    def __init__(self, rule: str, given: date, at: P, because: str) -> None:
        """From what was handed in to the point that the law counts from."""
        self.at = at
        self.steps = [Step(rule, given.isoformat(), at.isoformat(), because)]

    def go(self, rule: str, to: P, because: str) -> None:
        self.steps.append(Step(rule, self.steps[-1].to, to.isoformat(), because))
        self.at = to

    def note(self, rule: str, because: str) -> None:
        stays = self.steps[-1].to
        self.steps.append(Step(rule, stays, stays, because))


def from_receipt(received_at: datetime, received_on: date, timezone: str) -> Trail[date]:
    return Trail("receipt", received_at, received_on, f"the day of receipt in {timezone}")
