"""After a restored backup: what laws and disputes keep, what was released since, and the marketing stops."""

from datetime import UTC, date, datetime

import pytest
from stage_backup import Backup, again, crm, erased, reasons
from stage_double import Row
from stage_office import EMAIL
from test_stage_erasure import approved

from dsar.contract import OrderKind
from dsar.domain.placing import HeldCollection, HeldPerson
from dsar.domain.work import StepKind
from dsar.fanout.repeating import Reason

__all__ = ["again", "crm", "erased"]


GROUND = "FI-2:10-voucher"


async def test_what_a_law_keeps_stays_and_is_no_news(office, again):
    books = await office.system("books", orders=(OrderKind.ERASE,))
    books.person("b", ("email", EMAIL)).add(
        Row("b", "i1", collection="invoices", kept_ground=GROUND, kept_dated=date(2024, 5, 6)), Row("b", "n1")
    )
    backup = Backup(office, books)
    case = await approved(office)
    assert books.ids() == ["i1"]
    unrestored = (await again(backup, dry_run=True))["books"]
    assert (unrestored.looked_through, unrestored.again) == (1, 0), "what was kept has not come back"
    backup.restore()
    report = (await again(backup))["books"]
    assert (books.ids(), report.again, report.changed, report.kept) == (["i1"], 1, 1, 1)
    assert (await office.event(case.id, "erasure.repeated")).data["kept"] == 1
    orders = len(books.orders)
    second = (await again(backup))["books"]
    assert (second.well, second.again, len(books.orders)) == (True, 0, orders)
    steps = [step.key for step in await office.steps(case.id, StepKind.RELEASE)]
    assert steps == ["books:2030-12-31"], "its day is still planned"


@pytest.fixture
async def released(office, again):
    """Erased in 2026 but for an invoice, a customer again in 2029, the invoice released at the end of 2030."""
    books = await office.system("books", orders=(OrderKind.ERASE,))
    books.person("b", ("email", EMAIL)).add(
        Row("b", "i1", collection="invoices", kept_ground=GROUND, kept_dated=date(2024, 5, 6)), Row("b", "n1")
    )
    case = await approved(office)
    office.clock.turn(days=40)
    await office.work()
    books.add(Row("b", "new"))
    office.clock.at = datetime(2030, 12, 30, tzinfo=UTC)
    backup = Backup(office, books)
    office.clock.at = datetime(2031, 1, 2, tzinfo=UTC)
    await office.work()
    assert books.ids() == ["new"]
    return books, backup, case


async def test_a_release_is_repeated_item_by_item_and_what_came_since_the_erasure_stays(
    office, released, again
):
    books, backup, case = released
    backup.restore()
    assert books.ids() == ["i1", "new"]
    report = (await again(backup))["books"]
    assert (report.again, report.changed, books.ids()) == (1, 1, ["new"])
    assert (await office.event(case.id, "erasure.repeated")).data["changed"] == 1
    assert (await again(backup))["books"].well


async def test_a_release_that_an_earlier_version_remembered_is_a_persons(office, released, again, sql):
    books, backup, _ = released
    await sql.execute("UPDATE hold SET item_index = NULL")
    backup.restore()
    report = (await again(backup))["books"]
    assert (reasons(report), books.ids()) == ([Reason.TOO_OLD], ["i1", "new"])


async def test_what_is_not_surely_theirs_is_told_and_stays(office, crm, erased, again):
    backup, case = erased
    backup.restore()
    crm.person("u", ("email", EMAIL), sure=False).add(Row("u", "unsure"))
    report = (await again(backup))["crm"]
    assert (crm.ids(), reasons(report)) == (["unsure"], [Reason.NOT_SURE])
    assert report.tasks[0].case_id == case.id


async def test_a_hold_set_by_hand_since_stops_it_and_its_end_lets_it_go_on(office, crm, erased, again):
    # GDPR 17(3)(e)
    backup, _ = erased
    staff = await office.staff("Holger")
    hold = await office.service.holding.place(staff, HeldPerson("Matter 7", date(2027, 1, 1), email=EMAIL))
    backup.restore()
    report = (await again(backup))["crm"]
    assert (crm.ids(), reasons(report), crm.orders) == (["r1", "r2"], [Reason.HELD], [])
    await office.service.holding.lift(staff, hold)
    assert (await again(backup))["crm"].again == 1
    assert crm.ids() == []


async def test_a_hold_on_a_collection_of_the_system_stops_it_too(office, crm, erased, again):
    backup, _ = erased
    staff = await office.staff("Holger")
    await office.service.holding.place(
        staff, HeldCollection("Matter 8", date(2027, 1, 1), system="crm", collection="contacts")
    )
    backup.restore()
    assert reasons((await again(backup))["crm"]) == [Reason.HELD]
    assert crm.ids() == ["r1", "r2"]


async def test_marketing_is_stopped_again_before_the_rows_that_know_the_person_go(office, crm, erased, again):
    # GDPR 21(3)
    backup, _ = erased
    backup.restore()
    assert crm.suppressed == set()
    await again(backup)
    assert crm.suppressed == {("email", EMAIL)}
    assert [kind for kind, _ in crm.orders] == ["Suppress", "Erase"]


async def test_an_objection_since_the_backup_is_carried_out_once_more_and_erases_nothing(office, crm, again):
    backup = Backup(office, crm)
    await office.asked_and_proven("objection")
    assert crm.suppressed == {("email", EMAIL)}
    backup.restore()
    report = (await again(backup))["crm"]
    assert (report.stopped, report.again, report.well) == (1, 0, True)
    assert (crm.suppressed, crm.ids()) == ({("email", EMAIL)}, ["r1", "r2"])


async def test_an_objection_before_the_backup_is_on_the_restored_list(office, crm, again):
    await office.asked_and_proven("objection")
    office.clock.turn(days=1)
    backup = Backup(office, crm)
    backup.restore()
    assert await again(backup) == {}


async def test_what_a_law_keeps_gets_its_order_again_for_the_backup_has_lost_that_it_is_restricted(
    office, again
):
    # GDPR 18(2)
    books = await office.system("books", orders=(OrderKind.ERASE,))
    books.person("b", ("email", EMAIL)).add(
        Row("b", "i1", collection="invoices", kept_ground=GROUND, kept_dated=date(2024, 5, 6))
    )
    backup = Backup(office, books)
    case = await approved(office)
    backup.restore()
    report = (await again(backup))["books"]
    assert (report.again, report.changed, report.kept, len(books.orders)) == (0, 0, 1, 1)
    assert (await office.event(case.id, "erasure.repeated")).data["kept"] == 1
