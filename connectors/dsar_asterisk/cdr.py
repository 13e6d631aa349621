"""One leg of a call, as a CDR row states it."""

import csv
import re
from datetime import datetime

from msgspec import Struct

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

_UNIQUEID = re.compile(r"(?:[\w.-]+-)?(\d{1,12})\.(\d{1,12})", re.ASCII)
_LOCAL_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
_SECONDS = re.compile(r"\d{0,10}", re.ASCII)
_CLID = re.compile(r'\s*"?(?P<name>.*?)"?\s*<(?P<number>[^<>]*)>\s*', re.DOTALL)


class MalformedRowError(ValueError):
    """A row that is no CDR; the text says why and holds nothing of the row."""


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


def parse(line: str, found_in: str) -> Leg:
    """Read one row of cdr_csv, without its line end."""
    return from_values(_by_name(split(line)), found_in)


def split(line: str) -> list[str]:
    """Cut a row into fields as cdr_csv quotes them."""
    try:
        rows = list(csv.reader([line], strict=True))
    except csv.Error:
        raise MalformedRowError("its quotes do not close") from None
    return rows[0] if rows else []


def from_values(values: dict[str, str], found_in: str) -> Leg:
    """Make a leg of the CDR's variables, refusing what cannot be one."""
    if not _UNIQUEID.fullmatch(values.get("uniqueid", "")):
        raise MalformedRowError("it has no uniqueid")
    for name in ("start", "answer", "end"):
        text = values.get(name, "")
        if not _is_local_time(text) and (text or name == "start"):
            raise MalformedRowError(f"its {name} is no time")
    for name in ("duration", "billsec"):
        if not _SECONDS.fullmatch(values.get(name, "")):
            raise MalformedRowError(f"its {name} is no number of seconds")
    return Leg(**values, found_in=(found_in,))


def moment(uniqueid: str) -> tuple[int, int, str]:
    """When the channel was made, to order by: epoch seconds, Asterisk's count of channels, the id."""
    parts = _UNIQUEID.fullmatch(uniqueid)
    if parts is None:
        raise MalformedRowError("it has no uniqueid")
    return int(parts[1]), int(parts[2]), uniqueid


def is_uniqueid(text: str) -> bool:
    """Whether Asterisk could have given this id."""
    return _UNIQUEID.fullmatch(text) is not None


def clid_number(clid: str) -> str:
    """The number inside a caller id such as `"Anna Testi" <+358401234567>`."""
    parts = _CLID.fullmatch(clid)
    return parts["number"].strip() if parts else clid.strip().strip('"')


def clid_name(clid: str) -> str:
    """The name inside a caller id, empty if it has none."""
    parts = _CLID.fullmatch(clid)
    return parts["name"].strip() if parts else ""


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
