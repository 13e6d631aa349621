"""What is handed over: every version, whatever its key looks like, in the order of time and in bounded memory."""

import pytest

from dsar.contract import (
    Channel,
    Mark,
    Ref,
    Refused,
    Speaker,
)
from dsar_s3 import ordered

from .asking import (
    ERASE,
    FOLDER,
    PHONE,
    T1,
    content,
    exported,
    files,
    keys,
    marks,
    opened,
    pairs,
    records,
)
from .counterpart import NOTES, PAPER, RECORDINGS
from .store import CALLS, PAPERS

ODD = [
    "a b",
    "a+b",
    "a%2Fb",
    "a%20b",
    "ä€😀",
    "a&b<c>\"d'",
    "a?b=c#d",
    "a\u2044b",
    "a%E2%81%84b",
    "~_-.!*()",
    "a\tb",
    ". .",
]


@pytest.mark.parametrize("name", ODD, ids=[f"odd-{number}" for number in range(len(ODD))])
async def test_a_key_may_hold_anything(store, name):
    key = f"{FOLDER}{name}.wav"
    store.put(key, b"RIFF")
    async with opened(store, RECORDINGS) as session:
        items = await exported(session)
        assert keys(items) == [key]
        [file] = files(items)
        assert "/" not in file.name
        assert await content(session, file) == b"RIFF"
        receipt = await session.carry_out(PHONE, T1, ERASE, "k")
    assert receipt.changed == 2
    assert store.entries(CALLS, FOLDER) == []


async def test_every_version_is_handed_over_with_the_notes_of_deletion(store):
    first, second = store.put(f"{FOLDER}a.wav", b"one"), store.put(f"{FOLDER}a.wav", b"second")
    store.s3.delete_object(Bucket=CALLS, Key=f"{FOLDER}a.wav")
    async with opened(store, RECORDINGS) as session:
        items = await exported(session)
        told = {record.origin.record_id: record.data for record in records(items)}
        assert {file.origin.record_id: await content(session, file) for file in files(items)} == {
            first: b"one",
            second: b"second",
        }
    assert [data["sort"] for data in told.values()].count("delete marker") == 1
    assert told[first]["current"] is told[second]["current"] is False
    assert len(told) == 3
    async with opened(store, RECORDINGS, export_versions=False) as session:
        items = await exported(session)
    assert len(records(items)) == 3
    assert files(items) == []
    reasons = [record.data["no_file_because"] for record in records(items)]
    assert reasons.count("an older version, which is listed only") == 2


async def test_a_record_says_what_the_store_says(store):
    store.put(
        f"{FOLDER}a.wav",
        b"RIFF",
        ContentType="audio/x-wav",
        Metadata={"agent": "Aino"},
        Tagging="queue=sales",
        StorageClass="STANDARD_IA",
    )
    async with opened(store, RECORDINGS) as session:
        [record, file, _] = await exported(session)
    expected = {
        "sort": "version",
        "bucket": CALLS,
        "key": f"{FOLDER}a.wav",
        "version_id": record.origin.record_id,
        "current": True,
        "size": 4,
        "storage_class": "STANDARD_IA",
        "content_type": "audio/x-wav",
        "metadata": {"agent": "Aino"},
        "tags": {"queue": "sales"},
        "index": None,
        "file": file.name,
        "no_file_because": None,
    }
    assert {name: value for name, value in record.data.items() if name != "last_modified"} == expected
    assert file.media_type == "audio/wav"
    assert file.size == 4
    assert file.record == ("recordings", record.origin.record_id)
    assert file.channels == (Channel("caller", Speaker.SUBJECT), Channel("agent", Speaker.BUSINESS))


async def test_other_peoples_labels_are_pointed_out(store):
    store.put("notes/a", Metadata={"caller": "+358401234567", "customer": "t1", "agent": "Aino"})
    store.put("notes/b", Metadata={"caller": "+358401234567", "customer": "t1"})
    async with opened(store, NOTES) as session:
        by_key = {record.data["key"]: record.others for record in records(await exported(session))}
    assert by_key == {"notes/a": ("/metadata/agent",), "notes/b": ()}


@pytest.mark.parametrize("kind", ["GLACIER", "DEEP_ARCHIVE"])
async def test_what_is_archived_is_told_until_it_is_restored(store, kind):
    store.put(f"{FOLDER}a.wav", StorageClass=kind)
    async with opened(store, RECORDINGS) as session:
        items = await exported(session)
        assert files(items) == []
        assert "restored" in records(items)[0].data["no_file_because"]
        plan = await session.foresee(PHONE, T1, ERASE)
        assert dict(plan.erased) == {"recordings": 1}
        assert (await session.carry_out(PHONE, T1, ERASE, "k")).changed == 1
    assert store.entries(CALLS, FOLDER) == []


async def test_a_bucket_without_versions_is_read_and_its_ids_hold_nothing_of_a_key(store):
    row = b'{"file": "+358401234567.pdf", "tel": "+358401234567"}\n'
    store.put("index/t1.jsonl", row, PAPERS)
    store.put("papers/+358401234567.pdf", b"%PDF", PAPERS)
    async with opened(store, PAPER) as session:
        first, again = await exported(session), await exported(session)
        assert pairs(first) == pairs(again)
        assert await content(session, files(first)[0]) == b"%PDF"
        store.put("papers/+358401234567.pdf", b"%PDF2", PAPERS)
        with pytest.raises(Refused, match="erased or is another's"):
            await content(session, files(first)[0])
        assert pairs(await exported(session)).isdisjoint(pairs(first))
    assert not any("358401234567" in record_id for _, record_id in pairs(first))


@pytest.mark.parametrize("at_once", [3, 10_000], ids=["many-listings", "one-listing"])
async def test_a_listing_of_many_pages_is_taken_up_at_every_mark(store, monkeypatch, at_once):
    monkeypatch.setattr(ordered, "BATCH", at_once)
    for number in range(10):
        store.put(f"{FOLDER}{number}.wav", bytes(number))
    store.put("recordings/t1/358401234567/other.wav")
    async with opened(store, RECORDINGS, page_size=4, mark_every_objects=2) as session:
        whole = await exported(session)
        assert len(records(whole)) == 11
        assert len(pairs(whole)) == 22
        moments = [record.data["last_modified"] for record in records(whole)]
        assert moments == sorted(moments)
        for place, mark in [(place, item) for place, item in enumerate(whole) if isinstance(item, Mark)]:
            rest = await exported(session, after=mark)
            assert pairs(whole[:place]) | pairs(rest) == pairs(whole)
            assert pairs(whole[:place]).isdisjoint(pairs(rest))


async def test_what_went_before_a_mark_shifts_nothing(store):
    for number in range(6):
        store.put(f"{FOLDER}{number}.wav")
    async with opened(store, RECORDINGS, mark_every_objects=2) as session:
        whole = await exported(session)
        mark = marks(whole)[0]
        before = whole[: whole.index(mark)]
        for record in records(before):
            store.s3.delete_object(Bucket=CALLS, Key=record.data["key"], VersionId=record.origin.record_id)
        assert pairs(before) | pairs(await exported(session, after=mark)) == pairs(whole)
        assert len(pairs(await exported(session, after=mark))) == 8


@pytest.mark.parametrize(
    "cursor", ["", "recordings", "recordings|yesterday|x", "gone|2026-03-02T00:00:00+00:00|x"]
)
async def test_a_mark_of_another_is_refused(store, cursor):
    async with opened(store, RECORDINGS) as session:
        with pytest.raises(Refused, match="mark"):
            await exported(session, after=Mark(cursor))


async def test_a_subject_of_another_connector_is_refused(store):
    async with opened(store, RECORDINGS) as session:
        with pytest.raises(Refused, match="no identity"):
            await exported(session, Ref("posthog_person", "x"))


async def test_no_mark_and_no_id_of_an_object_without_a_version_is_made_of_its_key(store):
    """A digest of a key that holds a number could be found by trying numbers."""
    for number in range(4):
        store.put(f"papers/{number}.pdf", bytes(number), PAPERS)
    rows = [f'{{"file": "{number}.pdf", "tel": "+358401234567"}}' for number in range(5)]
    store.put("index/t1.jsonl", "\n".join(rows).encode(), PAPERS)
    async with opened(store, PAPER, mark_every_objects=1) as session:
        whole = await exported(session)
        ids = {record_id for _, record_id in pairs(whole)}
        for mark in marks(whole):
            assert not any(record_id in mark.cursor for record_id in ids)
            place = whole.index(mark)
            assert pairs(whole[:place]) | pairs(await exported(session, after=mark)) == pairs(whole)
    assert len(ids) == 5
