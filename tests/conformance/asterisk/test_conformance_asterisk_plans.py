"""An approved plan is what is executed, also by the run that follows a killed one; and everyone who is held."""

import pytest

from dsar.contract import Changed, Erase, Held, Proof, Ref, Use
from dsar.demo.callstore import ANNA, BERTTA, DECOY
from dsar_asterisk import rewrite

from .logs import add_logs, write_cel_csv
from .store import NOTHING, ONE, TWO, append, everything, exported, files, opened, phone, row
from .test_conformance_asterisk_events import without_cdr


@pytest.fixture
async def session(store):
    async with opened(store, **add_logs(store)) as session:
        yield session


async def plan_of(session, caller=ANNA, scope=ONE):
    return await session.foresee(phone(caller), scope, Erase())


async def test_a_plan_counts_every_collection_and_changes_nothing(session, store):
    before = files(store)
    plan = await plan_of(session)
    calls = len(store.of(ANNA.phone, "tenant-1"))
    assert plan.erased == {
        "calls": calls,
        "call_events": calls,
        "queue_events": calls,
        "transcripts": 1,
        "recordings": 3 * calls,
    }
    assert plan.kept == ()
    assert (await plan_of(session)).digest == plan.digest
    assert files(store) == before


async def test_a_call_that_came_since_the_plan_stops_the_erasure(session, store):
    plan = await plan_of(session)
    append(store.master_csv, row(ANNA.phone, "1795309999.7"))
    before = files(store)
    with pytest.raises(Changed):
        await session.carry_out(phone(ANNA), ONE, Erase(plan=plan.digest), "key")
    assert files(store) == before


async def test_an_approved_erasure_that_was_killed_goes_on_with_its_plan_and_no_later_call(
    session, store, monkeypatch
):
    plan = await plan_of(session)
    real = rewrite.os.replace

    def killed(source, target):
        if target == store.master_csv:
            raise KeyboardInterrupt
        real(source, target)

    monkeypatch.setattr(rewrite.os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        await session.carry_out(phone(ANNA), ONE, Erase(plan=plan.digest), "key")
    monkeypatch.undo()
    append(store.master_csv, row(ANNA.phone, "1795309999.7"))
    with pytest.raises(Changed):
        await session.carry_out(phone(ANNA), ONE, Erase(plan=plan.digest), "another key")
    receipt = await session.carry_out(phone(ANNA), ONE, Erase(plan=plan.digest), "key")
    assert receipt.proof is Proof.VERIFIED
    left = [item for item in await exported(session, ANNA, ONE) if hasattr(item, "origin")]
    assert [item.origin.record_id for item in left] == ["1795309999.7"]
    assert not list(store.folder.rglob(".dsar-*"))


async def test_an_approved_erasure_sent_again_changes_nothing(session, store):
    order = Erase(plan=(await plan_of(session)).digest)
    await session.carry_out(phone(ANNA), ONE, order, "key")
    before = files(store)
    again = await session.carry_out(phone(ANNA), ONE, order, "key")
    assert (again.changed, again.proof) == (0, Proof.VERIFIED)
    assert files(store) == before
    assert NOTHING["master_csv"] == 0


# ---- everyone


async def test_everyone_is_named_with_each_customer_that_holds_them(session, store):
    there = await everything(session.everyone())
    expected = {
        Held(Ref("phone", call.caller.phone), call.tenant)
        for call in store.calls
        if call.caller.phone.startswith("+")
    }
    assert expected <= set(there)
    assert {
        held for held in there if held.identity.value in {ANNA.phone, BERTTA.phone, DECOY.phone}
    } <= expected
    assert len(there) == len(set(there))


async def test_everyone_is_found_however_the_store_is_cut_into_stretches(session, monkeypatch):
    whole = set(await everything(session.everyone()))
    monkeypatch.setattr("dsar_asterisk.everyone._TRACES_AT_ONCE", 7)
    monkeypatch.setattr("dsar_asterisk.everyone._UNCLEAR_MAX", 5)
    monkeypatch.setattr("dsar_asterisk.rows._BLOCK_BYTES", 1_000)
    assert set(await everything(session.everyone())) == whole


async def test_a_number_that_only_the_leg_without_a_customer_names_is_named_with_the_calls_customer(
    session, store
):
    bare = without_cdr("", "+358401239999", "1795340000.2") | {"linkedid": "1795340000.1"}
    coded = without_cdr("tenant-2", "0457000066", "1795340000.1")
    write_cel_csv(store.folder / "cel" / "Master.csv", [bare, coded])
    assert Held(Ref("phone", "+358401239999"), "tenant-2") in set(await everything(session.everyone()))
    assert len(await everything(session.find([Ref("phone", "+358401239999")], TWO))) == 1


async def test_the_operators_own_callers_have_no_tenant(store):
    async with opened(store, **add_logs(store), operator_account_codes=["tenant-2"]) as session:
        there = set(await everything(session.everyone()))
    assert Held(Ref("phone", ANNA.phone), None) in there
    assert {held.tenant for held in there} == {None, "tenant-1"}


async def test_a_number_named_a_moment_ago_is_not_kept_for_ever(session, monkeypatch):
    whole = set(await everything(session.everyone()))
    monkeypatch.setattr("dsar_asterisk.everyone._NUMBERS_KEPT", 2)
    again = await everything(session.everyone())
    assert set(again) == whole
    assert len(again) > len(whole)


# ---- what is covered


async def test_the_probe_names_every_column_and_what_becomes_of_it(session):
    uses = {field.name: field.use for field in (await session.probe()).fields}
    assert uses["master_csv.src"] is Use.EXPORTED
    assert uses["accounts_csv_dir.src"] is Use.EXPORTED
    assert uses["sqlite.calldate"] is Use.EXPORTED
    assert uses["sqlite.AcctId"] is Use.EXCLUDED
    assert uses["cel_csv.cidnum"] is uses["cel_sqlite.cidnum"] is Use.EXPORTED
    assert uses["queue_log.agent"] is Use.EXPORTED
    assert Use.UNDECLARED not in uses.values()


async def test_a_column_that_the_settings_do_not_name_is_undeclared_until_it_is_decided(store):
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(store.sqlite)) as database, database:
        database.execute("ALTER TABLE cdr ADD COLUMN sentiment")
    for left_out, use in (({}, Use.UNDECLARED), ({"sentiment": "a test value"}, Use.EXCLUDED)):
        async with opened(store, sqlite_left_out=left_out) as session:
            fields = {field.name: field for field in (await session.probe()).fields}
        assert fields["sqlite.sentiment"].use is use
        assert fields["sqlite.sentiment"].reason == left_out.get("sentiment")


async def test_what_is_not_set_is_said_to_be_not_covered(store):
    async with opened(store, recordings_dir=None) as session:
        words = "\n".join((await session.probe()).not_covered)
    assert "cel_csv" in words
    assert "queue_log" in words
    assert "recordings_dir" in words
    assert "Voicemail" in words
    async with opened(store, **add_logs(store)) as session:
        assert "not set" not in "\n".join((await session.probe()).not_covered)


async def test_the_long_form_of_the_cdr_leaves_out_the_other_customers_account(store):
    text = store.master_csv.read_text()
    store.master_csv.write_text("".join(f'{line},"tenant-2","1.0",7\n' for line in text.splitlines()))
    async with opened(store) as session:
        fields = {field.name: field for field in (await session.probe()).fields}
    assert fields["master_csv.linkedid"].use is Use.EXPORTED
    assert fields["master_csv.peeraccount"].use is Use.EXCLUDED
    assert "another customer" in fields["master_csv.peeraccount"].reason
