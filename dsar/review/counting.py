"""How much was found, and how much of it would not leave: counts alone, over all segments, one at a time."""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from dsar.domain.withholding import Certainty, Rule, Target, Withheld, WithholdingGround
from dsar.review.browsing import Damaged, damaged
from dsar.review.hearing import ByRecord, heard_in, how_it_leaves
from dsar.review.looking import Look
from dsar.review.opening import where_of
from dsar.store.findings import SegmentRow
from dsar.vault import VaultError
from dsar.vault.segments import Collectable, StoredAttachment

KEPT_MAX = 64  # summaries by their content's digest: they hold numbers and keys, and nothing of the person's


class Found(Struct, frozen=True, kw_only=True):
    """What one collection of one system gave. `left_out` is the provision by which all of it stays out."""

    system: str
    category: str
    collection: str
    match: str
    left_out: str | None
    records: int
    files: int
    calls: int
    recordings: int
    bytes: int


class WithheldCount(Struct, frozen=True, kw_only=True):
    """Places of one kind in one collection that would not leave."""

    system: str
    category: str
    collection: str
    rule: Rule
    ground: WithholdingGround
    law: str
    certainty: Certainty
    target: Target
    places: int


class Summary(Struct, frozen=True):
    """All of a case. Of a damaged segment nothing is counted as withheld: nobody can look."""

    found: list[Found]
    withheld: list[WithheldCount]
    damaged: list[Damaged]


class Counting:
    """Counts what would be withheld, one case at a time: whoever asks while another is counted waits."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, Summary] = OrderedDict()
        self._one_at_a_time = asyncio.Semaphore(1)

    async def of(self, look: Look, content: bytes) -> Summary:
        """The summary of a content, counted once for as long as it stands."""
        async with self._one_at_a_time:
            kept = self._kept.get(content)
            summary = kept if kept is not None else await summed(look)
            if not summary.damaged:  # what is mended is looked at anew
                self._kept[content] = summary
                self._kept.move_to_end(content)
            while len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)
            return summary


async def summed(look: Look) -> Summary:
    """Count all of a case."""
    counts: Counter[tuple[SegmentPlace, Kind]] = Counter()
    broken: list[Damaged] = []
    for row in look.rows:
        if look.left_out(row) is not None:
            continue  # all of it stays out, and is counted as that
        try:
            heard = await heard_in(look, row)
            found = await look.sealed.looked_at(row, lambda items: _kinds(look, row, items, heard))  # noqa: B023 - awaited here
        except VaultError:
            broken.append(damaged(row))
            continue
        for kind, places in found.items():
            counts[_place(row), kind] += places
    return Summary(_found(look), sorted(_shown(counts), key=_order), broken)


SegmentPlace = tuple[str, str, str]
Kind = tuple[Rule, WithholdingGround, str, Certainty, Target]


def _place(row: SegmentRow) -> SegmentPlace:
    return (row.system_key, row.category, row.collection)


def _kinds(look: Look, row: SegmentRow, items: list[Collectable], heard: ByRecord) -> Counter[Kind]:
    return Counter(
        (one.rule, one.ground, one.law, one.certainty, one.place.target)
        for item in items
        for one in withheld_of(look, row, item, heard)
    )


def withheld_of(look: Look, row: SegmentRow, item: Collectable, heard: ByRecord) -> Sequence[Withheld]:
    """What of one item would not leave."""
    if isinstance(item, StoredAttachment):
        return how_it_leaves(look, row, item, heard).withheld
    return look.withholding.of(where_of(row), item)


def _shown(counts: Counter[tuple[SegmentPlace, Kind]]) -> Iterator[WithheldCount]:
    for ((system, category, collection), (rule, ground, law, certainty, target)), places in counts.items():
        yield WithheldCount(
            system=system,
            category=category,
            collection=collection,
            rule=rule,
            ground=ground,
            law=law,
            certainty=certainty,
            target=target,
            places=places,
        )


def _order(count: WithheldCount) -> tuple[str, ...]:
    return (count.category, count.system, count.collection, count.rule, count.certainty, count.target)


def _found(look: Look) -> list[Found]:
    groups: dict[tuple[SegmentPlace, str, str | None], list[SegmentRow]] = {}
    for row in look.rows:
        match = "sure" if look.is_sure(row) else "unsure"
        groups.setdefault((_place(row), match, look.left_out(row)), []).append(row)
    return [_one(place, match, left_out, rows) for (place, match, left_out), rows in groups.items()]


def _one(place: SegmentPlace, match: str, left_out: str | None, rows: Iterable[SegmentRow]) -> Found:
    sums: Counter[str] = Counter()
    for row in rows:
        sums.update(
            records=row.records,
            files=row.attachments,
            calls=row.calls,
            recordings=row.recordings,
            bytes=row.bytes,
        )
    return Found(
        system=place[0],
        category=place[1],
        collection=place[2],
        match=match,
        left_out=left_out,
        records=sums["records"],
        files=sums["files"],
        calls=sums["calls"],
        recordings=sums["recordings"],
        bytes=sums["bytes"],
    )
