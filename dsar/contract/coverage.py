"""What of a system a connector reaches, as a probe finds it: the ground of the completeness guard."""

from enum import StrEnum

from msgspec import Struct


class Use(StrEnum):
    """What becomes of a field: told to the person, left out on purpose, or in a place that the settings do not name."""

    EXPORTED = "exported"
    EXCLUDED = "excluded"
    UNDECLARED = "undeclared"


class Field(Struct, frozen=True):
    """One field of a collection as the system has it now. `reason` says why it is excluded.

    A whole collection of which the settings say nothing is one field with the name `*`.
    """

    collection: str
    name: str
    use: Use
    reason: str | None = None


class Coverage(Struct, frozen=True):
    """What a probe saw. `fields` are empty where a system has no schema to compare.

    `not_covered` says in words what the connector never reaches, such as session recordings: for the operator, and
    for the person where it is used. It holds no personal data.
    """

    fields: tuple[Field, ...] = ()
    not_covered: tuple[str, ...] = ()
