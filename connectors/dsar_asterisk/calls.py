"""A call: its traces, from whichever logs hold them, and the part of it that one customer may see."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from dsar_asterisk.cdr import Leg
from dsar_asterisk.cel import Event
from dsar_asterisk.numbers import Phone
from dsar_asterisk.queued import Queued
from dsar_asterisk.traces import Trace, moment

# A channel may leave several rows; together these tell them apart. Not every SQLite table keeps all of them.
SAME_LEG = ("uniqueid", "start", "src", "dst", "channel", "dstchannel", "duration")
_SAME_EVENT = ("uniqueid", "eventtime", "eventtype", "userdeftype", "appname")
_SAME_ROW = ("uniqueid", "time", "queue", "agent", "event", "data")
Copied = TypeVar("Copied", Leg, Event, Queued)


class Owner(Struct, frozen=True):
    """Whose part of a call.

    `unclaimed`, for the operator: also what the queue log says of calls of which no other log is left.
    """

    codes: frozenset[str]
    unclaimed: bool = False


class Call(Struct, frozen=True):
    """The traces of one call, each once: legs by channel, oldest first, events and queue rows by time."""

    legs: tuple[Leg, ...] = ()
    events: tuple[Event, ...] = ()
    queued: tuple[Queued, ...] = ()

    @property
    def traces(self) -> tuple[Trace, ...]:
        return (*self.legs, *self.events, *self.queued)

    @property
    def id(self) -> str:
        """Asterisk's linked id where a copy keeps it, else the id of the oldest channel."""
        return min((trace.linkedid or trace.uniqueid for trace in self.traces), key=moment)

    @property
    def uniqueids(self) -> tuple[str, ...]:
        """The channels' ids, oldest first."""
        return tuple(sorted({trace.uniqueid for trace in self.traces}, key=moment))

    @property
    def accountcodes(self) -> frozenset[str]:
        """The customers that a trace names."""
        return frozenset(trace.accountcode for trace in self.traces if trace.accountcode)

    def names(self, phone: Phone) -> bool:
        """Whether any trace names the number."""
        return any(phone.is_in(trace) for trace in self.traces)

    def part(self, owner: Owner) -> "Call | None":
        """Its traces under the owner's account codes, with those that have none; None if none has such a code.

        A trace without a code on a channel that another's code claims is that other's.
        """
        if owner.unclaimed and not (self.legs or self.events):
            return self
        if self.accountcodes.isdisjoint(owner.codes):
            return None
        others = self._claimed_by_others(owner)
        return Call(
            tuple(_owned(self.legs, owner, others)),
            tuple(_owned(self.events, owner, others)),
            tuple(_owned(self.queued, owner, others)),
        )

    def _claimed_by_others(self, owner: Owner) -> frozenset[str]:
        coded = [trace for trace in self.traces if trace.accountcode]
        ours = {trace.uniqueid for trace in coded if trace.accountcode in owner.codes}
        return frozenset(trace.uniqueid for trace in coded) - ours


def joined(traces: Iterable[Trace], same_leg: Sequence[str] = SAME_LEG) -> list[Call]:
    """Join traces into calls, oldest call first; rows equal in `same_leg` are copies of one leg."""
    groups: dict[object, list[Trace]] = {}
    for trace in traces:
        met = {id(groups[tag]): groups[tag] for tag in _tags(trace) if tag in groups}
        group = [trace, *(other for known in met.values() for other in known)]
        for member in group:
            groups.update(dict.fromkeys(_tags(member), group))
    calls = {id(group): _call(group, same_leg) for group in groups.values()}
    return sorted(calls.values(), key=lambda call: moment(call.id))


def _tags(trace: Trace) -> list[object]:
    linked = [("linkedid", trace.linkedid)] if trace.linkedid else []
    return [("uniqueid", trace.uniqueid), *linked, *trace.halves]


def _call(group: Sequence[Trace], same_leg: Sequence[str]) -> Call:
    legs = _distinct([trace for trace in group if isinstance(trace, Leg)], same_leg)
    events = _distinct([trace for trace in group if isinstance(trace, Event)], _SAME_EVENT)
    queued = _distinct([trace for trace in group if isinstance(trace, Queued)], _SAME_ROW)
    return Call(
        tuple(sorted(legs, key=lambda leg: (*moment(leg.uniqueid), leg.start, leg.channel, leg.dst))),
        tuple(sorted(events, key=lambda event: event.order)),
        tuple(sorted(queued, key=lambda row: (int(row.time), row.event, row.agent, row.data))),
    )


def _distinct(group: Iterable[Copied], same: Sequence[str]) -> list[Copied]:
    found: dict[tuple[object, ...], Copied] = {}
    for trace in group:
        key = tuple(getattr(trace, name) for name in same)
        found[key] = _merged(found[key], trace) if key in found else trace
    return list(found.values())


def _merged(one: Copied, other: Copied) -> Copied:
    values = {name: getattr(one, name) or getattr(other, name) for name in one.__struct_fields__}
    return replace(one, **(values | {"found_in": tuple(sorted({*one.found_in, *other.found_in}))}))


def _owned(traces: Iterable[Copied], owner: Owner, others: frozenset[str]) -> Iterator[Copied]:
    for trace in traces:
        if trace.accountcode in owner.codes or (not trace.accountcode and trace.uniqueid not in others):
            yield trace
