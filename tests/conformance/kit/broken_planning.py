"""Connectors that break a rule of plans, or of naming everyone."""

from dsar.contract import (
    Changed,
    Held,
    Ref,
    digest,
)

from .catching import caught_by, counter, replace
from .shop import ShopConnector, ShopSession


@caught_by("test_a_plan_changes_nothing", "foresee: changed an item")
class ErasesWhileItForesees(ShopSession):
    async def foresee(self, ref, scope, order):
        plan = await super().foresee(ref, scope, order)
        await self.ask("delete", items=["i001"])
        await self.at_once()
        return plan


@caught_by("test_a_plan_changes_nothing", "another digest each time")
class PlansAtRandom(ShopSession):
    def plan(self, going, staying):
        return replace(super().plan(going, staying), digest=digest([("x", str(next(counter)))], ()))


@caught_by("test_the_erasure_does_what_the_plan_said", "is what went")
class Miscounts(ShopSession):
    def plan(self, going, staying):
        return replace(super().plan(going, staying), erased={"orders": 1})


@caught_by("test_the_erasure_does_what_the_plan_said", "not what the plan said")
class ForeseesNothingKept(ShopSession):
    def plan(self, going, staying):
        return replace(super().plan(going, staying), kept=())


@caught_by("test_a_plan_that_is_no_longer_so_stops_the_erasure", "DID NOT RAISE")
class IgnoresThePlan(ShopSession):
    async def erase(self, ref, scope, order, there):
        return await super().erase(ref, scope, replace(order, plan=None), there)


@caught_by("test_a_plan_that_is_no_longer_so_stops_the_erasure", "and yet items went")
class ErasesBeforeItCompares(ShopSession):
    async def erase(self, ref, scope, order, there):
        going, staying = await self.decided(ref, scope, order)
        same = self.plan(going, staying).digest == order.plan
        if order.plan is not None and not same:
            await self.ask("delete", items=["i001"])
            await self.at_once()
            raise Changed("shop: changed since the plan")
        return await super().erase(ref, scope, order, there)


@caught_by("test_an_approved_erasure_is_sent_again_without_harm", "Changed")
class StopsItsOwnRepetition(ShopSession):
    async def erase(self, ref, scope, order, there):
        going, staying = await self.decided(ref, scope, order)
        if order.plan is not None and self.plan(going, staying).digest != order.plan:
            raise Changed("shop: changed since the plan")
        return await super().erase(ref, scope, order, there)


@caught_by("test_a_plan_after_the_erasure_erases_nothing", "what was kept")
class PlansToEraseTheKept(ShopSession):
    async def foresee(self, ref, scope, order):
        plan = await super().foresee(ref, scope, order)
        return replace(plan, erased={**plan.erased, "invoices": 1})


@caught_by("test_everyone_names_whomever_the_system_holds", "does not name the known")
class ForgetsSomebody(ShopSession):
    async def everyone(self):
        async for held in super().everyone():
            if held.identity.value != "anna.asiakas@example.com":
                yield held


@caught_by("test_everyone_names_whomever_the_system_holds", "find does not find")
class NamesAGhost(ShopSession):
    async def everyone(self):
        async for held in super().everyone():
            yield held
        yield Held(Ref("email", "ghost@example.com"), "one")


@caught_by("test_everyone_names_whomever_the_system_holds", "DID NOT RAISE")
class ListsUndeclared(ShopConnector):
    manifest = replace(ShopConnector.manifest, lists_everyone=False)


@caught_by("test_everyone_no_longer_names_the_erased", "nothing is left")
class NeverForgets(ShopSession):
    async def decided(self, ref, scope, order):
        going, staying = await super().decided(ref, scope, order)
        return [*going, *staying], []

    async def everyone(self):
        for value in ("anna.asiakas@example.com", "annaasiakas@example.com"):
            yield Held(Ref("email", value), "one")
        yield Held(Ref("email", "anna.asiakas@example.com"), "two")
