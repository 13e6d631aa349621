"""What is told of a subject, in which form, and how it is resumed."""

import asyncio

import asyncpg
import pytest

from dsar.contract import (
    Attachment,
    Erase,
    Mark,
    Origin,
    Record,
    Ref,
    Refused,
    Speaker,
    Turn,
)
from dsar_sql.dialects.database import TooLarge
from dsar_sql.dialects.postgres.errors import translated
from dsar_sql.reading.references import row_ref

from .sample import ACME, MAPPING, OURS, items, opened, plain, records, run


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


async def test_rows_too_long_for_one_answer_come_in_shorter_pages(tenants_url):
    """The text of a page may be a gigabyte at most, and from some row on there may be recordings."""
    async with opened(MAPPING, url=tenants_url) as session:
        ref, fetch, refused = row_ref("caller", ["1"]), session._database.fetch, []
        whole = [i.cursor if isinstance(i, Mark) else plain(i) for i in await items(session, ref, ACME)]

        async def narrow(statement, values):
            rows = await fetch(statement, values)
            if "string_agg" in statement and str(rows[0][0]).count("\n") >= 30:
                refused.append(statement)
                raise TooLarge("too long")
            return rows

        session._database.fetch = narrow
        told = [i.cursor if isinstance(i, Mark) else plain(i) for i in await items(session, ref, ACME)]
    assert refused
    assert told == whole


def test_an_answer_that_the_database_cannot_write_is_told_apart_from_a_refusal():
    with pytest.raises(TooLarge, match="54000"), translated():
        raise asyncpg.ProgramLimitExceededError("string buffer exceeds maximum allowed length")


async def test_a_record_is_one_line_also_where_json_stands_in_an_array_or_a_composite(tenants_url):
    await run(
        tenants_url,
        r"""CREATE TYPE pair AS (a integer, b json); ALTER TABLE call ADD many json[], ADD one pair;
        UPDATE call SET many = ARRAY[E'{"k":\n1.50}'::json], one = ROW(1, E'[1,\r\n2]')::pair""",
    )
    async with opened(MAPPING, url=tenants_url) as session:
        told = [i for i in await items(session, row_ref("caller", ["1"]), ACME) if isinstance(i, Record)]
        assert len(told) == 1251
        assert not any(set(bytes(record.data)) & set(b"\r\n") for record in told)
        call = plain(told[-1])[2]
        assert (call["many"], call["one"]) == ([{"k": 1.5}], {"a": 1, "b": [1, 2]})


async def test_turns_in_a_table_of_their_own_are_gathered_by_a_view_and_go_with_their_table(tenants_url):
    """As docs/connectors/sql.md tells to: the table shows no words, the view shows them turn by turn."""
    await run(
        tenants_url,
        """CREATE TABLE line (call_id bigint REFERENCES call, no integer, who text, said text, PRIMARY KEY (call_id, no));
        INSERT INTO line VALUES (4, 2, 'sister', 'It is me'), (4, 1, 'caller', 'Hello'), (5, 1, 'caller', 'not hers');
        CREATE VIEW conversation AS SELECT call_id,
          json_agg(json_build_object('who', who, 'said', said) ORDER BY no) AS turns FROM line GROUP BY call_id""",
    )
    way = {"table": "call", "on": {"call_id": "id"}}
    line = {"name": "line", "category": "call", "description": "-", "key": ["call_id", "no"], "path": way,
            "exclude": {"said": "told in conversation"}}  # fmt: skip
    talk = {"name": "conversation", "category": "call", "description": "-", "key": ["call_id"], "path": way,
            "on_erase": "keep", "keep": {"ground": "goes with its table"},
            "turns": {"array": "turns", "text": "said", "speaker": "who", "subject": ["caller"], "other": ["sister"]}}  # fmt: skip
    async with opened({**MAPPING, "tables": [*MAPPING["tables"], line, talk]}, url=tenants_url) as session:
        ref = row_ref("caller", ["1"])
        told = [i for i in await items(session, ref, ACME) if isinstance(i, Record)]
        assert [b"It is me" in bytes(r.data) for r in told if r.origin.collection == "line"] == [False, False]
        (record,) = [record for record in told if record.turns]
        assert record.turns == (Turn("/turns/0/said", Speaker.SUBJECT), Turn("/turns/1/said", Speaker.OTHER))
        plan = await session.foresee(ref, ACME, Erase())
        receipt = await session.carry_out(ref, ACME, Erase(plan=plan.digest), "k")
        assert (receipt.kept, await records(session, ref, ACME)) == ((), [])
