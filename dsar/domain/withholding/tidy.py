"""The places that stay out, each once: without what leads nowhere or lies within another; spans whole and merged."""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec.structs import replace

from dsar.domain.withholding.place import Place, Span, Target
from dsar.domain.withholding.pointer import above, at, is_there
from dsar.domain.withholding.withheld import Withheld

_JOINER = "\u200d"


def tidied(hits: Sequence[Withheld], data: dict[str, Any]) -> list[Withheld]:
    """Where several are about one place, the first speaks for it."""
    for hit in hits:
        if hit.place.target is Target.RECORD:
            return [hit]
    fields: dict[str, Withheld] = {}
    spans: dict[str, list[Withheld]] = {}
    for hit in hits:
        place = hit.place
        if place.stretch is not None:
            continue
        if place.span is not None:
            spans.setdefault(place.pointer, []).append(hit)
        elif place.pointer not in fields and is_there(data, place.pointer):
            fields[place.pointer] = hit
    kept = [hit for pointer, hit in fields.items() if not _within(pointer, fields)]
    for pointer, cut in spans.items():
        text = at(data, pointer)
        if isinstance(text, str) and pointer not in fields and not _within(pointer, fields):
            kept.extend(_merged(cut, text))
    return kept


def _within(pointer: str, fields: Iterable[str]) -> bool:
    return any(outer in fields for outer in above(pointer))


def _merged(hits: list[Withheld], text: str) -> list[Withheld]:
    """One for all that overlap or touch, with what the first of them says."""
    merged: list[tuple[int, int, int]] = []  # where it starts and stops, and which hit speaks for it
    whole = [(_whole(hit.place.span, text), number) for number, hit in enumerate(hits) if hit.place.span]
    for (start, stop), number in sorted(whole):
        if start >= stop:
            continue
        if merged and start <= merged[-1][1]:
            first, last, speaker = merged.pop()
            merged.append((first, max(last, stop), min(speaker, number)))
        else:
            merged.append((start, stop, number))
    return [
        replace(hits[number], place=Place(hits[number].place.pointer, Span(start, stop)))
        for start, stop, number in merged
    ]


def _whole(span: Span, text: str) -> tuple[int, int]:
    """Within the text, and wide enough that no mark is left without its letter nor a letter without its mark."""
    start, stop = max(span.start, 0), min(span.stop, len(text))
    if start >= stop:
        return start, start
    while start > 0 and (_hangs_on(text[start]) or text[start - 1] == _JOINER):
        start -= 1
    while stop < len(text) and (_hangs_on(text[stop]) or text[stop - 1] == _JOINER):
        stop += 1
    return start, stop


def _hangs_on(sign: str) -> bool:
    """Accents, vowel signs, variation selectors, skin tones, and what joins signs to one."""
    return (
        sign == _JOINER or "\U0001f3fb" <= sign <= "\U0001f3ff" or unicodedata.category(sign).startswith("M")
    )
