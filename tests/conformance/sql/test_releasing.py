"""Orders about single rows: what was kept and whose time is over, and what was held back and is carried out late."""

import pytest

from dsar.contract import Erase, Proof, Ref, Refused
from dsar_sql.reading.references import row_ref

from .sample import ACME, BOLT, CALLER, MAPPING, OURS, changed, items, opened, records, run

TOMI = row_ref("customer", ["1"])


async def kept_by(session, ref=TOMI):
    """What an erasure leaves, by its year."""
    receipt = await session.carry_out(ref, OURS, Erase(), "k")
    years = {}
    for kept in receipt.kept:
        years.setdefault(kept.dated.year, []).append((kept.origin.collection, kept.origin.record_id))
    return years


async def held(session, ref=TOMI, scope=OURS):
    return {told[:2] for told in await records(session, ref, scope)}


async def test_rows_whose_time_is_over_are_erased_and_the_rest_stays_as_it_is(world):
    async with opened(world.billing) as session:
        years = await kept_by(session)
        assert ("customer", "1") in years[2025], "it goes with the last of its invoices"
        before = await records(session, TOMI)
        receipt = await session.carry_out(TOMI, OURS, Erase(released=tuple(years[2024])), "r")
        assert (receipt.changed, receipt.proof, receipt.kept) == (len(years[2024]), Proof.VERIFIED, ())
        assert await records(session, TOMI) == [told for told in before if told[:2] in set(years[2025])]
        last = await session.carry_out(TOMI, OURS, Erase(released=tuple(years[2025])), "r2")
        assert last.changed == len(years[2025])
        assert await held(session) == set()


async def test_a_release_that_is_repeated_changes_nothing_more(world):
    async with opened(world.billing) as session:
        order = Erase(released=tuple((await kept_by(session))[2024]))
        await session.carry_out(TOMI, OURS, order, "r")
        again = await session.carry_out(TOMI, OURS, order, "r")
        assert (again.changed, again.proof) == (0, Proof.VERIFIED)


async def test_what_came_since_is_no_part_of_a_release(world):
    """Years later the person is a customer again: the same row, and an invoice more."""
    async with opened(world.billing) as session:
        years = await kept_by(session)
        await run(
            world.billing["url"],
            "INSERT INTO invoice (customer_id, number, issued_on, amount, billed_to) VALUES (1, 'new', '2031-01-01', 5, 'x')",
        )
        await session.carry_out(TOMI, OURS, Erase(released=tuple(years[2024])), "r")
        told = await records(session, TOMI)
        assert "new" in [data.get("number") for _, _, data in told]
        with pytest.raises(Refused, match=r"tables\.customer: .* still needed .* come back since"):
            await session.carry_out(TOMI, OURS, Erase(released=tuple(years[2025])), "r2")
        assert await records(session, TOMI) == told, "all of it or nothing"


async def test_another_persons_rows_are_out_of_a_releases_reach(world):
    async with opened(world.billing) as session:
        others = await held(session, row_ref("customer", ["2"]))
        receipt = await session.carry_out(TOMI, OURS, Erase(released=tuple(others)), "r")
        assert receipt.changed == 0
        assert await held(session, row_ref("customer", ["2"])) == others


async def test_another_tenants_rows_are_out_of_a_releases_reach(tenants_url):
    async with opened(MAPPING, url=tenants_url) as session:
        theirs = await held(session, row_ref("caller", ["2"]), BOLT)
        receipt = await session.carry_out(row_ref("caller", ["2"]), ACME, Erase(released=tuple(theirs)), "r")
        assert receipt.changed == 0
        assert await held(session, row_ref("caller", ["2"]), BOLT) == theirs


async def test_the_list_of_those_who_want_no_marketing_is_never_released(tenants_url):
    await run(tenants_url, "INSERT INTO stop VALUES ('acme', 'caller@example.com')")
    async with opened(MAPPING, url=tenants_url) as session:
        order = Erase(released=(("stop", "1"),))
        with pytest.raises(Refused):
            await session.carry_out(Ref("email", CALLER), ACME, order, "r")
        await session.carry_out(row_ref("caller", ["1"]), ACME, order, "r")
    assert len(await run(tenants_url, "SELECT FROM stop")) == 1


async def test_an_order_that_was_held_back_takes_its_rows_and_keeps_what_the_law_keeps(world):
    async with opened(world.billing) as session:
        mine = await held(session)
        await run(
            world.billing["url"],
            "INSERT INTO invoice (customer_id, number, issued_on, amount, billed_to) VALUES (1, 'new', '2026-01-01', 5, 'x')",
        )
        receipt = await session.carry_out(TOMI, OURS, Erase(only=tuple(mine)), "k")
        assert {(k.origin.collection, k.origin.record_id) for k in receipt.kept} == mine
        assert all(k.restricted for k in receipt.kept)
        new = [data for _, _, data in await records(session, TOMI) if data.get("number") == "new"]
        assert [data["restricted"] for data in new] == [False], "what came since is not restricted either"


async def test_an_order_that_was_held_back_leaves_what_came_since(tenants_url):
    async with opened(MAPPING, url=tenants_url) as session:
        ref = row_ref("caller", ["1"])
        calls = sorted(pair for pair in await held(session, ref, ACME) if pair[0] == "call")
        receipt = await session.carry_out(ref, ACME, Erase(only=tuple(calls[:100])), "k")
        assert (receipt.changed, receipt.kept) == (100, ())
        assert {pair for pair in await held(session, ref, ACME) if pair[0] == "call"} == set(calls[100:])


async def test_a_large_number_of_rows_is_named_at_once_whatever_the_statistics_say(tenants_url):
    """The database thinks that the table is small: a join planned by that would run into the statement's time-out."""
    await run(
        tenants_url,
        "ALTER TABLE call SET (autovacuum_enabled = off);"
        "INSERT INTO call (id, caller_id, tenant, at) SELECT n, 1, 'acme', now() FROM generate_series(10001, 43000) AS n",
    )
    async with opened(MAPPING, url=tenants_url, statement_timeout_seconds=20) as session:
        order = Erase(released=tuple(("call", str(n)) for n in range(10001, 43001)))
        receipt = await session.carry_out(row_ref("caller", ["1"]), ACME, order, "r")
        assert receipt.changed == 33000  # more than a statement of Postgres may have parameters


@pytest.mark.parametrize("named", [("no_such_table", "1"), ("invoice", "1,2")])
async def test_a_row_that_the_mapping_cannot_find_any_more_is_a_persons_task(world, named):
    async with opened(world.billing) as session:
        with pytest.raises(Refused, match="a person sees to"):
            await session.carry_out(TOMI, OURS, Erase(released=(named,)), "r")


async def test_a_key_of_several_columns_with_odd_signs_in_it_is_named(tenants_url):
    await run(
        tenants_url,
        "CREATE TABLE note (a text, b text, caller_id bigint REFERENCES caller, made date, PRIMARY KEY (a, b));"
        "INSERT INTO note VALUES (E'x,y\"\\\\\x1f', 'ä:%1', 1, '2020-02-02'), ('x', 'y,ä:%1', 1, '2020-02-02')",
    )
    note = {"name": "note", "category": "contact", "description": "-", "key": ["a", "b"], "dated": "made",
            "path": {"table": "caller", "on": {"caller_id": "id"}}, "on_erase": "keep", "keep": {"ground": "x"}}  # fmt: skip
    mapping = {**changed(MAPPING, "stop"), "tables": [*MAPPING["tables"], note]}
    async with opened(mapping, url=tenants_url) as session:
        notes = [
            item for item in await items(session, row_ref("caller", ["1"]), ACME) if hasattr(item, "origin")
        ]
        ids = [item.origin.record_id for item in notes if item.origin.collection == "note"]
        order = Erase(released=(("note", ids[0]),))
        assert (await session.carry_out(row_ref("caller", ["1"]), ACME, order, "r")).changed == 1
        assert session.collections["note"].dated == "made"
        assert session.collections["call"].dated is None
    assert len(await run(tenants_url, "SELECT FROM note")) == 1


@pytest.mark.parametrize(
    ("column", "says"), [("answer", "is no date"), ("nothing", "does not exist"), ("at", None)]
)
async def test_the_column_of_a_rows_own_date_is_one(tenants_url, column, says):
    async with opened(changed(MAPPING, "call", dated=column), url=tenants_url) as session:
        if says is None:
            await session.probe()
        else:
            with pytest.raises(Refused, match=says):
                await session.probe()
