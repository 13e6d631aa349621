"""A text as its words: the same words are found again whatever case, spaces and signs stand about them."""

import re
from bisect import bisect_left
from collections.abc import Iterator

from dsar.domain.withholding.place import Span

# In JSON that stands as text an end of line is two signs, and a letter may be six.
_WORD = re.compile(r"(?<!\\)\\+[nrt]|((?:(?<!\\)\\+u[0-9a-fA-F]{4}|[^\W_])+)")
_LETTER = re.compile(r"\\+u([0-9a-fA-F]{4})")


class Wording:
    """The words of a text, and where each stands in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        found = [(word.span(), _plain(word[0])) for word in _WORD.finditer(text) if word[1]]
        self._spans = [span for span, word in found if word]
        words = [word for _, word in found if word]
        self.plain = " ".join(("", *words, ""))
        self._begin = [0]  # where the space before each word stands
        for word in words:
            self._begin.append(self._begin[-1] + len(word) + 1)

    @property
    def count(self) -> int:
        """How many words there are."""
        return len(self._spans)

    def all(self, said: "Wording", after: int = 0) -> Iterator[int]:
        """The numbers of the words from `after` on with which some other words begin."""
        at = self.plain.find(said.plain, self._begin[after]) if said.count else -1
        while at >= 0:
            number = bisect_left(self._begin, at)
            yield number
            at = self.plain.find(said.plain, self._begin[number + said.count])

    def within(self, span: Span) -> range:
        """Which words lie in part of the text, wholly or not."""
        first = next((n for n, (_, stop) in enumerate(self._spans) if stop > span.start), self.count)
        last = next((n for n in range(first, self.count) if self._spans[n][0] >= span.stop), self.count)
        return range(first, last)

    def span(self, words: range, like: str, place: Span) -> Span:
        """Where some words stand, with the signs about them that are the same about their like in another text."""
        start, stop = self._spans[words[0]][0], self._spans[words[-1]][1]
        before, after = _about(like[place.start : place.stop])
        if before and self.text.endswith(before, 0, start):
            start -= len(before)
        return Span(start, stop + len(after) if self.text.startswith(after, stop) else stop)


def _about(text: str) -> tuple[str, str]:
    """The signs before the first word and after the last."""
    found = [word.span() for word in _WORD.finditer(text) if word[1]]
    return (text[: found[0][0]].strip(), text[found[-1][1] :].strip()) if found else ("", "")


def _plain(word: str) -> str:
    if "\\" in word:
        word = "".join(filter(str.isalnum, _LETTER.sub(lambda letter: chr(int(letter[1], 16)), word)))
    return word.casefold()
