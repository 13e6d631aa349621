"""Who is found, by what, and in whose part of the database."""

import pytest

from dsar.contract import (
    Connector,
    Erase,
    Ref,
    Refused,
    Role,
    Scope,
    TenantHit,
)
from dsar.demo import crm
from dsar_sql import connector
from dsar_sql.reading.references import row_ref

from .sample import ACME, BOLT, CALLER, KNOWN, MAPPING, OURS, everything, find, opened, records, run


def test_it_is_a_connector():
    assert isinstance(connector, Connector)


@pytest.mark.parametrize("email", KNOWN)
async def test_the_known_are_found_and_their_namesakes_never(world, email):
    namesake = email.split("@")[0].replace(".", "") + "@example.com"
    for settings in (world.crm, world.billing):
        async with opened(settings) as session:
            await session.probe()
            told = await everything(session, email)
            assert len(told) == sum((await crm.remains(settings["url"], email)).values())
            assert namesake not in str(told).lower()


async def test_a_reader_without_a_contact_is_found_by_the_list_and_one_unknown_is_not(world):
    async with opened(world.crm) as session:
        assert [m.ref for m in await find(session, ("email", crm.READER))] == [Ref("email", crm.READER)]
        assert await find(session, ("email", "nobody@example.com"), ("account_id", "7")) == []


async def test_a_telephone_in_national_form_is_found_and_left_for_a_person_to_decide(world):
    async with opened(world.billing) as session:
        (match,) = await find(session, ("phone", "+447700900002"))
        assert (match.ref, match.sure) == (Ref("row", "customer:1"), False)
        (both,) = await find(session, ("phone", "+447700900002"), ("email", crm.TOMI))
        assert both.sure


async def test_a_reference_holds_no_personal_data_and_repeats(world):
    async with opened(world.crm) as session:
        first = await find(session, ("email", crm.TOMI))
        assert first == await find(session, ("email", crm.TOMI))
        assert [m.ref.value for m in first] == ["contact:2"]


async def test_one_tenants_people_are_never_anothers(tenants_url):
    async with opened(MAPPING, url=tenants_url) as session:
        for scope, key in ((ACME, "caller:1"), (BOLT, "caller:2"), (OURS, "caller:3")):
            assert [m.ref.value for m in await find(session, ("email", CALLER), scope=scope)] == [key]
        for scope in (BOLT, OURS, Scope(Role.PROCESSOR, "no such tenant")):
            assert await records(session, row_ref("caller", ["1"]), scope) == []
            assert (await session.carry_out(row_ref("caller", ["1"]), scope, Erase(), "k")).changed == 0
        hits = [hit async for hit in session.tenants([Ref("email", CALLER)])]
        assert hits == [TenantHit("acme", Ref("email", CALLER)), TenantHit("bolt", Ref("email", CALLER))]


async def test_a_childs_row_of_another_tenant_is_not_told_and_stops_the_erasure(tenants_url):
    await run(tenants_url, "UPDATE call SET tenant = 'bolt' WHERE id = 4")
    async with opened(MAPPING, url=tenants_url) as session:
        told = await records(session, row_ref("caller", ["1"]), ACME)
        assert len(told) == 1250
        assert ("call", "4") not in {r[:2] for r in told}
        with pytest.raises(Refused, match=r"tables\.caller: .* another subject, scope or table"):
            await session.carry_out(row_ref("caller", ["1"]), ACME, Erase(), "k")
        assert len(await records(session, row_ref("caller", ["1"]), ACME)) == 1250


async def test_the_operators_own_tenant_key_counts_as_ours(tenants_url):
    async with opened(MAPPING, url=tenants_url, operator_tenant="bolt") as session:
        assert [m.ref.value for m in await find(session, ("email", CALLER))] == ["caller:2", "caller:3"]
        assert [hit.tenant async for hit in session.tenants([Ref("email", CALLER)])] == ["acme"]


async def test_a_table_without_tenants_is_out_of_a_processors_reach(world):
    async with opened(world.crm) as session:
        assert await find(session, ("email", crm.PETRA), scope=ACME) == []
        assert await records(session, row_ref("contact", ["1"]), ACME) == []


async def test_an_identity_that_is_no_value_of_the_columns_type_is_nobodys(tenants_url):
    async with opened(MAPPING, url=tenants_url) as session:
        assert await find(session, ("account_id", "not a uuid"), scope=ACME) == []
        (match,) = await find(session, ("account_id", "6E9D9F4E-0000-4000-8000-000000000001"), scope=ACME)
        assert match.ref.value == "caller:1"
