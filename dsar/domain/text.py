"""What people write in free words: never empty, never endless, nothing in it that a letter cannot carry."""

from typing import Annotated
from unicodedata import category

from msgspec import Meta

from dsar.domain.errors import FieldError, InvalidInput

TEXT_LENGTH_MAX = 2000
Words = Annotated[str, Meta(max_length=TEXT_LENGTH_MAX)]
_BREAKS = frozenset("\n\r\t")


def required(field: str, text: str) -> None:
    """Refuse a text that cannot be used."""
    if not text.strip():
        raise InvalidInput(FieldError(field, "is empty.", "Say it in a sentence."))
    if len(text) > TEXT_LENGTH_MAX:
        raise InvalidInput(
            FieldError(field, "is too long.", "Use at most {limit} characters.", limit=TEXT_LENGTH_MAX)
        )
    if any(category(ch) == "Cc" and ch not in _BREAKS for ch in text):
        raise InvalidInput(
            FieldError(field, "holds a character that cannot be kept.", "Write it in plain text.")
        )
