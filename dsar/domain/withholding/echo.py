"""Where a withheld turn stands once more in its record: in the text of the whole call, and word by word beside it."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec.structs import replace

from dsar.contract import Speaker
from dsar.domain.withholding.conversation import Conversation, in_pieces, lists_in
from dsar.domain.withholding.line import Line
from dsar.domain.withholding.place import Place
from dsar.domain.withholding.pointer import above, at, below, parts_of, values_in
from dsar.domain.withholding.withheld import Certainty, Rule, Withheld

# What a voice is called whoever it is.
_PARTS = frozenset(
    {*Speaker, "speaker", "user", "caller", "callee", "customer", "human", "guest", "bystander"}
)
_REACHED = re.compile(r"[@\uff20]|^[\s(]*[+0][\s\d()/.-]{6,}$")


def echoes(line: Line, hits: Sequence[Withheld]) -> Iterator[Withheld]:
    """What has to stay out with turns, or with characters of them."""
    turns = {turn.pointer for turn in line.turns}
    of_turns: dict[str, list[Withheld]] = {}
    for hit in hits:
        if hit.place.pointer in turns and hit.place.stretch is None:
            of_turns.setdefault(hit.place.pointer, []).append(hit)
    if of_turns:
        yield from _beside(line, of_turns)
        yield from _again(line, of_turns, turns)


def _again(line: Line, hits: dict[str, list[Withheld]], turns: set[str]) -> Iterator[Withheld]:
    conversation = Conversation()
    for turn in line.turns:
        if isinstance(text := at(line.data, turn.pointer), str):
            conversation.add(text, hits.get(turn.pointer, ()))
    for held, name, text in values_in(line.data):
        if isinstance(text, str) and text and (pointer := below(held, name)) not in turns:
            for span, of in conversation.within(text):
                yield _echo(of, Place(pointer, span))
    homes = {home for pointer in turns for home in above(pointer)}
    for pointer, items in lists_in(line.data):
        if pointer not in homes:
            for pieces in in_pieces(pointer, items):
                for place, of in conversation.within_pieces(pieces):
                    yield _echo(of, place)


def _beside(line: Line, hits: dict[str, list[Withheld]]) -> Iterator[Withheld]:
    """What stands beside a turn's text in an object of its own: words one by one, other readings, who speaks."""
    homes = Counter(_home(turn.pointer) for turn in line.turns)
    shared = {
        value
        for turn in line.turns
        if turn.pointer not in hits
        for _, value in parts_of(at(line.data, _home(turn.pointer)), "")
        if isinstance(value, str)
    }
    for pointer, (hit, *_) in hits.items():
        home = _home(pointer)
        # Only an element of a list, with this one turn in it, is sure to be the turn's alone.
        if homes[home] == 1 and isinstance(at(line.data, _home(home)), list):
            for place, value in parts_of(at(line.data, home), home):
                if place != pointer and (
                    isinstance(value, dict | list) or (_is_label(value, hit) and value not in shared)
                ):
                    yield _echo(hit, Place(place))


def _is_label(value: Any, hit: Withheld) -> bool:
    """Whether it may say who the other person is: a name, a mailbox, a telephone; no time and no number of a voice."""
    if hit.rule is not Rule.OTHER_SPEAKER or not isinstance(value, str) or value.lower() in _PARTS:
        return False
    return value.replace(" ", "").isalpha() or _REACHED.search(value) is not None


def _home(pointer: str) -> str:
    return pointer.rpartition("/")[0]


def _echo(hit: Withheld, place: Place) -> Withheld:
    return replace(hit, place=place, certainty=Certainty.LIKELY)
