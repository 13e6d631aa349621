"""Telephone numbers and mailboxes in what was said, as far as they are written in figures and signs."""

import re
from collections.abc import Iterator

import phonenumbers
from phonenumbers import Leniency, PhoneNumberFormat, PhoneNumberMatch, PhoneNumberMatcher

from dsar.domain.withholding.known import Known
from dsar.domain.withholding.place import Span
from dsar.domain.withholding.withheld import Certainty

LOCAL_MAX = 64  # RFC 5321 4.5.3.1.1
DOMAIN_MAX = 253
_LOCAL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+$")
_DOMAIN = re.compile(r"(?:[\w-]{1,63}\.){1,20}(?!\d+(?![\w-]))[\w-]{2,63}")
_FIVE_DIGITS = re.compile(r"\d(?:\D{0,4}\d){4}")
# Five digits and more are an order as often as a telephone: what is no valid number has to be written like one.
_DIALLED = re.compile(r"[(\s]*(?:\+|0|\(0)")
_ATOMS = re.compile(r"[^.]+(?:\.[^.]+)*")  # RFC 5322 3.2.3: no dot at an end, nor two in a row
_AROUND = "'.-{|}`*/"


def contacts_in(text: str, known: Known) -> Iterator[tuple[Span, Certainty]]:
    """Where a text holds a third person's number or address, and how sure that is."""
    if "@" in text:
        yield from _emails(text, known)
    if _FIVE_DIGITS.search(text):
        yield from _phones(text, known)


def _emails(text: str, known: Known) -> Iterator[tuple[Span, Certainty]]:
    end = 0
    for sign in re.finditer("@", text):
        before = _LOCAL.search(text[max(end, sign.start() - LOCAL_MAX) : sign.start()])
        after = _DOMAIN.match(text[sign.end() : sign.end() + DOMAIN_MAX])
        if before is None or after is None or not (local := before[0].lstrip(_AROUND)):
            continue
        start, end = sign.start() - len(local), sign.end() + after.end()
        if not known.has_email(text[start:end]):
            yield Span(start, end), Certainty.LIKELY if _ATOMS.fullmatch(local) else Certainty.POSSIBLE


def _phones(text: str, known: Known) -> Iterator[tuple[Span, Certainty]]:
    match: PhoneNumberMatch
    # The matcher gives up after so many figures that are no number; a long text must not hide one behind them.
    for match in PhoneNumberMatcher(text, known.region, Leniency.POSSIBLE, len(text) + 1):
        valid = phonenumbers.is_valid_number(match.number)
        if not valid and not _DIALLED.match(match.raw_string):
            continue
        if not known.has_phone(_e164(match), match.raw_string):
            yield Span(match.start, match.end), Certainty.LIKELY if valid else Certainty.POSSIBLE


def _e164(match: PhoneNumberMatch) -> str:
    return phonenumbers.format_number(match.number, PhoneNumberFormat.E164)
