"""One value of a record as the page shows it: cut to size, what a machine made marked, what is withheld named."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from dsar.bundle.reasons import Reason, reasons
from dsar.contract import Maker
from dsar.domain.withholding import Line, Withheld
from dsar.domain.withholding.pointer import NOTHING, below, covers

TEXT_MAX = 500
NAME_MAX = 120
FIELDS_MAX = 60
DEPTH_MAX = 3
BRIEF = 60
UNNAMED = "…"

_encoder = msgspec.json.Encoder(decimal_format="number")
_controls = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class Field(Struct, frozen=True):
    """A value. `cut` says that the whole of it is in the file, `gone` that nothing of it left; `turns` of a
    conversation lie below it, and are read there.
    """

    name: str
    text: str = ""
    truth: bool | None = None  # a yes or no: said in the reader's language
    cut: bool = False
    made_by_ai: bool = False
    inferred: bool = False
    maker: Maker | None = None
    withheld: tuple[Reason, ...] = ()
    gone: bool = False
    turns: int = 0

    @property
    def brief(self) -> bool:
        """Whether it fits in a line."""
        return len(self.text) <= BRIEF and "\n" not in self.text

    @property
    def shown(self) -> bool:
        """Whether there is anything to say of it."""
        return bool(self.text or self.withheld or self.turns)


def legible(text: str, characters_max: int = TEXT_MAX) -> str:
    """Text of a record for a page: cut, and what no browser may show replaced."""
    return without_controls(text[:characters_max])


def without_controls(text: str) -> str:
    """HTML forbids these, and terminals obey some of them."""
    return _controls.sub("\ufffd", text)


def fields(line: Line, withheld: Sequence[Withheld]) -> list[Field]:
    """A record's fields as far as they are shown, then those of which nothing is left."""
    there = list(line.data.items())[:FIELDS_MAX]
    within = _by_name((first_name(one.place.pointer), one) for one in withheld)
    # A name may be whom it is about, so what is gone is named only as far as may be told.
    lost = _by_name(
        (first_name(one.place.told) or UNNAMED, one)
        for one in withheld
        if first_name(one.place.pointer) not in line.data
    )
    shown = [_field(line, name, value, within.get(name, ())) for name, value in there]
    return shown + [
        Field(legible(name, NAME_MAX), withheld=why, gone=True)
        for name, why in list(lost.items())[:FIELDS_MAX]
    ]


def first_name(pointer: str) -> str:
    """The field of the record that a pointer leads into."""
    return pointer[1:].partition("/")[0].replace("~1", "/").replace("~0", "~")


def _by_name(named: Iterable[tuple[str, Withheld]]) -> dict[str, tuple[Reason, ...]]:
    of_name: dict[str, list[Withheld]] = {}
    for name, one in named:
        of_name.setdefault(name, []).append(one)
    return {name: reasons(ones) for name, ones in of_name.items()}


def _field(line: Line, name: str, value: Any, withheld: tuple[Reason, ...]) -> Field:
    pointer = below("", name)
    turns = sum(covers(pointer, turn.pointer) for turn in line.turns)
    whole = "" if turns else text_of(value)
    made_by_ai = _points(line.made_by_ai, pointer)
    return Field(
        name=legible(name, NAME_MAX),
        text=legible(whole),
        truth=value if isinstance(value, bool) else None,
        cut=len(whole) > TEXT_MAX,
        made_by_ai=made_by_ai,
        inferred=_points(line.inferred, pointer),
        maker=line.maker if made_by_ai else None,
        withheld=withheld,
        gone=bool(withheld) and not turns and not whole,
        turns=turns,
    )


def _points(pointers: Iterable[str], pointer: str) -> bool:
    """Whether some of them lead to a field, into it, or to all of the record."""
    return any(not p or covers(pointer, p) for p in pointers)


def text_of(value: Any) -> str:
    """A value in words, as much of it as could be shown."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return (
        "\n".join(_bounded(value)) if isinstance(value, dict | list) else str(_encoder.encode(value), "utf-8")
    )


def _bounded(value: dict[str, Any] | list[Any]) -> Iterator[str]:
    """No more lines than fit: a list of a million numbers costs the page nothing."""
    left = TEXT_MAX
    for text in _nested(value, 0):
        yield text[: left + 1]
        left -= len(text) + 1
        if left < 0:
            return


def _nested(value: Any, depth: int) -> Iterator[str]:
    """Objects and lists line by line, as far as people follow; what lies deeper stands as JSON. Nothing is not told."""
    if depth == DEPTH_MAX:
        yield _encoder.encode(value).decode()
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _named(name, inner, depth)
    else:
        for inner in value:
            mark = "• "
            for text in _item(inner, depth):
                yield mark + text
                mark = "  "


def _named(name: str, value: Any, depth: int) -> Iterator[str]:
    if not isinstance(value, dict | list):
        if value not in NOTHING:
            yield f"{name}: {text_of(value)}"
    elif value:
        yield f"{name}:"
        yield from ("  " + text for text in _nested(value, depth + 1))


def _item(value: Any, depth: int) -> Iterator[str]:
    return _nested(value, depth + 1) if isinstance(value, dict | list) else iter((text_of(value),))
