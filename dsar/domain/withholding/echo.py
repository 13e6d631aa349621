"""Where a withheld turn stands once more in its record: in the text of the whole call, and word by word beside it."""

from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from dsar.domain.withholding.line import Line
from dsar.domain.withholding.place import Place, Span
from dsar.domain.withholding.pointer import at, below, parts_of, values_in
from dsar.domain.withholding.withheld import Certainty, Withheld

TEXT_MIN = 12  # characters: what is shorter is said by everybody


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
    conversation = _Conversation()
    for turn in line.turns:
        if isinstance(text := at(line.data, turn.pointer), str):
            conversation.add(text, hits.get(turn.pointer, ()))
    for held, name, text in values_in(line.data):
        if isinstance(text, str) and text and (pointer := below(held, name)) not in turns:
            for span, of in conversation.within(text):
                yield _echo(of, Place(pointer, span))


class _Conversation:
    """What was said, turn by turn, and what of each is withheld."""

    def __init__(self) -> None:
        self._said: list[str] = []
        self._gone: list[tuple[int, Span, Withheld]] = []  # in which turn, and where in it
        self._whole: dict[str, Withheld] = {}

    def add(self, text: str, hits: Sequence[Withheld]) -> None:
        """The next turn."""
        said = text.strip()
        if not said:
            return
        before = text.index(said)
        for hit in hits:
            span = hit.place.span
            if span is None and len(said) >= TEXT_MIN:
                self._whole.setdefault(said, hit)
            start, stop = (0, len(said)) if span is None else (span.start - before, span.stop - before)
            self._gone.append((len(self._said), Span(max(start, 0), min(stop, len(said))), hit))
        self._said.append(said)

    def within(self, text: str) -> Iterator[tuple[Span, Withheld]]:
        """In a text of the whole call every turn has its place, a short one too; in any other, what is long enough."""
        places = _in_order(text, self._said)
        if places is not None:
            for number, span, hit in self._gone:
                start = places[number].start
                yield Span(start + span.start, start + span.stop), hit
        elif len(text) >= TEXT_MIN:
            for said, hit in self._whole.items():
                yield from ((span, hit) for span in _all(text, said))


def _in_order(text: str, turns: Sequence[str]) -> list[Span] | None:
    """Where the turns stand one after another; None where one of them does not."""
    spans, after = [], 0
    for said in turns:
        span = next((span for span in _all(text, said, after) if _stands_apart(text, span)), None)
        if span is None:
            return None
        spans.append(span)
        after = span.stop
    return spans


def _all(text: str, said: str, after: int = 0) -> Iterator[Span]:
    start = text.find(said, after)
    while start >= 0:
        yield Span(start, start + len(said))
        start = text.find(said, start + len(said))


def _stands_apart(text: str, span: Span) -> bool:
    """Whether it is no part of longer words."""
    before, after = text[max(span.start - 1, 0) : span.start + 1], text[span.stop - 1 : span.stop + 1]
    return not (len(before) == 2 and before.isalnum()) and not (len(after) == 2 and after.isalnum())


def _beside(line: Line, hits: dict[str, list[Withheld]]) -> Iterator[Withheld]:
    """Lists and objects beside a turn's text in an object of its own: its words one by one, other readings of them."""
    homes = Counter(_home(turn.pointer) for turn in line.turns)
    for pointer, (hit, *_) in hits.items():
        home = _home(pointer)
        # Only an element of a list, with this one turn in it, is sure to be the turn's alone.
        if homes[home] == 1 and isinstance(at(line.data, _home(home)), list):
            for place, value in parts_of(at(line.data, home), home):
                if isinstance(value, dict | list) and place != pointer:
                    yield _echo(hit, Place(place))


def _home(pointer: str) -> str:
    return pointer.rpartition("/")[0]


def _echo(hit: Withheld, place: Place) -> Withheld:
    return replace(hit, place=place, certainty=Certainty.LIKELY)
