"""Rules of an export: exactly what is there, again and again, from any mark on, with its provenance."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from dsar.conformance.asking import (
    all_of,
    data_of,
    exported,
    items,
    opened,
    pair,
    pairs,
    stream,
    subjects,
)
from dsar.conformance.counterpart import Counterpart
from dsar.contract import Attachment, Collection, Mark, Record, resolves, value_at

CLOCKS_DIFFER = timedelta(minutes=5)
DATE_LENGTH = len("2026-03-02")


class Exporting:
    """What `export` owes."""

    async def test_the_export_is_exactly_what_the_system_holds(self, counterpart: Counterpart) -> None:
        known = counterpart.known
        async with opened(counterpart) as session:
            refs = await subjects(session, known)
            given = [await items(session, ref, known.scope) for ref in refs]
        for each in given:
            assert len(pairs(each)) == len(each), "export: an item is yielded twice"
        there = {pair(item) for each in given for item in each}
        assert there == known.items, _difference(there, known.items)

    async def test_the_export_is_the_same_the_second_time(self, counterpart: Counterpart) -> None:
        known = counterpart.known
        async with opened(counterpart) as session:
            first = [await items(session, ref, known.scope) for ref in await subjects(session, known)]
            again = [await items(session, ref, known.scope) for ref in await subjects(session, known)]
        assert first == again, "export: differs the second time, in an item or in their order"

    async def test_an_export_is_taken_up_at_every_mark_without_loss_or_repeat(
        self, counterpart: Counterpart
    ) -> None:
        known = counterpart.known
        async with opened(counterpart) as session:
            refs = await subjects(session, known)
            whole = [await stream(session, ref, known.scope) for ref in refs]
        # Another process takes it up: a mark that a session remembers is none.
        async with opened(counterpart) as session:
            for ref, each in zip(refs, whole, strict=True):
                everything = [item for item in each if not isinstance(item, Mark)]
                for position, mark in enumerate(each):
                    if not isinstance(mark, Mark):
                        continue
                    before = [item for item in each[:position] if not isinstance(item, Mark)]
                    rest = await items(session, ref, known.scope, mark)
                    assert before + rest == everything, (
                        "export: taken up at a mark, it loses or repeats an item"
                    )

    async def test_every_item_says_where_it_was_read(self, counterpart: Counterpart) -> None:
        known = counterpart.known
        async with opened(counterpart) as session:
            described = session.collections
            raw = [
                item
                for ref in await subjects(session, known)
                for item in await all_of(session.export(ref, known.scope, None))
                if not isinstance(item, Mark)
            ]
        latest = datetime.now(UTC) + CLOCKS_DIFFER
        for item in raw:
            name = item.origin.collection
            assert name in described, f"{name}: an item's collection that `collections` does not describe"
            assert item.origin.record_id.strip(), f"{name}: an item without `record_id`"
            assert item.origin.read_at.tzinfo is not None, f"{name}: `read_at` without a time zone"
            assert item.origin.read_at <= latest, f"{name}: `read_at` lies in the future"

    async def test_every_collection_is_described(self, counterpart: Counterpart) -> None:
        async with opened(counterpart) as session:
            described = session.collections
            given = await exported(session, counterpart.known)
        assert described, "collections: describes none"
        for name, collection in described.items():
            assert collection.category.strip(), f"{name}: without a category of the profile"
            assert collection.description.strip(), f"{name}: without a description, which the person reads"
        for item in given:
            if isinstance(item, Record):
                _is_dated(item, described)

    async def test_every_pointer_leads_to_something(self, counterpart: Counterpart) -> None:
        async with opened(counterpart) as session:
            given = await exported(session, counterpart.known)
        for item in given:
            if isinstance(item, Record):
                data = data_of(item)
                for pointer in (*item.others, *item.made_by_ai, *item.inferred):
                    assert resolves(data, pointer), (
                        f"{item.origin.collection}: the pointer {pointer!r} leads to nothing in the record"
                    )
                _is_spoken(item)

    async def test_an_attachment_is_read_to_its_size_twice_the_same(self, counterpart: Counterpart) -> None:
        known = counterpart.known
        async with opened(counterpart) as session:
            given = await exported(session, known)
            there = pairs(given)
            for item in given:
                if not isinstance(item, Attachment):
                    continue
                name = item.origin.collection
                first = b"".join(await all_of(session.read(item, known.scope)))
                again = b"".join(await all_of(session.read(item, known.scope)))
                assert first == again, f"{name}: read twice, the bytes differ"
                assert item.size in {None, len(first)}, f"{name}: the bytes are not as many as `size` says"
                assert item.name.strip(), f"{name}: an attachment without a name"
                assert "/" not in item.name, f"{name}: an attachment's name is a path"
                assert "/" in item.media_type, f"{name}: `media_type` is none"
                assert item.record is None or item.record in there, f"{name}: `record` is not in the export"


def _is_spoken(record: Record) -> None:
    """Each turn has its text, and ends after it begins: by it another person's words and voice are withheld."""
    name, data = record.origin.collection, data_of(record)
    for turn in record.turns:
        text = value_at(data, turn.pointer)
        assert isinstance(text, str), f"{name}: the turn {turn.pointer!r} leads to no text in the record"
        begins, ends = turn.from_ms or 0, turn.to_ms
        assert begins >= 0, f"{name}: a turn begins before the recording"
        assert ends is None or ends >= begins, f"{name}: a turn ends before it begins"


def _is_dated(record: Record, described: Mapping[str, Collection]) -> None:
    """The record's own date is one, where the collection says which field holds it and the field has a value."""
    collection = described.get(record.origin.collection)
    if collection is None or collection.dated is None:
        return
    value = data_of(record).get(collection.dated)
    if value is not None:
        try:
            date.fromisoformat(str(value)[:DATE_LENGTH])
        except ValueError:
            raise AssertionError(f"{record.origin.collection}: `dated` is no date in ISO 8601") from None


def _difference(there: set[tuple[str, str]], wanted: frozenset[tuple[str, str]]) -> str:
    missing, extra = sorted(wanted - there), sorted(there - wanted)
    return f"export: {len(missing)} items are missing: {missing[:3]}; {len(extra)} too many: {extra[:3]}"
