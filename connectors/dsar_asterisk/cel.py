"""One event of a channel, as a row of the channel event log (CEL) states it."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from dsar_asterisk.cdr import split
from dsar_asterisk.rows import Shape
from dsar_asterisk.traces import Half, MalformedRowError, is_uniqueid, moment

# The order in which the sample of cel_custom.conf writes.
FIELDS = (
    "eventtype",
    "eventtime",
    "cidname",
    "cidnum",
    "cidani",
    "cidrdnis",
    "ciddnid",
    "exten",
    "context",
    "channame",
    "appname",
    "appdata",
    "amaflags",
    "accountcode",
    "uniqueid",
    "linkedid",
    "peer",
    "userfield",
    "userdeftype",
    "eventextra",
)
REQUIRED = frozenset({"eventtype", "eventtime", "cidnum", "accountcode", "uniqueid"})
NUMBERS = ("cidnum", "cidani", "cidrdnis", "ciddnid", "exten")
CALLERS = ("cidnum", "cidani")

_EPOCH = re.compile(r"\d{1,10}(?:\.\d{1,9})?", re.ASCII)


class Event(Struct, frozen=True):
    """One event: the CEL's variables as written, empty where not kept, and the copies that hold it."""

    eventtype: str = ""
    eventtime: str = ""
    cidname: str = ""
    cidnum: str = ""
    cidani: str = ""
    cidrdnis: str = ""
    ciddnid: str = ""
    exten: str = ""
    context: str = ""
    channame: str = ""
    appname: str = ""
    appdata: str = ""
    amaflags: str = ""
    accountcode: str = ""
    uniqueid: str = ""
    linkedid: str = ""
    peer: str = ""
    userfield: str = ""
    userdeftype: str = ""
    eventextra: str = ""
    found_in: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Keep numbers and names out of tracebacks and logs."""
        return f"Event({self.uniqueid!r}, {self.eventtype!r}, …)"

    @property
    def numbers(self) -> tuple[str, ...]:
        """Every number that stands in it."""
        return tuple(getattr(self, name) for name in NUMBERS)

    @property
    def halves(self) -> tuple[Half, ...]:
        """None: the linked id joins the halves of a Local channel, where it is kept."""
        return ()

    @property
    def order(self) -> tuple[object, ...]:
        """By which the events of a call stand in the order in which they happened."""
        return _order(self.eventtime) or 0.0, *moment(self.uniqueid), self.eventtype, self.appname, self.peer


class Reader(Struct, frozen=True):
    """Reads rows that hold these variables in this order."""

    fields: Sequence[str] = FIELDS

    @property
    def shape(self) -> Shape:
        return Shape(b",", len(self.fields) - 1)

    @property
    def head_fields(self) -> int:
        """Among so many first fields are all the numbers."""
        return max(place for place, name in enumerate(self.fields, start=1) if name in NUMBERS)

    def __call__(self, line: str, found_in: str) -> Event:
        """Read one row of cel_custom, without its line end."""
        fields = split(line)
        if len(fields) != len(self.fields):
            raise MalformedRowError(f"it has {len(fields)} fields instead of {len(self.fields)}")
        return event(dict(zip(self.fields, fields, strict=True)), found_in)


def event(values: Mapping[str, str], found_in: str) -> Event:
    """Make an event of the CEL's variables, refusing what cannot be one."""
    if not is_uniqueid(values.get("uniqueid", "")):
        raise MalformedRowError("it has no uniqueid")
    if values.get("linkedid") and not is_uniqueid(values["linkedid"]):
        raise MalformedRowError("its linkedid is no channel's id")
    if not values.get("eventtype"):
        raise MalformedRowError("it has no eventtype")
    if _order(values.get("eventtime", "")) is None:
        raise MalformedRowError("its eventtime is no time")
    known = {name: text for name, text in values.items() if name in Event.__struct_fields__}
    return Event(**known, found_in=(found_in,))


def epoch(text: str) -> float | None:
    """The time in seconds, as the CEL writes it without `dateformat`."""
    return float(text) if _EPOCH.fullmatch(text) else None


def _order(text: str) -> float | None:
    """By which times of one log stand in order; a local time is taken for UTC."""
    seconds = epoch(text)
    if seconds is not None:
        return seconds
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
    except (ValueError, OverflowError):
        return None
