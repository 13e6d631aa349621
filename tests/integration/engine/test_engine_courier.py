"""The courier: a slow endpoint is nobody else's delay, nobody's backlog comes first, and a lost lease writes nothing."""

import asyncio
from datetime import timedelta

import msgspec
import pytest
from stage_office import Office
from stage_receiver import add_member, attempts, mails, receiver
from test_engine_loop import running, until

from dsar.delivery import Parcel, Waiting
from dsar.domain.case import Notice
from dsar.domain.delivering import ATTEMPTS_MAX
from dsar.domain.work import Again, Done, StepOutcome, StepState
from dsar.engine import courier as engine_courier
from dsar.engine import open_service
from dsar.engine.lanes import PLACES, QUICK_LIMIT, SLOW_LIMIT
from dsar.engine.opening import utc_now
from dsar.store import LeaseLost, courier, outbox, steps
from dsar.store.courier import Ended, Lane, Room
from dsar.store.outbox import Attempt
from dsar.telemetry import deliveries, exposition

__all__ = ["receiver"]

LEASE = timedelta(seconds=30)


@pytest.fixture
async def office(settings, connector):
    """On the true clock, with leases that are short, but not lost where the machine stands still for a moment."""
    changed = msgspec.structs.replace(settings, lease_seconds=3.0, sweep_seconds=0.2)
    async with open_service(changed, now=utc_now) as service:
        office = Office(service, connector, utc_now)
        yield office


@pytest.fixture
async def case(office):
    """Some case for messages to be about."""
    return await office.case(await office.ask("access", work=False))


@pytest.fixture
async def tell(office, case, sql):
    """Commits messages to controllers, with nothing else to be done."""
    await sql.execute("DELETE FROM step")

    async def tell_(*controllers):
        notices = [(case.id, Notice("webhook", "case.due_soon", controller_id=one)) for one in controllers]
        async with office.db.write() as tx:
            new = await outbox.insert(tx, notices, utc_now())
            await steps.insert(tx, new, utc_now())

    return tell_


async def businesses(office, receiver, *names):
    """Each with its own path at the receiver."""
    return [await office.business(name, name, url=f"{receiver.base}/{name}") for name in names]


def paths(receiver):
    return [headers[":path"].strip("/") for headers, _ in receiver.got]


def got(receiver, **expected):
    async def look():
        return all(paths(receiver).count(name) >= count for name, count in expected.items())

    return look


def all_sent(sql, controller_id):
    async def look():
        return not await sql.fetchval(
            "SELECT count(*) FROM outbox WHERE controller_id = $1 AND sent_at IS NULL", controller_id
        )

    return look


async def test_an_endpoint_that_hangs_holds_up_no_other_and_gets_no_more_than_its_share(
    office, receiver, tell, sql
):
    hanging, quick = await businesses(office, receiver, "hanging", "quick")
    receiver.gates["/hanging"] = asyncio.Event()
    await tell(*[hanging] * 20, *[quick] * 20)
    async with running(office):
        await until(all_sent(sql, quick))
        assert paths(receiver).count("hanging") == SLOW_LIMIT
        receiver.gates["/hanging"].set()
        await until(all_sent(sql, hanging))
    assert len(receiver.ids) == len(set(receiver.ids)) == 40


async def test_many_endpoints_that_hang_leave_places_for_the_others(office, receiver, tell, sql, monkeypatch):
    from dsar.engine import lanes

    monkeypatch.setattr(lanes, "PLACES", 8)
    monkeypatch.setattr(lanes, "SLOW_PLACES", 4)
    names = [f"h{number}" for number in range(6)]
    hanging = await businesses(office, receiver, *names)
    (quick,) = await businesses(office, receiver, "quick")
    leaves, slow = lanes.Lanes.leaves, set(map(str, hanging))

    def long_ago(self, step_id, lane, *, retry, at):  # so that they show at once that they are slow
        leaves(self, step_id, lane, retry=retry, at=at - 60 if lane in slow else at)

    monkeypatch.setattr(lanes.Lanes, "leaves", long_ago)
    gate = asyncio.Event()
    receiver.gates.update({f"/{name}": gate for name in names})
    async with running(office):
        await tell(*hanging)
        await until(got(receiver, **dict.fromkeys(names, 1)))
        await tell(*hanging * 3)
        await tell(*[quick] * 20)
        await until(all_sent(sql, quick))
        assert len(paths(receiver)) == len(names) + 20
        gate.set()
        for one in hanging:
            await until(all_sent(sql, one))


async def test_messages_wait_behind_no_other_work_and_hold_none_up(office, receiver, tell, sql):
    (hanging, quick) = await businesses(office, receiver, "hanging", "quick")
    receiver.gates["/hanging"] = asyncio.Event()
    await tell(hanging)
    async with running(office):
        await until(got(receiver, hanging=1))
        await office.ask("access", email="other@example.com", work=False)

        async def letter_sent():
            return bool(office.messages("other@example.com"))

        await until(letter_sent)
        await tell(quick)
        await until(all_sent(sql, quick))
        receiver.gates["/hanging"].set()


async def test_a_message_that_comes_while_the_courier_rests_leaves_when_it_is_woken(
    settings, connector, receiver, office, tell, sql
):
    (quick,) = await businesses(office, receiver, "quick")
    engine = office.service.engine()
    engine._courier._sweep_seconds = engine._sweep_seconds = 3600.0
    rest, resting = engine._courier._rest, asyncio.Event()

    async def told():
        resting.set()
        await rest()

    engine._courier._rest = told
    task = asyncio.create_task(engine.run())
    await resting.wait()
    await tell(quick)
    await asyncio.sleep(0.3)
    assert receiver.got == []
    engine.look()
    await until(all_sent(sql, quick))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


# Claims

NOBODY = Room([], PLACES, PLACES // 2, SLOW_LIMIT)


async def claim(office, room=NOBODY, at=None):
    now = at or utc_now()
    async with office.db.read() as connection:
        return await courier.claim(connection, room, now, now + LEASE)


def by_controller(claimed):
    found = {}
    for _, message, _, _ in claimed:
        found[message.controller_id] = found.get(message.controller_id, 0) + 1
    return found


async def test_a_lane_that_is_not_known_gives_one_and_a_known_one_what_its_places_allow(
    office, receiver, tell
):
    one, other = await businesses(office, receiver, "one", "other")
    await tell(*[one] * 10, *[other] * 10)
    known = Lane(str(other), 1, QUICK_LIMIT, False)
    claimed = await claim(office, Room([known], PLACES, PLACES // 2, SLOW_LIMIT))
    assert by_controller(claimed) == {one: SLOW_LIMIT, other: QUICK_LIMIT - 1}


async def test_a_backlog_of_one_comes_before_nobody_elses_first_message(office, receiver, tell):
    flood, *others = await businesses(office, receiver, "flood", "b", "c", "d")
    await tell(*[flood] * 50)
    await tell(*others)
    known = [Lane(str(one), 0, QUICK_LIMIT, False) for one in (flood, *others)]
    claimed = await claim(office, Room(known, 5, 2, SLOW_LIMIT))
    assert by_controller(claimed) == {flood: 2, **dict.fromkeys(others, 1)}


async def test_who_has_fewer_on_the_way_comes_first(office, receiver, tell):
    busy, idle = await businesses(office, receiver, "busy", "idle")
    await tell(*[busy] * 5)
    await tell(*[idle] * 5)
    known = [Lane(str(busy), 2, QUICK_LIMIT, False), Lane(str(idle), 0, QUICK_LIMIT, False)]
    assert by_controller(await claim(office, Room(known, 2, 1, SLOW_LIMIT))) == {idle: 2}


async def test_slow_lanes_get_no_more_than_the_places_for_them(office, receiver, tell):
    slow = await businesses(office, receiver, *[f"s{number}" for number in range(6)])
    (quick,) = await businesses(office, receiver, "quick")
    await tell(*slow)
    await tell(quick)
    known = [Lane(str(one), 0, SLOW_LIMIT, True) for one in slow]
    claimed = by_controller(await claim(office, Room(known, 10, 2, SLOW_LIMIT)))
    assert claimed.pop(quick) == 1
    assert sum(claimed.values()) == 2
    assert by_controller(await claim(office, Room(known, 10, 0, SLOW_LIMIT))) == {}


async def test_what_failed_before_counts_as_slow_for_a_worker_that_was_just_started(
    office, receiver, tell, sql
):
    failed = await businesses(office, receiver, "f1", "f2", "f3")
    (fresh,) = await businesses(office, receiver, "fresh")
    await tell(*failed)
    await sql.execute("UPDATE step SET attempt = 1")
    await tell(fresh)
    claimed = by_controller(await claim(office, Room([], 10, 1, SLOW_LIMIT)))
    assert claimed.pop(fresh) == 1
    assert sum(claimed.values()) == 1


async def test_what_is_not_yet_due_and_other_work_is_not_claimed(office, receiver, tell, sql):
    one, later = await businesses(office, receiver, "one", "later")
    await tell(one, later)
    await sql.execute("UPDATE step SET due_at = now() + interval '1 hour' WHERE lane = $1", str(later))
    await office.ask("access", work=False)
    assert by_controller(await claim(office)) == {one: 1}


async def test_the_ordinary_claim_leaves_messages_to_the_courier(office, receiver, tell):
    (one,) = await businesses(office, receiver, "one")
    await tell(one)
    now = utc_now()
    async with office.db.read() as connection:
        assert await steps.claim(connection, now, now + LEASE, 50) == []


async def test_two_workers_that_claim_at_once_never_get_the_same(office, receiver, tell):
    controllers = await businesses(office, receiver, *"abcdef")
    await tell(*controllers * 20)
    known = [Lane(str(one), 0, QUICK_LIMIT, False) for one in controllers]
    rounds = [claim(office, Room(known, 10, 5, SLOW_LIMIT)) for _ in range(8)]
    claimed = [step.id for found in await asyncio.gather(*rounds) for step, _, _, _ in found]
    assert len(claimed) == len(set(claimed))
    assert len(claimed) >= 20


# Settling


def ended(claimed, end=None, status=204):
    step, message, _, _ = claimed
    return Ended(step, message.id, end or Done(StepOutcome.DONE), Attempt(status, None, b"", 0.1), utc_now())


async def settle(office, *ends):
    async with office.db.read() as connection:
        return await courier.settle(connection, ends, utc_now())


async def test_of_a_batch_only_what_is_still_ours_is_written(office, receiver, tell, sql):
    one, other = await businesses(office, receiver, "one", "other")
    await tell(one, other)
    mine, lost = await claim(office)
    await sql.execute("UPDATE step SET lease = lease + 1 WHERE id = $1", lost[0].id)
    before = await sql.fetchrow("SELECT * FROM step WHERE id = $1", lost[0].id)
    assert await settle(office, ended(mine), ended(lost)) == {mine[0].id}
    assert await sql.fetchrow("SELECT * FROM step WHERE id = $1", lost[0].id) == before
    assert await attempts(sql, lost[1].id) == []
    assert await attempts(sql, mine[1].id) == [(1, 204, None)]
    sent = await sql.fetch("SELECT id FROM outbox WHERE sent_at IS NOT NULL AND channel = 'webhook'")
    assert [row["id"] for row in sent] == [mine[1].id]


async def test_what_was_settled_once_is_not_settled_again(office, receiver, tell, sql):
    (one,) = await businesses(office, receiver, "one")
    await tell(one)
    (mine,) = await claim(office)
    assert await settle(office, ended(mine)) == {mine[0].id}
    assert await settle(office, ended(mine, Done(StepOutcome.FAILED), 500)) == set()
    assert await attempts(sql) == [(1, 204, None)]


async def test_each_end_of_a_batch_is_written_as_it_is(office, receiver, tell, sql):
    controllers = await businesses(office, receiver, "sent", "later", "free")
    await tell(*controllers)
    claimed = {found[1].controller_id: found for found in await claim(office)}
    sent, later, free = (claimed[one] for one in controllers)
    at = utc_now() + timedelta(hours=1)
    await settle(
        office,
        ended(sent),
        ended(later, Again(at, burns_attempt=True, detail={"reason": "answered 500"}), 500),
        ended(free, Again(at, burns_attempt=False), 500),
    )
    rows = {row["id"]: row for row in await sql.fetch("SELECT * FROM step")}
    assert [rows[one[0].id]["state"] for one in (sent, later, free)] == ["done", "ready", "ready"]
    assert [rows[one[0].id]["attempt"] for one in (sent, later, free)] == [1, 1, 0]
    assert rows[later[0].id]["due_at"] == at
    assert all(row["leased_until"] is None for row in rows.values())


async def test_a_batch_that_cannot_be_written_is_written_one_by_one_without_the_one_that_spoils_it(
    office, receiver, tell, sql, monkeypatch
):
    controllers = await businesses(office, receiver, "a", "bad", "c")
    whole = courier.settle

    async def spoilt(connection, ends, now):
        if any(one.message_id == bad_id for one in ends):
            raise ValueError
        return await whole(connection, ends, now)

    await tell(*controllers)
    bad_id = await sql.fetchval("SELECT id FROM outbox WHERE controller_id = $1", controllers[1])
    monkeypatch.setattr(engine_courier.courier, "settle", spoilt)
    monkeypatch.setattr(engine_courier, "SETTLE_PAUSES", (0.0,))
    one_worker = office.service.engine()._courier
    await one_worker.drain()
    assert one_worker.held == []
    monkeypatch.setattr(engine_courier.courier, "settle", whole)
    assert (
        await sql.fetchval("SELECT count(*) FROM outbox WHERE sent_at IS NOT NULL AND channel = 'webhook'")
        == 2
    )
    async with running(office):  # its lease runs out, and it comes again under its id
        await until(all_sent(sql, controllers[1]))
    assert receiver.ids.count(str(bad_id)) == 2


async def test_a_worker_that_stops_cleanly_gives_back_what_is_still_on_its_way(
    office, receiver, tell, sql, monkeypatch
):
    monkeypatch.setattr(engine_courier, "STOP_SECONDS", 0.1)
    (hanging,) = await businesses(office, receiver, "hanging")
    receiver.gates["/hanging"] = asyncio.Event()
    await tell(hanging)
    async with running(office):
        await until(got(receiver, hanging=1))
    row = await sql.fetchrow("SELECT state, attempt, leased_until FROM step WHERE lane <> ''")
    assert tuple(row) == ("ready", 0, None)
    receiver.gates["/hanging"].set()
    async with running(office):
        await until(all_sent(sql, hanging))
    assert len(set(receiver.ids)) == 1


async def test_an_endpoint_that_answers_later_than_its_lease_lasts_stays_with_the_worker_that_holds_on_to_it(
    office, receiver, tell, sql
):
    (slow,) = await businesses(office, receiver, "slow")
    receiver.gates["/slow"] = asyncio.Event()
    await tell(slow)
    async with running(office, office):
        await until(got(receiver, slow=1))
        await asyncio.sleep(3.2)  # more than the lease
        receiver.gates["/slow"].set()
        await until(all_sent(sql, slow))
    assert len(receiver.got) == 1
    assert await attempts(sql) == [(1, 204, None)]


async def test_a_message_that_cannot_be_packed_is_tried_later_and_then_waits_for_a_person(
    office, receiver, tell, sql
):
    (one,) = await businesses(office, receiver, "one")
    await sql.execute("UPDATE endpoint SET sealed_secret = 'spoilt'")
    await tell(one)
    await office.work()
    row = await sql.fetchrow("SELECT state, detail FROM step WHERE lane <> ''")
    assert (row["state"], msgspec.json.decode(row["detail"])["reason"]) == ("ready", "VaultError")
    for _ in range(10):
        await sql.execute("UPDATE step SET due_at = now() WHERE lane <> ''")
        await office.work()
    assert await sql.fetchval("SELECT state FROM step WHERE lane <> ''") == StepState.MANUAL.value
    assert await attempts(sql) == []
    assert await sql.fetchval("SELECT disabled_for FROM endpoint") is None, "the fault was not the endpoint's"


async def test_the_metrics_tell_how_deliveries_ended_and_name_nobody(office, receiver, tell, sql):
    good, bad = await businesses(office, receiver, "good", "bad")
    receiver.answers = [(204, b""), (500, b"")]
    await tell(good, bad)
    before = {end: deliveries.labels("webhook", end)._value.get() for end in ("delivered", "again")}
    await office.work()
    for end, count in before.items():
        assert deliveries.labels("webhook", end)._value.get() == count + 1
    await office.service.engine()._courier.figures()
    text = exposition().decode()
    assert 'dsar_deliveries_waiting{state="later"} 1.0' in text
    assert 'dsar_deliveries_waiting{state="due"} 0.0' in text
    for name in (str(good), str(bad), "good", receiver.base):
        assert name not in text


class StubPacker:
    """Packs another channel's messages for an address that the message names."""

    def __init__(self, url):
        self.url = url

    async def pack(self, waiting):
        return Parcel(self.url, {"content-type": "application/json"}, b"{}") if self.url else None


@pytest.fixture
async def callback(office, case, receiver, sql, monkeypatch):
    """Commits a message of another channel."""
    await sql.execute("DELETE FROM step")
    (business,) = await businesses(office, receiver, "business")

    async def commit(url):
        monkeypatch.setitem(office.service.attempting._packers, "opendsr", StubPacker(url))
        notice = Notice("opendsr", "opendsr.status", controller_id=business)
        async with office.db.write() as tx:
            await steps.insert(tx, await outbox.insert(tx, [(case.id, notice)], utc_now()), utc_now())

    return commit


async def test_another_channels_message_follows_the_schedule_and_switches_no_webhook_off(
    office, receiver, callback, sql
):
    receiver.always = (410, b"")
    await callback(f"{receiver.base}/callback")
    for _ in range(ATTEMPTS_MAX + 1):
        await office.work()
        await sql.execute("UPDATE step SET due_at = now() WHERE lane <> '' AND state = 'ready'")
    assert paths(receiver) == ["callback"] * ATTEMPTS_MAX
    row = await sql.fetchrow("SELECT sent_at, failed_at FROM outbox WHERE channel = 'opendsr'")
    assert row["sent_at"] is None
    assert row["failed_at"] is not None
    assert await sql.fetchval("SELECT disabled_at FROM endpoint") is None
    assert await sql.fetchval("SELECT outcome FROM step WHERE lane <> ''") == StepOutcome.FAILED.value


async def test_another_channels_message_that_has_nowhere_to_go_fails_at_once_and_is_not_mailed(
    office, callback, sql
):
    await callback(None)
    await office.work()
    assert await sql.fetchval("SELECT failed_at FROM outbox WHERE channel = 'opendsr'") is not None
    assert (
        await sql.fetchval(
            "SELECT count(*) FROM outbox WHERE channel = 'mail' AND NOT to_staff AND member_id IS NOT NULL"
        )
        == 0
    )


async def test_who_has_lost_the_lease_switches_nothing_off_and_mails_nobody(office, receiver, tell, sql):
    (one,) = await businesses(office, receiver, "one")
    await add_member(office, one, "ann@one.example")
    await tell(one)
    (claimed,) = await claim(office)
    receiver.always = (410, b"")
    tried = await office.service.attempting.attempt(Waiting(*claimed))
    await sql.execute("UPDATE step SET lease = lease + 1 WHERE lane <> ''")
    with pytest.raises(LeaseLost):
        await office.service.falling_back.settle(tried)
    assert await sql.fetchval("SELECT disabled_at FROM endpoint") is None
    assert (
        await sql.fetchval("SELECT count(*) FROM outbox WHERE member_id IS NOT NULL OR failed_at IS NOT NULL")
        == 0
    )
    assert await attempts(sql) == []
    assert await sql.fetchval("SELECT state FROM step WHERE lane <> ''") == StepState.RUNNING.value


async def test_what_was_on_its_way_to_an_endpoint_that_is_gone_goes_by_mail_and_the_owner_is_told_once(
    office, receiver, tell, sql
):
    (one,) = await businesses(office, receiver, "one")
    member = await add_member(office, one, "ann@one.example")
    await tell(*[one] * 3)
    room = Room([Lane(str(one), 0, QUICK_LIMIT, False)], PLACES, PLACES // 2, SLOW_LIMIT)
    receiver.always = (410, b"")
    for claimed in await claim(office, room):
        await office.service.falling_back.settle(await office.service.attempting.attempt(Waiting(*claimed)))
    assert sorted(await mails(sql)) == [("business_due_soon", member)] * 3 + [
        ("business_endpoint_off", member)
    ]


async def test_what_arrived_while_the_database_was_away_for_a_moment_is_not_sent_again(
    office, receiver, tell, sql, monkeypatch
):
    controllers = await businesses(office, receiver, *"abc")
    whole, failures = courier.settle, [ConnectionError(), OSError()]

    async def away(connection, ends, now):
        if failures:
            raise failures.pop()
        return await whole(connection, ends, now)

    monkeypatch.setattr(engine_courier.courier, "settle", away)
    await tell(*controllers)
    async with running(office):
        for one in controllers:
            await until(all_sent(sql, one))
    assert failures == []
    assert len(receiver.got) == len(set(receiver.ids)) == 3


async def test_a_busy_endpoint_that_asks_for_time_gets_none_of_its_other_messages_meanwhile(
    office, receiver, tell, sql
):
    busy, other = await businesses(office, receiver, "busy", "other")
    receiver.answers = [(429, b"", ("Retry-After", "600"))]
    await tell(*[busy] * 10)
    async with running(office):
        await until(got(receiver, busy=1))
        await tell(*[other] * 10)
        await until(all_sent(sql, other))
        assert paths(receiver).count("busy") == 1


async def test_what_breaks_the_courier_ends_the_worker_and_is_not_passed_over_in_silence(
    office, receiver, tell, monkeypatch
):
    (one,) = await businesses(office, receiver, "one")

    async def broken(self):
        raise ZeroDivisionError

    monkeypatch.setattr(engine_courier.Courier, "_settle", broken)
    await tell(one)
    with pytest.raises(ZeroDivisionError):
        async with asyncio.timeout(20):
            await office.service.engine().run()


async def test_a_worker_that_is_stopped_still_writes_down_what_has_just_arrived(
    office, receiver, tell, sql, monkeypatch
):
    (one,) = await businesses(office, receiver, "one")
    whole, writing = courier.settle, asyncio.Event()

    async def slowly(connection, ends, now):
        writing.set()
        await asyncio.sleep(0.3)
        return await whole(connection, ends, now)

    monkeypatch.setattr(engine_courier.courier, "settle", slowly)
    await tell(one)
    async with running(office):
        await writing.wait()
    assert await attempts(sql) == [(1, 204, None)]
    assert await sql.fetchval("SELECT state FROM step WHERE lane <> ''") == StepState.DONE.value
