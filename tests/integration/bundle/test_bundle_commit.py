"""What is written down together with an archive, and when none is."""

import io
import json
import zipfile

import pytest

from dsar.domain.case import Decision, Outcome, State
from dsar.domain.work import NewStep, StepKind, StepOutcome, StepState
from dsar.store import approvals, cases, content, deliveries, events, findings, parties, steps


async def digest(bench, number=1):
    async with bench.db.read() as connection:
        case = await cases.one(connection, bench.case_id)
        return (await content.of_case(connection, case, bench.profile, number)).digest


async def approved(bench, what):
    async with bench.db.write() as tx:
        staff = await parties.add_staff(tx, "Sanna", "reviewer", bench.now())
        await approvals.insert(tx, bench.case_id, what, staff, bench.now())


async def segments(bench):
    async with bench.db.read() as connection:
        return await findings.segments_of_case(connection, bench.case_id)


async def history(bench):
    async with bench.db.read() as connection:
        return [event.type for event in await events.of_case(connection, bench.case_id)]


async def manifest(bench, number=1):
    async with bench.db.read() as connection:
        bundle = await deliveries.bundle_of_case(connection, bench.case_id, number)
    with zipfile.ZipFile(io.BytesIO(await bench.opened(bundle.blob_key))) as archive:
        return bundle, json.loads(archive.read("manifest.json"))


async def test_the_archive_is_numbered_names_its_content_and_settles_its_segments(bench, make_record):
    await bench.add("crm", [make_record(1)])
    what = await digest(bench)
    await bench.stage.assemble(await bench.step())
    bundle, listed = await manifest(bench)
    assert (bundle.number, bundle.content) == (1, what)
    assert listed["archive"] == {"number": 1, "kind": "answer", "content": what.hex()}
    assert bundle.inside == {
        "categories": {"account": 1},
        "calls": 0, "recordings": 0, "withheld": 0, "gaps": ["helpdesk"],
    }  # fmt: skip
    assert {row.bundle_number for row in await segments(bench)} == {1}
    assert [system["at"] is not None for system in listed["systems"]] == [True] * 4


async def test_what_was_approved_leaves(bench, make_record):
    await bench.add("crm", [make_record(1)])
    await approved(bench, await digest(bench))
    await bench.stage.assemble(await bench.step())
    assert (await bench.case()).state is State.ANSWERING


async def test_what_changed_since_it_was_approved_goes_back_to_review(bench, make_record, blob_folder):
    await bench.add("crm", [make_record(1)])
    await approved(bench, await digest(bench))
    await bench.add("crm", [make_record(2)])
    await bench.stage.assemble(await bench.step())
    assert (await bench.case()).state is State.IN_REVIEW
    assert (await history(bench))[-2:] == ["release.changed", "review.needed"]
    assert (await bench.steps())[StepKind.ASSEMBLE].outcome is StepOutcome.DROPPED
    assert await bench.bundle() is None
    assert list(blob_folder.glob("*/bundle/*")) == []


async def test_what_changes_while_it_is_written_is_written_anew(bench, make_record, blob_folder, monkeypatch):
    await bench.add("crm", [make_record(1)])
    write, tries = bench.stage._write, []

    async def disturbed(*args):
        totals = await write(*args)
        if not tries:
            await bench.add("crm", [make_record(2)])
        tries.append(totals)
        return totals

    monkeypatch.setattr(bench.stage, "_write", disturbed)
    await bench.stage.assemble(await bench.step())
    step = (await bench.steps())[StepKind.ASSEMBLE]
    assert (step.state, await bench.bundle()) == (StepState.READY, None)
    assert list(blob_folder.glob("*/bundle/*")) == []
    (again,) = await bench.claim()
    await bench.stage.assemble(again)
    assert (await bench.bundle()).records == 2


async def test_a_supplement_carries_only_what_came_after(bench, make_record):
    await bench.add("crm", [make_record(1)])
    await bench.stage.assemble(await bench.step())
    async with bench.db.write() as tx:
        case = await cases.lock(tx, bench.case_id)
        now = bench.now()
        await cases.apply(tx, case, Decision(state=State.DELIVERED, outcome=Outcome.FULFILLED_IN_PART), now)
        await steps.insert(tx, [(bench.case_id, NewStep(StepKind.SUPPLEMENT, "2", {"number": 2}))], now)
    await bench.add("helpdesk", [make_record(2)], collection="tickets")
    (step,) = [step for step in await bench.claim() if step.kind is StepKind.SUPPLEMENT]
    await bench.stage.assemble(step)
    bundle, listed = await manifest(bench, 2)
    assert (bundle.records, listed["archive"]["kind"]) == (1, "supplement")
    assert {file["collection"] for file in listed["files"] if file["role"] == "data"} == {"tickets"}
    assert sorted(row.bundle_number for row in await segments(bench)) == [1, 2]
    assert (await bench.case()).state is State.DELIVERED
    assert (await bench.steps())[StepKind.TELL_MORE].payload == {"number": 2}


@pytest.mark.parametrize("harm", ["changed", "gone"])
async def test_a_segment_that_cannot_be_read_is_named_to_the_person_who_takes_over(bench, make_record, harm):
    await bench.add("crm", [make_record(1)])
    await bench.add("crm", [make_record(2)], in_blob=True)
    key = f"{bench.case_id}/segment/2"
    await (bench.blobs.remove([key]) if harm == "gone" else bench.blobs.put(key, b"changed" * 10))
    await bench.stage.assemble(await bench.step())
    step = (await bench.steps())[StepKind.ASSEMBLE]
    assert step.state is StepState.MANUAL
    assert {name: step.detail[name] for name in ("system", "collection", "segment")} == {
        "system": "crm", "collection": "things", "segment": 2,
    }  # fmt: skip


async def test_without_the_cases_key_nothing_is_written_and_a_person_is_told(bench, make_record, blob_folder):
    await bench.add("crm", [make_record(1)])
    step = await bench.step()
    async with bench.db.write() as tx:
        await cases.destroy_key(tx, bench.case_id, bench.now())
    await bench.stage.assemble(step)
    done = (await bench.steps())[StepKind.ASSEMBLE]
    assert done.state is StepState.MANUAL
    assert "destroyed" in done.detail["reason"]
    assert list(blob_folder.glob("*/bundle/*")) == []
