"""Connectors that break a rule of finding."""

from dsar.contract import (
    Match,
    Ref,
    Refused,
    TenantHit,
)

from .catching import caught_by, replace
from .shop import KIND, ShopSession


@caught_by("test_the_known_is_found", "names nobody")
class FindsNobody(ShopSession):
    async def find(self, refs, scope):
        for match in ():
            yield match


@caught_by("test_the_known_is_found", "names a subject twice")
class FindsTwice(ShopSession):
    async def find(self, refs, scope):
        for _ in range(2):
            async for match in super().find(refs, scope):
                yield match


@caught_by("test_the_known_is_found", "is sure of nobody")
class IsNeverSure(ShopSession):
    async def find(self, refs, scope):
        async for match in super().find(refs, scope):
            yield replace(match, sure=False)


@caught_by("test_the_known_is_found", "none of the identities")
class MisnamesHowItFound(ShopSession):
    async def find(self, refs, scope):
        async for match in super().find(refs, scope):
            yield replace(match, found_by=Ref("email", "x@example.com"))


@caught_by("test_the_known_is_found", "finds_by: lacks a kind")
class KeepsAKindToItself(ShopSession):
    finds_by = frozenset({"phone"})


@caught_by("test_the_known_is_found_by_each_kind_that_is_searched", "no identity of a kind that is searched")
class ClaimsAKindThatNothingShows(ShopSession):
    finds_by = frozenset({"email", "phone"})


@caught_by("test_the_known_is_found_by_each_kind_that_is_searched", "nobody is found by email")
class PassesOverAKindThatItDeclares(ShopSession):
    async def find(self, refs, scope):
        async for match in super().find([ref for ref in refs if ref.kind != "email"], scope):
            yield match


@caught_by("test_a_namesake_is_never_found", "the namesake's subject")
class IgnoresDots(ShopSession):
    async def find(self, refs, scope):
        both = {*refs, *(Ref(ref.kind, "annaasiakas@example.com") for ref in refs)}
        async for match in super().find(sorted(both, key=lambda ref: ref.value), scope):
            yield replace(match, found_by=refs[0])


@caught_by("test_a_namesake_is_never_found", "items of the namesake")
class ExportsByName(ShopSession):
    async def export(self, ref, scope, after):
        for one in ("p1", "p2"):
            async for item in super().export(Ref(KIND, one), scope, after):
                yield item


@caught_by("test_a_tenant_that_is_not_there_holds_nobody", "finds in a tenant")
class FindsInEveryTenant(ShopSession):
    async def find(self, refs, scope):
        for tenant in ("one", "two"):
            async for match in super().find(refs, replace(scope, tenant=tenant)):
                yield match


class Unscoped(ShopSession):
    """Reads whatever reference it is given."""

    async def export(self, ref, scope, after):
        there = "two" if ref.value == "p3" else "one"
        async for item in super().export(ref, replace(scope, tenant=there), after):
            yield item


@caught_by("test_another_tenants_items_are_never_in_the_answer", "of another tenant is read")
class ExportsOtherTenants(Unscoped):
    pass


@caught_by("test_a_tenant_that_is_not_there_holds_nobody", "in the scope of a tenant that is not there")
class ExportsForNoTenant(Unscoped):
    pass


@caught_by("test_nobody_is_found_by_identities_that_the_system_does_not_hold", "found for nobody")
class FindsAnybody(ShopSession):
    async def find(self, refs, scope):
        for ref in refs:
            yield Match(Ref(KIND, "p1"), ref)


@caught_by("test_an_identity_of_a_kind_that_is_not_searched_is_passed_over", "Refused")
class StumblesOverKinds(ShopSession):
    async def find(self, refs, scope):
        if any(ref.kind != "email" for ref in refs):
            raise Refused("shop: e-mail addresses only")
        async for match in super().find(refs, scope):
            yield match


@caught_by("test_a_subject_or_a_mark_that_is_none_of_its_own_is_refused", "answered with items")
class StartsOverAtStrangeMarks(ShopSession):
    def position(self, after):
        return after.cursor if after is not None and after.cursor.startswith("i") else ""


@caught_by("test_a_subject_or_a_mark_that_is_none_of_its_own_is_refused", "KeyError")
class CrashesAtStrangeRefs(ShopSession):
    def own(self, ref):
        return {KIND: True}[ref.kind]


@caught_by("test_the_customers_who_hold_a_person_are_named", "does not name every customer")
class NamesOneTenant(ShopSession):
    async def tenants(self, refs):
        async for hit in super().tenants(refs):
            if hit.tenant == "one":
                yield hit


@caught_by("test_the_customers_who_hold_a_person_are_named", "names a customer twice")
class NamesTenantsTwice(ShopSession):
    async def tenants(self, refs):
        for _ in range(2):
            async for hit in super().tenants(refs):
                yield hit


@caught_by("test_the_customers_who_hold_a_person_are_named", "somebody holds nobody")
class NamesTenantsOfNobody(ShopSession):
    async def tenants(self, refs):
        for tenant in ("one", "two"):
            yield TenantHit(tenant, refs[0])
