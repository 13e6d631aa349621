"""A phone number, the forms in which Asterisk may have written it, and the words that stand for none."""

import os

import phonenumbers
from msgspec import Struct

from dsar_asterisk.cdr import Leg
from dsar_asterisk.traces import Trace

# What trunks and dialplans write for a number that the caller withheld or that nobody knows.
WITHHELD = frozenset(
    {
        "",
        "<unknown>",
        "anonymous",
        "asterisk",
        "blocked",
        "none",
        "null",
        "out of area",
        "out-of-area",
        "payphone",
        "private",
        "restricted",
        "unavailable",
        "unknown",
        "withheld",
    },
)


class Phone(Struct, frozen=True):
    """One number in all its written forms; a stored number is this one only if it equals a form."""

    e164: str
    forms: frozenset[str]
    needle: str
    """The digits that every form ends in: a row without them cannot hold the number."""

    def __repr__(self) -> str:
        """Keep the number out of tracebacks and logs."""
        return "Phone(…)"

    def is_number(self, text: str) -> bool:
        """Whether the stored number is this one."""
        return not is_withheld(text) and text.strip() in self.forms

    def is_caller(self, leg: Leg) -> bool:
        """Whether this number placed the leg."""
        return any(self.is_number(text) for text in leg.callers)

    def is_called(self, leg: Leg) -> bool:
        """Whether this number was dialled in the leg."""
        return self.is_number(leg.dst)

    def is_in(self, trace: Trace) -> bool:
        """Whether the trace names this number at all."""
        return any(self.is_number(text) for text in trace.numbers)


def is_withheld(text: str) -> bool:
    """Whether the stored number names nobody."""
    return text.strip().casefold() in WITHHELD


def phone(value: str, region: str | None, *, without_plus: bool = False) -> Phone | None:
    """Read an E.164 number; None if it can be nobody's."""
    try:
        number = phonenumbers.parse(value, None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    forms = {e164, f"00{e164[1:]}"}
    if without_plus:
        forms.add(e164[1:])
    # Elsewhere the same digits would be another person's number.
    if region is not None and number.country_code == phonenumbers.country_code_for_region(region):
        forms.add(_national(number))
    return Phone(e164, frozenset(forms), _common_end(forms))


def _common_end(forms: set[str]) -> str:
    backwards = [form[::-1] for form in forms]
    return os.path.commonprefix(backwards)[::-1]  # noqa: RUF071 - digit by digit is what is wanted


def _national(number: phonenumbers.PhoneNumber) -> str:
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return "".join(filter(str.isdigit, written))
