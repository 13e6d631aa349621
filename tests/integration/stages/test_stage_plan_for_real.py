"""The plan of an erasure in the sample's real databases: what it said is what is done, and nothing that came since."""

import asyncio
from collections import Counter

import asyncpg
import msgspec
import pytest
from stage_office import BEGAN, HandClock, Office
from test_stage_plan_repeated import killed
from test_stage_planning import anew, approve, order_of, plan

from dsar.contract import OrderKind, Role
from dsar.demo import crm
from dsar.domain.case import State
from dsar.domain.work import StepState
from dsar.engine import open_service
from dsar.outbound import installed
from dsar.store import findings, systems
from dsar.store.systems import SystemRow


@pytest.fixture
async def world(postgres_url):
    return await crm.build(postgres_url)


@pytest.fixture
async def office(settings, world):
    installed.cache_clear()
    clock = HandClock(BEGAN)
    async with open_service(settings, now=clock) as service:
        office = Office(service, None, clock)
        async with office.db.write() as tx:
            for key, orders in (("billing", ()), ("crm", (OrderKind.SUPPRESS,))):
                row = SystemRow(
                    key=key,
                    connector="sql",
                    title=key.title(),
                    settings=service.vault.seal(msgspec.json.encode(getattr(world, key)), "system"),
                    roles=(Role.CONTROLLER,),
                    orders=(OrderKind.ERASE, *orders),
                )
                await systems.put(tx, row, clock())
        yield office


@pytest.fixture
async def sanna(office):
    return await office.staff("Sanna")


@pytest.fixture
async def rows(world):
    connection = await asyncpg.connect(world.crm["url"])
    yield connection
    await connection.close()


async def waiting(office):
    return await office.case(await office.asked_and_proven("erasure", email=crm.TOMI))


async def kept(office, case):
    async with office.db.read() as connection:
        held = await findings.holds_of_case(connection, case.id)
    return Counter({(h.system_key, h.collection, h.ground, h.until, h.restricted): h.items for h in held})


def planned(drawn):
    return Counter(
        {
            (system.system_key, one.collection, one.ground, one.until, one.restricted): one.items
            for system in drawn.systems
            for one in system.kept
        }
    )


async def erased(office, case):
    return {key: (await order_of(office, case, key)).detail["changed"] for key in ("billing", "crm")}


async def add_note(rows):
    await rows.execute(
        "INSERT INTO note (contact_id, written_at, body) SELECT id, now(), 'rang again' FROM contact WHERE email ILIKE $1",
        crm.TOMI,
    )


async def test_what_the_plan_said_is_what_is_erased_and_what_is_kept(office, world, sanna):
    # GDPR 17(3)(b)
    case = await waiting(office)
    drawn = (await plan(office, case)).drawn
    said = {system.system_key: sum(system.erased.values()) for system in drawn.systems}
    assert said["crm"] > said["billing"] == 0, "the law keeps every row of the second"
    assert sum(planned(drawn).values()) == drawn.kept > 0
    case = await approve(office, sanna, case, drawn.digest)
    assert case.state is State.DELIVERED
    assert await erased(office, case) == said
    assert await kept(office, case) == planned(drawn)
    left = await crm.remains(world.crm["url"], crm.TOMI)
    assert {table for table, count in left.items() if count} == {"do_not_contact"}


async def test_a_row_that_came_after_the_approval_stops_the_erasure_in_its_database_alone(
    office, world, sanna, rows
):
    case = await waiting(office)
    before = await crm.remains(world.crm["url"], crm.TOMI)
    await office.service.deciding.approve(sanna, case.id)
    await add_note(rows)
    await office.work()
    assert await crm.remains(world.crm["url"], crm.TOMI) == before
    assert (await order_of(office, case)).detail["reason"] == "Changed"
    assert (await order_of(office, case, "billing")).state is StepState.DONE
    drawn = await anew(office, sanna, case)
    case = await approve(office, sanna, case, drawn.digest)
    assert case.state is State.DELIVERED
    assert not await rows.fetchval("SELECT count(*) FROM note WHERE body = 'rang again'")


async def test_a_worker_killed_after_the_rows_went_is_followed_by_one_that_ends_it(office, world, sanna, sql):
    case = await waiting(office)
    drawn = (await plan(office, case)).drawn
    said = {system.system_key: sum(system.erased.values()) for system in drawn.systems}
    await office.service.deciding.approve(sanna, case.id)

    async with sql.transaction():
        # Whoever ends an order has to wait for the case.
        await sql.execute("SELECT FROM case_file WHERE id = $1 FOR UPDATE", case.id)
        worker = asyncio.create_task(office.service.engine().drain())
        async with asyncio.timeout(60):
            while (await crm.remains(world.crm["url"], crm.TOMI))["contact"]:
                pass
        await killed(office, worker)
    assert (await order_of(office, case)).state is StepState.READY
    await office.work()
    case = await office.one(case.id)
    assert case.state is State.DELIVERED
    assert await erased(office, case) == said
    assert await kept(office, case) == planned(drawn)
    assert not [event for event in await office.events(case.id) if event.type == "plan.changed"]
