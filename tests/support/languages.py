"""What must not be left in a page or a letter that speaks another language than English."""

import re
from functools import cache

from babel.messages.pofile import read_po

from dsar.store import shipped

PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}")
TAG = re.compile(r"<[^>]+>")
# Shorter pieces may be another language's words as well: "Information", "Region".
PIECE_LENGTH_MIN = 12


def catalogue(language):
    with (shipped("translations") / language / "LC_MESSAGES" / "dsar.po").open("rb") as file:
        return read_po(file, locale=language)


def template():
    with (shipped("translations") / "dsar.pot").open("rb") as file:
        return read_po(file)


def plural(text):
    """A text or its plural forms, as a list."""
    return list(text) if isinstance(text, tuple | list) else [text]


@cache
def english_pieces(language):
    """Every run of English words in a text that this language says otherwise."""
    pieces = set()
    for message in catalogue(language):
        if not message.id:
            continue
        own = " ".join(plural(message.string))
        for text in plural(message.id):
            for piece in PLACEHOLDER.split(TAG.sub("\0", text).replace("\0", "%(tag)s")):
                stripped = piece.strip(" .,:;()")
                if len(stripped) >= PIECE_LENGTH_MIN and " " in stripped and stripped not in own:
                    pieces.add(stripped)
    return pieces


def leftover(text, language):
    """The English that a text of another language still holds."""
    plain = " ".join(text.split())
    return sorted(piece for piece in english_pieces(language) if piece in plain)
