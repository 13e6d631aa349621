"""What staff decided, applied over what the rules found: first by selectors, then place by place, the newest last."""

from collections.abc import Callable, Iterable, Sequence

from dsar.domain.withholding.decided import Decided, Effect, Selector
from dsar.domain.withholding.lifting import Lift
from dsar.domain.withholding.line import Collected
from dsar.domain.withholding.place import Place
from dsar.domain.withholding.selecting import reaches
from dsar.domain.withholding.withheld import Rule, Withheld

Find = Callable[[Selector], Iterable[Place]]
Index = Callable[[str, str], bytes]


class Staff:
    """The decisions of one case, in the order in which they were made."""

    def __init__(self, decided: Sequence[Decided], index: Index) -> None:
        self._index = index
        self._selecting = [(one, one.words.selector) for one in decided if one.words.selector is not None]
        self._items: dict[bytes, list[tuple[Decided, Place]]] = {}
        for one in decided:
            if one.item is not None and one.words.place is not None:
                self._items.setdefault(one.item, []).append((one, one.words.place))
        self._reaching: dict[Collected, list[tuple[Decided, Selector]]] = {}
        self.decides = bool(self._selecting or self._items)

    def over(
        self, hits: Iterable[Withheld], where: Collected, record_id: Callable[[], str], find: Find
    ) -> list[Withheld]:
        """What stays out after their decisions. Of several about one place the strongest stands first.

        A selector gives way to a later one, and both to a decision on the item; that gives way only to a later one on
        exactly its place: to take it back is to undo it.
        """
        left = list(hits)
        for one, selector in self._of(where):
            places = list(find(selector))
            left = _with(one, places, left) if one.effect is Effect.WITHHOLD else Lift(places).of(left)
        by_item: dict[Place, Decided] = {}
        for one, place in self._about(where, record_id):
            by_item.pop(place, None)
            if one.effect is Effect.WITHHOLD:
                by_item[place] = one
            else:
                left = Lift([place]).of(left)
        for place, one in by_item.items():
            left = _with(one, [place], left)
        return left

    def lifted(
        self, hits: Iterable[Withheld], where: Collected, record_id: Callable[[], str], find: Find
    ) -> list[Withheld]:
        """What is left of further hits after what they disclosed, without what they withhold."""
        left = list(hits)
        for one, selector in self._of(where):
            if one.effect is Effect.DISCLOSE:
                left = Lift(find(selector)).of(left)
        lifts = [place for one, place in self._about(where, record_id) if one.effect is Effect.DISCLOSE]
        return Lift(lifts).of(left)

    def _of(self, where: Collected) -> list[tuple[Decided, Selector]]:
        if where not in self._reaching:
            self._reaching[where] = [(one, sel) for one, sel in self._selecting if reaches(sel, where)]
        return self._reaching[where]

    def _about(self, where: Collected, record_id: Callable[[], str]) -> list[tuple[Decided, Place]]:
        if not self._items:
            return []
        return self._items.get(self._index(f"{where.system}:{where.collection}", record_id()), [])


def _with(one: Decided, places: Iterable[Place], hits: list[Withheld]) -> list[Withheld]:
    by_hand = [
        Withheld(place=place, ground=one.ground, rule=Rule.BY_HAND, decision=one.id) for place in places
    ]
    return by_hand + hits
