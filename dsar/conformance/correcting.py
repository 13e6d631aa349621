"""Rules of the orders that change and hide nothing for ever: a correction shows, a restriction is lifted."""

from dsar.conformance.asking import data_of, exported, opened, pairs, subjects
from dsar.conformance.counterpart import Counterpart
from dsar.conformance.erasing import seen, takes
from dsar.conformance.samples import correction, sample_orders, sent
from dsar.contract import OrderKind, Record, Restrict


class Correcting:
    """What `Rectify`, `Restrict` and `Suppress` owe beyond being done once."""

    async def test_a_correction_is_seen_in_the_export(self, counterpart: Counterpart) -> None:
        if not takes(counterpart, OrderKind.RECTIFY):
            return
        wanted = correction(counterpart)
        async with opened(counterpart) as session:
            refs = await subjects(session, counterpart.known)
            await sent(
                counterpart, session, counterpart.known, sample_orders(counterpart, OrderKind.RECTIFY, refs)
            )
        there = [
            data_of(item)
            for item in await seen(counterpart, counterpart.known)
            if isinstance(item, Record) and item.origin.collection == wanted.collection
        ]
        assert any(all(data.get(name) == value for name, value in wanted.values.items()) for data in there), (
            "rectify: no record of the collection has the corrected values"
        )

    async def test_a_restriction_hides_nothing_from_the_person_and_is_lifted(
        self, counterpart: Counterpart
    ) -> None:
        if not takes(counterpart, OrderKind.RESTRICT):
            return
        known = counterpart.known
        async with opened(counterpart) as session:
            before = pairs(await exported(session, known))
            refs = await subjects(session, known)
            for on in (True, False):
                await sent(counterpart, session, known, [(ref, Restrict(on=on)) for ref in refs])
                there = pairs(await exported(session, known))
                assert there == before, "restrict: what is restricted is no longer told to the person"

    async def test_a_marketing_stop_leaves_the_persons_items(self, counterpart: Counterpart) -> None:
        if not takes(counterpart, OrderKind.SUPPRESS):
            return
        known = counterpart.known
        before = pairs(await seen(counterpart, known))
        async with opened(counterpart) as session:
            refs = await subjects(session, known)
            await sent(counterpart, session, known, sample_orders(counterpart, OrderKind.SUPPRESS, refs))
        assert before <= pairs(await seen(counterpart, known)), "suppress: an objection erased an item"
