"""Which fields of a call are another person's.

Who dialled a number knows it, and on an inbound call it is the business's own: the far end of a call that
the person placed is not pointed out. What the caller's side says (number, name) is the caller's, so on a call
that the person received it is pointed out. On a leg that does not name the person, both ends are.
"""

from collections.abc import Iterator

from dsar_asterisk.calls import Call
from dsar_asterisk.cdr import Leg
from dsar_asterisk.numbers import Phone, is_withheld
from dsar_asterisk.traces import clid_number

# Extensions of the dialplan, not numbers: start, hang-up, invalid, time-out, failed.
EXTENSIONS = frozenset({"s", "h", "i", "t", "T", "failed"})
_MAY_MENTION = ("channel", "dstchannel", "lastdata", "userfield")
_DIGITS_MIN = 4


def others_fields(call: Call, phone: Phone) -> list[tuple[int, str]]:
    """The leg's place in the call and the field, in order."""
    dialled = {leg.dst for leg in call.legs if phone.is_caller(leg)}
    return [(place, field) for place, leg in enumerate(call.legs) for field in _fields(leg, phone, dialled)]


def _fields(leg: Leg, phone: Phone, dialled: set[str]) -> Iterator[str]:
    numbers = {field: number for field, number in _numbers(leg) if not phone.is_number(number)}
    if phone.is_caller(leg) or leg.dst in dialled or leg.dst in EXTENSIONS or is_withheld(leg.dst):
        numbers.pop("dst", None)
    if is_withheld(leg.src):
        numbers.pop("src", None)
    if not leg.clid or (is_withheld(clid_number(leg.clid)) and phone.is_number(leg.src)):
        numbers.pop("clid", None)
    yield from numbers
    for field in _MAY_MENTION:
        if any(mentions(getattr(leg, field), number) for number in numbers.values()):
            yield field


def _numbers(leg: Leg) -> tuple[tuple[str, str], ...]:
    return ("src", leg.src), ("dst", leg.dst), ("clid", clid_number(leg.clid))


def mentions(text: str, number: str) -> bool:
    """Whether the text holds the number's last digits, in whatever form it is written."""
    digits = "".join(filter(str.isdigit, number))[-7:]
    return len(digits) >= _DIGITS_MIN and digits in text
