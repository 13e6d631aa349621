"""CSV cells: RFC 4180, and none that a spreadsheet takes for a formula.

A cell that begins, after white space and unseen characters, with = + - @ (or their full-width forms) or an
apostrophe, or that begins with a tab or an end of line, gets one apostrophe before it. The apostrophe is in
the rule for its own sake: so every cell that begins with one bears one too many, and taking it off gives back
exactly what stood there. Telephone numbers and negative numbers are met by the rule as well: a spreadsheet
would compute with the first, and an exception is a hole. JSON is the true copy.
"""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from types import NoneType
from typing import Any

import msgspec

ESCAPE = "'"
STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", ESCAPE, "\t", "\r", "\n")
LINE_END = "\r\n"

_UNSEEN = r"[\s\x00-\x20\x7f-\xa0\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]*"
_risky = re.compile(rf"[\t\r\n]|{_UNSEEN}['=+\-@\uff1d\uff0b\uff0d\uff20]").match
_STARTS = frozenset(STARTS)
_encoder = msgspec.json.Encoder(decimal_format="number")

# First characters that are surely no formula's and no unseen one's; others are looked at one by one.
_HARMLESS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/{[(<#$%&*_.:;?!|~^"
_HARMLESS_FIRST = frozenset(["", *_HARMLESS])
_suspicious = re.compile(rf"\0[^\0{re.escape(_HARMLESS)}]").search


def row(values: Iterable[Any]) -> str:
    """One line, with its end."""
    return rows([[value] for value in values])[0]


def rows(columns: Sequence[Sequence[Any]]) -> list[str]:
    """Lines, with their ends, from columns of one length.

    The standard library's writer looks at every character by itself, which takes twice as long in all.
    """
    if len(columns) == 1:  # an empty line would be no row at all
        return [(text or '""') + LINE_END for text in _cells(columns[0])]
    return [",".join(cells) + LINE_END for cells in zip(*map(_cells, columns), strict=True)]


def escaped(text: str) -> str:
    """A text as its cell says it once the quotes are off."""
    return ESCAPE + text if _risky(text) else text


def _cells(column: Sequence[Any]) -> Sequence[str]:
    """A column's cells: as a whole where nothing is to be done, else one by one; the outcome is the same."""
    kinds = set(map(type, column))
    if kinds == {int} and min(column) >= 0:
        return list(map(str, column))
    if kinds == {bool}:
        return ["true" if value else "false" for value in column]
    texts = _texts(column, kinds)
    joined = "\0".join(["", *texts])
    if _suspicious(joined):
        texts = [
            t if (first := t[:1]) in _HARMLESS_FIRST else ESCAPE + t if first in _STARTS else escaped(t)
            for t in texts
        ]
    if '"' in joined or "," in joined or "\r" in joined or "\n" in joined:
        texts = [
            '"' + t.replace('"', '""') + '"' if '"' in t or "," in t or "\r" in t or "\n" in t else t
            for t in texts
        ]
    return texts


def _texts(column: Sequence[Any], kinds: set[type]) -> Sequence[str]:
    """What is nested stands as compact JSON; nothing and null are empty."""
    if kinds == {str}:
        return column
    if kinds <= {str, NoneType}:
        return [value or "" for value in column]
    if kinds <= {int, Decimal}:
        return list(map(str, column))
    if kinds <= {dict, list}:  # no line ends within JSON
        return _encoder.encode_lines(column).decode()[:-1].split("\n")
    return list(map(_text, column))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | dict | list):
        return _encoder.encode(value).decode()
    return str(value)
