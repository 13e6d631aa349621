"""Finds for `make messages` what errors and connectors say to people, which is marked by nothing but its place.

Called by Babel, as `translations/babel.cfg` says. An f-string cannot be looked up in a catalogue, and is refused.
"""

import ast
from collections.abc import Iterator
from typing import IO, Any

# Who says a text: the positions of its arguments, from nought.
SAID: dict[str, tuple[int, ...]] = {
    "FieldError": (1, 2),
    "note": (1, 2),
    "NotNow": (1, 2),
    "NotFound": (0,),
}
# What a connector says of itself in letters.
SAID_BY_NAME = {"residue", "grounds"}

Found = tuple[int, str, str, list[str]]


class UntranslatableError(ValueError):
    """A text that is put together where it is said. The remedy stands in the text."""


def texts(file: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Iterator[Found]:  # noqa: ARG001 - Babel's
    """Every text of a module, as Babel takes it: line, function, text, comments."""
    for call in ast.walk(ast.parse(file.read())):
        if isinstance(call, ast.Call):
            for said in _said(call):
                yield from _text(said)


def _said(call: ast.Call) -> Iterator[ast.expr]:
    name = str(getattr(call.func, "id", None) or getattr(call.func, "attr", ""))
    yield from (call.args[at] for at in SAID.get(name, ()) if at < len(call.args))
    for keyword in call.keywords:
        if keyword.arg in SAID_BY_NAME:
            yield from keyword.value.values if isinstance(keyword.value, ast.Dict) else [keyword.value]


def _text(said: ast.expr) -> Iterator[Found]:
    if isinstance(said, ast.JoinedStr):
        raise UntranslatableError(
            f"line {said.lineno}: an f-string has no translation; write the value as {{name}} and give it by name"
        )
    if isinstance(said, ast.Constant) and isinstance(said.value, str):
        yield said.lineno, "", said.value, []
