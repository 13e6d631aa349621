"""Texts of a profile, which people read in their own language."""

from collections.abc import Iterator

# One text for everybody, or one for each language by its BCP 47 code.
Text = str | dict[str, str]


def said(text: Text, language: str) -> str:
    """The text in a language; where it is missing, in English, else in the first that there is."""
    if isinstance(text, str):
        return text
    return text.get(language) or text.get("en") or next(iter(text.values()))


def texts(text: Text) -> Iterator[str]:
    """Every wording of a text."""
    return iter([text] if isinstance(text, str) else text.values())
