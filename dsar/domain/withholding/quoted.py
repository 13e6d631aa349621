"""JSON that stands as text, however deep in other such text: where in it the value of a name stands."""

import re
from collections.abc import Callable, Iterator

from dsar.domain.withholding.place import Span

# A quote within a text within a text bears its backslashes: one, then three, then seven.
_NAME = re.compile(r"""(?<!\\)(?P<quote>\\*["'])(?P<name>[^"'\\]{1,64})(?P=quote)\s*:\s*""")
_QUOTES = {sign: re.compile(rf"(?<!\\)(\\*){sign}") for sign in "\"'"}
_NUMBER = re.compile(r"-?\d[\d.eE+-]*")
_CLOSED = re.compile(r"[\]}]|$")
_SIGNS = ('":', '" :', "':", "' :")


def has_pairs(text: str) -> bool:
    """A cheap look first: most texts are no JSON."""
    return ('"' in text or "'" in text) and any(sign in text for sign in _SIGNS)


def names_in(text: str) -> set[str]:
    """The names, each once."""
    return {name for _, name in _NAME.findall(text)}


def pairs_in(text: str, wanted: Callable[[str], object]) -> Iterator[tuple[str, Span]]:
    """Each name that is wanted, with where its value stands, without its quotes; a list ends at its first end."""
    closed = 0  # where what was opened last ends: of many that open, the end is looked for once
    for found in _NAME.finditer(text):
        if not wanted(found["name"]):
            continue
        start, quote = found.end(), found["quote"]
        if text.startswith(quote, start):
            start += len(quote)
            yield found["name"], Span(start, _end(text, start, quote))
        elif text.startswith(("[", "{"), start):
            if closed <= start and (end := _CLOSED.search(text, start)):
                closed = end.end()
            yield found["name"], Span(start, closed)
        elif number := _NUMBER.match(text, start):
            yield found["name"], Span(*number.span())


def _end(text: str, start: int, quote: str) -> int:
    """Where a text ends that began before `start` with that quote."""
    depth = len(quote) - 1
    for found in _QUOTES[quote[-1]].finditer(text, start):
        before = len(found[1])
        if before < depth or before % (2 * (depth + 1)) == depth:
            return found.end() - 1 - min(before, depth)
    return len(text)
