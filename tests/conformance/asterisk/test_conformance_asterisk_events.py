"""The channel event log: whose events are whose, also of calls that never got a CDR."""

import pytest

from dsar.contract import Erase, Proof, Record, Refused, Role, Scope
from dsar.demo.callstore import ANNA, BERTTA
from dsar_asterisk.cel import FIELDS

from .logs import add_logs, left_in, write_cel_csv
from .store import ONE, TWO, everything, exported, opened, phone


def events(items):
    return [item for item in items if isinstance(item, Record) and item.origin.collection == "call_events"]


def without_cdr(code="tenant-1", number=ANNA.phone, uniqueid="1795310000.1"):
    """What is logged of a caller who hangs up before the dialplan begins."""
    return dict.fromkeys(FIELDS, "") | {
        "eventtype": "CHAN_START",
        "eventtime": "1795310000.5",
        "cidname": ANNA.name,
        "cidnum": number,
        "exten": "0457000091",
        "channame": "PJSIP/trunk-1",
        "accountcode": code,
        "uniqueid": uniqueid,
        "linkedid": uniqueid,
    }


@pytest.fixture
def settings(store):
    return add_logs(store)


@pytest.mark.parametrize(
    "unset", [{"cel_csv": None}, {"cel_sqlite": None}, {}], ids=["sqlite", "csv", "both"]
)
async def test_each_call_comes_with_its_events_of_both_channels_once(store, settings, unset):
    async with opened(store, **settings | unset) as session:
        found = events(await exported(session, ANNA, ONE))
    built = store.of(ANNA.phone, "tenant-1")
    assert [record.origin.record_id for record in found] == [call.uniqueids[1] for call in built]
    for record, call in zip(found, built, strict=True):
        told = record.data["events"]
        assert len(told) == 2 * 7
        assert {event["uniqueid"] for event in told} == set(call.uniqueids)
        assert [event["time"] for event in told] == sorted(event["time"] for event in told)


async def test_events_of_a_call_that_never_got_a_cdr_are_found_by_the_number_and_erased(store, settings):
    write_cel_csv(store.folder / "cel" / "Master.csv", [without_cdr()])
    async with opened(store, **settings) as session:
        last = events(await exported(session, ANNA, ONE))[-1]
        assert last.origin.record_id == "1795310000.1"
        assert last.data["start"] == "2026-11-22T01:13:20.500000+00:00"
        assert "1795310000.1" not in {e.origin.record_id for e in events(await exported(session, ANNA, TWO))}
        receipt = await session.carry_out(phone(ANNA), ONE, Erase(), "key")
        assert receipt.proof is Proof.VERIFIED
    assert left_in(store.folder / "cel" / "Master.csv", ["1795310000.1"]) == 0


async def test_a_number_that_only_the_event_log_knows_is_found_and_its_customer_named(store, settings):
    number = "+358401239999"
    write_cel_csv(store.folder / "cel" / "Master.csv", [without_cdr(number=number)])
    async with opened(store, **settings) as session:
        caller = type(ANNA)("", number)
        assert [hit.tenant for hit in await everything(session.tenants([phone(caller)]))] == ["tenant-1"]
        assert len(await everything(session.find([phone(caller)], ONE))) == 1
        assert await everything(session.find([phone(caller)], TWO)) == []


async def test_the_event_log_joins_what_a_cdr_without_linked_ids_cannot(store, settings):
    """The called number of an outbound call stands in one leg only."""
    call = next(call for call in store.of(ANNA.phone) if not call.inbound)
    text = store.master_csv.read_text().replace(f"inbound-{call.epoch & 0xFFFFFFFF:08x};1", "elsewhere-1;1")
    store.master_csv.write_text(text)
    async with opened(store, **settings | {"sqlite": None, "cel_sqlite": None}) as session:
        found = await exported(session, ANNA, Scope(Role.PROCESSOR, call.tenant))
    legs = next(
        i.data["legs"] for i in found if isinstance(i, Record) and i.data["call_id"] == call.uniqueids[1]
    )
    assert {leg["uniqueid"] for leg in legs} == set(call.uniqueids)


async def test_the_other_ends_number_and_name_are_pointed_out_as_anothers(store, settings):
    async with opened(store, **settings) as session:
        outbound = {call.uniqueids[1] for call in store.of(ANNA.phone) if not call.inbound}
        for record in events([*await exported(session, ANNA, ONE), *await exported(session, ANNA, TWO)]):
            pointed = {pointer.rpartition("/")[2] for pointer in record.others}
            assert pointed == (
                {"cidnum", "cidani", "cidname"} if record.origin.record_id in outbound else set()
            )


async def test_events_of_another_customers_channel_stay_with_that_customer(store, settings):
    """Both channels of a call that is passed on between two customers bear one linked id."""
    first = without_cdr("tenant-1", BERTTA.phone, "1795320000.1")
    second = without_cdr("tenant-2", "0457000077", "1795320000.2") | {"linkedid": "1795320000.1"}
    bare = second | {"accountcode": "", "eventtype": "HANGUP"}
    write_cel_csv(store.folder / "cel" / "Master.csv", [first, second, bare])
    async with opened(store, **settings) as session:
        record = events(await exported(session, BERTTA, ONE))[-1]
        assert [event["uniqueid"] for event in record.data["events"]] == ["1795320000.1"]
        await session.carry_out(phone(BERTTA), ONE, Erase(), "key")
    assert left_in(store.folder / "cel" / "Master.csv", ["1795320000.2"]) == 2


async def test_local_times_of_the_event_log_are_read_in_the_servers_zone(store, settings):
    event = without_cdr() | {"eventtime": "2026-11-22 03:13:20.250000"}
    write_cel_csv(store.folder / "cel" / "Master.csv", [event])
    async with opened(store, **settings | {"timezone": "Europe/Helsinki"}) as session:
        last = events(await exported(session, ANNA, ONE))[-1]
    assert last.data["start"] == "2026-11-22T03:13:20.250000+02:00"


async def test_erasure_takes_the_events_in_every_copy_and_no_others(store, settings):
    mine = [uid for call in store.of(ANNA.phone, "tenant-1") for uid in call.uniqueids]
    rest = [uid for call in store.calls for uid in call.uniqueids if uid not in mine]
    copies = [store.folder / "cel" / "Master.csv", store.folder / "cel.db"]
    before = [left_in(path, rest) for path in copies]
    async with opened(store, **settings) as session:
        await session.carry_out(phone(ANNA), ONE, Erase(), "key")
    assert [left_in(path, mine) for path in copies] == [0, 0]
    assert [left_in(path, rest) for path in copies] == before


@pytest.mark.parametrize(
    "broken", ['"CHAN_START","soon"\n', '"CHAN_START","1795310000.5","A","+358401234567\n']
)
async def test_a_torn_event_that_may_be_the_callers_is_refused_by_line(store, settings, broken):
    log = store.folder / "cel" / "Master.csv"
    line = log.read_bytes().count(b"\n") + 1
    log.write_text(log.read_text() + broken)
    async with opened(store, **settings) as session:
        with pytest.raises(Refused, match=f"cel_csv: Master.csv line {line} cannot be read"):
            await exported(session, ANNA, ONE)
