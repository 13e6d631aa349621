"""What was said in a call, turn by turn, and where its withheld words stand in other texts and lists of the record."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

from dsar.domain.withholding.place import Place, Span
from dsar.domain.withholding.pointer import below, parts_of
from dsar.domain.withholding.withheld import Withheld
from dsar.domain.withholding.wording import Wording

TEXT_MIN = 12  # characters: what is shorter is said by everybody

Piece = tuple[str, str, str]  # of a list: the pointer to an element, to a text in it, and the text


class Conversation:
    """What was said, turn by turn, and what of each is withheld."""

    def __init__(self) -> None:
        self._said: list[Wording] = []
        self._gone: list[tuple[int, Span, Withheld]] = []  # in which turn, and where in it
        self._whole: dict[str, tuple[Wording, Withheld]] = {}

    def add(self, text: str, hits: Sequence[Withheld]) -> None:
        """The next turn."""
        said = Wording(text)
        if not said.count:
            return
        for hit in hits:
            if hit.place.span is None and len(text.strip()) >= TEXT_MIN:
                self._whole.setdefault(text.strip(), (said, hit))
            self._gone.append((len(self._said), hit.place.span or Span(0, len(text)), hit))
        self._said.append(said)

    def within(self, text: str) -> Iterator[tuple[Span, Withheld]]:
        """In a text of the whole call every turn has its place, a short one too; in any other, what is long enough."""
        wording = Wording(text)
        places = self._in_order(wording)
        if places is not None:
            for number, gone, hit in self._gone:
                said = self._said[number]
                words = said.within(gone)
                if words:
                    found = range(places[number] + words.start, places[number] + words.stop)
                    yield wording.span(found, said.text, gone), hit
        elif len(text) >= TEXT_MIN:
            for spelt, (said, hit) in self._whole.items():
                for first in wording.all(said):
                    yield wording.span(range(first, first + said.count), spelt, Span(0, len(spelt))), hit
                # Where words do not stand apart, as in Japanese or Thai.
                yield from ((span, hit) for span in _all(text, spelt))

    def within_pieces(self, pieces: Sequence[Piece]) -> Iterator[tuple[Place, Withheld]]:
        """The same of a list that has a text in pieces, such as word by word: an element that is gone whole goes."""
        *begins, _ = accumulate((len(text) + 1 for _, _, text in pieces), initial=0)
        for span, hit in self.within(" ".join(text for _, _, text in pieces)):
            for number in range(bisect_right(begins, span.start) - 1, bisect_left(begins, span.stop)):
                (element, pointer, text), begin = pieces[number], begins[number]
                start, stop = max(span.start - begin, 0), min(span.stop - begin, len(text))
                if start < stop:
                    is_all = not (text[:start] + text[stop:]).strip()
                    yield Place(element) if is_all else Place(pointer, Span(start, stop)), hit

    def _in_order(self, text: Wording) -> list[int] | None:
        """With which word each turn begins, one after another; None where one of them does not stand there."""
        begins, after = [], 0
        for said in self._said:
            first = next(text.all(said, after), None)
            if first is None:
                return None
            begins.append(first)
            after = first + said.count
        return begins


def lists_in(data: Any) -> Iterator[tuple[str, list[Any]]]:
    """Every list of a record, by pointer."""
    left = [("", data)]
    while left:
        pointer, held = left.pop()
        if isinstance(held, list):
            yield pointer, held
        left += ((at, value) for at, value in parts_of(held, pointer) if isinstance(value, dict | list))


def in_pieces(pointer: str, items: Sequence[Any]) -> Iterator[list[Piece]]:
    """The texts that a list has in pieces: of its own, or one under each name that its objects have."""
    places = [(below(pointer, number), item) for number, item in enumerate(items)]
    texts = [(place, place, item) for place, item in places if isinstance(item, str)]
    if len(texts) > 1:
        yield texts
    named: dict[str, list[Piece]] = {}
    for place, item in places:
        for name, text in item.items() if isinstance(item, dict) else ():
            if isinstance(text, str):
                named.setdefault(name, []).append((place, below(place, name), text))
    yield from (pieces for pieces in named.values() if len(pieces) > 1)


def _all(text: str, said: str) -> Iterator[Span]:
    start = text.find(said)
    while start >= 0:
        yield Span(start, start + len(said))
        start = text.find(said, start + len(said))
