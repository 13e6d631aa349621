"""Systems that people work, and searches that people did instead: from the task to the answer and its evidence."""

import asyncio
import csv
import io
import json
import zipfile
from hashlib import sha256

import msgspec
import pytest
from stage_double import Row
from stage_office import BOTH, EMAIL, NAME, PHONE

import dsar_manual
from dsar.contract import OrderKind, Refused, Unauthorised
from dsar.domain.case import Outcome, State
from dsar.domain.errors import InvalidInput, NotNow
from dsar.domain.uploads import announced
from dsar.domain.work import NewStep, StepKind, StepOutcome, StepState
from dsar.outbound import installed
from dsar.store import steps, systems, tasks, uploads
from dsar.store.systems import SystemRow

SETTINGS = {
    "find": {"instruction": "Look in the ring binder.", "within_days": 5},
    "export": "Scan it.",
    "collections": {
        "letters": {"category": "contact", "description": "Letters on paper", "portable": False},
        "visits": {"category": "analytics", "description": "Who came by"},
    },
    "erase": {"instruction": "Shred it.", "within_days": 90},
    "restrict": {"instruction": "Lock it away."},
}
SECRET_WORDS = "Anna Virtanen's private matter"


@pytest.fixture
async def archive(office):
    """A ring binder, beside whatever else there is."""
    installed()["manual"] = dsar_manual.connector
    await put(office, SETTINGS)
    return "archive"


async def put(office, settings, orders=(OrderKind.ERASE, OrderKind.RESTRICT)):
    row = SystemRow(
        key="archive",
        connector="manual",
        title="The archive",
        settings=office.service.vault.seal(msgspec.json.encode(settings), "system"),
        roles=BOTH,
        orders=orders,
    )
    async with office.db.write() as tx:
        await systems.put(tx, row, office.clock())


async def bytes_of(raw, size=7):
    for at in range(0, len(raw), size):
        yield raw[at : at + size]


async def upload(office, actor, case_id, step_id, raw, *, purpose="found", media_type="text/csv", **more):
    given = {
        "name": "found.csv",
        "collection": "letters" if purpose == "found" else None,
        "category": None,
    } | more
    said = announced(purpose, given["name"], media_type, given["collection"], given["category"])
    files = office.service.uploads
    async with files.taking(actor, case_id, step_id, said, bytes_of(raw)) as taken, office.db.write() as tx:
        return await files.keep(tx, actor, taken)


async def finish(office, actor, case_id, step_id, outcome, evidence="seen to"):
    await office.service.tasks.finish(actor, case_id, step_id, outcome, evidence)
    await office.work()


async def bundle(office, case_id):
    """The archive as the person opens it: name -> bytes."""
    async with office.db.read() as connection:
        row = await connection.fetchrow("SELECT blob_key FROM bundle WHERE case_id = $1", case_id)
    case = await office.one(case_id)
    key = office.service.vault.case_key(case.wrapped_key)
    stream = office.service.blobs.get_opened(row["blob_key"], key, "bundle")
    whole = b"".join([part async for part in stream])
    with zipfile.ZipFile(io.BytesIO(whole)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


async def searching(office, right="access", **more):
    case = await office.case(await office.asked_and_proven(right, **more))
    return case, await office.step(case.id, StepKind.SEARCH, "archive")


# The task


async def test_a_search_by_hand_is_a_task_with_its_instruction_and_its_day(office, archive):
    case, task = await searching(office)
    assert task.state is StepState.MANUAL
    assert task.detail["reason"] == "NeedsPerson"
    assert task.detail["text"].splitlines()[:2] == ["Look in the ring binder.", "Scan it."]
    assert task.detail["due_on"] == "2026-03-07"
    assert case.state is State.SEARCHING


async def test_a_tasks_day_is_never_after_its_cases(office, archive):
    await put(office, {**SETTINGS, "find": {"instruction": "No hurry.", "within_days": 90}})
    case, task = await searching(office)
    assert task.detail["due_on"] == case.strict_due_date.isoformat()


async def test_tasks_of_all_cases_stand_in_one_list_the_earliest_first(office, archive):
    first, _ = await searching(office)
    office.clock.turn(days=2)
    second, _ = await searching(office, email="bea@example.com")
    async with office.db.read() as connection:
        rows = await tasks.page(connection, "archive", None, 10)
        assert [row.case_id for row in rows] == [first.id, second.id]
        rest = await tasks.page(connection, None, (rows[0].due_on, rows[0].id), 10)
        assert [row.case_id for row in rest] == [second.id]
        assert await tasks.page(connection, "crm", None, 10) == []
        assert await tasks.overdue(connection, rows[0].due_on) == 0
        assert await tasks.overdue(connection, rows[1].due_on) == 1


async def told(office):
    profile = office.service.profile.profile
    await asyncio.gather(*(office.service.waiting.tell() for _ in range(3)))
    await office.work()
    mails = office.messages(profile.alarms.mail or profile.operator.contact)
    return [mail for mail in mails if " for you " in mail.subject]


async def test_staff_hears_once_by_mail_of_tasks_that_wait_and_of_nobody_by_name(office, archive):
    case, task = await searching(office)
    (mail,) = await told(office)
    assert mail.subject == f"1 task waits for you ({case.reference})"
    assert "To be done by: 7 March 2026" in mail.text
    assert EMAIL not in mail.text
    assert "ring binder" not in mail.text
    assert (await office.event(case.id, "tasks.told")).data == {"tasks": 1}
    assert "letter.written" not in [event.type for event in await office.events(case.id)]
    office.clock.turn(hours=2)
    assert len(await told(office)) == 1
    await office.service.tasks.retry(await office.staff(), case.id, task.id)
    await office.work()
    assert len(await told(office)) == 2, "it was given back, and has become a person's task again"


async def test_of_one_case_staff_hears_once_an_hour_and_of_a_closed_door_not_as_a_task(office, archive):
    (await office.system("crm")).faults["find"].append(Unauthorised("HTTP 401"))
    case, _ = await searching(office)
    (mail,) = await told(office)
    assert mail.subject.startswith("1 task ")
    async with office.db.write() as tx:
        more = [(case.id, NewStep(StepKind.BY_HAND, f"more:{number}", by_hand=True)) for number in range(2)]
        await steps.insert(tx, more, office.clock())
    assert len(await told(office)) == 1
    office.clock.turn(hours=1, minutes=1)
    assert [mail.subject.split(" (")[0] for mail in await told(office)] == [
        "2 tasks wait for you", "1 task waits for you"
    ]  # fmt: skip


async def test_whom_a_task_is_about_is_shown_in_clear_and_the_look_is_in_the_history(office, archive):
    case, task = await searching(office)
    actor = await office.staff()
    whom = await office.service.showing.whom(actor, case.id, task.id)
    assert [(ref.kind, ref.value) for ref in whom.identities] == [("email", EMAIL)]
    shown = await office.event(case.id, "identities.shown")
    assert (shown.actor, shown.data) == (actor.name, {"step": str(task.id)})


async def test_an_identity_that_is_not_proven_is_not_shown(office, archive, sql):
    case, task = await searching(office, phone=PHONE)
    actor = await office.staff()
    both = await office.service.showing.whom(actor, case.id, task.id)
    assert {ref.kind for ref in both.identities} == {"email", "phone"}
    await sql.execute("UPDATE identity SET proven_at = NULL, proof = NULL WHERE kind = 'phone'")
    whom = await office.service.showing.whom(actor, case.id, task.id)
    assert [ref.kind for ref in whom.identities] == ["email"]


# A copy


async def test_what_a_person_uploads_is_in_the_bundle_as_any_systems_records_are(office, archive):
    case, task = await searching(office)
    actor = await office.staff()
    scan = b"\x89PNG not really \x00" * 1000
    await upload(
        office, actor, case.id, task.id, b"date;text\r\n2024-01-02;Dear Sirs\r\n2024-02-03;Yours\r\n"
    )
    await upload(
        office, actor, case.id, task.id, b'[{"at": "2025-01-01", "door": {"name": "east"}}]',
        media_type="application/json", collection="visits",
    )  # fmt: skip
    await upload(office, actor, case.id, task.id, scan, media_type="image/png", name="Kirje äidille.png")
    await finish(office, actor, case.id, task.id, "found")
    case = await office.one(case.id)
    assert (case.state, case.outcome) == (State.DELIVERED, Outcome.FULFILLED)
    files = await bundle(office, case.id)
    texts = {name: raw for name, raw in files.items() if b"Dear Sirs" in raw}
    assert texts, sorted(files)
    assert any(raw == scan for raw in files.values())
    assert any(b"east" in raw for raw in files.values())
    letter = await office.letter(case.id)
    assert "The archive: 4 records and files" in letter
    items = await office.collected(case.id)
    assert {getattr(item, "attachment", item).origin.collection for item in items} == {"letters", "visits"}


async def test_the_history_names_the_files_by_id_and_hash_and_nothing_of_what_they_hold(office, archive, sql):
    case, task = await searching(office)
    actor = await office.staff()
    raw = f"text\n{SECRET_WORDS}\n".encode()
    row = await upload(office, actor, case.id, task.id, raw, name=f"{NAME}.csv")
    await finish(office, actor, case.id, task.id, "found")
    ended = await office.event(case.id, "task.finished")
    assert ended.data["found"] == [{"upload": str(row.id), "sha256": sha256(raw).hexdigest()}]
    assert await office.broken() is None
    for table in ("event", "step", "upload", "segment", "match"):
        for record in await sql.fetch(f"SELECT t::text AS row FROM {table} t"):
            assert NAME not in record["row"]
            assert "private matter" not in record["row"]


async def test_a_search_cannot_end_as_found_without_a_copy_where_one_is_wanted(office, archive):
    case, task = await searching(office)
    actor = await office.staff()
    with pytest.raises(InvalidInput) as caught:
        await office.service.tasks.finish(actor, case.id, task.id, "found", "it is there")
    assert caught.value.errors[0].field == "outcome"
    await finish(office, actor, case.id, task.id, "no_match")
    assert (await office.one(case.id)).outcome is Outcome.NOTHING_HELD


@pytest.mark.parametrize("outcome", ["done", "no_match", "gap"])
async def test_files_that_were_found_are_never_left_out_silently(office, archive, outcome):
    case, task = await searching(office)
    actor = await office.staff()
    row = await upload(office, actor, case.id, task.id, b"a\n1\n")
    with pytest.raises(NotNow):
        await office.service.tasks.finish(actor, case.id, task.id, outcome, "x")
    with pytest.raises(NotNow):
        await office.service.tasks.retry(actor, case.id, task.id)
    await office.service.uploads.remove(actor, case.id, row.id)
    await finish(office, actor, case.id, task.id, outcome)
    assert (await office.step(case.id, StepKind.SEARCH, "archive")).outcome is StepOutcome(outcome)


async def test_a_large_file_of_records_becomes_several_segments_whose_sum_is_the_file(office, archive):
    case, task = await searching(office)
    actor = await office.staff()
    lines = [json.dumps({"id": n, "filling": sha256(str(n).encode()).hexdigest() * 40}) for n in range(1500)]
    await upload(
        office, actor, case.id, task.id, "\n".join(lines).encode(), media_type="application/x-ndjson"
    )
    await finish(office, actor, case.id, task.id, "found")
    items = await office.collected(case.id)
    assert [item.data["id"] for item in items] == list(range(1500))
    assert len({item.origin.record_id for item in items}) == 1500
    async with office.db.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM segment WHERE case_id = $1", case.id) > 2


async def test_when_the_case_closes_its_files_go_with_its_key(office, archive, sql):
    case, task = await searching(office)
    actor = await office.staff()
    row = await upload(office, actor, case.id, task.id, b"a\n1\n")
    await upload(office, actor, case.id, task.id, b"signed", purpose="evidence", media_type="text/plain")
    await finish(office, actor, case.id, task.id, "found")
    await office.work_for(days=200)
    assert (await office.one(case.id)).wrapped_key is None
    assert await sql.fetchval("SELECT count(*) FROM upload") == 0
    with pytest.raises(Exception, match="gone"):
        await office.service.blobs.get(row.blob_key)


async def test_an_upload_that_comes_while_the_task_is_finished_is_in_the_answer_or_refused(office, archive):
    case, task = await searching(office)
    actor = await office.staff()
    await upload(office, actor, case.id, task.id, b"a\n1\n")
    results = await asyncio.gather(
        upload(office, actor, case.id, task.id, b"a\n2\n"),
        office.service.tasks.finish(actor, case.id, task.id, "found", "x"),
        return_exceptions=True,
    )
    assert all(result is None or isinstance(result, uploads.UploadRow | NotNow) for result in results)
    async with office.db.read() as connection:
        there = await uploads.of_step(connection, task.id, case.id)
    if results[1] is None:
        await office.work()
        assert len(await office.collected(case.id)) == len(there)
    else:
        await finish(office, actor, case.id, task.id, "found")
        assert len(await office.collected(case.id)) == 2


# An erasure


async def erased(office, right="erasure"):
    """An erasure whose search a person ended as found, approved."""
    case, task = await searching(office, right)
    actor = await office.staff()
    await finish(office, actor, case.id, task.id, "found")
    if (await office.one(case.id)).state is State.IN_REVIEW:
        await office.service.deciding.approve(actor, case.id)
        await office.work()
    return await office.one(case.id), actor


async def test_an_erasure_in_a_system_of_people_is_their_task_and_ends_with_a_file_that_shows_it(
    office, archive
):
    case, actor = await erased(office)
    order = await office.step(case.id, StepKind.ORDER, "archive")
    assert (order.state, order.detail["text"]) == (StepState.MANUAL, "Shred it.")
    assert order.detail["due_on"] == case.strict_due_date.isoformat()
    with pytest.raises(InvalidInput) as caught:
        await office.service.tasks.finish(actor, case.id, order.id, "done", "shredded, my word on it")
    assert caught.value.errors[0].field == "evidence"
    row = await upload(
        office, actor, case.id, order.id, b"%PDF protocol", purpose="evidence", media_type="application/pdf"
    )
    await office.service.tasks.finish(actor, case.id, order.id, "done", "")
    await office.work()
    case = await office.one(case.id)
    assert case.outcome is Outcome.FULFILLED
    *_, ended = [event for event in await office.events(case.id) if event.type == "task.finished"]
    assert ended.data["evidence"] == [{"upload": str(row.id), "sha256": row.sha256.hex()}]
    assert await office.steps(case.id, StepKind.VERIFY) == []
    assert "The archive: erased by a member of our staff" in await office.letter(case.id)


async def test_an_erasure_that_could_not_be_done_by_hand_is_named_without_a_file(office, archive):
    case, actor = await erased(office)
    order = await office.step(case.id, StepKind.ORDER, "archive")
    await finish(office, actor, case.id, order.id, "gap", "it is sealed by a court")
    assert (await office.one(case.id)).outcome is Outcome.FULFILLED_IN_PART
    assert "The archive" in await office.letter(case.id)


async def test_where_the_settings_ask_for_no_file_words_are_enough(office, archive):
    await put(office, {**SETTINGS, "evidence_required": False})
    case, actor = await erased(office)
    order = await office.step(case.id, StepKind.ORDER, "archive")
    await finish(office, actor, case.id, order.id, "done", "shredded")
    assert (await office.one(case.id)).outcome is Outcome.FULFILLED


async def test_a_search_that_found_nobody_by_hand_orders_nothing(office, archive):
    case, task = await searching(office, "erasure")
    await finish(office, await office.staff(), case.id, task.id, "no_match")
    case = await office.one(case.id)
    if case.state is State.IN_REVIEW:
        await office.service.deciding.approve(await office.staff("Other"), case.id)
        await office.work()
    assert await office.steps(case.id, StepKind.ORDER) == []
    assert (await office.one(case.id)).outcome is Outcome.NOTHING_HELD


@pytest.mark.parametrize("outcome", ["found", "done"])
async def test_whom_a_person_found_where_a_machine_could_not_look_a_person_erases(office, outcome):
    crm = await office.system("crm")
    crm.faults["find"].append(Refused("look by hand"))
    case = await office.case(await office.asked_and_proven("erasure"))
    search = await office.step(case.id, StepKind.SEARCH, "crm")
    actor = await office.staff()
    await finish(office, actor, case.id, search.id, outcome, "number 12 in the old books")
    (match,) = await office.matches(case.id)
    assert (match.found_by, match.sure) == ("by_hand", True)
    if (await office.one(case.id)).state is State.IN_REVIEW:
        await office.service.deciding.approve(actor, case.id)
        await office.work()
    task = await office.step(case.id, StepKind.BY_HAND, "erase:crm")
    assert task.state is StepState.MANUAL
    assert [kind for kind, _ in crm.orders if kind == "Erase"] == []
    await finish(office, actor, case.id, task.id, "done", "number 12 is crossed out")
    case = await office.one(case.id)
    assert case.outcome is Outcome.FULFILLED
    assert "System crm: erased by a member of our staff" in await office.letter(case.id)


async def test_whom_both_the_system_and_a_person_found_both_erase(office):
    crm = await office.system("crm")
    crm.person("a", ("email", EMAIL)).add(Row("a", "r1"))
    case = await office.case(await office.asked_and_proven("erasure"))
    async with office.db.write() as tx:
        from dsar.contract import Ref
        from dsar.store import findings

        key = office.service.vault.case_key(case.wrapped_key)
        await findings.add_match(
            tx,
            case_id=case.id,
            system_key="crm",
            sealed_ref=key.seal(msgspec.json.encode(Ref("by_hand", "crm")), "ref"),
            ref_blind=b"by hand",
            found_by="by_hand",
            sure=True,
            now=office.clock(),
        )
    actor = await office.staff()
    await office.service.deciding.approve(actor, case.id)
    await office.work()
    assert (await office.step(case.id, StepKind.ORDER, "crm")).outcome is StepOutcome.DONE
    task = await office.step(case.id, StepKind.BY_HAND, "erase:crm")
    assert crm.ids() == []
    await finish(office, actor, case.id, task.id, "done", "the card too")
    assert (await office.one(case.id)).outcome is Outcome.FULFILLED


async def test_a_restriction_in_a_system_of_people_is_their_task_with_its_instruction(office, archive):
    from stage_rights import decide

    case, task = await searching(office, "restriction")
    actor = await office.staff()
    await finish(office, actor, case.id, task.id, "found")
    await decide(office, actor, await office.one(case.id), kind="restrict", ground="18(1)(a)")
    order = await office.step(case.id, StepKind.ORDER, "archive:restrict")
    assert (order.state, order.detail["text"]) == (StepState.MANUAL, "Lock it away.")


async def test_a_hold_stops_the_hand_too_until_it_is_lifted(office, archive):
    from datetime import date

    from dsar.domain.placing import HeldCase

    case, task = await searching(office, "erasure")
    actor = await office.staff()
    hold = HeldCase(case_id=case.id, reason="a dispute", review_on=date(2026, 6, 1))
    hold_id = await office.service.holding.place(actor, hold)
    await finish(office, actor, case.id, task.id, "found")
    if (await office.one(case.id)).state is State.IN_REVIEW:
        await office.service.deciding.approve(actor, case.id)
        await office.work()
    order = await office.step(case.id, StepKind.ORDER, "archive")
    assert order.state is StepState.MANUAL
    assert "legal hold" in order.detail["reason"]
    assert "Shred" not in str(order.detail)
    await office.service.holding.lift(actor, hold_id)
    await office.work()
    order = await office.step(case.id, StepKind.ORDER, "archive")
    assert order.detail["text"] == "Shred it."


async def test_a_marketing_stop_in_a_list_that_people_keep_is_their_task_though_nobody_was_found(
    office, archive
):
    stops = {**SETTINGS, "suppress": {"instruction": "Cross them off the list."}}
    await put(office, stops, orders=(OrderKind.ERASE, OrderKind.SUPPRESS))
    case, task = await searching(office, "erasure")
    actor = await office.staff()
    await finish(office, actor, case.id, task.id, "no_match")
    if (await office.one(case.id)).state is State.IN_REVIEW:
        await office.service.deciding.approve(actor, case.id)
        await office.work()
    (stop,) = await office.steps(case.id, StepKind.ORDER)
    assert (stop.state, stop.detail["text"]) == (StepState.MANUAL, "Cross them off the list.")


async def test_a_list_of_too_many_records_is_refused(office, archive, monkeypatch):
    monkeypatch.setattr("dsar.review.reading.RECORDS_MAX", 2)
    case, task = await searching(office)
    actor = await office.staff()
    for media_type, raw in (("text/csv", b"a\n1\n2\n3\n"), ("application/json", b"[{},{},{}]")):
        with pytest.raises(InvalidInput, match="at most 2"):
            await upload(office, actor, case.id, task.id, raw, media_type=media_type)


async def test_no_other_right_takes_files_that_were_found(office, archive):
    case, task = await searching(office, "erasure")
    actor = await office.staff()
    with pytest.raises(NotNow) as caught:
        await upload(office, actor, case.id, task.id, b"a\n1\n")
    assert caught.value.errors[0].field == "purpose"


# What is refused, and leaves nothing


@pytest.mark.parametrize(
    ("media_type", "raw", "line"),
    [
        ("application/json", b'[{"a": 1},\n{"b": }]', "line 2"),
        ("application/json", b'[{"a": 1}, 7]', "item 2"),
        ("application/json", b'{"a": 1}\n{"a": 2}\nnonsense\n', "line 3"),
        ("application/json", b'[{"a": ' + b"[" * 100_000, "deep"),
        ("application/json", b'{"a":' * 70 + b"1" + b"}" * 70, "deep"),
        ("application/json", b"[]", "no record"),
        ("application/x-ndjson", b'{"a": 1}\n[2]\n', "line 2"),
        ("text/csv", b"a,b\n1,2\n3\n", "line 3"),
        ("text/csv", b"a,a\n1,2\n", "line 1"),
        ("text/csv", b'a,b\n"1,2\n', "line 2"),
        ("text/csv", b"a,b\n1,\xff\n", "line 2"),
        ("text/csv", b"a,b\n", "no record"),
        ("text/csv", b"", "no record"),
    ],
    ids=[
        "json", "item", "lines", "deep", "nested", "empty_array", "ndjson", "short_row", "twice", "quote", "latin",
        "heading_alone", "nothing",
    ],
)  # fmt: skip
async def test_a_file_that_cannot_be_read_is_refused_with_its_line_and_leaves_nothing(
    office, archive, sql, media_type, raw, line
):
    case, task = await searching(office)
    actor = await office.staff()
    with pytest.raises(InvalidInput) as caught:
        await upload(office, actor, case.id, task.id, raw, media_type=media_type)
    assert line in str(caught.value)
    assert await sql.fetchval("SELECT count(*) FROM upload") == 0
    assert await blobs_of(office, case.id) == []


async def blobs_of(office, case_id):
    import obstore

    listed = await obstore.list(office.service.blobs._store, prefix=f"{case_id}/upload/").collect_async()
    return [entry["path"] for entry in listed]


async def test_a_broken_upload_leaves_nothing(office, archive, sql):
    case, task = await searching(office)
    actor = await office.staff()

    async def cut_off():
        yield b"x" * 3_000_000
        raise ConnectionResetError

    said = announced("found", "big.bin", "application/octet-stream", "letters", None)
    with pytest.raises(ConnectionResetError):
        async with office.service.uploads.taking(actor, case.id, task.id, said, cut_off()):
            raise AssertionError("it never came through")
    assert await sql.fetchval("SELECT count(*) FROM upload") == 0
    assert await blobs_of(office, case.id) == []


async def test_csv_is_read_with_whatever_stands_between_its_fields(office, archive):
    from dsar.review.reading import records_of

    wanted = [{"a": "1", "b": "x;y"}, {"a": "2", "b": "ä\nz"}]
    for delimiter in (",", ";", "\t"):
        out = io.StringIO()
        writer = csv.DictWriter(out, ["a", "b"], delimiter=delimiter)
        writer.writeheader()
        writer.writerows(wanted)
        assert records_of("text/csv", b"\xef\xbb\xbf" + out.getvalue().encode()) == wanted
