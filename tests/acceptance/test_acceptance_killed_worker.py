"""The worker killed and Valkey emptied in the middle of the fan-out: nothing is lost, nothing is done twice."""

import asyncio
import os
import signal

import pytest
import pytest_asyncio
from msgspec import Struct
from support.house import until

from dsar.demo import callstore, crm, scenes
from dsar.demo.callstore import ANNA, BERTTA
from dsar.demo.main import AFTER
from dsar.demo.posthog_double.mischief import silence

# As long as the killed worker's lease lasts, and less: what it asked for is done before another asks again.
SILENT_SECONDS = 1.5

RUNNING = "SELECT count(DISTINCT case_id) FROM step WHERE kind = $1 AND state = 'running'"


class Played(Struct):
    """What the two blows met and what came of it."""

    lines: list[scenes.Scene]
    met: list[str]
    rows_before: int
    rows_after: int
    of_bertta: dict[str, int]


async def strike(house):
    """SIGKILL and FLUSHALL in one moment; returns when another worker is there."""
    before = house.stack.pid("work")
    os.kill(before, signal.SIGKILL)
    assert house.flush_valkey() == "+OK"

    async def replaced():
        return house.stack.pid("work") != before

    await until(replaced)


async def blows(house):
    """Strike when several cases are being searched, then when an erasure is at the vendor."""
    met = []

    async def searching():
        return await house.db.fetchval(RUNNING, "fanout.search") >= 2

    async def ordering():
        return house.world.analytics.calls.count(("POST", "persons/bulk_delete/")) > 0

    for name, there in (("searching", searching), ("ordering", ordering)):
        await until(there, seconds=120)
        met.append(name)
        await strike(house)
    return met


def rows_of(house):
    return house.world.calls.master_csv.read_text(encoding="utf-8").count("\n")


async def play_all(house):
    """As the demo has it: the sixth waits for the fourth, all others go side by side."""
    tasks = {}

    async def one(number):
        if number in AFTER:
            await tasks[AFTER[number]]
        return await scenes.play(house.players, number)

    for number in range(len(scenes.SCENES)):
        tasks[number] = asyncio.create_task(one(number))
    return await asyncio.gather(*tasks.values())


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def played(house):
    house.world.analytics.misbehave(silence(SILENT_SECONDS, on="query/"), times=4)
    house.world.analytics.misbehave(silence(SILENT_SECONDS, on="persons/bulk_delete/"))
    before = rows_of(house)
    of_bertta = callstore.remains(house.world.calls, BERTTA.phone, "tenant-1")
    striking = asyncio.create_task(blows(house))
    lines = await play_all(house)
    return Played(lines, await striking, before, rows_of(house), of_bertta)


def test_both_blows_met_the_fan_out(played):
    assert played.met == ["searching", "ordering"]


def test_every_request_ended_as_it_does_in_peace(played):
    assert {line.title: line.failures for line in played.lines} == {line.title: [] for line in played.lines}
    assert len(played.lines) == 7


async def test_no_case_is_stuck(house, played):
    states = await house.db.fetch("SELECT state, count(*) FROM case_file GROUP BY state")

    # Two of the impostor's and two of the stranger's wait for a proof that never comes.
    assert {row["state"]: row["count"] for row in states} == {
        "awaiting_identity": 4,
        "delivered": 7,
        "closed": 2,
    }


async def test_no_step_is_left_but_those_of_later_days(house, played):
    async def settled():
        return not await house.db.fetchval("SELECT count(*) FROM step WHERE state = 'running'")

    await until(settled)
    left = await house.db.fetch(
        "SELECT kind, state FROM step WHERE state <> 'done' AND due_at < now() + interval '20 hours'"
    )

    assert [dict(row) for row in left] == []


async def test_the_vendor_got_one_order_for_the_one_person_erased(house, played):
    assert house.world.analytics.calls.count(("POST", "persons/bulk_delete/")) == 1
    assert house.world.analytics.violations == []


async def test_each_order_ended_once_and_well(house, played):
    orders = await house.db.fetch(
        "SELECT case_id, key, outcome, detail FROM step WHERE kind = 'fanout.order' ORDER BY key"
    )

    assert [(row["key"], row["outcome"]) for row in orders] == [
        ("analytics", "done"),
        ("billing", "done"),
        ("calls", "done"),
        ("crm", "done"),
        ("crm:suppress", "done"),
    ]


def test_the_callers_rows_are_gone_once_and_nobody_elses(house, played):
    gone = played.rows_before - played.rows_after

    assert gone == played.of_bertta["master_csv"] > 0
    assert callstore.remains(house.world.calls, ANNA.phone, "tenant-1")["master_csv"] > 0
    lines = house.world.calls.master_csv.read_text(encoding="utf-8").splitlines()
    assert len(set(lines)) == len(lines)


async def test_the_marketing_stop_stands_once_for_each_person(house, played):
    for person in (crm.MAIJA, crm.TOMI):
        assert (await crm.remains(house.world.crm.crm["url"], person))["do_not_contact"] == 1


async def test_each_message_was_written_once_and_sent(house, played):
    doubled = await house.db.fetch(
        "SELECT case_id, template, count(*) FROM outbox WHERE template NOT IN ('code', 'download_code')"
        " GROUP BY case_id, template, channel, identity_id, controller_id, member_id, facts HAVING count(*) > 1"
    )
    # A business without an endpoint gets mails in place of webhooks.
    unsent = await house.db.fetch(
        "SELECT o.template FROM outbox o LEFT JOIN endpoint e USING (controller_id)"
        " WHERE o.sent_at IS NULL AND (o.channel <> 'webhook' OR e.controller_id IS NOT NULL OR o.failed_at IS NULL)"
    )
    to_people = await house.db.fetch("SELECT id FROM outbox WHERE channel <> 'webhook'")
    files = [
        path.name.partition(".")[0] for path in (house.stack.data_dir / "service" / "outbox").glob("*.json")
    ]

    assert [dict(row) for row in doubled] == []
    assert unsent == []
    assert sorted(files) == sorted(str(row["id"]) for row in to_people)


async def test_each_erased_identity_has_one_tombstone_a_system(house, played):
    doubled = await house.db.fetch(
        "SELECT system_key FROM tombstone GROUP BY system_key, blind_index, tenant, order_key HAVING count(*) > 1"
    )

    assert await house.db.fetchval("SELECT count(*) FROM tombstone") > 0
    assert [dict(row) for row in doubled] == []


def test_the_histories_hold(house, played):
    ran = house.dsar("audit", "verify")

    assert (ran.returncode, ran.stdout) == (0, "13 histories verified, 0 broken\n")


@pytest.mark.parametrize("part", ["work", "serve"])
def test_no_log_tells_of_a_fault_in_the_code(house, played, part):
    log = (house.stack.data_dir / "service" / f"{part}.log").read_text(encoding="utf-8")

    assert "Traceback" not in log


async def fulfilled_by_the_small_business(house, reference):
    """The one without an endpoint, which nothing instructs by itself."""
    [business] = [one for one in house.world.businesses if one.mail]

    async def theirs():
        return [
            case for case in await house.staff.of_businesses(reference) if case["tenant"] == business.tenant
        ]

    [case] = await until(theirs)
    said = await house.client.post(
        f"/api/v1/controller/cases/{case['id']}/instruction",
        json={"instruction": "fulfil"},
        headers={"authorization": f"Bearer {business.key}"},
    )
    said.raise_for_status()


async def test_a_worker_killed_while_it_rewrites_the_call_store_leaves_it_whole(house, played):
    tenants = ("tenant-1", "tenant-2")
    before = rows_of(house)
    there = sum(callstore.remains(house.world.calls, ANNA.phone, tenant)["master_csv"] for tenant in tenants)

    reference = await house.person.ask_by_api(rights=["erasure"], relations=["caller"], phone=ANNA.phone)
    await house.person.prove(reference, "phone", ANNA.phone)
    await fulfilled_by_the_small_business(house, reference)

    async def rewriting():
        return await house.db.fetchval(RUNNING, "fanout.order")

    await until(rewriting)
    await strike(house)
    cases = await house.staff.until(reference, "delivered", count=2, of_business=True)

    assert {case["outcome"] for case in cases} == {"fulfilled"}
    assert rows_of(house) == before - there
    for tenant in tenants:
        assert not any(callstore.remains(house.world.calls, ANNA.phone, tenant).values())
