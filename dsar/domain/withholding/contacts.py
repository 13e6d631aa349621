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
_SIGN = re.compile("[@\uff20]|%40")  # as it stands in a text, in full width, in an address of the web
_FIVE_DIGITS = re.compile(r"\d(?:\D{0,4}\d){4}")
# Five digits and more are an order as often as a telephone: what is no valid number has to be written like one.
_DIALLED = re.compile(r"[(\s]*(?:\+|0|\(0)")
_ATOMS = re.compile(r"[^.]+(?:\.[^.]+)*")  # RFC 5322 3.2.3: no dot at an end, nor two in a row
_RUN = re.compile(r"(?<!\d)\+?\d{7,15}(?!\d)")
_TIME = re.compile(
    r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{4}|\d{6})?"
)  # as names have it
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,5}$")
_AROUND = "'.-{|}`*/"


def contacts_in(text: str, known: Known) -> Iterator[tuple[Span, Certainty]]:
    """Where a text holds a third person's number or address, and how sure that is."""
    if _SIGN.search(text):
        yield from _emails(text, known)
    if _FIVE_DIGITS.search(text):
        yield from _phones(text, known)


def contacts_in_name(name: str, known: Known) -> Iterator[tuple[Span, Certainty]]:
    """The same in the name of a file: other signs stand for spaces there, and the plus is often left out."""
    plain = name.replace("_", " ")
    # A file's ending would pass for the end of a mailbox's domain.
    stem = list(contacts_in(plain.removesuffix(_ending(plain)), known))
    yield from stem
    starts = {span.start for span, _ in stem}
    yield from ((span, sure) for span, sure in contacts_in(plain, known) if span.start not in starts)
    for run in _RUN.finditer(name):
        if _TIME.fullmatch(run[0]):
            continue
        number = _number(run[0], known)
        if number is not None and not known.has_phone(number, run[0]):
            yield Span(*run.span()), Certainty.LIKELY if _DIALLED.match(run[0]) else Certainty.POSSIBLE


def _ending(name: str) -> str:
    found = _ENDING.search(name)
    return found[0] if found else ""


def _number(figures: str, known: Known) -> str | None:
    """What these figures are in full, where some country has such a number."""
    for written in (figures, f"+{figures}"):
        try:
            number = phonenumbers.parse(written, known.region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return None


def _emails(text: str, known: Known) -> Iterator[tuple[Span, Certainty]]:
    end = 0
    for sign in _SIGN.finditer(text):
        before = _LOCAL.search(text[max(end, sign.start() - LOCAL_MAX) : sign.start()])
        after = _DOMAIN.match(text[sign.end() : sign.end() + DOMAIN_MAX])
        if before is None or after is None or not (local := before[0].lstrip(_AROUND)):
            continue
        start, end = sign.start() - len(local), sign.end() + after.end()
        if not known.has_email(f"{local.rpartition('=')[2]}@{after[0]}"):
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
