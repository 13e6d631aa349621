"""What a person or a program is told when its input cannot be used.

InvalidInput          one or more fields, each with what to do; nothing was stored
├── NotNow            the case or the code is not in a state that allows it
└── NotFound          it does not exist, or not for the one who asks: the two look the same
"""

from msgspec import Struct


class FieldError(Struct, frozen=True):
    """One field that cannot be used. Neither text repeats the value: it may be personal data."""

    field: str
    problem: str
    remedy: str


class InvalidInput(Exception):
    """Input that cannot be used; `errors` names each field and its remedy."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__("; ".join(f"{e.field}: {e.problem} {e.remedy}" for e in errors))
        self.errors = errors


class NotNow(InvalidInput):
    """The state does not allow it."""

    def __init__(self, field: str, problem: str, remedy: str) -> None:
        super().__init__(FieldError(field, problem, remedy))


class NotFound(Exception):
    """Nothing of that name for the one who asks."""
