"""What an erasure takes, what it leaves on which ground, and what happens when it fails."""

from datetime import date

import asyncpg
import pytest

from dsar.contract import (
    Erase,
    Proof,
    Refused,
    Unreachable,
)
from dsar.demo import crm
from dsar_sql.reading.references import row_ref

from .sample import ACME, MAPPING, OURS, erase_all, opened, records, run


async def test_an_erasure_leaves_nothing_of_the_person_and_all_of_the_others(world):
    url = world.crm["url"]
    counts = "SELECT (SELECT count(*) FROM contact) + (SELECT count(*) FROM activity) + (SELECT count(*) FROM note) AS n"
    (before,) = await run(url, counts)
    async with opened(world.crm) as session:
        receipts = await erase_all(session, crm.PETRA)
        assert [(r.changed, r.proof, r.kept) for r in receipts] == [
            (9, Proof.VERIFIED, ()),
            (1, Proof.VERIFIED, ()),
        ]
        again = await session.carry_out(row_ref("contact", ["1"]), OURS, Erase(), "k")
        assert (again.changed, again.proof) == (0, Proof.VERIFIED)
    assert set((await crm.remains(url, crm.PETRA)).values()) == {0}
    assert set((await crm.remains(url, "petraprospekti@example.com")).values()) == {0, 1, 2, 6}
    (after,) = await run(url, counts)
    assert before["n"] - after["n"] == 9


async def test_invoices_stay_restricted_and_dated_with_the_least_of_their_customer(world):
    async with opened(world.billing) as session:
        first = await session.carry_out(row_ref("customer", ["1"]), OURS, Erase(), "k")
        kept = {(k.origin.collection, k.origin.record_id): k for k in first.kept}
        assert {k.ground for k in first.kept} == {"FI-2:10-voucher"}
        assert all(k.restricted for k in first.kept)
        assert kept["invoice", "1"].dated == date(2024, 12, 31)
        assert kept["invoice", "3"].dated == kept["customer", "1"].dated == date(2025, 4, 15)
        told = await records(session, row_ref("customer", ["1"]))
        assert {r[:2] for r in told} == set(kept)
        assert (told[0][2]["phone"], told[0][2]["restricted"]) == (None, True)
        assert (told[0][2]["email"], told[1][2]["restricted"]) == ("Tomi.Tilaaja@example.com", True)
        again = await session.carry_out(row_ref("customer", ["1"]), OURS, Erase(), "k")
        assert again.changed == 0
        assert [(k.origin.record_id, k.ground, k.dated) for k in again.kept] == [
            (k.origin.record_id, k.ground, k.dated) for k in first.kept
        ]


async def test_a_customer_without_invoices_is_erased_whole(world):
    async with opened(world.billing) as session:
        receipt = await session.carry_out(row_ref("customer", ["10"]), OURS, Erase(), "k")
        assert (receipt.changed, receipt.kept) == (1, ())


RAISES = (
    "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE '% is kept', OLD.email; END $$"
)
KEEPS = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$"
TRIGGER = "CREATE TRIGGER t BEFORE DELETE ON contact FOR EACH ROW EXECUTE FUNCTION f()"
UNMAPPED = "CREATE TABLE ticket (contact_id bigint REFERENCES contact); INSERT INTO ticket VALUES (1)"


@pytest.mark.parametrize(
    ("obstacle", "says"),
    [
        (f"{RAISES}; {TRIGGER}", "SQLSTATE P0001"),
        (f"{KEEPS}; {TRIGGER}", r"tables\.contact: .* without a ground"),
        (UNMAPPED, r"table ticket, constraint ticket_contact_id_fkey.*declare that table"),
    ],
)
async def test_an_erasure_that_fails_changes_nothing_and_says_nothing_personal(world, caplog, obstacle, says):
    url = world.crm["url"]
    await run(url, obstacle)
    before = await crm.remains(url, crm.PETRA)
    caplog.set_level("DEBUG")
    async with opened(world.crm) as session:
        with pytest.raises(Refused, match=says) as error:
            await session.carry_out(row_ref("contact", ["1"]), OURS, Erase(), "k")
    assert before == await crm.remains(url, crm.PETRA)
    assert error.value.__suppress_context__ or error.value.__context__ is None
    assert "petra" not in f"{error.value} {caplog.text}".lower()


async def test_a_lock_that_another_holds_is_waited_for_then_tried_again_later(world):
    other = await asyncpg.connect(world.crm["url"])
    async with other.transaction(), opened(world.crm, lock_timeout_seconds=1) as session:
        await other.execute("SELECT FROM note WHERE contact_id = 1 FOR UPDATE")
        with pytest.raises(Unreachable, match="55P03"):
            await session.carry_out(row_ref("contact", ["1"]), OURS, Erase(), "k")
    await other.close()


async def test_a_kept_row_is_never_lost_to_a_cascade_from_a_table_beside_it(tenants_url):
    await run(
        tenants_url,
        "CREATE TABLE deal (id bigint PRIMARY KEY, caller_id bigint REFERENCES caller);"
        "CREATE TABLE bill (id bigint PRIMARY KEY, caller_id bigint REFERENCES caller ON DELETE CASCADE,"
        " deal_id bigint REFERENCES deal ON DELETE CASCADE, day date);"
        "INSERT INTO deal VALUES (1, 1), (2, 1); INSERT INTO bill VALUES (1, 1, 2, '2025-05-05')",
    )
    to_caller = {"table": "caller", "on": {"caller_id": "id"}}
    common = {"category": "billing", "description": "-", "key": ["id"], "path": to_caller}
    bill = {"name": "bill", **common, "on_erase": "keep", "keep": {"ground": "SE-7:2", "dated": ["day"]}}
    tables = [bill, *MAPPING["tables"], {"name": "deal", **common}]
    async with opened({**MAPPING, "tables": tables}, url=tenants_url) as session:
        receipt = await session.carry_out(row_ref("caller", ["1"]), ACME, Erase(), "k")
        assert receipt.changed == 1250 + 1  # the calls and one deal; the caller stays, restricted
        assert [(k.origin.collection, k.origin.record_id, k.ground, k.dated) for k in receipt.kept] == [
            ("bill", "1", "SE-7:2", date(2025, 5, 5)),
            ("deal", "2", "SE-7:2", date(2025, 5, 5)),
            ("caller", "1", "SE-7:2", date(2025, 5, 5)),
        ]
