"""A key's pattern, such as `recordings/{tenant}/{phone}/{any}.wav`: which keys fit it, and whom they name.

A pattern is refused unless every key can be read in one way only: whose object it is must never be a guess.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

from msgspec import Struct

from dsar_s3.persons import KINDS

_FITS = {
    "phone": r"\+?\d{5,17}",
    "email": r"[^/@]+@[^/@]+",
    "account_id": r"[^/]+",
    "tenant": r"[^/]+",
    "date": r"\d{4}-?\d\d-?\d\d",
    "any": r"[^/]*",
    "rest": r".*",
}
_OPEN = {"email", "account_id", "tenant", "any"}  # end nowhere but at the next literal
_ONCE = KINDS | {"tenant", "rest"}
_PIECES = re.compile(r"\{([^{}]*)\}")


class BadTemplate(ValueError):
    """The text says what is wrong with the pattern, and the remedy."""


class Part(Struct, frozen=True):
    """A literal, or the name of a placeholder."""

    literal: str = ""
    name: str = ""


class Template(Struct, frozen=True):
    """A pattern that was checked."""

    text: str
    parts: tuple[Part, ...]
    fits: re.Pattern[str]

    @property
    def names(self) -> frozenset[str]:
        """The placeholders in it."""
        return frozenset(part.name for part in self.parts if part.name)

    @property
    def kind(self) -> str | None:
        """Which identity a key names; None where it names none."""
        return next(iter(self.names & KINDS), None)

    @property
    def head(self) -> str:
        """The literal that every key begins with."""
        return self.prefix({})

    def prefix(self, values: Mapping[str, str]) -> str:
        """The longest beginning that all keys with these values share."""
        return "".join(self._known(values))

    def reaches(self, *names: str) -> bool:
        """Whether the beginning of the key that is known with these values holds the last of them."""
        for part in self.parts:
            if part.name == names[-1]:
                return True
            if part.name and part.name not in names:
                return False
        return False

    @property
    def has_tenant_folder(self) -> bool:
        """Whether the customer is a folder with nothing but literals before it, so that folders can be listed."""
        head = self.text.partition("{tenant}")[0]
        return head == self.head and head[-1:] in {"", "/"} and self.text.startswith(f"{head}{{tenant}}/")

    def read(self, key: str) -> dict[str, str] | None:
        """What a key's placeholders hold; None if it does not fit.

        A folder that somebody made as an object of its own, with a slash at its end, is read as far as it goes.
        """
        found = self.fits.fullmatch(key) or (self._way_to(key) if key.endswith("/") else None)
        return None if found is None else found.groupdict()

    def leads_through(self, folder: str) -> bool:
        """Whether keys that fit lie under this folder, whose name ends in a slash."""
        return self._way_to(folder) is not None

    def _way_to(self, folder: str) -> re.Match[str] | None:
        wanted = self.text.split("/")[:-1]
        if "{rest}" in wanted:
            wanted = wanted[: wanted.index("{rest}")]
            folder = "/".join(folder.split("/")[: len(wanted)]) + "/" if wanted else ""
        depth = folder.count("/")
        if depth > len(wanted):
            return None
        way = "".join(f"{segment}/" for segment in wanted[:depth])
        return re.fullmatch("".join(map(_regex, _parts(way))), folder, re.ASCII | re.DOTALL)

    def _known(self, values: Mapping[str, str]) -> Iterator[str]:
        for part in self.parts:
            if part.name and part.name not in values:
                return
            yield values[part.name] if part.name else part.literal


def template(text: str) -> Template:
    """Read a pattern; raises `BadTemplate`."""
    parts = tuple(_parts(text))
    _check_names(parts)
    _check_neighbours(parts)
    _check_segments(text)
    return Template(text, parts, re.compile("".join(map(_regex, parts)), re.ASCII | re.DOTALL))


def _parts(text: str) -> Iterator[Part]:
    for position, piece in enumerate(_PIECES.split(text)):
        if position % 2:
            yield Part(name=piece)
        elif piece:
            if set(piece) & set("{}"):
                raise BadTemplate("has a brace that opens or closes nothing; take it out")
            yield Part(literal=piece)


def _regex(part: Part) -> str:
    if not part.name:
        return re.escape(part.literal)
    return f"(?P<{part.name}>{_FITS[part.name]})" if part.name in _ONCE else _FITS[part.name]


def _check_names(parts: tuple[Part, ...]) -> None:
    names = [part.name for part in parts if part.name]
    for name in names:
        if name not in _FITS:
            raise BadTemplate(
                "names an unknown placeholder; there are " + ", ".join(f"{{{n}}}" for n in _FITS)
            )
        if name in _ONCE and names.count(name) > 1:
            raise BadTemplate(f"holds {{{name}}} twice; name it once, and {{any}} for the other")
    if len(KINDS & set(names)) > 1:
        raise BadTemplate("names more than one identity; keep one of {phone}, {email}, {account_id}")


def _check_neighbours(parts: tuple[Part, ...]) -> None:
    for one, other in pairwise(parts):
        if one.name and other.name:
            raise BadTemplate(
                f"has nothing between {{{one.name}}} and {{{other.name}}}; where does the one end?"
            )
        if one.name in {"phone", "date"} and other.literal[0].isdigit():
            raise BadTemplate(f"has a digit right after {{{one.name}}}; where does it end?")
        if other.name == "phone" and (one.literal[-1].isdigit() or one.literal[-1] == "+"):
            raise BadTemplate("has a digit or a plus right before {phone}; where does it begin?")


def _check_segments(text: str) -> None:
    for segment in text.split("/"):
        names = _PIECES.findall(segment)
        if "rest" in names and segment != "{rest}":
            raise BadTemplate("has {rest} beside something else; it stands alone between two slashes")
        if sum(name in _OPEN for name in names) > 1:
            raise BadTemplate(
                "has two placeholders of any length between two slashes; a key could be read in two ways"
            )
