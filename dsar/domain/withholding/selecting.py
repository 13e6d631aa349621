"""Where a selector of staff's finds something: records and files of a collection, fields, characters, turns."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any

from dsar.contract import Attachment
from dsar.domain.withholding.decided import Selector
from dsar.domain.withholding.filed import labels
from dsar.domain.withholding.line import Collected, Line
from dsar.domain.withholding.place import Place, Span, Stretch
from dsar.domain.withholding.pointer import at, below, fitting, values_in

_SPACE = re.compile(r"\s+")


def reaches(selector: Selector, where: Collected) -> bool:
    """Whether a collection is among those it is about."""
    return (
        selector.system in {None, where.system}
        and selector.category in {None, where.category}
        and selector.collection in {None, where.collection}
    )


def places(selector: Selector, line: Line) -> Iterator[Place]:
    """What it finds in a record of a collection that it reaches."""
    if selector.pointer is None and selector.speaker is None and selector.text is None:
        yield Place()
        return
    if selector.text is not None and not _may_hold(selector.text, line.data):
        return
    for pointer in _fields(selector, line):
        if selector.text is None:
            yield Place(pointer)
        else:
            yield from _texts(selector.text, line.data, pointer)


def places_of_file(selector: Selector, attachment: Attachment) -> Iterator[Place]:
    """What it finds in a file of a collection that it reaches: the file, words in its names, a speaker's channels."""
    if selector.text is not None:
        if selector.pointer is None and selector.speaker is None:
            yield from _texts(selector.text, labels(attachment), "")
        return
    if selector.pointer is not None:
        return
    if selector.speaker is None:
        yield Place()
        return
    for number, channel in enumerate(attachment.channels):
        if channel.speaker is selector.speaker:
            yield Place(stretch=Stretch(0, None, number))


def _fields(selector: Selector, line: Line) -> Iterator[str]:
    if selector.speaker is None:
        return iter([""]) if selector.pointer is None else fitting(line.data, selector.pointer)
    spoken = (turn.pointer for turn in line.turns if turn.speaker is selector.speaker)
    if selector.pointer is None:
        return spoken
    found = set(fitting(line.data, selector.pointer))
    return (pointer for pointer in spoken if pointer in found)


def _texts(text: str, data: dict[str, Any], pointer: str) -> Iterator[Place]:
    pattern = _pattern(text)
    value = at(data, pointer)
    if not isinstance(value, dict | list):
        yield from (Place(pointer, span) for span in _matches(pattern, value))
        return
    for held, name, inner in values_in(value, pointer):
        for span in _matches(pattern, inner):
            yield Place(below(held, name), span)


def _matches(pattern: re.Pattern[str], value: Any) -> Iterable[Span | None]:
    """Where a value fits: all of a number, as nothing can be cut out of one."""
    if isinstance(value, str):
        return [Span(*match.span()) for match in pattern.finditer(value)]
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return [None] if is_number and pattern.search(str(value)) else ()


def _may_hold(text: str, data: dict[str, Any]) -> bool:
    """A cheap look first: most records do not hold what is searched for."""
    in_numbers = not text.isalpha()
    left: list[Any] = [data]
    while left:
        held = left.pop()
        values = held.values() if isinstance(held, dict) else held
        said = "\n".join([value for value in values if value.__class__ is str])
        is_plain = text.isascii() and said.isascii() and not _SPACE.search(text)
        if text.lower() in said.lower() if is_plain else _pattern(text).search(said):
            return True
        others = [value for value in values if value.__class__ is not str]
        if in_numbers and any(_matches(_pattern(text), value) for value in others):
            return True
        left += [value for value in others if isinstance(value, dict | list)]
    return False


@lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern[str]:
    """Whatever its case, its spaces and ends of lines, and whether its accents are part of their letters."""
    forms = {text, unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)}
    return re.compile("|".join(map(_spaced, sorted(forms))), re.IGNORECASE)


def _spaced(text: str) -> str:
    return r"\s+".join(re.escape(word) for word in _SPACE.split(text))
