"""What the operator declares of conversations: where their turns stand, whose they are, and which model wrote them."""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from dsar.contract import Speaker
from dsar_sql.mapping.pointers import ANY, Pointer


class Unit(StrEnum):
    """What a turn's times count."""

    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"


class Turns(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A JSON column that holds a conversation as an array, one object a turn.

    `subject`, `business`, `machine` and `other` list what stands at `speaker` for each, upper or lower case; whoever
    is in none of them is unknown.
    """

    array: str
    """The column with the array, or the array's place in it: `transcript`, `payload/messages`."""
    text: str
    """Where in a turn its words are: `text`, `message/content`."""
    speaker: str
    """Where in a turn it says who speaks: `role`."""
    subject: tuple[str | int, ...] = ()
    """What stands there for the person, such as `user` or `customer`."""
    business: tuple[str | int, ...] = ()
    """What stands there for the company's people, such as `agent`."""
    machine: tuple[str | int, ...] = ()
    """What stands there for a voice assistant, such as `assistant`."""
    other: tuple[str | int, ...] = ()
    """What stands there for other persons: what they said is withheld."""
    start: str | None = None
    """Where in a turn its beginning is, a number from the start of the call's recording."""
    end: str | None = None
    """Where in a turn its end is, likewise."""
    unit: Unit | None = None
    """`seconds` or `milliseconds`; needed with `start` or `end`."""

    @property
    def place(self) -> Pointer:
        """Where the array is."""
        return Pointer.read(self.array)

    def speakers(self) -> dict[str, Speaker]:
        """Who each of the values is."""
        return {spelled(value): speaker for speaker, values in self.lists().items() for value in values}

    def lists(self) -> dict[Speaker, tuple[str | int, ...]]:
        """The values as they are listed."""
        return {
            Speaker.SUBJECT: self.subject,
            Speaker.BUSINESS: self.business,
            Speaker.MACHINE: self.machine,
            Speaker.OTHER: self.other,
        }


class MadeBy(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The model that wrote what `made_by_ai` names: `model` for all rows, or each row's own by `column`."""

    model: str | None = None
    """The model's name, one for all rows."""
    column: str | None = None
    """Or the column that holds it."""
    at: str | None = None
    """The timestamp column that says when it was made."""


def spelled(value: str | int) -> str:
    """A speaker's value as it is compared."""
    return str(value).strip().casefold()


def check_turns(turns: Turns, excluded: tuple[Pointer, ...]) -> Iterator[str]:
    """Each contradiction, with the setting below `turns` before it."""
    for setting in ("array", "text", "speaker", "start", "end"):
        text = getattr(turns, setting)
        parts = Pointer.read(text) if text is not None else None
        if parts and (ANY in parts.parts or not parts.column or not all(parts.parts) or parts.column == ANY):
            yield f"{setting}: {text!r} is not one place; write names with / between, such as message/content"
    for hidden in excluded:
        if hidden.column == turns.place.column and hidden.parts == turns.place.parts[: len(hidden.parts)]:
            yield f"array: {turns.array!r} is excluded, and no record would show it; take it out of one of the two"
    values = [spelled(value) for listed in turns.lists().values() for value in listed]
    if not values:
        yield (
            f"speaker: nobody is known by it; list what stands at {turns.speaker!r} for each in "
            "subject, business, machine and other"
        )
    for value in sorted({value for value in values if values.count(value) > 1}):
        yield f"speaker: {value!r} is listed twice, upper or lower case; leave it in one of the lists"
    if (turns.start is not None or turns.end is not None) != (turns.unit is not None):
        yield 'unit: goes with start and end; write "seconds" or "milliseconds", or leave all of them out'
