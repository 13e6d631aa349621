"""Reads what is said of a controller and its people: every field that cannot be used is named at once."""

from collections.abc import Iterable

from dsar.domain.errors import FieldError, InvalidInput
from dsar.domain.identity import IdentityKind, normalise

NAME_LENGTH_MAX = 200
LIST_LENGTH_MAX = 50


class Reading:
    """Collects the errors of all fields; `done` raises them together."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    def done(self) -> None:
        """Raise InvalidInput if any field cannot be used."""
        if self.errors:
            raise InvalidInput(*self.errors)

    def note(self, field: str, problem: str, remedy: str, **values: object) -> None:
        """Note an error."""
        self.errors.append(FieldError(field, problem, remedy, **values))

    def name(self, field: str, value: str) -> str:
        """A line of text that people read."""
        text = value.strip()
        if not text:
            self.note(field, "is empty.", "Write a name.")
        elif len(text) > NAME_LENGTH_MAX:
            self.note(field, "is too long.", "Use at most {limit} characters.", limit=NAME_LENGTH_MAX)
        elif not text.isprintable():
            self.note(field, "cannot be read.", "Write it as plain text on one line.")
        return text

    def names(self, field: str, values: Iterable[str]) -> tuple[str, ...]:
        """Lines of text, each once."""
        found = tuple(dict.fromkeys(values))
        self._few(field, found)
        return tuple(self.name(field, value) for value in found[:LIST_LENGTH_MAX])

    def email(self, field: str, value: str) -> str:
        """A normalised e-mail address."""
        return self._normalised(field, IdentityKind.EMAIL, value, None)

    def phones(self, field: str, values: Iterable[str], region: str | None) -> tuple[str, ...]:
        """E.164 numbers, each once; national ones are read in the region."""
        given = tuple(values)
        self._few(field, given)
        read = (self._normalised(field, IdentityKind.PHONE, v, region) for v in given[:LIST_LENGTH_MAX])
        return tuple(dict.fromkeys(read))

    def _normalised(self, field: str, kind: IdentityKind, value: str, region: str | None) -> str:
        try:
            return normalise(kind, value, region).value
        except InvalidInput as error:
            self.errors += [one.on(field) for one in error.errors]
            return ""

    def _few(self, field: str, values: tuple[str, ...]) -> None:
        if len(values) > LIST_LENGTH_MAX:
            self.note(field, "holds too many.", "Name at most {limit}.", limit=LIST_LENGTH_MAX)
