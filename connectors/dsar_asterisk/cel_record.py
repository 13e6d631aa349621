"""The events of a call as the export shows them, and which of their fields are another person's."""

from collections.abc import Iterable, Iterator

from dsar.contract import Origin, Record
from dsar_asterisk.calls import Call
from dsar_asterisk.cel import CALLERS, NUMBERS, Event
from dsar_asterisk.numbers import Phone, is_withheld
from dsar_asterisk.others import EXTENSIONS, dialled, is_number, mentions
from dsar_asterisk.times import Clock

_MAY_MENTION = ("channame", "peer", "appdata", "eventextra", "userfield")


def events_record(call: Call, phone: Phone, clock: Clock, origin: Origin) -> Record:
    """All of the call's events in the order in which they happened."""
    data = {
        "call_id": call.id,
        "start": clock.event(call.events[0]),
        "events": [_shown(event, clock) for event in call.events],
    }
    known = dialled(call, phone) | _dialled(call, phone)
    strange = [_strange(event, phone, known) for event in call.events]
    anybodys = {number for numbers in strange for number in numbers.values()} - known
    others = tuple(
        f"/events/{place}/{field}"
        for place, (event, numbers) in enumerate(zip(call.events, strange, strict=True))
        for field in (*numbers, *_beside(event, phone, anybodys))
    )
    return Record(origin, data, others=others)


def _shown(event: Event, clock: Clock) -> dict[str, object]:
    stored = {name: getattr(event, name) for name in event.__struct_fields__}
    return stored | {"time": clock.event(event), "found_in": list(event.found_in)}


def _dialled(call: Call, phone: Phone) -> frozenset[str]:
    """The same by the first event of the person's own end that names a number."""
    placed = (
        frozenset(filter(is_number, (event.exten, event.ciddnid)))
        for event in call.events
        if any(phone.is_number(getattr(event, name)) for name in CALLERS)
    )
    return next(filter(None, placed), frozenset())


def _strange(event: Event, phone: Phone, known: frozenset[str]) -> dict[str, str]:
    """The fields that hold another's number."""
    strange = {name: getattr(event, name) for name in NUMBERS if _is_strange(getattr(event, name), phone)}
    for name in ("exten", "ciddnid"):
        if strange.get(name) in known or strange.get(name) in EXTENSIONS:
            del strange[name]
    return strange


def _beside(event: Event, phone: Phone, numbers: Iterable[str]) -> Iterator[str]:
    """The name beside another's number, and what mentions one of them."""
    if event.cidname and not any(phone.is_number(getattr(event, name)) for name in CALLERS):
        yield "cidname"
    for field in _MAY_MENTION:
        if any(mentions(getattr(event, field), number) for number in numbers):
            yield field


def _is_strange(number: str, phone: Phone) -> bool:
    return not is_withheld(number) and not phone.is_number(number)
