"""What a person decides on a right that no order carries out by itself: the decision, and what may stand in it."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct

from dsar.domain.errors import FieldError, InvalidInput
from dsar.domain.grounds import Ground
from dsar.domain.rights import Right
from dsar.domain.text import Words, required

PARTS_MAX = 50
FIELDS_MAX = 50

# The history names what was corrected: a name is an identifier, so that no value and no free word gets there by it.
Name = Annotated[str, Meta(pattern=r"^[A-Za-z_$][A-Za-z0-9_$.-]{0,62}$")]
FieldName = Annotated[str, Meta(pattern=r"^[A-Za-z_$][A-Za-z0-9_$]{0,62}$")]
Whole = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Value = Words | Whole | float | bool | None


class RestrictionGround(StrEnum):
    """Why processing is restricted."""

    DISPUTED = "18(1)(a)"  # GDPR 18(1)(a): the person disputes that it is right
    UNLAWFUL = "18(1)(b)"  # GDPR 18(1)(b): unlawful, and the person wants no erasure
    CLAIMS = "18(1)(c)"  # GDPR 18(1)(c): the person needs it for legal claims
    OBJECTED = "18(1)(d)"  # GDPR 18(1)(d): an objection is being weighed


class Correction(Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of one collection of one system: the fields that change, with their new values."""

    system: Name
    collection: Name
    values: Annotated[dict[FieldName, Value], Meta(min_length=1, max_length=FIELDS_MAX)]


class RefusedPart(Struct, frozen=True, forbid_unknown_fields=True):
    """A part that is not done: what, on which ground of law, and why in words, GDPR 12(4)."""

    what: Words
    ground: Ground
    text: Words


class Rectify(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="rectify"):
    """GDPR 16, Civ. 1798.106: these fields are wrong, and this is right."""

    corrections: Annotated[tuple[Correction, ...], Meta(max_length=PARTS_MAX)]
    refused: Annotated[tuple[RefusedPart, ...], Meta(max_length=PARTS_MAX)] = ()


class Restrict(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="restrict"):
    """GDPR 18(1): what was found is kept and not used."""

    ground: RestrictionGround


class Weigh(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="weigh"):
    """GDPR 21(1): `stop` ends the use; `continue` needs compelling grounds, which the controller shows."""

    outcome: Literal["stop", "continue"]
    reasons: Words
    categories: Annotated[tuple[Name, ...], Meta(max_length=PARTS_MAX)] = ()


class Review(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="review"):
    """GDPR 22(3): a person, named by their key, has looked at what a machine decided."""

    outcome: Literal["confirmed", "changed"]
    reasons: Words


Resolution = Rectify | Restrict | Weigh | Review

RIGHTS: dict[type[Struct], frozenset[Right]] = {
    Rectify: frozenset({Right.RECTIFICATION, Right.CORRECT}),
    Restrict: frozenset({Right.RESTRICTION}),
    Weigh: frozenset({Right.OBJECTION}),
    Review: frozenset({Right.AUTOMATED_DECISION}),
}


def check(resolution: Resolution) -> None:
    """Refuse a decision that says nothing, says it twice, or in words that no letter carries."""
    match resolution:
        case Rectify():
            if not resolution.corrections and not resolution.refused:
                raise InvalidInput(
                    FieldError(
                        "corrections", "is empty.", "Name what is corrected, or what is refused and why."
                    )
                )
            _check_twice(resolution)
            for number, part in enumerate(resolution.refused):
                required(f"refused[{number}].what", part.what)
                required(f"refused[{number}].text", part.text)
            for field, text in _texts(resolution):
                if "\x00" in text:  # which hardly a system keeps in a text
                    raise InvalidInput(
                        FieldError(field, "holds a character that cannot be kept.", "Write it in plain text.")
                    )
        case Weigh() | Review():
            required("reasons", resolution.reasons)
        case Restrict():
            pass


def _texts(resolution: Rectify) -> Iterator[tuple[str, str]]:
    for number, correction in enumerate(resolution.corrections):
        for value in correction.values.values():
            if isinstance(value, str):
                yield f"corrections[{number}].values", value


def _check_twice(resolution: Rectify) -> None:
    """Orders go out side by side: of two values for one field either might be the last."""
    seen: set[tuple[str, str, str]] = set()
    for number, correction in enumerate(resolution.corrections):
        fields = {(correction.system, correction.collection, name) for name in correction.values}
        if seen & fields:
            raise InvalidInput(
                FieldError(
                    f"corrections[{number}].values",
                    "names a field a second time.",
                    "Give each field one value.",
                )
            )
        seen |= fields
