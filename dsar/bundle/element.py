"""A record as it leaves in JSON, with all that is said of its fields beside them."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct, structs

from dsar.contract import Maker, Turn
from dsar.domain.withholding import Line, Place, Withheld
from dsar.domain.withholding.pointer import at

encoder = msgspec.json.Encoder(decimal_format="number")


class Gone(Struct, frozen=True, omit_defaults=True):
    """A place of the record that did not leave: where, on what ground, by which provision."""

    pointer: str
    ground: str
    law: str
    rule: str


class Element(Struct, frozen=True, omit_defaults=True, gc=False):
    """A record. Where it has `withheld`, its field is gone, is null in a list, or bears a mark in its text."""

    origin: msgspec.Raw
    data: dict[str, Any]
    others: tuple[str, ...] = ()
    made_by_ai: tuple[str, ...] = ()
    inferred: tuple[str, ...] = ()
    turns: tuple[Turn, ...] = ()
    maker: Maker | None = None
    withheld: tuple[Gone, ...] = ()


def element(line: Line, withheld: Sequence[Withheld]) -> Element:
    """Of a line as it is released, and what was withheld of it."""
    return Element(
        line.origin,
        line.data,
        line.others,
        line.made_by_ai,
        line.inferred,
        tuple(_told(line, turn) for turn in line.turns) if withheld else line.turns,
        line.maker,
        gone(withheld) if withheld else (),
    )


def _told(line: Line, turn: Turn) -> Turn:
    """Where a turn stands, told as far as what is withheld is: what held it may have had somebody's name."""
    holder = turn.pointer.rpartition("/")[0]
    if not holder or at(line.data, holder) is not None:
        return turn
    return structs.replace(turn, pointer=Place(turn.pointer).told)


def gone(withheld: Iterable[Withheld]) -> tuple[Gone, ...]:
    """As the file tells it."""
    return tuple(Gone(one.place.told, one.ground.value, one.law, one.rule.value) for one in withheld)
