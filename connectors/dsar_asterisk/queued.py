"""One row of the queue log: what became of a call while it waited."""

import re

from msgspec import Struct

from dsar_asterisk.rows import Shape
from dsar_asterisk.traces import Half, MalformedRowError, is_uniqueid

SHAPE = Shape(b"|", 4, quoted=False)
HEAD_FIELDS = 5
NAMES = ("time", "callid", "queue", "agent", "event")
# Of the data behind the event: in which of them a number stands.
_NUMBER_IN = {"ENTERQUEUE": 1, "DID": 0, "BLINDTRANSFER": 0, "TRANSFER": 0}
_TIME = re.compile(r"\d{1,10}", re.ASCII)
_NOBODY = frozenset({"", "NONE"})


class Queued(Struct, frozen=True):
    """One row as written. It names no customer: it is whose call it is a part of."""

    time: str
    uniqueid: str
    queue: str
    agent: str
    event: str
    data: tuple[str, ...] = ()
    found_in: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Keep numbers and names out of tracebacks and logs."""
        return f"Queued({self.uniqueid!r}, {self.event!r}, …)"

    @property
    def linkedid(self) -> str:
        return ""

    @property
    def accountcode(self) -> str:
        return ""

    @property
    def halves(self) -> tuple[Half, ...]:
        return ()

    @property
    def number_at(self) -> int | None:
        """The place in `data` of the number that the row states."""
        place = _NUMBER_IN.get(self.event)
        return place if place is not None and place < len(self.data) else None

    @property
    def numbers(self) -> tuple[str, ...]:
        return () if self.number_at is None else (self.data[self.number_at],)

    @property
    def names_agent(self) -> bool:
        return self.agent not in _NOBODY


def read(line: str, found_in: str) -> Queued | None:
    """Read one row, without its line end; None where it is about a queue or an agent and about no call."""
    fields = line.split("|")
    if len(fields) < HEAD_FIELDS:
        raise MalformedRowError(f"it has {len(fields)} fields instead of at least {HEAD_FIELDS}")
    time, callid, queue, agent, event, *data = fields
    if not _TIME.fullmatch(time):
        raise MalformedRowError("its time is no number of seconds")
    if not is_uniqueid(callid):
        return None
    return Queued(time, callid, queue, agent, event, tuple(data), (found_in,))
