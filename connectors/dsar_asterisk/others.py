"""Which fields of a call are another person's.

Who dialled a number knows it, and on an inbound call it is the business's own: it is not pointed out. Where the call
went from there (a ring group, a colleague's own mobile, a transfer) nobody dialled, though Asterisk writes the person's
number as the caller's on those legs too. What the caller's side says (number, name) is the caller's, so on a call
that the person received it is pointed out. On a leg that does not name the person, both ends are.
"""

from collections.abc import Iterable
from itertools import islice

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
    known = dialled(call, phone)
    strange = [_strange(leg, phone, known) for leg in call.legs]
    anybodys = {number for numbers in strange for number in numbers.values()} - known
    return [
        (place, field)
        for place, (leg, numbers) in enumerate(zip(call.legs, strange, strict=True))
        for field in (*numbers, *_mentioning(leg, anybodys))
    ]


def dialled(call: Call, phone: Phone) -> frozenset[str]:
    """What the person dialled: where the first leg that they placed goes to."""
    placed = (leg.dst for leg in call.legs if phone.is_caller(leg) and is_number(leg.dst))
    return frozenset(islice(placed, 1))


def is_number(text: str) -> bool:
    """Whether it is somebody's, and neither withheld nor an extension of the dialplan's own."""
    return text not in EXTENSIONS and not is_withheld(text)


def _strange(leg: Leg, phone: Phone, known: frozenset[str]) -> dict[str, str]:
    """The fields that hold another's number."""
    numbers = {field: number for field, number in _numbers(leg) if not phone.is_number(number)}
    if leg.dst in known or not is_number(leg.dst):
        numbers.pop("dst", None)
    if is_withheld(leg.src):
        numbers.pop("src", None)
    if not leg.clid or (is_withheld(clid_number(leg.clid)) and phone.is_number(leg.src)):
        numbers.pop("clid", None)
    return numbers


def _mentioning(leg: Leg, numbers: Iterable[str]) -> list[str]:
    """The fields that name one of them by the way, such as whom the first leg's `Dial` rang."""
    return [field for field in _MAY_MENTION if any(mentions(getattr(leg, field), each) for each in numbers)]


def _numbers(leg: Leg) -> tuple[tuple[str, str], ...]:
    return ("src", leg.src), ("dst", leg.dst), ("clid", clid_number(leg.clid))


def mentions(text: str, number: str) -> bool:
    """Whether the text holds the number's last digits, in whatever form it is written."""
    digits = "".join(filter(str.isdigit, number))[-7:]
    return len(digits) >= _DIGITS_MIN and digits in text
