"""What a decision would change before anybody takes it: how many items, and the first of them to look at."""

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from msgspec import Struct

from dsar.domain.withholding import Place, Rule, Withheld, WithholdingGround
from dsar.review.acting import Actor
from dsar.review.browsing import Damaged, damaged
from dsar.review.counting import withheld_of
from dsar.review.hearing import ByRecord, heard_in
from dsar.review.item import Item
from dsar.review.looking import Look, Looking
from dsar.review.redacting import Redacting, Wish
from dsar.store.findings import SegmentRow
from dsar.vault import VaultError
from dsar.vault.segments import Collectable

EXAMPLES_MAX = 20
# A preview opens all of a case, twice: one for each person, and few for all.
AT_ONCE_MAX = 4


class TooManyPreviews(Exception):
    """As many previews run as may, or one of the same person's does."""


class Changed(Struct, frozen=True):
    """What would change in one collection: items, and places withheld more or let go in them."""

    system: str
    category: str
    collection: str
    items: int
    withheld: int
    let_go: int


class Preview(Struct, frozen=True):
    """What a decision would change. `examples` are items to look at, the first of them."""

    changed: list[Changed]
    examples: list[str]
    damaged: list[Damaged]


class Previewing:
    """Tries a decision on everything that was found, and writes nothing."""

    def __init__(self, looking: Looking, redacting: Redacting) -> None:
        self._looking = looking
        self._redacting = redacting
        self._running: set[UUID] = set()

    async def of(self, actor: Actor, case_id: UUID, wish: Wish) -> Preview:
        """The preview of a wish; raises InvalidInput for one that could not be kept, and TooManyPreviews."""
        if actor.id in self._running or len(self._running) >= AT_ONCE_MAX:
            raise TooManyPreviews
        self._running.add(actor.id)
        try:
            return await self._tried(actor, case_id, wish)
        finally:
            self._running.discard(actor.id)

    async def _tried(self, actor: Actor, case_id: UUID, wish: Wish) -> Preview:
        ready = await self._redacting.ready(actor, case_id, wish)
        now = await self._looking.at(case_id)
        then = await self._looking.at(case_id, also=[ready.decided])
        trial = _Trial(now, then)
        for row in now.rows:
            await trial.look(row)
        return Preview(trial.changed, trial.examples, trial.damaged)


class _Trial:
    """The comparison, one segment at a time."""

    def __init__(self, now: Look, then: Look) -> None:
        self._now = now
        self._then = then
        self._counts: Counter[tuple[str, str, str, str]] = Counter()
        self.examples: list[str] = []
        self.damaged: list[Damaged] = []

    async def look(self, row: SegmentRow) -> None:
        try:
            before, after = await heard_in(self._now, row), await heard_in(self._then, row)
            await self._now.sealed.looked_at(row, lambda items: self._compare(row, items, before, after))
        except VaultError:
            self.damaged.append(damaged(row))

    def _compare(self, row: SegmentRow, items: list[Collectable], before: ByRecord, after: ByRecord) -> None:
        for number, item in enumerate(items):
            was = _told(withheld_of(self._now, row, item, before))
            would = _told(withheld_of(self._then, row, item, after))
            if was == would:
                continue
            place = (row.system_key, row.category, row.collection)
            self._counts.update(
                {
                    (*place, "items"): 1,
                    (*place, "withheld"): len(would - was),
                    (*place, "let_go"): len(was - would),
                }
            )
            if len(self.examples) < EXAMPLES_MAX:
                self.examples.append(str(Item(row.step_id, row.seq, number)))

    @property
    def changed(self) -> list[Changed]:
        """By collection, in order."""
        places = sorted({key[:3] for key in self._counts})
        return [
            Changed(*place, *(self._counts[*place, what] for what in ("items", "withheld", "let_go")))
            for place in places
        ]


def _told(withheld: Iterable[Withheld]) -> set[tuple[Place, WithholdingGround, Rule]]:
    return {(one.place, one.ground, one.rule) for one in withheld}
