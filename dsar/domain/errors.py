"""What a person or a program is told when its input cannot be used.

InvalidInput          one or more fields, each with what to do; nothing was stored
├── NotSent           a header was not sent without which the call is not taken
├── NotNow            the case or the code is not in a state that allows it
└── NotFound          it does not exist, or not for the one who asks: the two look the same
"""


class FieldError:
    """One field that cannot be used. Neither text repeats the value: it may be personal data.

    The texts are English, with named values in braces: `FieldError("message", "is too long.", "Use at most {limit}
    characters.", limit=4000)`. The API says them as they are; a page has them translated first, and then filled.
    """

    __slots__ = ("field", "templates", "values")

    def __init__(self, field: str, problem: str, remedy: str, /, **values: object) -> None:
        self.field = field
        self.templates = (problem, remedy)
        self.values = values

    @property
    def problem(self) -> str:
        """What is wrong, a predicate of the field: "is too long."."""
        return filled(self.templates[0], self.values)

    @property
    def remedy(self) -> str:
        """What to do."""
        return filled(self.templates[1], self.values)

    def on(self, field: str) -> "FieldError":
        """The same of another field."""
        problem, remedy = self.templates
        return FieldError(field, problem, remedy, **self.values)

    def __repr__(self) -> str:
        return f"FieldError({self.field!r}, {self.problem!r}, {self.remedy!r})"


def filled(template: str, values: dict[str, object]) -> str:
    """A text with its values; one without any may hold braces of its own."""
    return template.format_map(values) if values else template


class InvalidInput(Exception):
    """Input that cannot be used; `errors` names each field and its remedy."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__("; ".join(f"{e.field}: {e.problem} {e.remedy}" for e in errors))
        self.errors = errors


class NotSent(InvalidInput):
    """Something without which the call is not taken."""


class NotNow(InvalidInput):
    """The state does not allow it."""

    def __init__(self, field: str, problem: str, remedy: str) -> None:
        super().__init__(FieldError(field, problem, remedy))


class NotFound(Exception):
    """Nothing of that name for the one who asks."""
