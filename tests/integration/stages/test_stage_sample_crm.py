"""Corrections and restrictions in a real database: the sample CRM, in which one person is several subjects."""

from types import SimpleNamespace

import asyncpg
import msgspec
import pytest
import structlog
from stage_office import BOTH
from stage_rights import ALL, actor, correction, decide, finish, settings, tasks, told_all

from dsar.demo import crm as sample
from dsar.domain.case import Outcome, State
from dsar.domain.work import StepKind, StepState
from dsar.outbound import systems as outbound_systems
from dsar.store import systems
from dsar.store.systems import SystemRow

__all__ = ["actor", "settings"]


@pytest.fixture
def connector(monkeypatch):
    """The connector itself, found as an installation finds it."""
    from dsar_sql import connector as real

    point = SimpleNamespace(load=lambda: real, value="sql")
    monkeypatch.setattr(outbound_systems, "entry_points", lambda group: [point])
    outbound_systems.installed.cache_clear()
    yield real
    outbound_systems.installed.cache_clear()


@pytest.fixture
async def crm(office, postgres_url):
    world = await sample.build(postgres_url)
    row = SystemRow(
        key="crm",
        connector="sql",
        title="The CRM",
        settings=office.service.vault.seal(msgspec.json.encode(world.crm), "system"),
        roles=BOTH,
        orders=ALL,
        retry_delay_seconds=1.0,
        attempts_max=3,
    )
    async with office.db.write() as tx:
        await systems.put(tx, row, office.clock())
    connection = await asyncpg.connect(world.crm["url"])
    yield connection
    await connection.close()


async def contact(connection, email):
    return dict(await connection.fetchrow("SELECT * FROM contact WHERE lower(email) = $1", email))


async def corrected(office, actor, person, **values):
    case = await office.case(await office.asked_and_proven("rectification", email=person, message="x"))
    assert case.state is State.IN_REVIEW
    await decide(
        office, actor, case, kind="rectify", corrections=[correction(collection="contact", **values)]
    )
    return case


@pytest.mark.parametrize("email", [sample.TOMI, sample.PETRA, sample.MAIJA])
async def test_a_correction_reaches_the_row_whatever_else_the_person_is_there(office, crm, actor, email):
    """Petra and Maija read the newsletter too, which is a subject of its own and has no such column."""
    before = await contact(crm, email)
    case = await corrected(office, actor, email, full_name="Zyxwv Laine", company=None)
    await told_all(office, actor, case.id)
    assert (await office.one(case.id)).outcome is Outcome.FULFILLED
    assert await contact(crm, email) == before | {"full_name": "Zyxwv Laine", "company": None}
    others = "SELECT count(*) FROM contact WHERE full_name = 'Zyxwv Laine'"
    assert await crm.fetchval(others) == 1, "nobody else is called so now"
    assert "The CRM: 1 record" in await office.letter(case.id)


@pytest.mark.parametrize(
    "values",
    [{"email": "attacker@example.com"}, {"id": 1}, {"no_such_column": "x"}, {"full_name": "x", "kind": "y"}],
)
async def test_a_column_that_the_system_does_not_declare_is_never_written(office, crm, actor, values):
    before = await contact(crm, sample.TOMI)
    case = await corrected(office, actor, sample.TOMI, **values)
    step = await office.step(case.id, StepKind.ORDER)
    assert (step.state, step.detail["reason"]) == (StepState.MANUAL, "Refused")
    assert await contact(crm, sample.TOMI) == before


@pytest.mark.parametrize("collection", ["note", "pg_catalog", "contact_", "app_user"])
async def test_a_table_that_is_not_to_be_corrected_is_never_written(office, crm, actor, collection):
    case = await office.case(await office.asked_and_proven("rectification", email=sample.TOMI, message="x"))
    corrections = [correction(collection=collection, body="x")]
    await decide(office, actor, case, kind="rectify", corrections=corrections)
    assert (await office.step(case.id, StepKind.ORDER)).state is StepState.MANUAL


async def test_a_value_that_the_column_does_not_take_leaves_no_trace_of_itself(office, crm, actor, sql):
    await crm.execute("ALTER TABLE contact ALTER COLUMN company TYPE smallint USING NULL")
    with structlog.testing.capture_logs() as logs:
        case = await corrected(office, actor, sample.TOMI, company="Zyxwv")
        await office.work_for(minutes=1)
    assert (await office.step(case.id, StepKind.ORDER)).state is StepState.MANUAL
    rows = await sql.fetch("SELECT step::text AS row FROM step UNION ALL SELECT event::text FROM event")
    assert "Zyxwv" not in str(logs) + "".join(row["row"] for row in rows)


async def test_a_restriction_is_set_and_released_in_the_row(office, crm, actor):
    case = await office.case(await office.asked_and_proven("restriction", email=sample.TOMI))
    await decide(office, actor, case, kind="restrict", ground="18(1)(a)")
    await told_all(office, actor, case.id)
    assert (await contact(crm, sample.TOMI))["restricted"] is True
    assert await crm.fetchval("SELECT count(*) FROM contact WHERE restricted") == 1
    office.clock.turn(days=1)
    await office.service.resolving.lift(actor, case.id, (office.clock().date()).replace(day=20), "Settled.")
    await office.work()
    assert (await contact(crm, sample.TOMI))["restricted"] is True
    office.clock.turn(days=20)
    await office.work()
    assert (await contact(crm, sample.TOMI))["restricted"] is False


async def test_what_a_system_cannot_restrict_is_left_to_a_person_and_the_rest_is_restricted(
    office, crm, actor
):
    """Petra's newsletter has no column for it: a person takes her off by hand, while her contact is restricted."""
    case = await office.case(await office.asked_and_proven("restriction", email=sample.PETRA))
    await decide(office, actor, case, kind="restrict", ground="18(1)(c)")
    assert (await contact(crm, sample.PETRA))["restricted"] is True
    step = await office.step(case.id, StepKind.ORDER)
    assert (step.state, step.detail["reason"]) == (StepState.MANUAL, "Refused")
    await office.service.tasks.finish(actor, case.id, step.id, "done", "taken off the mailing")
    await told_all(office, actor, case.id)
    assert (await office.one(case.id)).outcome is Outcome.FULFILLED
    assert await tasks(office, case.id) == {}


async def test_a_rectification_by_a_person_ends_without_an_order(office, crm, actor):
    case = await office.case(await office.asked_and_proven("rectification", email=sample.TOMI, message="x"))
    await finish(office, actor, case.id, "rectification")
    assert (await office.one(case.id)).outcome is Outcome.FULFILLED
