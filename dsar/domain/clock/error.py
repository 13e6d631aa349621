"""What the clock refuses.

    ValueError
    └── ClockError              the input is malformed: mend the named field
        └── NoDeadlineError     the law sets no date yet and nothing was promised: show "no deadline"

The texts hold codes, zones and dates, never personal data.
"""

from datetime import date

from dsar.domain.clock.explain import Step


class ClockError(ValueError):
    """Names the field, its value and what is allowed."""

    def __init__(self, field: str, value: object, allowed: str) -> None:
        self.field = field
        self.value = value
        self.allowed = allowed
        super().__init__(f"{field}: {value!r} cannot be used; allowed: {allowed}")


class NoDeadlineError(ClockError):
    """No provision in force sets a date and the company promised none; `steps` say why."""

    def __init__(self, received_on: date, steps: tuple[Step, ...]) -> None:
        allowed = f"a day when the law is in force ({steps[-1].rule}: {steps[-1].because}), or a promise"
        super().__init__("received_at", str(received_on), allowed)
        self.steps = steps
