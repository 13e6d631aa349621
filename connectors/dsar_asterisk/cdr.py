"""One leg of a call, as a CDR row states it."""

import csv
import re
from datetime import datetime, timedelta

from msgspec import Struct

from dsar_asterisk.rows import Shape
from dsar_asterisk.traces import Half, MalformedRowError, clid_number, is_uniqueid

# The order in which cdr_csv writes; the last field only with loguserfield=yes.
_FIELDS = (
    "accountcode",
    "src",
    "dst",
    "dcontext",
    "clid",
    "channel",
    "dstchannel",
    "lastapp",
    "lastdata",
    "start",
    "answer",
    "end",
    "duration",
    "billsec",
    "disposition",
    "amaflags",
    "uniqueid",
)
# How many fields a sound row has, and what follows the seventeen; the long forms come with newcdrcolumns=yes.
_TAILS = {
    17: (),
    18: ("userfield",),
    20: ("peeraccount", "linkedid", "sequence"),
    21: ("userfield", "peeraccount", "linkedid", "sequence"),
}
HEAD_FIELDS = 5  # the numbers stand in the first five
SHAPE = Shape(b",", len(_FIELDS) - 1)
LEFT_OUT = {
    "peeraccount": "the account at the far end is another customer's",
    "sequence": "a number that Asterisk gives the row, which says nothing of the call",
}

_LOCAL_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
_SECONDS = re.compile(r"\d{0,10}", re.ASCII)


class Leg(Struct, frozen=True):
    """One leg: the CDR's variables as written, empty where not kept, and the copies that hold it."""

    accountcode: str = ""
    src: str = ""
    dst: str = ""
    dcontext: str = ""
    clid: str = ""
    channel: str = ""
    dstchannel: str = ""
    lastapp: str = ""
    lastdata: str = ""
    start: str = ""
    answer: str = ""
    end: str = ""
    duration: str = ""
    billsec: str = ""
    disposition: str = ""
    amaflags: str = ""
    uniqueid: str = ""
    userfield: str = ""
    linkedid: str = ""
    found_in: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Keep numbers and names out of tracebacks and logs."""
        return f"Leg({self.uniqueid!r}, …)"

    @property
    def callers(self) -> tuple[str, ...]:
        """The number of the end that placed the leg, as the trunk and as the caller id states it."""
        return self.src, clid_number(self.clid)

    @property
    def numbers(self) -> tuple[str, ...]:
        """The numbers of the two ends, as written."""
        return (*self.callers, self.dst)

    @property
    def halves(self) -> tuple[Half, ...]:
        """The marks that both halves of a Local channel share: its name with the second it began.

        The halves are made microseconds apart, so a second may begin between them: each leg also bears the next
        second's mark. The name alone will not do, as Asterisk counts from nought after every start.
        """
        name, _, half = self.channel.rpartition(";")
        if half not in {"1", "2"}:
            return ()
        start = datetime.fromisoformat(self.start)
        return (name, str(start)), (name, str(start + timedelta(seconds=1)))


def parse(line: str, found_in: str) -> Leg:
    """Read one row of cdr_csv, without its line end."""
    return from_values(_by_name(split(line)), found_in)


def names(width: int) -> tuple[str, ...]:
    """The variables of a row that has so many fields; of an empty log, those that every row has."""
    return _FIELDS + _TAILS.get(width, ())


def split(line: str) -> list[str]:
    """Cut a row into fields as cdr_csv quotes them."""
    try:
        rows = list(csv.reader([line], strict=True))
    except csv.Error:
        raise MalformedRowError("its quotes do not close") from None
    return rows[0] if rows else []


def from_values(values: dict[str, str], found_in: str) -> Leg:
    """Make a leg of the CDR's variables, refusing what cannot be one."""
    if not is_uniqueid(values.get("uniqueid", "")):
        raise MalformedRowError("it has no uniqueid")
    for name in ("start", "answer", "end"):
        text = values.get(name, "")
        if not _is_local_time(text) and (text or name == "start"):
            raise MalformedRowError(f"its {name} is no time")
    for name in ("duration", "billsec"):
        if not _SECONDS.fullmatch(values.get(name, "")):
            raise MalformedRowError(f"its {name} is no number of seconds")
    return Leg(**values, found_in=(found_in,))


def _is_local_time(text: str) -> bool:
    try:
        return bool(_LOCAL_TIME.fullmatch(text) and datetime.fromisoformat(text))
    except ValueError:
        return False


def _by_name(fields: list[str]) -> dict[str, str]:
    if len(fields) not in _TAILS:
        raise MalformedRowError(f"it has {len(fields)} fields instead of 17, 18, 20 or 21")
    values = dict(zip(_FIELDS + _TAILS[len(fields)], fields, strict=True))
    values.pop("peeraccount", None)
    values.pop("sequence", None)
    return values
