"""The names of businesses, as people write them and as a register has them, made comparable.

Two names are one, or they are not: nothing here is almost equal, for a caller's request handed to a business that only
sounds alike would tell that business of a stranger.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from msgspec import Struct

from dsar.domain.errors import InvalidInput
from dsar.domain.identity import IdentityKind, normalise

# Letters that no decomposition takes apart, as people write them who lack them on their keyboard.
_PLAIN = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
        "ŋ": "n",
    }
)
_AND = frozenset({"&", "+", "and", "ja", "och", "og", "i", "oraz", "und", "et", "y"})
_WITHIN = re.compile(r"(?<=\w)[./:](?=\w)")  # "S.A.", "L.L.C.", "A/S", "T:mi"

# What a legal form is called, in all its spellings; a name may bear it or leave it out.
_SPELLINGS = {
    # A Finnish limited company bears either, or both: "Oy Acme Ab".
    "limited FI, SE": "oy, ab, osakeyhtio, aktiebolag, aktiebolaget",
    "public limited FI, SE": "oyj, abp",
    "sole trader FI": "tmi, toiminimi",
    "partnership FI, SE": "ky, ay, kb, hb",
    "limited GB, IE": "ltd, limited",
    "public limited GB": "plc",
    "partnership GB, US": "llp",
    "limited US": "llc",
    "corporation US": "inc, incorporated, corp, corporation",
    "limited DE": "gmbh",
    "public limited DE": "ag",
    "limited PL": "sp z oo, sp z o o, spolka z ograniczona odpowiedzialnoscia",
    "public limited PL, FR, ES": "sa, spolka akcyjna",
    "limited EE": "ou",
    "limited LT, LV": "uab, sia",
    "limited DK": "aps",
    "public limited NO, DK": "as",
    "limited NL": "bv",
    "public limited NL": "nv",
    "limited FR": "sarl, sas",
}
_FORMS = {tuple(spelling.split()): form for form, said in _SPELLINGS.items() for spelling in said.split(", ")}
_FORM_WORDS_MAX = max(map(len, _FORMS))
# Those that a name may begin with; of the others a first word is a word of the name, as in "SA Logistics".
_LEADING = frozenset({("oy",), ("ab",), ("tmi",), ("toiminimi",), ("uab",), ("sia",), ("ou",)})


class Name(Struct, frozen=True):
    """A name taken apart: what it is without its legal form, its legal forms, and all of it in one."""

    core: str
    forms: frozenset[str]
    whole: str

    def fits(self, other: "Name") -> bool:
        """Whether the two are the same name: equal, but for a legal form that one of them leaves out."""
        if not self.whole or not other.whole:
            return False
        if self.whole == other.whole:
            return True
        agree = not self.forms or not other.forms or bool(self.forms & other.forms)
        return agree and bool(self.core) and self.core == other.core


def name_of(text: str) -> Name:
    """Take a name apart: case, accents, punctuation, "&" and its words, a leading "the" and the legal form."""
    words = _words(_plain(text))
    whole = "".join(words)
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    forms: set[str] = set()
    while found := _form_at_an_end(words):
        form, words = found
        forms.add(form)
    return Name("".join(_with_one_and(words)), frozenset(forms), whole)


@lru_cache(maxsize=100_000)
def known_name(name: str) -> Name:
    """The same of a business's own name, which is asked for with every caller. What a person typed is not kept."""
    return name_of(name)


def _plain(text: str) -> str:
    """Without case and accents. Only a mark that stands over a letter is one: a sign that is a vowel stays."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    bare = "".join(ch for ch in apart if not unicodedata.combining(ch))
    return unicodedata.normalize("NFKD", bare.casefold()).translate(_PLAIN)


def _words(text: str) -> tuple[str, ...]:
    kept = (
        ch if unicodedata.category(ch)[0] in "LNM" else f" {ch} " if ch in "&+" else " "
        for ch in _WITHIN.sub("", text)
    )
    return tuple("".join(kept).split())


def _with_one_and(words: tuple[str, ...]) -> tuple[str, ...]:
    """Every word for "and" as the one sign, where it joins two others: at an end, or before a form, it is a word."""
    last = len(words) - 1
    return tuple("&" if word in _AND and 0 < at < last else word for at, word in enumerate(words))


def _form_at_an_end(words: tuple[str, ...]) -> tuple[str, tuple[str, ...]] | None:
    """The legal form at the end, or at the beginning, and what is left; never so that nothing is left."""
    for count in range(min(_FORM_WORDS_MAX, len(words) - 1), 0, -1):
        if form := _FORMS.get(words[-count:]):
            return form, words[:-count]
    if len(words) > 1 and words[:1] in _LEADING:
        return _FORMS[words[:1]], words[1:]
    return None


def is_among(wanted: Name, names: Iterable[str]) -> bool:
    """Whether it is one of a business's names."""
    return bool(wanted.whole) and any(wanted.fits(known_name(name)) for name in names)


def fits_any(words: str, names: Iterable[str]) -> bool:
    """Whether the words are one of a business's names."""
    return is_among(name_of(words), names)


def number_in(words: str, region: str | None) -> str | None:
    """The telephone number that was written where a name was asked for, as E.164; None where it is none."""
    try:
        return normalise(IdentityKind.PHONE, words, region).value
    except InvalidInput:
        return None
