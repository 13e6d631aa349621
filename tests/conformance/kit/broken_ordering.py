"""Connectors that break a rule of orders."""

import asyncio
from datetime import UTC, datetime

from dsar.contract import (
    Erase,
    Kept,
    Mark,
    OrderKind,
    Proof,
    Receipt,
    Rectify,
    Refused,
    Suppress,
)

from .catching import caught_by, counter, replace
from .shop import GROUND, ShopConnector, ShopSession


@caught_by("test_an_order_that_is_not_declared_is_refused[restrict]", "DID NOT RAISE")
class DoesWhatItDoesNotDeclare(ShopConnector):
    def orders(self, settings):
        return frozenset({OrderKind.ERASE})


@caught_by("test_an_order_twice_with_one_key_changes_nothing_more[rectify]", "changed an item")
class CorrectsEachTime(ShopSession):
    async def rectify(self, ref, scope, order):
        return await super().rectify(ref, scope, Rectify("orders", {**order.values, "n": next(counter)}))


@caught_by("test_an_order_twice_with_one_key_changes_nothing_more[suppress]", "says that it changed more")
class CountsMoreEachTime(ShopSession):
    async def carry_out(self, ref, scope, order, key):
        receipt = await super().carry_out(ref, scope, order, key)
        return replace(receipt, changed=next(counter)) if isinstance(order, Suppress) else receipt


@caught_by("test_an_order_twice_with_one_key_changes_nothing_more[erase]", "Refused")
class RefusesARepetition(ShopSession):
    async def erase(self, ref, scope, order, there):
        if not (await self.decided(ref, scope, order))[0]:
            raise Refused("shop: nothing is there to erase")
        return await super().erase(ref, scope, order, there)


class Halves(ShopSession):
    """Decides to leave orders, and names none of them."""

    async def decided(self, ref, scope, order):
        going, staying = await super().decided(ref, scope, order)
        return [item for item in going if item.origin.collection != "orders"], staying


@caught_by("test_after_an_erasure_the_export_is_exactly_what_was_kept", "still exported")
class LeavesSome(Halves):
    pass


@caught_by("test_after_an_erasure_the_export_is_exactly_what_was_kept", "still exported")
class KeepsInSilence(ShopSession):
    async def erase(self, ref, scope, order, there):
        return replace(await super().erase(ref, scope, order, there), kept=())


@caught_by("test_after_an_erasure_the_export_is_exactly_what_was_kept", "kept without a ground")
class KeepsForNoReason(ShopSession):
    async def erase(self, ref, scope, order, there):
        receipt = await super().erase(ref, scope, order, there)
        return replace(receipt, kept=tuple(replace(kept, ground="") for kept in receipt.kept))


@caught_by("test_after_an_erasure_the_export_is_exactly_what_was_kept", "still exported")
class ClaimsToBeDone(ShopSession):
    async def erase(self, ref, scope, order, there):
        receipt = await super().erase(ref, scope, order, there)
        return replace(receipt, proof=Proof.VERIFIED, ask_again_at=None)


@caught_by("test_after_an_erasure_the_export_is_exactly_what_was_kept", "verified, and yet asks")
class VerifiesTooEarly(ShopSession):
    async def erase(self, ref, scope, order, there):
        return replace(await super().erase(ref, scope, order, there), proof=Proof.VERIFIED)


@caught_by("test_after_an_erasure_the_export_is_exactly_what_was_kept", "never done")
class IsNeverDone(ShopSession):
    async def erase(self, ref, scope, order, there):
        receipt = await super().erase(ref, scope, order, there)
        return replace(receipt, proof=Proof.ACCEPTED, ask_again_at=datetime.now(UTC))


@caught_by("test_after_an_erasure_the_export_is_exactly_what_was_kept", "says none")
class CountsNothing(ShopSession):
    async def erase(self, ref, scope, order, there):
        return replace(await super().erase(ref, scope, order, there), changed=0)


@caught_by("test_after_an_erasure_the_export_is_exactly_what_was_kept", "still holds more")
class HidesInsteadOfErasing(ShopSession):
    hidden = ()

    async def find(self, refs, scope):
        async for match in super().find(refs, scope):
            if match.ref not in self.hidden:
                yield match

    async def export(self, ref, scope, after):
        async for item in super().export(ref, scope, after):
            if ref not in self.hidden or isinstance(item, Mark) or item.origin.collection == "invoices":
                yield item

    async def erase(self, ref, scope, order, there):
        going, staying = await self.decided(ref, scope, order)
        self.hidden = (*self.hidden, ref)
        return Receipt(len(going), Proof.VERIFIED, tuple(Kept(item.origin, GROUND) for item in staying))


@caught_by("test_an_erasure_touches_nobody_else", "somebody else")
class ErasesByName(ShopSession):
    async def erase(self, ref, scope, order, there):
        await self.ask("delete", items=[f"i{number:03}" for number in range(1, 15)])
        return await super().erase(ref, scope, order, there)


@caught_by("test_an_erasure_in_a_scope_that_is_not_the_subjects", "beyond the scope")
class ErasesInAnyScope(ShopSession):
    async def carry_out(self, ref, scope, order, key):
        if isinstance(order, Erase) and ref.value == "p1":
            scope = replace(scope, tenant="one")
        return await super().carry_out(ref, scope, order, key)

    async def ask(self, path, **asked):
        answer = await super().ask(path, **asked)
        if path == "delete":  # this one does not wait
            await self.at_once()
        return answer


@caught_by("test_an_erasure_of_named_items_takes_no_others", "took others")
class TakesAllForOne(ShopSession):
    async def erase(self, ref, scope, order, there):
        return await super().erase(ref, scope, Erase(), there)


@caught_by("test_an_erasure_that_was_cut_off_is_completed", "still exported")
class ThinksItWasDone(ShopSession):
    begun = ()

    async def erase(self, ref, scope, order, there):
        if ref in self.begun:
            return Receipt(0, Proof.VERIFIED)
        self.begun = (*self.begun, ref)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return await super().erase(ref, scope, order, there)


@caught_by("test_a_correction_is_seen_in_the_export", "has the corrected values")
class CorrectsNothing(ShopSession):
    async def rectify(self, ref, scope, order):
        return Receipt(1, Proof.VERIFIED)


@caught_by("test_a_restriction_hides_nothing_from_the_person", "no longer told")
class HidesTheRestricted(ShopSession):
    async def export(self, ref, scope, after):
        person = await self.ask("person", person=ref.value, tenant=scope.tenant)
        if person is None or not person["restricted"]:
            async for item in super().export(ref, scope, after):
                yield item


@caught_by("test_a_marketing_stop_leaves_the_persons_items", "erased an item")
class ErasesAtAnObjection(ShopSession):
    async def carry_out(self, ref, scope, order, key):
        if isinstance(order, Suppress):
            await self.ask("delete", items=["i001"])
            await self.at_once()
        return await super().carry_out(ref, scope, order, key)
