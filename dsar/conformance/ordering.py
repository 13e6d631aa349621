"""Rules of orders: what is declared is done once, to this subject alone; what is not is refused."""

import asyncio

import pytest

from dsar.conformance.asking import exported, opened, pairs, subjects
from dsar.conformance.counterpart import Counterpart
from dsar.conformance.erasing import (
    KEY,
    agree,
    erase,
    finished,
    picture,
    remaining,
    seen,
    takes,
)
from dsar.conformance.finding import NOBODYS
from dsar.conformance.samples import sample_orders, sent
from dsar.contract import ConnectorError, Erase, OrderKind, Refused

LOOP_TURNS = 3  # so far an order has come when it is cut off: it has begun, and hardly ever ended


class Ordering:
    """What `carry_out` owes."""

    @pytest.mark.parametrize("kind", list(OrderKind))
    async def test_an_order_that_is_not_declared_is_refused_and_changes_nothing(
        self, counterpart: Counterpart, kind: OrderKind
    ) -> None:
        if takes(counterpart, kind):
            return
        known = counterpart.known
        before = await picture(counterpart)
        async with opened(counterpart) as session:
            for ref, order in sample_orders(counterpart, kind, await subjects(session, known)):
                with pytest.raises(Refused):
                    await session.carry_out(ref, known.scope, order, KEY)
        assert await picture(counterpart) == before, (
            f"carry_out: {kind} was refused and yet changed something"
        )

    @pytest.mark.parametrize("kind", list(OrderKind))
    async def test_an_order_twice_with_one_key_changes_nothing_more(
        self, counterpart: Counterpart, kind: OrderKind
    ) -> None:
        if not takes(counterpart, kind):
            return
        known = counterpart.known
        async with opened(counterpart) as session:
            orders = sample_orders(counterpart, kind, await subjects(session, known))
            first = await sent(counterpart, session, known, orders)
        held, there = await picture(counterpart), await seen(counterpart, known)
        # Another session sends it again: whoever ordered may have died before the receipt was written down.
        async with opened(counterpart) as session:
            again = await sent(counterpart, session, known, orders)
        more = sum(receipt.changed for receipt in again) > sum(receipt.changed for receipt in first)
        assert not more, f"carry_out: {kind} sent again says that it changed more"
        assert await picture(counterpart) == held, (
            f"carry_out: {kind} sent again changed what the system holds"
        )
        assert await seen(counterpart, known) == there, f"carry_out: {kind} sent again changed an item"

    async def test_after_an_erasure_the_export_is_exactly_what_was_kept(
        self, counterpart: Counterpart
    ) -> None:
        if not takes(counterpart, OrderKind.ERASE):
            return
        known = counterpart.known
        async with opened(counterpart) as session:
            before = pairs(await exported(session, known))
            receipts = await erase(counterpart, session, known)
            there = await remaining(session, known, receipts)
            agree(session, there, receipts)
        gone = before - pairs(there)
        assert gone, "erase: nothing of the known went; let the counterpart hold something that may go"
        assert any(receipt.changed for _, receipt in receipts), "erase: items went, and `changed` says none"
        assert await counterpart.held(known) <= len(there), (
            "erase: the system itself still holds more than is kept"
        )

    async def test_an_erasure_touches_nobody_else(self, counterpart: Counterpart) -> None:
        if not takes(counterpart, OrderKind.ERASE):
            return
        others = [each for each in (counterpart.decoy, counterpart.other_tenant) if each is not None]
        before = [(await counterpart.held(each), await seen(counterpart, each)) for each in others]
        async with opened(counterpart) as session:
            await erase(counterpart, session, counterpart.known)
        after = [(await counterpart.held(each), await seen(counterpart, each)) for each in others]
        assert before == after, "erase: changed what the system holds of somebody else"

    async def test_an_erasure_in_a_scope_that_is_not_the_subjects_changes_nothing(
        self, counterpart: Counterpart
    ) -> None:
        if not takes(counterpart, OrderKind.ERASE):
            return
        other = counterpart.other_tenant
        before = await picture(counterpart)
        async with opened(counterpart) as session:
            refs = await subjects(session, counterpart.known)
            crossed = [(ref, NOBODYS) for ref in refs]
            if other is not None:
                crossed += [(ref, other.scope) for ref in refs if ref not in await subjects(session, other)]
            for ref, scope in crossed:
                try:
                    await session.carry_out(ref, scope, Erase(), KEY)
                except ConnectorError:
                    continue
        assert await picture(counterpart) == before, "erase: reached beyond the scope that it was given"

    async def test_an_erasure_of_named_items_takes_no_others(self, counterpart: Counterpart) -> None:
        if not takes(counterpart, OrderKind.ERASE):
            return
        known = counterpart.known
        before = pairs(await seen(counterpart, known))
        async with opened(counterpart) as session:
            ref = (await subjects(session, known))[0]
            named = min(before)
            try:
                await finished(counterpart, session, ref, known.scope, Erase(only=(named,)), KEY)
            except Refused:
                named = ("", "")  # it cannot tell them from the rest: then all stays
        lost = before - pairs(await seen(counterpart, known))
        assert lost <= {named}, "erase: an order about one item took others, or was refused and took some"

    async def test_an_erasure_that_was_cut_off_is_completed_by_its_repetition(
        self, counterpart: Counterpart
    ) -> None:
        if not takes(counterpart, OrderKind.ERASE):
            return
        known = counterpart.known
        async with opened(counterpart) as session:
            refs = await subjects(session, known)
            sent = asyncio.create_task(session.carry_out(refs[0], known.scope, Erase(), f"{KEY}:0"))
            for _ in range(LOOP_TURNS):
                await asyncio.sleep(0)
            sent.cancel()
            await asyncio.gather(sent, return_exceptions=True)
            receipts = [
                (ref, await finished(counterpart, session, ref, known.scope, Erase(), f"{KEY}:{number}"))
                for number, ref in enumerate(refs)
            ]
            agree(session, await remaining(session, known, receipts), receipts)
