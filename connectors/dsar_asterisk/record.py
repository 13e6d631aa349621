"""A call as the export shows it."""

from collections.abc import Sequence
from typing import Any

from dsar.contract import Origin, Record
from dsar_asterisk.calls import Call
from dsar_asterisk.cdr import Leg
from dsar_asterisk.numbers import Phone, is_withheld
from dsar_asterisk.others import others_fields
from dsar_asterisk.recording import Recording
from dsar_asterisk.times import Clock
from dsar_asterisk.traces import clid_name, clid_number

_AT_TOP = {"src": "/caller", "clid": "/caller_name", "dst": "/called"}


def call_record(
    call: Call,
    phone: Phone,
    recordings: Sequence[Recording],
    clock: Clock,
    origin: Origin,
) -> Record:
    """The call with its legs; `direction` is inbound when the person placed it."""
    place = _main(call)
    leg = call.legs[place]
    data = {
        "call_id": call.id,
        "account": leg.accountcode,
        "direction": "inbound" if phone.is_caller(leg) else "outbound",
        "caller": clid_number(leg.clid) if is_withheld(leg.src) else leg.src,
        "caller_name": clid_name(leg.clid),
        "called": leg.dst,
        **_times(leg, clock),
        "duration_seconds": _seconds(leg.duration),
        "talk_seconds": _seconds(leg.billsec),
        "disposition": leg.disposition,
        "recordings": [recording.name for recording in recordings],
        "legs": [_leg(each, clock) for each in call.legs],
    }
    return Record(origin, data, others=_pointers(call, phone, place))


def _main(call: Call) -> int:
    """The first leg that names its customer: the one that the dialplan charged."""
    return next((place for place, leg in enumerate(call.legs) if leg.accountcode), 0)


def _pointers(call: Call, phone: Phone, main: int) -> tuple[str, ...]:
    pointed = others_fields(call, phone)
    top = [_AT_TOP[field] for place, field in pointed if place == main and field in _AT_TOP]
    if "/caller_name" in top and is_withheld(call.legs[main].src):
        top.append("/caller")  # read from the caller id
    return (*top, *(f"/legs/{place}/{field}" for place, field in pointed))


def _leg(leg: Leg, clock: Clock) -> dict[str, Any]:
    stored = {name: getattr(leg, name) for name in leg.__struct_fields__}
    seconds = {"duration": _seconds(leg.duration), "billsec": _seconds(leg.billsec)}
    return stored | _times(leg, clock) | seconds | {"found_in": list(leg.found_in)}


def _times(leg: Leg, clock: Clock) -> dict[str, str | None]:
    return {"start": clock.start(leg), "answer": clock.answer(leg), "end": clock.end(leg)}


def _seconds(text: str) -> int | None:
    return int(text) if text else None
