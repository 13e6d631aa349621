"""The Asterisk connector over a call store of real files: finding, export, recordings, erasure."""

import asyncio
import os
import threading
import tracemalloc
from collections import Counter
from contextlib import asynccontextmanager

import httpx
import msgspec
import pytest

from dsar.contract import (
    Attachment,
    Connector,
    ConnectorError,
    Erase,
    Mark,
    OrderKind,
    Origin,
    Proof,
    Record,
    Rectify,
    Ref,
    Refused,
    Restrict,
    Role,
    Scope,
    Suppress,
    Tools,
    Unreachable,
)
from dsar.demo.callstore import ANNA, BERTTA, DATA, DECOY, TENANTS, WITHHELD, build, remains
from dsar_asterisk import AsteriskSettings, connector, rewrite

ONE, TWO = (Scope(Role.PROCESSOR, tenant) for tenant in TENANTS)
OWN = Scope(Role.CONTROLLER)
NOTHING = {"master_csv": 0, "account_csv": 0, "sqlite": 0, "sqlite_traces": 0, "recordings": 0}


@pytest.fixture
def store(tmp_path):
    return build(tmp_path / "store", calls=120)


@asynccontextmanager
async def opened(store, **changes):
    async with httpx.AsyncClient() as http:
        settings = msgspec.convert(store.settings | changes, AsteriskSettings)
        async with connector.open(settings, Tools(http)) as session:
            yield session


@pytest.fixture
async def session(store):
    async with opened(store) as session:
        yield session


def phone(caller):
    return Ref("phone", caller.phone)


async def everything(stream):
    return [item async for item in stream]


async def exported(session, caller, scope, after=None):
    """The export without the time of reading, which differs each time."""
    items = await everything(session.export(phone(caller), scope, after))
    return [item if isinstance(item, Mark) else untimed(item) for item in items]


def untimed(item):
    origin = msgspec.structs.replace(item.origin, read_at=None)
    return msgspec.structs.replace(item, origin=origin)


def records(items):
    return [item for item in items if isinstance(item, Record)]


def files(store):
    return {path: path.read_bytes() for path in sorted(store.folder.rglob("*")) if path.is_file()}


def append(path, line):
    """Write a row as cdr_csv does."""
    with path.open("a", encoding="utf-8") as stream:
        stream.write(line)


def row(number, uniqueid, tenant="tenant-1"):
    return (
        f'"{tenant}","{number}","0457000091","inbound","""X"" <{number}>","SIP/t-1","","Hangup","",'
        f'"2026-11-22 00:00:00","","2026-11-22 00:00:09",9,0,"NO ANSWER","DOCUMENTATION","{uniqueid}",""\n'
    )


# ---- what it is


def test_it_is_a_connector_that_finds_by_phone_and_can_only_erase():
    assert isinstance(connector, Connector)
    assert connector.manifest.finds_by == {"phone"}
    assert connector.manifest.orders == {OrderKind.ERASE}
    assert connector.manifest.knows_tenants


async def test_a_sound_store_answers_the_probe(session):
    await session.probe()
    assert {name: each.category for name, each in session.collections.items()} == {
        "calls": "call_records",
        "recordings": "call_recordings",
    }


# ---- finding


async def test_the_real_call_is_found_with_both_legs_and_all_its_copies(session, store):
    call = records(await exported(session, ANNA, ONE))[-1]
    legs = call.data["legs"]
    assert [(leg["accountcode"], leg["dst"], leg["uniqueid"]) for leg in legs] == [
        ("", "s", "1795304430.0"),
        ("tenant-1", "0401234567", "1795304430.1"),
    ]
    assert [leg["found_in"] for leg in legs] == [
        ["master_csv", "sqlite"],
        ["accounts_csv_dir", "master_csv", "sqlite"],
    ]
    assert call.data["start"] == "2026-11-21T23:40:30+00:00"
    assert call.data["end"] == "2026-11-21T23:40:34+00:00"
    assert (call.data["duration_seconds"], call.data["direction"]) == (4, "inbound")
    assert (call.data["caller"], call.data["caller_name"]) == (ANNA.phone, "Anna Testi")


async def test_a_number_is_found_in_national_international_and_prefixed_form(session, store):
    calls = records(await exported(session, ANNA, ONE)) + records(await exported(session, ANNA, TWO))
    written = {call.data["caller"] for call in calls if call.data["direction"] == "inbound"}
    assert written == {"+358401234567", "0401234567", "00358401234567"}


async def test_every_call_built_for_a_caller_is_exported_once(session, store):
    for caller in (ANNA, BERTTA, DECOY):
        for scope in (ONE, TWO):
            found = [call.data["call_id"] for call in records(await exported(session, caller, scope))]
            assert found == [call.uniqueids[1] for call in store.of(caller.phone, scope.tenant)]


async def test_a_caller_who_is_not_at_the_customer_is_not_found_there(session):
    assert await everything(session.find([phone(BERTTA)], TWO)) == []
    assert await exported(session, BERTTA, TWO) == []


async def test_each_proven_number_gives_one_match(session):
    refs = [phone(ANNA), Ref("email", "anna@example.org"), phone(BERTTA), phone(ANNA)]
    matches = await everything(session.find(refs, ONE))
    assert [match.ref for match in matches] == [phone(ANNA), phone(BERTTA)]
    assert all(match.sure for match in matches)


async def test_a_number_that_differs_by_a_digit_is_never_in_the_answer(session):
    text = msgspec.json.encode(await everything(session.export(phone(ANNA), ONE, None)))
    assert b"401234567" in text
    assert b"401234568" not in text
    assert b"Anne" not in text


async def test_another_customers_calls_are_never_in_the_answer(session):
    for scope, other in ((ONE, b"tenant-2"), (TWO, b"tenant-1")):
        assert other not in msgspec.json.encode(await everything(session.export(phone(ANNA), scope, None)))


async def test_each_customer_that_holds_the_caller_is_named_once(session):
    hits = await everything(session.tenants([phone(ANNA), phone(BERTTA), Ref("email", "a@example.org")]))
    assert [(hit.tenant, hit.found_by) for hit in hits] == [
        ("tenant-1", phone(ANNA)),
        ("tenant-2", phone(ANNA)),
    ]
    assert [hit.tenant for hit in await everything(session.tenants([phone(BERTTA)]))] == ["tenant-1"]


async def test_a_customer_is_named_with_the_count_of_what_an_export_would_hold(session):
    hits = {hit.tenant: hit.counts for hit in await everything(session.tenants([phone(ANNA)]))}
    for scope in (ONE, TWO):
        items = await everything(session.export(phone(ANNA), scope, None))
        recordings = sum(isinstance(item, Attachment) for item in items)
        assert hits[scope.tenant] == {"calls": len(records(items)), "recordings": recordings}
        assert recordings


@pytest.mark.parametrize(
    "value", ["", "anonymous", "Anonymous", "unknown", "restricted", "private", "+", "s"]
)
async def test_a_withheld_number_matches_nobody(session, store, value):
    assert all(store.of(caller.phone) for caller in WITHHELD)
    ref = Ref("phone", value)
    assert await everything(session.tenants([ref])) == []
    assert await everything(session.find([ref], ONE)) == []
    with pytest.raises(Refused):
        await session.carry_out(ref, ONE, Erase(), "key")


async def test_the_operators_own_scope_holds_only_its_own_account_codes(store):
    async with opened(store) as session:
        assert await everything(session.find([phone(ANNA)], OWN)) == []
    async with opened(store, operator_account_codes=["tenant-2"]) as session:
        calls = records(await exported(session, ANNA, OWN))
        assert {call.data["account"] for call in calls} == {"tenant-2"}
        assert [hit.tenant for hit in await everything(session.tenants([phone(ANNA)]))] == ["tenant-1"]


async def test_a_scope_with_an_empty_account_code_is_refused(session):
    with pytest.raises(Refused):
        await everything(session.find([phone(ANNA)], Scope(Role.PROCESSOR, "")))


async def test_legs_of_a_shared_call_are_shown_to_their_own_customer_only(store):
    append(store.master_csv, row(BERTTA.phone, "1795309000.1").replace("SIP/t-1", "Local/9@a-00000009;2"))
    append(
        store.master_csv,
        row("0457000050", "1795309000.0", "tenant-2").replace("SIP/t-1", "Local/9@a-00000009;1"),
    )
    async with opened(store) as session:
        call = records(await exported(session, BERTTA, ONE))[-1]
        assert [leg["accountcode"] for leg in call.data["legs"]] == ["tenant-1"]
        assert [hit.tenant for hit in await everything(session.tenants([phone(BERTTA)]))] == ["tenant-1"]


@pytest.mark.parametrize(
    "unset",
    [
        {"sqlite": None},
        {"master_csv": None, "accounts_csv_dir": None},
        {"accounts_csv_dir": None},
        {"accounts_csv_dir": None, "sqlite": None},
    ],
)
async def test_any_copy_that_holds_both_legs_is_enough(store, unset):
    async with opened(store, **unset) as session:
        calls = records(await exported(session, ANNA, TWO))
    assert len(calls) == len(store.of(ANNA.phone, "tenant-2"))
    assert {len(call.data["legs"]) for call in calls} == {2}


async def test_legs_that_only_sqlite_can_join_are_joined(store):
    """The called number of an outbound call stands in one leg only."""
    call = next(call for call in store.of(ANNA.phone) if not call.inbound)
    text = store.master_csv.read_text().replace(f"inbound-{call.epoch & 0xFFFFFFFF:08x};1", "elsewhere-1;1")
    store.master_csv.write_text(text)
    async with opened(store) as session:
        found = records(await exported(session, ANNA, Scope(Role.PROCESSOR, call.tenant)))
    (outbound,) = (each for each in found if each.data["call_id"] == call.uniqueids[1])
    assert {leg["uniqueid"] for leg in outbound.data["legs"]} == set(call.uniqueids)


async def test_what_is_another_persons_is_pointed_out(session):
    calls = records(await exported(session, ANNA, ONE)) + records(await exported(session, ANNA, TWO))
    inbound = [call for call in calls if call.data["direction"] == "inbound"]
    outbound = [call for call in calls if call.data["direction"] == "outbound"]
    assert {call.others for call in inbound} == {()}
    assert all({"/caller", "/caller_name"} <= set(call.others) for call in outbound)
    assert all("/called" not in call.others for call in outbound)


# ---- export


async def test_two_exports_of_an_unchanged_store_are_equal(session):
    assert await exported(session, ANNA, ONE) == await exported(session, ANNA, ONE)


async def test_an_export_resumes_after_any_mark(store):
    async with opened(store, mark_every_calls=2) as session:
        whole = await exported(session, ANNA, ONE)
        marks = [place for place, item in enumerate(whole) if isinstance(item, Mark)]
        assert len(marks) > 2
        for place in marks:
            rest = await exported(session, ANNA, ONE, whole[place])
            items = [item for item in rest if not isinstance(item, Mark)]
            assert items == [item for item in whole[place + 1 :] if not isinstance(item, Mark)]


async def test_a_call_that_ends_during_the_export_comes_after_the_mark(store):
    async with opened(store, mark_every_calls=2) as session:
        whole = await exported(session, ANNA, ONE)
        mark = next(item for item in whole if isinstance(item, Mark))
        append(store.master_csv, row(ANNA.phone, "1795309999.7"))
        rest = await exported(session, ANNA, ONE, mark)
    before = {item.origin.record_id for item in whole[: whole.index(mark)]}
    assert not before & {item.origin.record_id for item in rest if not isinstance(item, Mark)}
    assert records(rest)[-1].data["call_id"] == "1795309999.7"


async def test_a_mark_holds_no_number(session):
    marks = [item for item in await exported(session, ANNA, ONE) if isinstance(item, Mark)]
    assert marks
    assert all("401234567" not in mark.cursor for mark in marks)


async def test_a_foreign_mark_is_refused(session):
    with pytest.raises(Refused, match="mark"):
        await exported(session, ANNA, ONE, Mark("offset-12"))


async def test_recordings_follow_their_call_and_read_byte_for_byte(session, store):
    items = await everything(session.export(phone(BERTTA), ONE, None))
    attachments = [item for item in items if isinstance(item, Attachment)]
    assert Counter(tuple(c.name for c in item.channels) for item in attachments) == dict.fromkeys(
        [("caller", "agent"), ("caller",), ("agent",)],
        len(store.of(BERTTA.phone)),
    )
    for item in attachments:
        pieces = await everything(session.read(item, ONE))
        assert b"".join(pieces) == (store.recordings_dir / item.name).read_bytes()
        assert item.size == sum(map(len, pieces))
    assert items[1].name in items[0].data["recordings"]


async def test_a_large_recording_streams_in_small_pieces(session, store):
    item = next(
        i for i in await everything(session.export(phone(BERTTA), ONE, None)) if isinstance(i, Attachment)
    )
    (store.recordings_dir / item.name).write_bytes(os.urandom(1_000_000))
    pieces = await everything(session.read(item, ONE))
    assert b"".join(pieces) == (store.recordings_dir / item.name).read_bytes()
    assert all(65_536 <= len(piece) <= 262_144 for piece in pieces[:-1])


async def test_a_recording_of_another_customer_is_refused(session):
    item = next(
        i for i in await everything(session.export(phone(ANNA), TWO, None)) if isinstance(i, Attachment)
    )
    with pytest.raises(Refused, match="scope"):
        await everything(session.read(item, ONE))


@pytest.mark.parametrize(
    "name",
    ["../master.db", "call-../../master.wav", "/etc/passwd", "call-1795304430.1.wav/../x", "call-.wav", ""],
)
async def test_a_name_that_leads_out_of_the_folder_is_refused(session, name):
    item = Attachment(Origin("recordings", name, None), name, "audio/wav")
    with pytest.raises(Refused):
        await everything(session.read(item, ONE))


async def test_a_link_in_the_folder_is_neither_read_nor_listed_nor_removed(session, store, tmp_path):
    item = next(
        i for i in await everything(session.export(phone(BERTTA), ONE, None)) if isinstance(i, Attachment)
    )
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    (store.recordings_dir / item.name).unlink()
    (store.recordings_dir / item.name).symlink_to(secret)
    with pytest.raises(Refused, match="plain file"):
        await everything(session.read(item, ONE))
    with pytest.raises(Refused, match="plain file"):
        await exported(session, BERTTA, ONE)
    with pytest.raises(Refused, match="plain file"):
        await session.carry_out(phone(BERTTA), ONE, Erase(), "key")
    assert secret.read_bytes() == b"secret"


# ---- erasure


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
    await session.carry_out(phone(ANNA), ONE, Erase(), "key")
    after = files(store)
    assert set(before) - set(after) == audio
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
    found = await exported(session, ANNA, ONE)
    named = [(item.origin.collection, item.origin.record_id) for item in found if not isinstance(item, Mark)]
    first = next(item for item in found if not isinstance(item, Mark))
    mine = [pair for pair in named if pair != (first.origin.collection, first.origin.record_id)]
    left = {leg["uniqueid"] for leg in first.data["legs"]}
    receipt = await session.carry_out(phone(ANNA), ONE, Erase(only=tuple(mine)), "key")
    assert receipt.proof is Proof.VERIFIED
    assert receipt.changed > 0
    still = [item for item in await exported(session, ANNA, ONE) if not isinstance(item, Mark)]
    assert {item.origin.record_id for item in still if item.origin.collection == "calls"} == {
        first.origin.record_id
    }
    assert all(any(uid in item.name for uid in left) for item in still if isinstance(item, Attachment))


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


# ---- what goes wrong


async def test_a_missing_file_is_unreachable_by_the_name_of_its_setting(store):
    for name in ("master_csv", "accounts_csv_dir", "sqlite", "recordings_dir"):
        async with opened(store, **{name: str(store.folder / "gone")}) as session:
            with pytest.raises(Unreachable, match=name):
                await session.probe()


async def test_a_log_beside_the_account_copies_must_be_set_too(store):
    async with opened(store, master_csv=None) as session:
        with pytest.raises(Refused, match="set master_csv too"):
            await session.probe()


async def test_a_database_without_the_configured_table_or_column_is_refused(store):
    for change in ({"sqlite_table": "calls"}, {"sqlite_columns": {"linkedid": "linked"}}):
        async with opened(store, **change) as session:
            with pytest.raises(Refused, match="sqlite_columns"):
                await session.probe()
            with pytest.raises(Refused, match="sqlite_columns"):
                await exported(session, ANNA, ONE)


async def test_a_torn_row_that_may_be_the_callers_is_refused_by_line(session, store):
    line = store.master_csv.read_bytes().count(b"\n") + 1
    append(store.master_csv, f'"tenant-1","{ANNA.phone}","04570\n')
    for act in (
        exported(session, ANNA, ONE),
        everything(session.find([phone(BERTTA)], ONE)),
        session.carry_out(phone(ANNA), ONE, Erase(), "key"),
    ):
        with pytest.raises(Refused, match=f"master_csv: Master.csv line {line} cannot be read") as caught:
            await act
        assert "401234567" not in str(caught.value)
    assert remains(store, ANNA.phone, "tenant-1")["master_csv"]


async def test_a_broken_row_that_shows_other_numbers_is_passed_over(session, store):
    append(store.master_csv, '"tenant-1","0457000044","0457000091","inbound","""X"" <0457000044>","SIP/1"\n')
    assert records(await exported(session, BERTTA, ONE))
    with pytest.raises(Refused, match="cannot be read"):
        await everything(session.find([Ref("phone", "+358457000044")], ONE))


async def test_no_error_and_no_log_line_holds_a_number_or_a_name(store, caplog):
    caplog.set_level(0)
    append(store.master_csv, f'"tenant-1","{ANNA.phone}","x"\n')
    texts = []
    changes = [
        {},
        {"sqlite": __file__},
        {"master_csv": "/gone"},
        {"recordings_dir": __file__},
        {"sqlite": "/gone"},
    ]
    for change in changes:
        async with opened(store, **change) as session:
            for act in (
                exported(session, ANNA, ONE),
                everything(session.tenants([phone(ANNA)])),
                session.carry_out(phone(ANNA), ONE, Erase(), "key"),
                session.carry_out(Ref("phone", "0401234567"), ONE, Erase(), "key"),
            ):
                with pytest.raises(ConnectorError) as caught:
                    await act
                texts += [str(caught.value), repr(caught.value)]
    texts += [record.getMessage() for record in caplog.records]
    assert not [text for text in texts if "401234567" in text or "Testi" in text]


# ---- size


async def test_a_hundred_thousand_rows_of_others_take_little_memory(store):
    other = (
        (DATA / "Master.csv").read_text().replace("401234567", "457000044").replace("17953044", "16953044")
    )
    with store.master_csv.open("a") as stream:
        for _ in range(50_000):
            stream.write(other)
    assert store.master_csv.stat().st_size > 20_000_000
    async with opened(store) as session:
        tracemalloc.start()
        try:
            calls = records(await exported(session, BERTTA, ONE))
            await session.carry_out(phone(BERTTA), ONE, Erase(), "key")
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert len(calls) == len(store.of(BERTTA.phone))
    assert remains(store, BERTTA.phone, "tenant-1") == NOTHING
    assert peak < 6_000_000


async def test_a_long_search_does_not_hold_up_the_event_loop(store):
    with store.master_csv.open("a") as stream:
        for count in range(60_000):
            stream.write(row("0457000044", f"1795{count:06}.1"))
    delays = []

    async def heartbeat():
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(0.005)
            delays.append(loop.time() - before)

    async with opened(store) as session:
        beating = asyncio.create_task(heartbeat())
        await exported(session, BERTTA, ONE)
        beating.cancel()
    assert len(delays) > 3
    assert max(delays) < 0.5
