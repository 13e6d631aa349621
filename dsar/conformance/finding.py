"""Rules of finding: the known, nobody else, and no customer's people but those of the scope."""

from dsar.conformance.asking import all_of, exported, found, items, opened, pairs, subjects
from dsar.conformance.counterpart import Counterpart
from dsar.contract import ConnectorError, Mark, Ref, Role, Scope

NOBODYS = Scope(Role.PROCESSOR, "dsar-kit-no-such-tenant")
STRANGE = Ref("dsar_kit_unknown", "nothing")


class Finding:
    """What `find` and `tenants` owe."""

    async def test_the_known_is_found(self, counterpart: Counterpart) -> None:
        known = counterpart.known
        async with opened(counterpart) as session:
            matches = await found(session, known.refs, known.scope)
            again = await found(session, known.refs, known.scope)
            kinds = session.finds_by
        assert matches, "find: names nobody for the identities of somebody whom the system holds"
        assert {match.ref for match in matches} == {match.ref for match in again}, (
            "find: differs the second time"
        )
        assert any(match.sure for match in matches), "find: is sure of nobody, so nothing is ever released"
        refs = [match.ref for match in matches]
        assert len(refs) == len(set(refs)), "find: names a subject twice"
        strange = [match for match in matches if match.found_by not in known.refs]
        assert not strange, "find: `found_by` is none of the identities that were asked by"
        lacking = {match.found_by.kind for match in matches} - (
            kinds or counterpart.connector.manifest.finds_by
        )
        assert not lacking, (
            "finds_by: lacks a kind that the known is found by: by it alone nobody would be looked for"
        )

    async def test_the_known_is_found_by_each_kind_that_is_searched(self, counterpart: Counterpart) -> None:
        known = counterpart.known
        async with opened(counterpart) as session:
            kinds = session.finds_by
            if kinds is None:
                kinds = counterpart.connector.manifest.finds_by
            lacking = sorted(kinds - {ref.kind for ref in known.refs})
            assert not lacking, f"counterpart: `known` has no identity of a kind that is searched: {lacking}"
            for kind in sorted(kinds):
                alone = [ref for ref in known.refs if ref.kind == kind]
                assert await found(session, alone, known.scope), (
                    f"find: nobody is found by {kind}, though it is declared: an empty search says that nothing is held"
                )

    async def test_a_namesake_is_never_found(self, counterpart: Counterpart) -> None:
        known, decoy = counterpart.known, counterpart.decoy
        async with opened(counterpart) as session:
            ours, theirs = await subjects(session, known), await subjects(session, decoy)
            both = set(ours) & set(theirs)
            assert not both, "find: the namesake's subject is found by the known's identities"
            mixed = pairs(await exported(session, known)) & decoy.items
            assert not mixed, "export: items of the namesake are among the known's"

    async def test_another_tenants_items_are_never_in_the_answer(self, counterpart: Counterpart) -> None:
        known, other = counterpart.known, counterpart.other_tenant
        if other is None:
            knows = counterpart.connector.manifest.knows_tenants
            assert not knows, (
                "counterpart: the manifest says `knows_tenants`, so hold somebody for another tenant"
            )
            return
        assert other.scope != known.scope, "counterpart: `other_tenant` is in the known's own scope"
        async with opened(counterpart) as session:
            theirs = await subjects(session, other)
            assert not pairs(await exported(session, known)) & other.items, "export: another tenant's items"
            assert pairs(await exported(session, other)) == other.items, (
                "export: not the other tenant's own items"
            )
            for ref in theirs:
                try:
                    crossed = pairs(await items(session, ref, known.scope))
                except ConnectorError:
                    continue
                assert not crossed & other.items, "export: a subject of another tenant is read in this scope"

    async def test_a_tenant_that_is_not_there_holds_nobody(self, counterpart: Counterpart) -> None:
        known = counterpart.known
        async with opened(counterpart) as session:
            refs = await subjects(session, known)
            assert not await found(session, known.refs, NOBODYS), "find: finds in a tenant that is not there"
            for ref in refs:
                try:
                    there = await items(session, ref, NOBODYS)
                except ConnectorError:
                    continue
                assert not there, "export: yields items in the scope of a tenant that is not there"

    async def test_nobody_is_found_by_identities_that_the_system_does_not_hold(
        self, counterpart: Counterpart
    ) -> None:
        nobody = counterpart.nobody
        kinds = {ref.kind for ref in nobody}
        assert kinds, "counterpart: `nobody` has no identity"
        assert kinds <= counterpart.connector.manifest.finds_by, (
            "counterpart: `nobody` has a kind not searched"
        )
        async with opened(counterpart) as session:
            assert not await found(session, nobody, counterpart.known.scope), (
                "find: somebody was found for nobody"
            )
            assert not await found(session, [], counterpart.known.scope), (
                "find: somebody was found by no identity"
            )

    async def test_an_identity_of_a_kind_that_is_not_searched_is_passed_over(
        self, counterpart: Counterpart
    ) -> None:
        known = counterpart.known
        async with opened(counterpart) as session:
            assert not await found(session, [STRANGE], known.scope), (
                "find: found by a kind that is not declared"
            )
            both = await found(session, [STRANGE, *known.refs], known.scope)
        assert both, "find: an identity of another kind beside the known's keeps these from being searched"

    async def test_a_subject_or_a_mark_that_is_none_of_its_own_is_refused_in_the_contracts_words(
        self, counterpart: Counterpart
    ) -> None:
        scope = counterpart.known.scope
        async with opened(counterpart) as session:
            refs = await subjects(session, counterpart.known)
            for ref, after in ((STRANGE, None), (refs[0], Mark("dsar-kit: no mark of yours"))):
                try:
                    given = await items(session, ref, scope, after)
                except ConnectorError:
                    continue
                assert not given, "export: a strange subject or mark is answered with items"

    async def test_the_customers_who_hold_a_person_are_named(self, counterpart: Counterpart) -> None:
        known, other = counterpart.known, counterpart.other_tenant
        async with opened(counterpart) as session:
            hits = await all_of(session.tenants(known.refs))
            strangers = await all_of(session.tenants(counterpart.nobody))
        named = [hit.tenant for hit in hits]
        assert not strangers, "tenants: somebody holds nobody"
        if not counterpart.connector.manifest.knows_tenants:
            assert not named, "tenants: the manifest does not say `knows_tenants`"
            return
        wanted = {each.scope.tenant for each in (known, other) if each is not None} - {None}
        assert wanted <= set(named), "tenants: does not name every customer that holds the person"
        assert len(named) == len(set(named)), "tenants: names a customer twice"
        assert all(hit.found_by in known.refs for hit in hits), "tenants: `found_by` is no identity asked by"
