"""Catalogues: what the pages and letters say in each language, read from `translations/<language>/LC_MESSAGES/dsar.po`.

English is the source and needs none. A catalogue is read when its language is first spoken, and kept.
"""

from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

SOURCE = "en"
DOMAIN = "dsar"


class NoCatalogueError(LookupError):
    """A language without a catalogue was to be spoken: a bug, for a profile names only languages that there are."""


def msgid(text: str) -> str:
    """Mark a text for the catalogues; whoever shows it looks it up in the reader's language."""
    return text


class Catalogues:
    """The catalogues of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, NullTranslations] = {SOURCE: NullTranslations()}

    @property
    def languages(self) -> tuple[str, ...]:
        """Every language that can be spoken, the source first."""
        found = sorted(path.parents[1].name for path in self._folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))
        return (SOURCE, *found)

    def of(self, language: str) -> NullTranslations:
        """The catalogue of a language; raises NoCatalogueError."""
        if language not in self._read:
            self._read[language] = self._load(language)
        return self._read[language]

    def _load(self, language: str) -> NullTranslations:
        if language not in self.languages:
            there = ", ".join(self.languages)
            raise NoCatalogueError(f"language: {language!r} has no catalogue; there are {there}")
        path = self._folder / language / "LC_MESSAGES" / f"{DOMAIN}.po"
        compiled = BytesIO()
        with path.open("rb") as file:
            write_mo(compiled, read_po(file, locale=language, domain=DOMAIN))
        compiled.seek(0)
        return Translations(compiled, domain=DOMAIN)
