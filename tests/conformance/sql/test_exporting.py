"""What is told of a subject, in which form, and how it is resumed."""

import asyncio

import pytest

from dsar.contract import (
    Attachment,
    Mark,
    Origin,
    Record,
    Ref,
    Refused,
)
from dsar_sql.reading.references import row_ref

from .sample import ACME, MAPPING, OURS, items, opened, plain, records


async def test_an_export_is_the_same_twice_and_resumes_after_every_mark(tenants_url):
    async with opened(MAPPING, url=tenants_url) as session:
        ref = row_ref("caller", ["1"])
        whole = await items(session, ref, ACME)
        told = [plain(i) for i in whole if isinstance(i, Record)]
        assert told == await records(session, ref, ACME)
        assert len({r[:2] for r in told}) == len(told) == 1251
        assert sum(isinstance(i, Mark) for i in whole) == 4
        for place, mark in enumerate(whole):
            if isinstance(mark, Mark):
                before = [plain(i) for i in whole[:place] if isinstance(i, Record)]
                assert before + await records(session, ref, ACME, after=mark) == told


async def test_values_carry_their_whole_meaning_in_one_line_of_json(tenants_url):
    async with opened(MAPPING, url=tenants_url) as session:
        record = (await items(session, row_ref("caller", ["1"]), ACME, after=Mark("caller")))[0]
        assert b"\n" not in bytes(record.data)
        data = plain(record)[2]
        assert data["at"] == "2026-01-15T10:00:00+00:00"
        assert data["audio"] == "/" * 120
        assert (data['odd "name'], data["meta"]) == ("odd", {"a": 1})


async def test_excluded_columns_never_appear_and_pointers_name_columns(world):
    async with opened(world.crm) as session:
        told = [i for i in await items(session, row_ref("contact", ["2"])) if isinstance(i, Record)]
        assert not [r for r in told if b"password" in bytes(r.data) or b"$2b$" in bytes(r.data)]
        pointers = {r.origin.collection: (r.others, r.made_by_ai, r.inferred) for r in told}
        assert pointers["note"] == ((), ("/summary",), ("/lead_score",))
        assert pointers["activity"] == (("/also_present",), (), ())
        sources = {r.origin.collection: r.origin.obtained_from for r in told}
        assert (sources["contact"], sources["app_user"], sources["note"]) == (
            "sign-up",
            "you, when signing up",
            None,
        )


async def test_many_exports_share_four_connections_and_one_left_early_holds_none(tenants_url):
    async with opened(MAPPING, url=tenants_url, connect_timeout_seconds=5) as session:
        for _ in range(6):
            stream = session.export(row_ref("caller", ["1"]), ACME, None)
            await anext(stream)
            await stream.aclose()
        counts = await asyncio.gather(*(records(session, row_ref("caller", ["1"]), ACME) for _ in range(12)))
        assert {len(c) for c in counts} == {1251}


async def test_a_mark_or_reference_that_is_not_ours_is_refused(world):
    async with opened(world.crm) as session:
        for ref, after in (
            (Ref("phone", "+447700900001"), None),
            (Ref("row", "stranger:1"), None),
            (row_ref("contact", ["1", "2"]), None),
            (row_ref("contact", ["1"]), Mark("stranger")),
            (row_ref("contact", ["1"]), Mark("note:1,2")),
        ):
            with pytest.raises(Refused):
                await items(session, ref, after=after)
        attachment = Attachment(Origin("note", "1", None), "x", "audio/wav")
        with pytest.raises(Refused, match="no attachments"):
            session.read(attachment, OURS)
