"""What an export of calls holds, and where it resumes."""

import os
from collections import Counter

import pytest

from dsar.contract import (
    Attachment,
    Erase,
    Mark,
    Origin,
    Refused,
)
from dsar.demo.callstore import ANNA, BERTTA

from .store import (
    ONE,
    TWO,
    append,
    everything,
    exported,
    opened,
    phone,
    records,
    row,
)


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
        [("both",), ("caller",), ("called",)],
        len(store.of(BERTTA.phone)),
    )
    for item in attachments:
        assert item.record in {("calls", each.origin.record_id) for each in records(items)}
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
