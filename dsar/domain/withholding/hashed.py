"""Kept passwords, known by their form wherever they stand: what `crypt`, LDAP and the common frameworks write."""

import re
from collections.abc import Iterator

from dsar.domain.withholding.place import Span

_BODY = r"[./A-Za-z0-9+$=,_-]"
_FORMS = (
    rf"\$(?:2[abxy]?|1|5|6|7|y|gy|md5|sha1|apr1|argon2(?:id|i|d)|scrypt|bcrypt-sha256|pbkdf2(?:-sha\d+)?)\${_BODY}{{20,}}",
    r"\$[PHS]\$[./A-Za-z0-9]{28,}",
    rf"\{{(?:S?SHA\d*|S?MD5|CRYPT|[BS]CRYPT|ARGON2\w*|PBKDF2[\w-]*)\}}{_BODY}{{12,}}",
    rf"(?:pbkdf2_sha\d+|bcrypt(?:_sha256)?|argon2|scrypt|sha1|md5)\${_BODY}{{20,}}",
    rf"(?:pbkdf2:sha\d+(?::\d+)?|scrypt:\d+:\d+:\d+)\${_BODY}{{20,}}",
)
_HASH = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(_FORMS)})(?<!,)")


def has_hash(text: str) -> bool:
    """Whether a kept password stands in a text; in most the first look says no."""
    return ("$" in text or "{" in text) and _HASH.search(text) is not None


def hashes_in(text: str) -> Iterator[Span]:
    """Where kept passwords stand in a text."""
    return (Span(*match.span()) for match in _HASH.finditer(text))
