import asyncio
import hashlib
import io
import json
import zipfile
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from dsar.domain.case import Outcome, State, close
from dsar.domain.work import StepKind, StepOutcome, StepState
from dsar.store import LeaseLost, cases, events, steps
from dsar.vault import VaultError

NOISE = bytes(range(256)) * 10_000


def bundles_in(folder):
    return sorted(path.name for path in folder.glob("*/bundle/*"))


async def test_a_case_becomes_one_sealed_archive_and_goes_on_to_its_answer(bench, make_record, blob_folder):
    await bench.add("crm", [make_record(n, phone="+358401234567") for n in range(10)])
    await bench.add("crm", [make_record(n, phone=None) for n in range(10, 30)], in_blob=True)
    await bench.add_recording("17.1", NOISE)
    step = await bench.step()
    await bench.stage.assemble(step)

    bundle = await bench.bundle()
    assert bundle.blob_key == f"{bench.case_id}/bundle/{step.id}-1.zip"
    assert bundle.records == 30
    assert bundle.expires_at == bundle.created_at + timedelta(days=30)
    plain = await bench.opened(bundle.blob_key)
    assert (len(plain), hashlib.sha256(plain).digest()) == (bundle.bytes, bundle.sha256)
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        assert archive.testzip() is None
        things = json.loads(archive.read("data/account/crm.things.json"))
        assert [thing["data"]["n"] for thing in things] == list(range(30))
        assert archive.read("calls/17.1/call.wav") == NOISE
        manifest = json.loads(archive.read("manifest.json"))
    assert [(s["title"], s["outcome"]) for s in manifest["systems"]] == [
        ("The calls", "found"),
        ("The crm", "found"),
        ("The helpdesk", "gap"),
        ("The mailer", "no_match"),
    ]

    assert (await bench.case()).state is State.ANSWERING
    done = await bench.steps()
    assert done[StepKind.ANSWER].state is StepState.READY
    detail = {"records": 30, "attachments": 1, "files": 7, "bytes": bundle.bytes, "withheld": []}
    assert done[StepKind.ASSEMBLE].detail == detail
    async with bench.db.read() as connection:
        (event,) = await events.of_case(connection, bench.case_id)
    assert event.type == "bundle.assembled"
    assert event.data == {"sha256": bundle.sha256.hex(), "bytes": bundle.bytes, "records": 30}


async def test_nothing_of_the_archive_lies_plain_on_the_disk(bench, make_record, blob_folder):
    await bench.add("crm", [make_record(1, name="Anna Virtanen")], in_blob=True)
    await bench.stage.assemble(await bench.step())
    for path in blob_folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"Anna" not in content
            assert b"PK\x03\x04" not in content


async def test_assembled_by_another_worker_hours_later_the_archive_is_the_same(
    bench, make_record, monkeypatch
):
    await bench.add("crm", [make_record(n) for n in range(50)])
    written = []
    write = bench.stage._write

    async def noting(*args):
        written.append(await write(*args))
        return written[-1]

    monkeypatch.setattr(bench.stage, "_write", noting)
    stale = await bench.step()
    current = await reclaimed(bench)
    with pytest.raises(LeaseLost):
        await bench.stage.assemble(stale)
    bench.at += timedelta(hours=5)
    await bench.stage.assemble(current)
    assert written[0] == written[1]


async def test_a_stale_worker_changes_nothing_and_leaves_nothing(bench, make_record, blob_folder):
    await bench.add("crm", [make_record(1)])
    stale = await bench.step()
    current = await reclaimed(bench)
    with pytest.raises(LeaseLost):
        await bench.stage.assemble(stale)
    assert await bench.bundle() is None
    assert bundles_in(blob_folder) == []
    await bench.stage.assemble(current)
    assert bundles_in(blob_folder) == [f"{current.id}-2.zip"]


async def test_what_a_dead_worker_left_is_removed(bench, make_record, blob_folder):
    await bench.add("crm", [make_record(1)])
    dead = await bench.step()
    await bench.blobs.put(f"{bench.case_id}/bundle/{dead.id}-1.zip", b"half")
    current = await reclaimed(bench)
    await bench.stage.assemble(current)
    assert bundles_in(blob_folder) == [f"{current.id}-2.zip"]


async def test_a_damaged_segment_goes_to_a_person_and_leaves_nothing(bench, make_record, blob_folder):
    await bench.add("crm", [make_record(1)], in_blob=True)
    await bench.blobs.put(f"{bench.case_id}/segment/1", b"changed" * 10)
    await goes_to_a_person(bench, blob_folder)


async def test_a_missing_segment_goes_to_a_person(bench, make_record, blob_folder):
    await bench.add("crm", [make_record(1)], in_blob=True)
    await bench.blobs.remove([f"{bench.case_id}/segment/1"])
    await goes_to_a_person(bench, blob_folder)


async def test_a_recording_cut_off_goes_to_a_person(bench, blob_folder):
    await bench.add_recording("17.1", NOISE)
    sealed = await bench.blobs.get(f"{bench.case_id}/attachment/17.1")
    await bench.blobs.put(f"{bench.case_id}/attachment/17.1", sealed[:-1000])
    await goes_to_a_person(bench, blob_folder)


async def goes_to_a_person(bench, blob_folder):
    await bench.stage.assemble(await bench.step())
    step = (await bench.steps())[StepKind.ASSEMBLE]
    assert step.state is StepState.MANUAL
    assert step.detail["reason"]
    assert await bench.bundle() is None
    assert (await bench.case()).state is State.ASSEMBLING
    assert bundles_in(blob_folder) == []


async def test_a_case_closed_before_or_meanwhile_gets_no_bundle(bench, make_record, blob_folder, monkeypatch):
    await bench.add("crm", [make_record(1)])
    step = await bench.step()
    write = bench.stage._write

    async def closing(*args):
        totals = await write(*args)
        await close_case(bench)
        return totals

    monkeypatch.setattr(bench.stage, "_write", closing)
    with pytest.raises(LeaseLost):  # the closing took the step from it
        await bench.stage.assemble(step)
    assert await bench.bundle() is None
    assert bundles_in(blob_folder) == []
    assert (await bench.steps())[StepKind.ASSEMBLE].outcome is StepOutcome.DROPPED


async def test_a_case_closed_while_the_bundle_is_being_committed_gets_none_and_nobody_waits_in_a_circle(
    bench, make_record, blob_folder, monkeypatch
):
    await bench.add("crm", [make_record(1)])
    step = await bench.step()
    settle, closing = bench.db.settle, []

    @asynccontextmanager
    async def with_the_case_taken(*args):
        async with settle(*args) as tx:
            closing.append(asyncio.create_task(close_case(bench)))
            await asyncio.wait(closing, timeout=10)  # it has the case, and waits for no step
            yield tx

    monkeypatch.setattr(bench.db, "settle", with_the_case_taken)
    await bench.stage.assemble(step)
    await closing[0]
    assert await bench.bundle() is None
    assert bundles_in(blob_folder) == []


async def test_a_closed_case_is_not_assembled(bench, blob_folder):
    step = await bench.step()
    await close_case(bench)
    with pytest.raises(LeaseLost):
        await bench.stage.assemble(step)
    assert (await bench.steps())[StepKind.ASSEMBLE].outcome is StepOutcome.DROPPED
    assert bundles_in(blob_folder) == []


async def test_called_off_in_the_middle_it_leaves_nothing(bench, make_record, blob_folder, monkeypatch):
    for _ in range(20):
        await bench.add("crm", [make_record(n) for n in range(50)], in_blob=True)
    reading = asyncio.Event()
    get = bench.blobs.get

    async def slow(key):
        reading.set()
        await asyncio.sleep(0.05)
        return await get(key)

    monkeypatch.setattr(bench.blobs, "get", slow)
    task = asyncio.create_task(bench.stage.assemble(await bench.step()))
    await reading.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert bundles_in(blob_folder) == []
    assert await bench.bundle() is None


async def test_the_loop_goes_on_while_an_archive_is_written(bench, make_record):
    for _ in range(20):
        await bench.add("crm", [make_record(n, text="x" * 200) for n in range(1000)], in_blob=True)
    step = await bench.step()
    task = asyncio.create_task(bench.stage.assemble(step))
    ticks = 0
    while not task.done():
        await asyncio.sleep(0.005)
        ticks += 1
    await task
    assert ticks > 5


async def test_portability_hands_over_what_was_provided_and_names_the_rest(portable_bench, make_record):
    bench = portable_bench
    await bench.add("crm", [make_record(1)], collection="contacts")
    await bench.add("crm", [make_record(2)], collection="scores", portable=False)
    await bench.stage.assemble(await bench.step())
    with zipfile.ZipFile(io.BytesIO(await bench.opened((await bench.bundle()).blob_key))) as archive:
        names = archive.namelist()
        manifest = json.loads(archive.read("manifest.json"))
    assert [name for name in names if name.startswith("data/")] == [
        "data/account/crm.contacts.json",
        "data/account/crm.contacts.csv",
    ]
    assert manifest["left_out"] == [
        {
            "category": "account",
            "system": "crm",
            "collection": "scores",
            "records": 1,
            "attachments": 0,
            "reason": "not_provided_by_the_person",
            "law": "GDPR 20(1)",
        }
    ]


async def test_the_bundle_opens_with_the_cases_key_only(bench, make_record):
    await bench.add("crm", [make_record(1)])
    await bench.stage.assemble(await bench.step())
    other, _ = bench.vault.new_case_key()
    with pytest.raises(VaultError):
        async for _ in bench.blobs.get_opened((await bench.bundle()).blob_key, other, "bundle"):
            pass


async def reclaimed(bench):
    """The step as the next worker gets it, after the first one's lease ran out."""
    async with bench.db.read() as connection:
        case = await cases.one(connection, bench.case_id)
    later = case.created_at + timedelta(minutes=5)
    async with bench.db.write() as tx:
        await steps.release_expired(tx, later)
    (step,) = await bench.claim(later)
    return step


async def close_case(bench):
    async with bench.db.write() as tx:
        case = await cases.lock(tx, bench.case_id)
        await cases.apply(tx, case, close(Outcome.WITHDRAWN), case.created_at)


async def test_a_customers_case_names_the_customer_and_whom_it_can_ask(customers_bench, make_record):
    bench = customers_bench
    await bench.add("crm", [make_record(1)])
    await bench.stage.assemble(await bench.step())
    with zipfile.ZipFile(io.BytesIO(await bench.opened((await bench.bundle()).blob_key))) as archive:
        page = archive.read("index.html").decode()
        assert json.loads(archive.read("manifest.json"))["controller"] == "Bakery Ltd"
    assert "Prepared by Example Oy for Bakery Ltd" in page
    assert "privacy@example.com" in page
    assert "hello@bakery.example" not in page
