"""The events of a call as the export shows them, and which of their fields are another person's."""

from collections.abc import Iterator

from dsar.contract import Origin, Record
from dsar_asterisk.calls import Call
from dsar_asterisk.cel import CALLERS, NUMBERS, Event
from dsar_asterisk.numbers import Phone, is_withheld
from dsar_asterisk.others import EXTENSIONS, mentions
from dsar_asterisk.times import Clock

_MAY_MENTION = ("channame", "peer", "appdata", "eventextra", "userfield")


def events_record(call: Call, phone: Phone, clock: Clock, origin: Origin) -> Record:
    """All of the call's events in the order in which they happened."""
    data = {
        "call_id": call.id,
        "start": clock.event(call.events[0]),
        "events": [_shown(event, clock) for event in call.events],
    }
    dialled = _dialled(call, phone)
    others = tuple(
        f"/events/{place}/{field}"
        for place, event in enumerate(call.events)
        for field in _others(event, phone, dialled)
    )
    return Record(origin, data, others=others)


def _shown(event: Event, clock: Clock) -> dict[str, object]:
    stored = {name: getattr(event, name) for name in event.__struct_fields__}
    return stored | {"time": clock.event(event), "found_in": list(event.found_in)}


def _dialled(call: Call, phone: Phone) -> set[str]:
    """What the person dialled, whom they know therefore."""
    legs = {leg.dst for leg in call.legs if phone.is_caller(leg)}
    return legs | {
        number
        for event in call.events
        if any(phone.is_number(getattr(event, name)) for name in CALLERS)
        for number in (event.exten, event.ciddnid)
    }


def _others(event: Event, phone: Phone, dialled: set[str]) -> Iterator[str]:
    """The numbers that are not the person's, the name beside one, and what may mention one."""
    strange = {name: getattr(event, name) for name in NUMBERS if _is_strange(getattr(event, name), phone)}
    for name in ("exten", "ciddnid"):
        if strange.get(name) in dialled or strange.get(name) in EXTENSIONS:
            del strange[name]
    yield from strange
    if event.cidname and not any(phone.is_number(getattr(event, name)) for name in CALLERS):
        yield "cidname"
    for field in _MAY_MENTION:
        if any(mentions(getattr(event, field), number) for number in strange.values()):
            yield field


def _is_strange(number: str, phone: Phone) -> bool:
    return not is_withheld(number) and not phone.is_number(number)
