"""A conversation turn by turn, as its file tells it: who spoke when, and the words or why they are missing."""

from collections.abc import Sequence

from msgspec import Struct

from dsar.bundle.element import Gone, gone
from dsar.contract import Maker, Speaker
from dsar.domain.withholding import Line, Withheld
from dsar.domain.withholding.pointer import at, covers


class Spoken(Struct, frozen=True, omit_defaults=True):
    """One turn. `text` is missing where none of its words leave; `withheld` says why, or what of them is marked."""

    speaker: Speaker
    from_ms: int | None = None
    to_ms: int | None = None
    text: str | None = None
    made_by_ai: bool = False
    withheld: tuple[Gone, ...] = ()


class Transcript(Struct, frozen=True, omit_defaults=True):
    """A call's words, in the order they were spoken."""

    call: str
    system: str
    collection: str
    turns: tuple[Spoken, ...]
    maker: Maker | None = None

    @property
    def withheld(self) -> int:
        """Of how many turns something stayed out."""
        return sum(bool(turn.withheld) for turn in self.turns)


def transcript(
    line: Line, withheld: Sequence[Withheld], *, call: str, system: str, collection: str
) -> Transcript:
    """Of a record as it is released, and what of it was withheld."""
    turns = []
    for turn in line.turns:
        text = at(line.data, turn.pointer)
        stayed_out = [one for one in withheld if covers(one.place.pointer, turn.pointer)]
        turns.append(
            Spoken(
                turn.speaker,
                turn.from_ms,
                turn.to_ms,
                text if isinstance(text, str) else None,
                made_by_ai=any(covers(pointer, turn.pointer) for pointer in line.made_by_ai),
                withheld=gone(stayed_out),
            )
        )
    return Transcript(call, system, collection, tuple(turns), line.maker)
