"""What an export finds although its retention period is over is told to staff, and never to the person."""

from datetime import date

import pytest
from stage_double import Row, large
from stage_office import EMAIL

from dsar.contract import Unreachable
from dsar.fanout import collecting

# The demo's profile keeps calls for 24 months from their own date: on 2 March 2026, since 2 March 2024.
OLD, NEW = "2024-03-01T08:00:00+02:00", "2024-03-02T08:00:00+02:00"


def call(record_id, at, **more):
    return Row("a", record_id, {"id": record_id, "at": at, **more}, collection="calls")


@pytest.fixture
async def pbx(office):
    system = await office.system("pbx")
    return system.person("a", ("email", EMAIL))


async def told(office, right="access"):
    case = await office.case(await office.asked_and_proven(right))
    return case, [event.data for event in await office.events(case.id) if event.type == "retention.exceeded"]


async def test_records_whose_time_is_over_are_counted_with_the_day_of_the_oldest(office, pbx):
    pbx.add(call("c1", OLD), call("c2", NEW), call("c3", "2019-05-06T08:00:00Z"), call("c4", "2026-01-01"))
    case, entries = await told(office)
    assert entries == [{"system": "pbx", "category": "call_records", "records": 2, "oldest_on": "2019-05-06"}]
    assert sorted(await office.record_ids(case.id)) == ["c1", "c2", "c3", "c4"], "the copy has them all"
    types = [event.type for event in await office.events(case.id)]
    assert types.index("retention.exceeded") < types.index("search.finished")
    assert await office.broken() is None


async def test_the_person_is_told_nothing_of_it(office, pbx):
    pbx.add(call("c1", "2019-05-06T08:00:00Z"))
    case, entries = await told(office)
    assert entries
    letter = await office.letter(case.id)
    assert "2019" not in letter
    assert "exceeded" not in letter


async def test_a_category_that_counts_from_something_else_is_not_judged_by_a_records_date(office, pbx):
    pbx.add(Row("a", "r1", {"at": "2001-01-01"}))  # contact: 24 months after the last contact
    assert (await told(office))[1] == []


@pytest.mark.parametrize("at", [None, "", "yesterday", 17, "9999-99-99", "2024"])
async def test_a_record_without_a_date_that_can_be_read_is_not_judged(office, pbx, at):
    pbx.add(call("c1", at))
    assert (await told(office))[1] == []


async def test_an_erasure_reads_no_records_and_so_reports_none(office, pbx):
    pbx.add(call("c1", OLD))
    assert (await told(office, "erasure"))[1] == []


async def test_each_system_reports_its_own(office, pbx):
    pbx.add(call("c1", OLD))
    other = await office.system("other")
    other.person("a", ("email", EMAIL)).add(call("c1", "2020-01-01"), call("c2", "2020-01-02"))
    _, entries = await told(office)
    assert {(entry["system"], entry["records"]) for entry in entries} == {("pbx", 1), ("other", 2)}


async def test_an_export_that_was_resumed_counts_each_record_once(office, pbx, monkeypatch):
    monkeypatch.setattr(collecting, "FLUSH_BYTES", 8 * 1024)
    pbx.add(
        *(Row("a", f"c{n}", large(f"c{n}", 5, at=f"20{10 + n}-01-01"), collection="calls") for n in range(9))
    )
    pbx.fault_at_item = (6, Unreachable("the line broke"))
    reference = await office.asked_and_proven("access")
    case = await office.case(reference)
    (step,) = await office.steps(case.id, "fanout.search")
    counted = step.detail[collecting.OVERSTAYING]["call_records"]["records"]
    assert 0 < counted < 6, "the mark was written before the fault"
    await office.work_for(minutes=1)
    (entry,) = [e.data for e in await office.events(case.id) if e.type == "retention.exceeded"]
    assert (entry["records"], entry["oldest_on"]) == (9, date(2010, 1, 1).isoformat())
    assert len(await office.record_ids(case.id)) == 9
