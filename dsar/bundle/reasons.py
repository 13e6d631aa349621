"""Why parts of an answer stayed out, as the person reads it: each ground once, with its law and how often."""

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from dsar.bundle.release import Counted
from dsar.domain.withholding import Place, Rule, Withheld, WithholdingGround


class Reason(Struct, frozen=True):
    """A ground, and the provision that it rests on here."""

    ground: WithholdingGround
    law: str


class Total(Struct, frozen=True):
    """How many places stayed out for one reason, and in which systems, by title."""

    reason: Reason
    places: int
    titles: tuple[str, ...]


def reasons(withheld: Iterable[Withheld]) -> tuple[Reason, ...]:
    """Each once, in the order they come."""
    return tuple(dict.fromkeys(Reason(one.ground, one.law) for one in withheld))


def never_disclosed(counts: Mapping[Counted, int]) -> int:
    """How many of a release's counts are numbers and secrets that open accounts, which a sentence of its own tells."""
    return sum(count for counted, count in counts.items() if counted.rule is Rule.UNDISCLOSED)


def totals(counts: Mapping[Counted, int], title_of: Callable[[str], str]) -> list[Total]:
    """A release's other counts by reason, the most frequent first."""
    places: dict[Reason, int] = {}
    titles: dict[Reason, set[str]] = {}
    for counted, count in counts.items():
        if counted.rule is not Rule.UNDISCLOSED:
            (reason,) = reasons([Withheld(place=Place(), ground=counted.ground, rule=counted.rule)])
            places[reason] = places.get(reason, 0) + count
            titles.setdefault(reason, set()).add(title_of(counted.system))
    found = [Total(reason, count, tuple(sorted(titles[reason]))) for reason, count in places.items()]
    return sorted(found, key=lambda total: (-total.places, total.reason.ground))
