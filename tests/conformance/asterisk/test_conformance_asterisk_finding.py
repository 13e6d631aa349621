"""Whose calls are found, and whose are not."""

from collections import Counter

import msgspec
import pytest

from dsar.contract import (
    Erase,
    Mark,
    Ref,
    Refused,
    Role,
    Scope,
)
from dsar.demo.callstore import ANNA, BERTTA, DECOY, WITHHELD

from .store import (
    ONE,
    OWN,
    TWO,
    append,
    calls_of,
    everything,
    exported,
    opened,
    phone,
    records,
    row,
)


async def test_the_real_call_is_found_with_both_legs_and_all_its_copies(session, store):
    call = records(await exported(session, ANNA, ONE))[-1]
    legs = call.data["legs"]
    assert [(leg["accountcode"], leg["dst"], leg["uniqueid"]) for leg in legs] == [
        ("", "s", "1795304430.0"),
        ("tenant-1", "0401234567", "1795304430.1"),
    ]
    assert [leg["found_in"] for leg in legs] == [
        ["master_csv", "sqlite"],
        ["accounts_csv_dir", "master_csv", "sqlite"],
    ]
    assert call.data["start"] == "2026-11-21T23:40:30+00:00"
    assert call.data["end"] == "2026-11-21T23:40:34+00:00"
    assert (call.data["duration_seconds"], call.data["direction"]) == (4, "inbound")
    assert (call.data["caller"], call.data["caller_name"]) == (ANNA.phone, "Anna Testi")


async def test_a_number_is_found_in_national_international_and_prefixed_form(session, store):
    calls = calls_of(await exported(session, ANNA, ONE)) + calls_of(await exported(session, ANNA, TWO))
    written = {call.data["caller"] for call in calls if call.data["direction"] == "inbound"}
    assert written == {"+358401234567", "0401234567", "00358401234567"}


async def test_every_call_built_for_a_caller_is_exported_once(session, store):
    for caller in (ANNA, BERTTA, DECOY):
        for scope in (ONE, TWO):
            found = [call.data["call_id"] for call in calls_of(await exported(session, caller, scope))]
            assert found == [call.uniqueids[1] for call in store.of(caller.phone, scope.tenant)]


async def test_a_caller_who_is_not_at_the_customer_is_not_found_there(session):
    assert await everything(session.find([phone(BERTTA)], TWO)) == []
    assert await exported(session, BERTTA, TWO) == []


async def test_each_proven_number_gives_one_match(session):
    refs = [phone(ANNA), Ref("email", "anna@example.org"), phone(BERTTA), phone(ANNA)]
    matches = await everything(session.find(refs, ONE))
    assert [match.ref for match in matches] == [phone(ANNA), phone(BERTTA)]
    assert all(match.sure for match in matches)


async def test_a_number_that_differs_by_a_digit_is_never_in_the_answer(session):
    text = msgspec.json.encode(await everything(session.export(phone(ANNA), ONE, None)))
    assert b"401234567" in text
    assert b"401234568" not in text
    assert b"Anne" not in text


async def test_another_customers_calls_are_never_in_the_answer(session):
    for scope, other in ((ONE, b"tenant-2"), (TWO, b"tenant-1")):
        assert other not in msgspec.json.encode(await everything(session.export(phone(ANNA), scope, None)))


async def test_each_customer_that_holds_the_caller_is_named_once(session):
    hits = await everything(session.tenants([phone(ANNA), phone(BERTTA), Ref("email", "a@example.org")]))
    assert [(hit.tenant, hit.found_by) for hit in hits] == [
        ("tenant-1", phone(ANNA)),
        ("tenant-2", phone(ANNA)),
    ]
    assert [hit.tenant for hit in await everything(session.tenants([phone(BERTTA)]))] == ["tenant-1"]


async def test_a_customer_is_named_with_the_count_of_what_an_export_would_hold(session):
    hits = {hit.tenant: hit.counts for hit in await everything(session.tenants([phone(ANNA)]))}
    for scope in (ONE, TWO):
        items = await everything(session.export(phone(ANNA), scope, None))
        held = Counter(item.origin.collection for item in items if not isinstance(item, Mark))
        assert hits[scope.tenant] == {"transcripts": 0} | held
        assert held["recordings"]


@pytest.mark.parametrize(
    "value", ["", "anonymous", "Anonymous", "unknown", "restricted", "private", "+", "s"]
)
async def test_a_withheld_number_matches_nobody(session, store, value):
    assert all(store.of(caller.phone) for caller in WITHHELD)
    ref = Ref("phone", value)
    assert await everything(session.tenants([ref])) == []
    assert await everything(session.find([ref], ONE)) == []
    with pytest.raises(Refused):
        await session.carry_out(ref, ONE, Erase(), "key")


async def test_the_operators_own_scope_holds_only_its_own_account_codes(store):
    async with opened(store) as session:
        assert await everything(session.find([phone(ANNA)], OWN)) == []
    async with opened(store, operator_account_codes=["tenant-2"]) as session:
        calls = records(await exported(session, ANNA, OWN))
        assert {call.data["account"] for call in calls} == {"tenant-2"}
        assert [hit.tenant for hit in await everything(session.tenants([phone(ANNA)]))] == ["tenant-1"]


async def test_a_scope_with_an_empty_account_code_is_refused(session):
    with pytest.raises(Refused):
        await everything(session.find([phone(ANNA)], Scope(Role.PROCESSOR, "")))


async def test_legs_of_a_shared_call_are_shown_to_their_own_customer_only(store):
    append(store.master_csv, row(BERTTA.phone, "1795309000.1").replace("SIP/t-1", "Local/9@a-00000009;2"))
    append(
        store.master_csv,
        row("0457000050", "1795309000.0", "tenant-2").replace("SIP/t-1", "Local/9@a-00000009;1"),
    )
    async with opened(store) as session:
        call = records(await exported(session, BERTTA, ONE))[-1]
        assert [leg["accountcode"] for leg in call.data["legs"]] == ["tenant-1"]
        assert [hit.tenant for hit in await everything(session.tenants([phone(BERTTA)]))] == ["tenant-1"]


@pytest.mark.parametrize(
    "unset",
    [
        {"sqlite": None},
        {"master_csv": None, "accounts_csv_dir": None},
        {"accounts_csv_dir": None},
        {"accounts_csv_dir": None, "sqlite": None},
    ],
)
async def test_any_copy_that_holds_both_legs_is_enough(store, unset):
    async with opened(store, **unset) as session:
        calls = records(await exported(session, ANNA, TWO))
    assert len(calls) == len(store.of(ANNA.phone, "tenant-2"))
    assert {len(call.data["legs"]) for call in calls} == {2}


async def test_legs_that_only_sqlite_can_join_are_joined(store):
    """The called number of an outbound call stands in one leg only."""
    call = next(call for call in store.of(ANNA.phone) if not call.inbound)
    text = store.master_csv.read_text().replace(f"inbound-{call.epoch & 0xFFFFFFFF:08x};1", "elsewhere-1;1")
    store.master_csv.write_text(text)
    async with opened(store) as session:
        found = records(await exported(session, ANNA, Scope(Role.PROCESSOR, call.tenant)))
    (outbound,) = (each for each in found if each.data["call_id"] == call.uniqueids[1])
    assert {leg["uniqueid"] for leg in outbound.data["legs"]} == set(call.uniqueids)


async def test_what_is_another_persons_is_pointed_out(session):
    calls = calls_of(await exported(session, ANNA, ONE)) + calls_of(await exported(session, ANNA, TWO))
    inbound = [call for call in calls if call.data["direction"] == "inbound"]
    outbound = [call for call in calls if call.data["direction"] == "outbound"]
    assert {call.others for call in inbound} == {()}
    assert all({"/caller", "/caller_name"} <= set(call.others) for call in outbound)
    assert all("/called" not in call.others for call in outbound)
