"""Suppression, restriction and rectification."""

import pytest

from dsar.contract import (
    NotHeld,
    Proof,
    Rectify,
    Ref,
    Refused,
    Restrict,
    Suppress,
)
from dsar.demo import crm
from dsar_sql.reading.references import row_ref

from .sample import ACME, BOLT, CALLER, MAPPING, OURS, erase_all, everything, find, opened, records


async def test_a_suppression_is_entered_once_withdraws_consent_and_outlives_the_erasure(world):
    async with opened(world.crm) as session:
        changes = []
        for match in 2 * await find(session, ("email", crm.MAIJA)):
            receipt = await session.carry_out(match.ref, OURS, Suppress(), "k")
            assert receipt.proof is Proof.VERIFIED
            changes.append(receipt.changed)
        assert changes == [2, 1, 0, 0]
        contact = (await everything(session, crm.MAIJA))[0][2]
        assert contact["marketing_consent"] is False
        receipts = await erase_all(session, crm.MAIJA)
        assert [k.ground for r in receipts for k in r.kept] == ["suppression"]
        assert crm.MAIJA not in str(receipts)
        ((collection, _, entry),) = await everything(session, crm.MAIJA)
        assert (collection, entry["email"], entry["reason"]) == ("do_not_contact", crm.MAIJA, "objection")
        with pytest.raises(Refused, match="row is gone"):
            await session.carry_out(row_ref("contact", ["3"]), OURS, Suppress(), "k")


async def test_a_person_not_yet_known_is_suppressed_by_the_identity_itself_within_the_scope(tenants_url):
    stranger = Ref("email", "stranger@example.com")
    async with opened(MAPPING, url=tenants_url) as session:
        assert (await session.carry_out(stranger, ACME, Suppress(), "k")).changed == 1
        assert await find(session, ("email", stranger.value), scope=BOLT) == []
        assert len(await find(session, ("email", stranger.value), scope=ACME)) == 1
        with pytest.raises(Refused, match="no place"):
            await session.carry_out(Ref("phone", "+447700900009"), ACME, Suppress(), "k")


async def test_a_restriction_is_set_and_released_where_a_column_is_declared(tenants_url):
    async with opened(MAPPING, url=tenants_url) as session:
        for on, count in ((True, 1), (True, 0), (False, 1)):
            receipt = await session.carry_out(row_ref("caller", ["2"]), BOLT, Restrict(on=on), "k")
            assert (receipt.changed, receipt.proof) == (count, Proof.VERIFIED)
        with pytest.raises(Refused, match="`restrict` column"):
            await session.carry_out(Ref("email", CALLER), BOLT, Restrict(), "k")


async def test_a_rectification_sets_declared_columns_of_one_row(world):
    async with opened(world.crm) as session:
        ref = row_ref("contact", ["1"])
        order = Rectify("contact", {"full_name": "Petra Prospekti-Laine", "company": None})
        assert [(await session.carry_out(ref, OURS, order, "k")).changed for _ in "ab"] == [1, 0]
        assert (await records(session, ref))[0][2]["full_name"] == "Petra Prospekti-Laine"
        for refused in (
            Rectify("contact", {"email": "x@example.com"}),
            Rectify("contact", {"company": ["x"]}),
        ):
            with pytest.raises(Refused):
                await session.carry_out(ref, OURS, refused, "k")
        with pytest.raises(Refused, match="not declare"):
            await session.carry_out(ref, OURS, Rectify("note", {"body": "x"}), "k")


async def test_a_correction_of_what_the_subject_has_not_is_told_apart_from_a_refusal(world):
    """One person is two subjects: a contact and a reader. The contact's column is none of the reader's."""
    order = Rectify("contact", {"full_name": "x"})
    async with opened(world.crm) as session:
        for match in await find(session, ("email", crm.READER)):
            with pytest.raises(NotHeld):
                await session.carry_out(match.ref, OURS, order, "k")
        with pytest.raises(NotHeld):
            await session.carry_out(row_ref("contact", ["999999"]), OURS, order, "k")
