"""What is left when a case is closed: nothing that opens, on a copy of the disk either; and after years nobody."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from stage_double import Row, large
from stage_office import EMAIL, NAME

from dsar.store import deliveries, evidence, findings
from dsar.vault import CaseKey, VaultError


@pytest.fixture
async def case(office):
    system = await office.system("crm")
    system.person("a", ("email", EMAIL)).add(
        Row("a", "r1", large("r1", 700, name=NAME)),
        Row("a", "talk", collection="calls", file=b"RIFF" + bytes(100_000)),
    )
    return await office.case(await office.asked_and_proven("access", message="Where is my data?"))


async def every_value(sql):
    """Every value of bytes in every table, as a dump of the database has them."""
    columns = await sql.fetch(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND data_type = 'bytea'"
    )
    found = []
    for table, column in columns:
        found += [
            row[0] for row in await sql.fetch(f'SELECT "{column}" FROM {table} WHERE "{column}" IS NOT NULL')
        ]
    return found


async def test_of_a_copy_of_the_disk_nothing_opens_once_the_key_is_destroyed(office, case, sql, settings):
    """The attacker has the blobs as they were before the closing, all of the database after it, and the operator's key."""
    vault, blobs = office.service.vault, Path(settings.blob_url.removeprefix("file://"))
    async with office.db.read() as connection:
        segments = await findings.segments_of_case(connection, case.id)
        bundle = await deliveries.bundle_of_case(connection, case.id)
        inline = [
            await findings.sealed_segment(connection, s.step_id, s.seq) for s in segments if not s.blob_key
        ]
    shutil.copytree(blobs / str(case.id), blobs.parent / "copy")
    before = [value for value in await every_value(sql) if opens(vault, value) is not None]
    assert before
    office.clock.turn(days=31)
    await office.work()
    assert not (blobs / str(case.id)).exists() or not any((blobs / str(case.id)).rglob("*.zip"))
    shutil.copytree(blobs.parent / "copy", blobs / str(case.id), dirs_exist_ok=True)

    values = await every_value(sql)
    assert [value for value in values if opens(vault, value) is not None] == []
    keys = [CaseKey(value) for value in values if len(value) == 32]
    assert keys  # digests and indexes, none of which is a key
    sealed = [*inline, *[path.read_bytes() for path in (blobs / str(case.id)).rglob("*") if path.is_file()]]
    assert len(sealed) > len(inline)
    for one in sealed:
        assert NAME.encode() not in one
        assert NAME.encode() not in b"".join(values)
        assert one[:4] != b"PK\x03\x04"
    for key in keys:
        with pytest.raises(VaultError):
            async for _ in office.service.blobs.get_opened(bundle.blob_key, key, "bundle"):
                pass


def opens(vault, value):
    """The case key that a value holds, if it holds one."""
    try:
        return vault.case_key(value)
    except VaultError:
        return None


LEFT = (
    "identity",
    "challenge",
    "download",
    "outbox",
    "attempt",
    "letter",
    "note",
    "match",
    "redaction",
    "approval",
)


async def test_evidence_stays_its_years_and_then_leads_to_nobody(office, case, sql):
    # 11 CCR 7101(a): records of requests stay for 24 months at least
    staff = await office.staff()
    await sql.execute(
        "INSERT INTO legal_hold (id, kind, blind_index, reason, owner, review_on, created_at, lifted_at, lifted_by) "
        "SELECT gen_random_uuid(), 'person', blind_index, 'a dispute', $1, '2026-03-03', $2, $2, $1 FROM identity",
        staff.id, office.clock(),
    )  # fmt: skip
    (blind_index,) = [row.blind_index for row in await office.identities(case.id)]
    office.clock.turn(days=31)
    await office.work_for(days=8)
    history = await office.events(case.id)
    years = timedelta(days=366 * office.service.profile.profile.delivery.evidence_years)
    office.clock.turn(days=years.days - 9)
    await office.service.engine()._sweep()
    assert await sql.fetchval("SELECT count(*) FROM identity") == 1
    assert (await office.case(case.reference)).id == case.id

    office.clock.turn(days=2)
    engine = office.service.engine()
    for _ in range(2):
        await engine._sweep()
    for table in LEFT:
        assert await sql.fetchval(f"SELECT count(*) FROM {table}") == 0, table
    assert blind_index not in await every_value(sql)
    assert await sql.fetchval("SELECT count(*) FROM request WHERE reference = $1", case.reference) == 0
    # What it shows of the work stays: dates, right, outcome, counts, and the chain that proves them unchanged.
    assert await office.events(case.id) == history
    assert await office.broken() is None
    assert (await office.one(case.id)).outcome == "fulfilled"
    async with office.db.write() as tx:
        assert await evidence.forget(tx, office.clock(), office.clock()) == 0


@pytest.mark.parametrize("what", ["hold", "legal hold", "person", "step", "open"])
async def test_evidence_of_what_is_not_over_stays(office, case, sql, what):
    office.clock.turn(days=31)
    if what != "open":
        await office.work()
    if what == "hold":
        await sql.execute(
            "INSERT INTO hold (id, case_id, system_key, collection, sealed_record_id, ground, restricted, created_at) "
            "VALUES (gen_random_uuid(), $1, 'crm', 'contacts', '', 'x', true, now())", case.id,
        )  # fmt: skip
    elif what == "legal hold":
        staff = await office.staff()
        await sql.execute(
            "INSERT INTO legal_hold (id, kind, case_id, reason, owner, review_on, created_at) "
            "VALUES (gen_random_uuid(), 'case', $1, 'a dispute', $2, '2030-01-01', now())", case.id, staff.id,
        )  # fmt: skip
    elif what == "person":
        staff = await office.staff()
        await sql.execute(
            "INSERT INTO legal_hold (id, kind, blind_index, reason, owner, review_on, created_at) "
            "SELECT gen_random_uuid(), 'person', blind_index, 'a dispute', $1, '2030-01-01', now() FROM identity",
            staff.id,
        )
    elif what == "step":
        await sql.execute(
            "INSERT INTO step (id, case_id, kind, state, due_at, created_at) "
            "VALUES (gen_random_uuid(), $1, 'fanout.release', 'ready', '2090-01-01', now())", case.id,
        )  # fmt: skip
    office.clock.turn(days=366 * 30)
    async with office.db.write() as tx:
        assert await evidence.forget(tx, office.clock(), office.clock()) == 0
    assert await sql.fetchval("SELECT count(*) FROM identity") == 1


async def test_workers_that_forget_at_the_same_time_leave_no_request_that_leads_to_somebody(
    office, case, sql, monkeypatch
):
    await office.asked_and_proven("access")
    office.clock.turn(days=31)
    await office.work_for(days=8)
    await sql.execute("UPDATE case_file SET request_id = $1", case.request_id)
    monkeypatch.setattr(evidence, "BATCH", 1)
    async with office.db.write() as one, office.db.write() as other:
        forgotten = [await evidence.forget(tx, office.clock(), office.clock()) for tx in (one, other)]
    assert forgotten == [1, 0]
    async with office.db.write() as later:
        assert await evidence.forget(later, office.clock(), office.clock()) == 1
    assert await sql.fetchval("SELECT count(*) FROM request WHERE reference = $1", case.reference) == 0
