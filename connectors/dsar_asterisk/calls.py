"""A call: its legs, from whichever copies hold them, and the part of it that one customer may see."""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from dsar_asterisk.cdr import Leg, moment
from dsar_asterisk.numbers import Phone
from dsar_asterisk.wanted import halves

# A channel may leave several rows; together these tell them apart. Not every SQLite table keeps all of them.
SAME_LEG = ("uniqueid", "start", "src", "dst", "channel", "dstchannel", "duration")


class Call(Struct, frozen=True):
    """The legs of one call, each once, oldest channel first."""

    legs: tuple[Leg, ...]

    @property
    def id(self) -> str:
        """Asterisk's linked id where a copy keeps it, else the id of the oldest channel."""
        return min((leg.linkedid or leg.uniqueid for leg in self.legs), key=moment)

    @property
    def uniqueids(self) -> tuple[str, ...]:
        """The channels' ids, oldest first."""
        return tuple(dict.fromkeys(leg.uniqueid for leg in self.legs))

    @property
    def accountcodes(self) -> frozenset[str]:
        """The customers that a leg names."""
        return frozenset(leg.accountcode for leg in self.legs if leg.accountcode)

    def names(self, phone: Phone) -> bool:
        """Whether any leg names the number."""
        return any(phone.is_in(leg) for leg in self.legs)

    def part(self, codes: frozenset[str]) -> "Call | None":
        """Its legs under these account codes with those that have none; None if no leg has such a code."""
        if self.accountcodes.isdisjoint(codes):
            return None
        return Call(tuple(leg for leg in self.legs if leg.accountcode in codes or not leg.accountcode))


def joined(legs: Iterable[Leg], same_leg: Sequence[str] = SAME_LEG) -> list[Call]:
    """Join legs into calls, oldest call first; rows equal in `same_leg` are copies of one leg."""
    groups: dict[object, list[Leg]] = {}
    for leg in legs:
        met = {id(groups[tag]): groups[tag] for tag in _tags(leg) if tag in groups}
        group = [leg, *(other for known in met.values() for other in known)]
        for member in group:
            groups.update(dict.fromkeys(_tags(member), group))
    calls = {id(group): Call(_distinct(group, same_leg)) for group in groups.values()}
    return sorted(calls.values(), key=lambda call: moment(call.id))


def _tags(leg: Leg) -> list[object]:
    linked = [("linkedid", leg.linkedid)] if leg.linkedid else []
    return [("uniqueid", leg.uniqueid), *linked, *halves(leg)]


def _distinct(group: Sequence[Leg], same_leg: Sequence[str]) -> tuple[Leg, ...]:
    legs: dict[tuple[str, ...], Leg] = {}
    for leg in group:
        key = tuple(getattr(leg, name) for name in same_leg)
        legs[key] = _merged(legs[key], leg) if key in legs else leg
    return tuple(
        sorted(legs.values(), key=lambda leg: (*moment(leg.uniqueid), leg.start, leg.channel, leg.dst))
    )


def _merged(one: Leg, other: Leg) -> Leg:
    values = {name: getattr(one, name) or getattr(other, name) for name in one.__struct_fields__}
    return replace(one, **(values | {"found_in": tuple(sorted({*one.found_in, *other.found_in}))}))
