"""An erasure reaches every copy and nothing else."""

import asyncio
import os
import threading

import pytest

from dsar.contract import (
    Attachment,
    Erase,
    Mark,
    Proof,
    Rectify,
    Refused,
    Restrict,
    Suppress,
    Unreachable,
)
from dsar.demo.callstore import ANNA, BERTTA, remains
from dsar_asterisk import rewrite

from .store import (
    NOTHING,
    ONE,
    TWO,
    append,
    everything,
    exported,
    files,
    opened,
    phone,
    records,
    row,
)


async def test_erasure_reaches_every_copy_and_the_audio_and_is_verified(session, store):
    before = remains(store, ANNA.phone, "tenant-1")
    assert all(before.values())
    receipt = await session.carry_out(phone(ANNA), ONE, Erase(), "key")
    assert remains(store, ANNA.phone, "tenant-1") == NOTHING
    assert receipt.proof is Proof.VERIFIED
    assert receipt.changed == sum(before[name] for name in before if name != "sqlite_traces")
    assert receipt.kept == ()
    assert await everything(session.find([phone(ANNA)], ONE)) == []


async def test_erasure_leaves_the_other_customers_calls_with_the_same_person(session, store):
    before = remains(store, ANNA.phone, "tenant-2")
    await session.carry_out(phone(ANNA), ONE, Erase(), "key")
    assert remains(store, ANNA.phone, "tenant-2") == before
    assert len(records(await exported(session, ANNA, TWO))) == len(store.of(ANNA.phone, "tenant-2"))


async def test_the_rest_of_every_file_stays_byte_for_byte(session, store):
    before = files(store)
    ids = [f'"{uid}"'.encode() for call in store.of(ANNA.phone, "tenant-1") for uid in call.uniqueids]
    audio = {store.recordings_dir / name for call in store.of(ANNA.phone, "tenant-1") for name in call.files}
    words = set(store.transcripts_dir.iterdir())
    await session.carry_out(phone(ANNA), ONE, Erase(), "key")
    after = files(store)
    assert set(before) - set(after) == audio | words
    assert words
    for path in set(after) - {store.sqlite}:
        kept = [
            line for line in before[path].splitlines(keepends=True) if not any(uid in line for uid in ids)
        ]
        expected = b"".join(kept) if path.suffix == ".csv" else before[path]
        assert after[path] == expected, path.name


async def test_erasing_again_changes_nothing(session, store):
    await session.carry_out(phone(ANNA), ONE, Erase(), "key")
    before = files(store)
    for key in ("key", "another"):
        receipt = await session.carry_out(phone(ANNA), ONE, Erase(), key)
        assert (receipt.changed, receipt.proof, receipt.kept) == (0, Proof.VERIFIED, ())
    assert files(store) == before


async def test_an_order_that_was_held_back_takes_the_calls_it_names_and_no_later_ones(session, store):
    """By the time the number may be another person's."""
    found = [item for item in await exported(session, ANNA, ONE) if not isinstance(item, Mark)]
    first = found[0].origin.record_id
    mine = [
        item
        for item in found
        if first not in {item.origin.record_id, (getattr(item, "record", None) or ("", ""))[1]}
    ]
    named = tuple((item.origin.collection, item.origin.record_id) for item in mine)
    receipt = await session.carry_out(phone(ANNA), ONE, Erase(only=named), "key")
    assert receipt.proof is Proof.VERIFIED
    assert receipt.changed > 0
    still = [item for item in await exported(session, ANNA, ONE) if not isinstance(item, Mark)]
    assert still == [item for item in found if item not in mine]
    assert len(still) == 1 + 3


async def test_an_order_about_one_recording_leaves_its_call_and_its_other_side(session, store):
    found = [item for item in await exported(session, BERTTA, ONE) if not isinstance(item, Mark)]
    one = next(item for item in found if isinstance(item, Attachment))
    order = Erase(only=((one.origin.collection, one.origin.record_id),))
    assert (await session.carry_out(phone(BERTTA), ONE, order, "key")).changed == 1
    still = [item for item in await exported(session, BERTTA, ONE) if isinstance(item, Attachment)]
    assert [item.name for item in still] == [
        item.name for item in found if isinstance(item, Attachment) and item != one
    ]


async def test_a_call_cannot_go_before_the_recordings_that_only_it_names(session, store):
    before = files(store)
    call = records(await exported(session, BERTTA, ONE))[0]
    order = Erase(only=((call.origin.collection, call.origin.record_id),))
    with pytest.raises(Refused, match="all that belongs to it"):
        await session.carry_out(phone(BERTTA), ONE, order, "key")
    assert files(store) == before


async def test_two_erasures_at_once_do_both_their_work(session, store):
    before = store.master_csv.read_bytes().count(b"\n")
    await asyncio.gather(
        session.carry_out(phone(ANNA), ONE, Erase(), "a"),
        session.carry_out(phone(BERTTA), ONE, Erase(), "b"),
    )
    assert remains(store, ANNA.phone, "tenant-1") == remains(store, BERTTA.phone, "tenant-1") == NOTHING
    gone = 2 * len(store.of(ANNA.phone, "tenant-1") + store.of(BERTTA.phone, "tenant-1"))
    assert store.master_csv.read_bytes().count(b"\n") == before - gone


async def test_the_owner_and_mode_of_a_log_are_kept(session, store):
    store.master_csv.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(store.master_csv, 12345, 12346)
    before = store.master_csv.stat()
    await session.carry_out(phone(ANNA), ONE, Erase(), "key")
    after = store.master_csv.stat()
    assert after.st_ino != before.st_ino
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)


async def test_rows_that_asterisk_appends_during_an_erasure_are_not_lost(session, store):
    stop = threading.Event()
    written = []

    def asterisk():
        while not stop.is_set():
            line = row("0457000044", f"179531{len(written):04}.1")
            append(store.master_csv, line)
            written.append(line)
            stop.wait(0.001)

    writer = threading.Thread(target=asterisk)
    writer.start()
    try:
        receipt = await session.carry_out(phone(ANNA), ONE, Erase(), "key")
    finally:
        stop.set()
        writer.join()
    lines = store.master_csv.read_text().splitlines(keepends=True)
    assert len(written) > 20
    assert [line for line in lines if line in set(written)] == written
    assert receipt.proof is Proof.VERIFIED
    assert remains(store, ANNA.phone, "tenant-1") == NOTHING


async def test_a_row_whose_writer_opened_the_old_file_is_not_lost(session, store, monkeypatch):
    late = row("0457000044", "1795319999.1")
    replace = os.replace

    def replaced(source, target):
        with target.open("a") as held:
            replace(source, target)
            held.write(late)

    monkeypatch.setattr(rewrite.os, "replace", replaced)
    await session.carry_out(phone(BERTTA), ONE, Erase(), "key")
    assert store.master_csv.read_text().count(late) == 1


async def test_a_log_that_was_rotated_meanwhile_is_tried_again(store, monkeypatch):
    sync = os.fsync

    def rotated(number):
        sync(number)
        if not store.master_csv.with_suffix(".1").exists():
            store.master_csv.rename(store.master_csv.with_suffix(".1"))
            append(store.master_csv, row("0457000044", "1795319999.1"))

    store.accounts_csv_dir.joinpath("tenant-1.csv").unlink()
    monkeypatch.setattr(rewrite.os, "fsync", rotated)
    async with opened(store, recordings_dir=None) as session:
        with pytest.raises(Unreachable, match="rotated"):
            await session.carry_out(phone(BERTTA), ONE, Erase(), "key")
    assert store.master_csv.read_text() == row("0457000044", "1795319999.1")


async def test_an_erasure_that_was_killed_half_way_is_finished_by_the_next(session, store, monkeypatch):
    real = rewrite.os.replace

    def killed(source, target):
        if target.name == "Master.csv":
            raise KeyboardInterrupt
        real(source, target)

    monkeypatch.setattr(rewrite.os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        await session.carry_out(phone(ANNA), ONE, Erase(), "key")
    monkeypatch.undo()
    left = store.accounts_csv_dir / ".Master.csv.dsar-erase"
    left.write_bytes(b"what a power cut leaves")
    assert remains(store, ANNA.phone, "tenant-1")["master_csv"]
    receipt = await session.carry_out(phone(ANNA), ONE, Erase(), "key")
    assert receipt.proof is Proof.VERIFIED
    assert remains(store, ANNA.phone, "tenant-1") == NOTHING
    assert not left.exists()


async def test_erasure_empties_a_write_ahead_log(store):
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(store.sqlite)) as asterisk:
        asterisk.execute("PRAGMA journal_mode = WAL")
        asterisk.execute("UPDATE cdr SET lastapp = lastapp")
        asterisk.commit()
        async with opened(store) as session:
            await session.carry_out(phone(ANNA), ONE, Erase(), "key")
        log = store.sqlite.with_name("master.db-wal")
        assert log.stat().st_size == 0
    assert remains(store, ANNA.phone, "tenant-1") == NOTHING


@pytest.mark.parametrize("order", [Suppress(), Restrict(), Rectify("calls", {"clid": "x"})])
async def test_other_orders_are_a_persons_task(session, store, order):
    before = files(store)
    with pytest.raises(Refused):
        await session.carry_out(phone(ANNA), ONE, order, "key")
    assert files(store) == before
