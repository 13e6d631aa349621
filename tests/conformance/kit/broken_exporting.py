"""Connectors that break a rule of exporting."""

from datetime import UTC, datetime, timedelta

from dsar.contract import (
    Attachment,
    Collection,
    Mark,
    Record,
    Speaker,
    Turn,
)

from .catching import caught_by, changed_item, counter, replace
from .shop import COLLECTIONS, ShopSession


@caught_by("test_the_export_is_exactly_what_the_system_holds", "items are missing")
class StopsAtAPageLimit(ShopSession):
    async def export(self, ref, scope, after):
        async for item in super().export(ref, scope, after):
            if isinstance(item, Mark):
                return
            yield item


@caught_by("test_the_export_is_exactly_what_the_system_holds", "yielded twice")
class RepeatsItems(ShopSession):
    async def export(self, ref, scope, after):
        async for item in super().export(ref, scope, after):
            for _ in range(1 if isinstance(item, Mark) else 2):
                yield item


@caught_by("test_the_export_is_the_same_the_second_time", "differs the second time")
class SaysSomethingNewEachTime(
    changed_item(
        ShopSession,
        lambda item: (
            replace(item, data=item.data | {"n": next(counter)}) if isinstance(item, Record) else item
        ),
    )
):
    pass


@caught_by("test_the_export_is_the_same_the_second_time", "or in their order")
class ChangesTheOrder(ShopSession):
    async def export(self, ref, scope, after):
        there = [item async for item in super().export(ref, scope, after) if not isinstance(item, Mark)]
        for item in there[:: 1 if next(counter) % 2 else -1]:
            yield item


@caught_by("test_an_export_is_taken_up_at_every_mark", "loses or repeats")
class MarksTooEarly(ShopSession):
    async def export(self, ref, scope, after):
        last = ""
        async for item in super().export(ref, scope, after):
            yield Mark(last) if isinstance(item, Mark) else item
            last = "i000" if isinstance(item, Mark) else item.origin.record_id
            last = "i000" if not last else f"i{int(last[1:]) - 1:03}"


@caught_by("test_an_export_is_taken_up_at_every_mark", "loses or repeats")
class MarksTooLate(ShopSession):
    async def export(self, ref, scope, after):
        async for item in super().export(ref, scope, after):
            yield Mark(f"i{int(item.cursor[1:]) + 1:03}") if isinstance(item, Mark) else item


@caught_by("test_an_export_is_taken_up_at_every_mark", "loses or repeats")
class RemembersMarksItself(ShopSession):
    def __init__(self, settings, http):
        super().__init__(settings, http)
        self.places = {}

    async def export(self, ref, scope, after):
        position = self.places.get(after.cursor) if after else None
        async for item in super().export(ref, scope, position):
            if isinstance(item, Mark):
                self.places[f"i{len(self.places)}"] = item
            yield Mark(f"i{len(self.places) - 1}") if isinstance(item, Mark) else item


def origin(**changes):
    return lambda item: replace(item, origin=replace(item.origin, **changes))


@caught_by("test_every_item_says_where_it_was_read", "without a time zone")
class HasNoTimeZone(changed_item(ShopSession, origin(read_at=datetime(2026, 11, 22)))):  # noqa: DTZ001 - what it breaks
    pass


@caught_by("test_every_item_says_where_it_was_read", "in the future")
class ReadsTheFuture(changed_item(ShopSession, origin(read_at=datetime.now(UTC) + timedelta(days=2)))):
    pass


@caught_by("test_every_item_says_where_it_was_read", "without `record_id`")
class NamesNoRecord(changed_item(ShopSession, origin(record_id=""))):
    pass


@caught_by("test_every_item_says_where_it_was_read", "does not describe")
class HidesACollection(ShopSession):
    @property
    def collections(self):
        return {name: each for name, each in COLLECTIONS.items() if name != "invoices"}


@caught_by("test_every_collection_is_described", "without a category")
class NamesNoCategory(ShopSession):
    @property
    def collections(self):
        return {**COLLECTIONS, "orders": Collection("", "What you bought")}


@caught_by("test_every_collection_is_described", "without a description")
class DescribesNothing(ShopSession):
    @property
    def collections(self):
        return {**COLLECTIONS, "orders": Collection("orders", " ")}


@caught_by("test_every_collection_is_described", "no date")
class MisnamesTheDate(ShopSession):
    @property
    def collections(self):
        return {**COLLECTIONS, "orders": Collection("orders", "What you bought", dated="note")}


@caught_by("test_every_pointer_leads_to_something", "leads to nothing")
class PointsNowhere(
    changed_item(
        ShopSession, lambda item: replace(item, others=("/also/1",)) if isinstance(item, Record) else item
    )
):
    pass


def spoken(**turn):
    turns = (Turn(**{"pointer": "/note", "speaker": Speaker.OTHER} | turn),)
    return changed_item(ShopSession, lambda item: replace(item, turns=turns) if is_spoken(item) else item)


def is_spoken(item):
    return isinstance(item, Record) and "note" in item.data


@caught_by("test_every_pointer_leads_to_something", "leads to no text")
class SpeaksNowhere(spoken(pointer="/also/1")):
    pass


@caught_by("test_every_pointer_leads_to_something", "ends before it begins")
class SpeaksBackwards(spoken(from_ms=900, to_ms=300)):
    pass


@caught_by("test_an_attachment_is_read_to_its_size", "not as many as")
class MisstatesTheSize(
    changed_item(ShopSession, lambda item: replace(item, size=1) if isinstance(item, Attachment) else item)
):
    pass


@caught_by("test_an_attachment_is_read_to_its_size", "the bytes differ")
class ReadsOnce(ShopSession):
    async def read(self, attachment, scope):
        yield str(next(counter)).encode()


@caught_by("test_an_attachment_is_read_to_its_size", "is a path")
class NamesAttachmentsByPath(
    changed_item(
        ShopSession, lambda item: replace(item, name="../x.wav") if isinstance(item, Attachment) else item
    )
):
    pass
