"""The letters of the case, as files: those that were written before, and the one that goes with this archive."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from dsar.bundle.page import LetterLink
from dsar.bundle.shelf import FileRole, Shelf
from dsar.render import Letter


class Enclosed(Struct, frozen=True):
    """A letter to lie in the archive."""

    kind: str
    letter: Letter
    at: datetime


def put(shelf: Shelf, letters: Iterable[Enclosed]) -> list[LetterLink]:
    """Write each as plain text, and as it looks in a mail; numbered, for a folder sorts by name."""
    links = []
    for number, one in enumerate(letters, 1):
        stem = f"{number:02}-{one.kind}"
        link = _file(shelf, stem, ".txt", f"{one.letter.subject}\n\n{one.letter.text}", "text/plain")
        if one.letter.html:
            link = _file(shelf, stem, ".html", one.letter.html, "text/html")
        links.append(LetterLink(link, one.letter.subject, one.at))
    return links


def _file(shelf: Shelf, stem: str, suffix: str, text: str, media_type: str) -> str:
    path = shelf.names.within("letters", stem, suffix)
    shelf.put_text(path, [text.encode()], FileRole.LETTER, media_type=media_type)
    return path
