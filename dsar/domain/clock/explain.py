"""The working shown: a chain of steps from the receipt to the due date."""

from datetime import date, datetime

from msgspec import Struct, field


class Step(Struct, frozen=True):
    """One move of the date, or a remark when `from` equals `to`.

    `rule` carries the law. The points are ISO 8601 text, a date or (the receipt) a time with offset:
    msgspec cannot read a union of both back, and steps are kept as evidence.
    """

    rule: str
    from_: str = field(name="from")
    to: str
    because: str


class Trail:
    """Grows a chain: each step starts where the one before it ended."""

    def __init__(self, received_at: datetime, received_on: date, timezone: str) -> None:
        self.at = received_on
        local = f"the day of receipt in {timezone}"
        self.steps = [Step("receipt", received_at.isoformat(), received_on.isoformat(), local)]

    def go(self, rule: str, to: date, because: str) -> None:
        self.steps.append(Step(rule, self.steps[-1].to, to.isoformat(), because))
        self.at = to

    def note(self, rule: str, because: str) -> None:
        self.go(rule, self.at, because)
