"""Citations: `GDPR 15(3)`, as code and profiles write it, in the words of the reader's language.

The forms of each law are texts of the catalogues, for a language puts article, paragraph and point in an order,
a case and an abbreviation of its own.
"""

import re
from collections.abc import Callable
from functools import partial

from dsar.render.catalogue import msgid

Translate = Callable[[str], str]

_PARAGRAPH = r"\((?P<paragraph>\d+)\)"
_POINT = r"\((?P<point>[a-z])\)"

# The longer form of a law before the shorter, and a law before the one whose name ends its own.
FORMS: tuple[tuple[str, str], ...] = (
    (
        rf"UK GDPR (?P<article>\d+){_PARAGRAPH}{_POINT}",
        msgid("Article %(article)s(%(paragraph)s)(%(point)s) UK GDPR"),
    ),
    (rf"UK GDPR (?P<article>\d+){_PARAGRAPH}", msgid("Article %(article)s(%(paragraph)s) UK GDPR")),
    (r"UK GDPR (?P<first>\d+) to (?P<last>\d+)", msgid("Articles %(first)s to %(last)s UK GDPR")),
    (r"UK GDPR (?P<article>\d+[A-Z]?)", msgid("Article %(article)s UK GDPR")),
    (
        rf"GDPR (?P<article>\d+){_PARAGRAPH}{_POINT}",
        msgid("Article %(article)s(%(paragraph)s)(%(point)s) GDPR"),
    ),
    (rf"GDPR (?P<article>\d+){_PARAGRAPH}", msgid("Article %(article)s(%(paragraph)s) GDPR")),
    (r"GDPR (?P<first>\d+) to (?P<last>\d+)", msgid("Articles %(first)s to %(last)s GDPR")),
    (r"GDPR (?P<article>\d+)", msgid("Article %(article)s GDPR")),
    (
        r"11 CCR (?P<section>\d+(?:\(\w+\))*)",
        msgid("California Code of Regulations, title 11, § %(section)s"),
    ),
    (
        r"Civ\. (?:Code )?(?P<section>\d+\.\d+(?:\(\w+\))*)",
        msgid("California Civil Code § %(section)s"),
    ),
    (
        rf"FADP (?P<article>\d+){_PARAGRAPH}",
        msgid("Article %(article)s(%(paragraph)s) of the Swiss Data Protection Act"),
    ),
    (r"FADP (?P<article>\d+)", msgid("Article %(article)s of the Swiss Data Protection Act")),
    (
        rf"DSV (?P<article>\d+){_PARAGRAPH}",
        msgid("Article %(article)s(%(paragraph)s) of the Swiss Data Protection Ordinance"),
    ),
    (r"DSV (?P<article>\d+)", msgid("Article %(article)s of the Swiss Data Protection Ordinance")),
    (
        r"LGPD (?P<article>\d+)\((?P<item>[IVX]+)\)",
        msgid("Article %(article)s, item %(item)s, of Brazil’s LGPD"),
    ),
    (r"LGPD (?P<article>\d+)", msgid("Article %(article)s of Brazil’s LGPD")),
    (
        r"DPDP r\. (?P<rule>\d+(?:\(\d+\))*)",
        msgid("rule %(rule)s of India’s Digital Personal Data Protection Rules"),
    ),
)
# A citation is followed by nothing that would make it another one: "GDPR 15(1)(a)" is not GDPR 15(1).
_FORMS = tuple((re.compile(rf"\b{pattern}(?![\w(])"), form) for pattern, form in FORMS)


def article(text: str, translate: Translate) -> str:
    """Every citation in a text as the reader's language writes it; the rest stays."""
    for pattern, form in _FORMS:
        text = pattern.sub(partial(_said, form, translate), text)
    return text


def _said(form: str, translate: Translate, found: re.Match[str]) -> str:
    return translate(form) % found.groupdict()
