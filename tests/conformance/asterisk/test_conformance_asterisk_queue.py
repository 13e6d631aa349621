"""The queue log, which names no customer and is held open by Asterisk."""

import pytest

from dsar.contract import Erase, Proof, Record, Refused, Unreachable
from dsar.demo.callstore import ANNA, BERTTA
from dsar_asterisk import queuelog

from .logs import AGENT, add_logs, left_in
from .store import ONE, OWN, TWO, append, everything, exported, opened, phone

STRAY = f"1795330000|1795330000.5|sales|NONE|ENTERQUEUE||{ANNA.phone}|1\n"


def queued(items):
    return [item for item in items if isinstance(item, Record) and item.origin.collection == "queue_events"]


@pytest.fixture
def settings(store):
    return add_logs(store)


@pytest.fixture
def log(store, settings):
    return store.folder / "queue_log"


async def test_a_calls_rows_are_its_customers_by_the_channels_account_code(store, settings):
    async with opened(store, **settings) as session:
        for scope in (ONE, TWO):
            found = queued(await exported(session, ANNA, scope))
            built = store.of(ANNA.phone, scope.tenant)
            assert [record.origin.record_id for record in found] == [call.uniqueids[1] for call in built]
            assert [e["event"] for e in found[0].data["events"]] == [
                "ENTERQUEUE",
                "CONNECT",
                "COMPLETECALLER",
            ]


async def test_agents_are_other_people(store, settings):
    async with opened(store, **settings) as session:
        inbound = queued(await exported(session, BERTTA, ONE))[0]
    assert inbound.data["events"][1]["agent"] == AGENT
    assert inbound.others == ("/events/1/agent", "/events/2/agent")


async def test_rows_without_a_call_are_the_operators_and_no_customers(store, settings, log):
    append(log, STRAY)
    async with opened(store, **settings) as session:
        (own,) = queued(await exported(session, ANNA, OWN))
        assert own.origin.record_id == "1795330000.5"
        for scope in (ONE, TWO):
            ids = {record.origin.record_id for record in queued(await exported(session, ANNA, scope))}
            assert "1795330000.5" not in ids
        assert {hit.tenant for hit in await everything(session.tenants([phone(ANNA)]))} == {
            "tenant-1",
            "tenant-2",
        }
        receipt = await session.carry_out(phone(ANNA), OWN, Erase(), "key")
    assert (receipt.changed, receipt.proof) == (1, Proof.VERIFIED)
    assert left_in(log, ["1795330000.5"]) == 0


async def test_rows_are_blanked_in_place_so_that_asterisk_goes_on_in_the_same_file(store, settings, log):
    before, inode = log.read_bytes(), log.stat().st_ino
    mine = [uid for call in store.of(ANNA.phone, "tenant-1") for uid in call.uniqueids]
    with log.open("a") as held_open:
        async with opened(store, **settings) as session:
            await session.carry_out(phone(ANNA), ONE, Erase(), "key")
        held_open.write(STRAY)
    after = log.read_bytes()
    assert (log.stat().st_ino, len(after)) == (inode, len(before) + len(STRAY))
    for line, was in zip(after.splitlines(), before.splitlines(), strict=False):
        is_mine = any(f"|{uid}|".encode() in was for uid in mine[::2])
        assert line == (b" " * len(was) if is_mine else was)
    assert after.endswith(STRAY.encode())


async def test_a_queue_log_that_was_rotated_meanwhile_is_tried_again(store, settings, log, monkeypatch):
    sync = queuelog.os.fsync

    def rotated(number):
        sync(number)
        if log.exists():
            log.rename(log.with_name("queue_log.1"))
            append(log, STRAY)
            monkeypatch.setattr(queuelog.os, "fsync", sync)

    monkeypatch.setattr(queuelog.os, "fsync", rotated)
    async with opened(store, **settings | {"recordings_dir": None}) as session:
        with pytest.raises(Unreachable, match="rotated"):
            await session.carry_out(phone(BERTTA), ONE, Erase(), "key")
    assert log.read_text() == STRAY


async def test_rows_of_queues_and_agents_are_nobodys_calls(store, settings, log):
    append(log, "1795330001|NONE|sales|PJSIP/sanna|PAUSE|lunch\n1795330002|MANAGER|NONE|NONE|QUEUERESUME|\n")
    async with opened(store, **settings) as session:
        assert queued(await exported(session, ANNA, ONE))


@pytest.mark.parametrize(
    "line", [f"1795330000|1795330000.5|{ANNA.phone}\n", f"soon|1.1|q|NONE|ENTERQUEUE||{ANNA.phone}|1\n"]
)
async def test_a_broken_row_that_holds_the_number_is_refused_by_line(store, settings, log, line):
    number = log.read_bytes().count(b"\n") + 1
    append(log, line)
    async with opened(store, **settings) as session:
        with pytest.raises(Refused, match=f"queue_log: queue_log line {number} cannot be read"):
            await everything(session.find([phone(ANNA)], ONE))


async def test_a_broken_row_of_others_is_passed_over(store, settings, log):
    append(log, "soon|1.1|q|NONE|ENTERQUEUE||0457000044|1\n")
    async with opened(store, **settings) as session:
        assert await everything(session.find([phone(ANNA)], ONE))
