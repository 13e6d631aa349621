"""Every erasure leaves a tombstone, whoever carried it out, and it says of nobody who that was."""

import pytest
from stage_backup import Backup, again, crm, erased
from stage_double import Row
from stage_office import EMAIL
from test_stage_erasure import approved, asked

from dsar.contract import Refused
from dsar.domain.work import StepKind

__all__ = ["again", "crm", "erased"]


async def test_an_erasure_by_hand_is_remembered_when_its_task_is_finished_as_done(office, again, sql):
    paper = await office.system("paper", orders=())
    paper.person("p", ("email", EMAIL)).add(Row("p", "p1"))
    backup = Backup(office, paper)
    case = await approved(office)
    task = await office.step(case.id, StepKind.BY_HAND, "erase:paper")
    staff = await office.staff("Pekka")
    assert await sql.fetchval("SELECT count(*) FROM tombstone") == 0
    await office.service.tasks.finish(staff, case.id, task.id, "done", "shredded")
    row = await sql.fetchrow("SELECT system_key, case_id, at FROM tombstone")
    assert tuple(row) == ("paper", case.id, office.clock())
    report = (await again(backup))["paper"]
    assert (report.remembered, report.well) == (1, False)


@pytest.mark.parametrize("outcome", ["gap", "no_match"])
async def test_an_erasure_that_nobody_could_do_leaves_no_tombstone(office, sql, outcome):
    paper = await office.system("paper", orders=())
    paper.person("p", ("email", EMAIL)).add(Row("p", "p1"))
    case = await approved(office)
    task = await office.step(case.id, StepKind.BY_HAND, "erase:paper")
    await office.service.tasks.finish(await office.staff("P"), case.id, task.id, outcome, "it is lost")
    assert await sql.fetchval("SELECT count(*) FROM tombstone") == 0


async def test_an_order_that_a_person_carried_out_instead_is_remembered_too(office, crm, sql):
    crm.faults["carry_out"].append(Refused("by hand, please"))
    case = await office.case(await asked(office))
    staff = await office.staff("Pekka")
    await office.service.deciding.approve(staff, case.id)
    await office.work()
    task = await office.step(case.id, StepKind.ORDER, "crm")
    await office.service.tasks.finish(staff, case.id, task.id, "done", "erased in its own pages")
    assert await sql.fetchval("SELECT count(*) FROM tombstone WHERE case_id = $1", case.id) == 1


async def test_a_tombstone_says_of_nobody_who_it_is(office, crm, erased, sql):
    rows = await sql.fetch("SELECT tombstone::text AS row FROM tombstone")
    assert rows
    for row in rows:
        assert not any(part in row["row"].lower() for part in ("anna", "virtanen", "example.com"))
