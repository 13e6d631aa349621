"""Rules of a plan: it changes nothing, it is what the erasure then does, and a stale one stops it."""

from collections import Counter

import pytest

from dsar.conformance.asking import Item, exported, opened, pair, pairs, subjects
from dsar.conformance.counterpart import Counterpart
from dsar.conformance.erasing import KEY, agree, erase, finished, grounded, picture, remaining, takes
from dsar.contract import Changed, Erase, OrderKind, Plan, Session

STALE = "1-" + "0" * 64


class Planning:
    """What `foresee` and `Erase.plan` owe."""

    async def test_a_plan_changes_nothing_and_is_the_same_the_second_time(
        self, counterpart: Counterpart
    ) -> None:
        if not takes(counterpart, OrderKind.ERASE):
            return
        before = await picture(counterpart)
        async with opened(counterpart) as session:
            there = await exported(session, counterpart.known)
            first, again = await _plans(counterpart, session), await _plans(counterpart, session)
            assert await exported(session, counterpart.known) == there, "foresee: changed an item"
        assert await picture(counterpart) == before, "foresee: changed what the system holds"
        assert [each.digest for each in first] == [each.digest for each in again], (
            "foresee: another digest each time"
        )
        assert [dict(each.erased) for each in first] == [dict(each.erased) for each in again], (
            "foresee: counts differ"
        )
        for each in first:
            assert each.digest, "foresee: a plan without a digest"
            assert all(count >= 0 for count in each.erased.values()), "foresee: less than nothing is erased"
            for kept in each.kept:
                grounded(kept)

    async def test_the_erasure_does_what_the_plan_said(self, counterpart: Counterpart) -> None:
        if not takes(counterpart, OrderKind.ERASE):
            return
        known = counterpart.known
        async with opened(counterpart) as session:
            before = await exported(session, known)
            # Each subject's plan is made and carried out in turn, as the service does: two may share an item.
            said: Counter[str] = Counter()
            receipts = []
            for number, ref in enumerate(await subjects(session, known)):
                plan = await session.foresee(ref, known.scope, Erase())
                order = Erase(plan=plan.digest)
                receipt = await finished(counterpart, session, ref, known.scope, order, f"{KEY}:{number}")
                promised = {
                    (kept.origin.collection, kept.origin.record_id, kept.ground) for kept in plan.kept
                }
                done = {(kept.origin.collection, kept.origin.record_id, kept.ground) for kept in receipt.kept}
                assert promised == done, "erase: what was kept, or its ground, is not what the plan said"
                said += Counter(dict(plan.erased))
                receipts.append((ref, receipt))
            there = await remaining(session, known, receipts)
            agree(session, there, receipts)
        gone = _gone(before, there)
        assert said == gone, f"erase: the plan said {dict(said)}, and {dict(gone)} is what went"

    async def test_an_approved_erasure_is_sent_again_without_harm(self, counterpart: Counterpart) -> None:
        if not takes(counterpart, OrderKind.ERASE):
            return
        known = counterpart.known
        async with opened(counterpart) as session:
            ref = (await subjects(session, known))[0]
            order = Erase(plan=(await session.foresee(ref, known.scope, Erase())).digest)
            first = await finished(counterpart, session, ref, known.scope, order, KEY)
            held = await picture(counterpart)
            # Nothing is left that the plan did not foresee, so there is nothing to stop.
            again = await finished(counterpart, session, ref, known.scope, order, KEY)
        assert again.changed <= first.changed, "erase: the same plan sent again says that it changed more"
        assert await picture(counterpart) == held, "erase: the same plan sent again changed more"

    async def test_a_plan_that_is_no_longer_so_stops_the_erasure(self, counterpart: Counterpart) -> None:
        if not takes(counterpart, OrderKind.ERASE):
            return
        known = counterpart.known
        before = await picture(counterpart)
        async with opened(counterpart) as session:
            there = pairs(await exported(session, known))
            for ref in await subjects(session, known):
                with pytest.raises(Changed):
                    await session.carry_out(ref, known.scope, Erase(plan=STALE), KEY)
            assert pairs(await exported(session, known)) == there, (
                "erase: stopped by its plan, and yet items went"
            )
        assert await picture(counterpart) == before, "erase: stopped by its plan, and yet something changed"

    async def test_a_plan_after_the_erasure_erases_nothing(self, counterpart: Counterpart) -> None:
        if not takes(counterpart, OrderKind.ERASE):
            return
        known = counterpart.known
        async with opened(counterpart) as session:
            receipts = await erase(counterpart, session, known)
            for ref, _ in receipts:
                plan = await session.foresee(ref, known.scope, Erase())
                assert not sum(plan.erased.values()), "foresee: would erase what is gone, or what was kept"


async def _plans(counterpart: Counterpart, session: Session) -> list[Plan]:
    known = counterpart.known
    return [await session.foresee(ref, known.scope, Erase()) for ref in await subjects(session, known)]


def _gone(before: list[Item], there: list[Item]) -> Counter[str]:
    """Items of each collection that an export had and has no more."""
    still = pairs(there)
    return Counter(collection for collection, record_id in {pair(item) for item in before} - still)
