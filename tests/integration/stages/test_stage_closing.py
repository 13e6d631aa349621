"""The answer is fetched with a link and a fresh code; in the end the key goes, and with it all that was personal."""

import asyncio
import io
import re
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from stage_double import Row, large
from stage_office import EMAIL, PHONE

from dsar.domain.case import Outcome, State
from dsar.domain.errors import InvalidInput, NotFound
from dsar.domain.identity import IdentityKind
from dsar.domain.links import Ending, LinkEnded, NoneLeft, NotGranted
from dsar.domain.work import StepKind, StepOutcome, StepState
from dsar.outbound.mail import PostError
from dsar.store import cases
from dsar.vault import VaultError


@pytest.fixture
async def crm(office):
    system = await office.system("crm")
    return system.person("a", ("email", EMAIL)).add(
        Row("a", "r1", large("r1", 700, name="Anna Virtanen")),
        Row("a", "r2", {"phone": PHONE}),
        Row("a", "talk", collection="calls", file=b"RIFF" + bytes(100_000)),
    )


async def answered(office, right="access", **more):
    return await office.case(await office.asked_and_proven(right, **more))


def token(office, to=EMAIL):
    return re.search(
        r"/download/([\w-]+)", next(m.text for m in office.messages(to) if "/download/" in m.text)
    )[1]


def blob_names(settings):
    return [
        str(path) for path in Path(settings.blob_url.removeprefix("file://")).rglob("*") if path.is_file()
    ]


async def opened(office, link):
    await office.service.fetching.send_code(link)
    await office.work()
    return await office.service.fetching.open_with_code(link, office.code(EMAIL))


async def test_the_person_fetches_the_archive_with_the_link_and_a_fresh_code(office, crm):
    case = await answered(office)
    link = token(office)
    offered = await office.service.fetching.offered(link)
    assert (offered.reference, offered.has_bundle, offered.sent_to) == (case.reference, True, "a…@e…")
    grant = await opened(office, link)
    stream = await office.service.downloading.for_person(link, grant, 1)
    data = b"".join([piece async for piece in stream])
    assert len(data) == offered.archives[0].bytes
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert "manifest.json" in names
    assert any(name.endswith(".wav") for name in names)
    assert "your copy" in (await office.service.fetching.letter(link, grant)).text


async def test_the_proof_code_does_not_open_the_answer_nor_does_a_used_wrong_or_old_one(office, crm):
    reference = await office.ask("access")
    proof = office.code(EMAIL)
    await office.prove(reference)
    await office.work()
    link, fetching = token(office), office.service.fetching
    with pytest.raises(InvalidInput):
        await fetching.open_with_code(link, proof)
    await fetching.send_code(link)
    await office.work()
    code = office.code(EMAIL)
    for _ in range(5):
        with pytest.raises(InvalidInput):
            await fetching.open_with_code(link, f"{(int(code) + 1) % 1_000_000:06d}")
    with pytest.raises(InvalidInput):
        await fetching.open_with_code(link, code)
    office.clock.turn(seconds=1)
    grant = await opened(office, link)
    with pytest.raises(InvalidInput):
        await fetching.open_with_code(link, office.code(EMAIL))
    office.clock.turn(minutes=15)
    with pytest.raises(NotGranted):
        await office.service.downloading.for_person(link, grant, 1)


async def test_a_grant_of_one_link_opens_no_other(office, crm):
    await answered(office)
    mine = token(office)
    await answered(office)
    other = token(office)
    assert mine != other
    grant = await opened(office, mine)
    service = office.service
    for call in (service.downloading.for_person(other, grant, 1), service.fetching.letter(other, grant)):
        with pytest.raises(NotGranted):
            await call


async def test_looking_at_a_link_spends_nothing_and_each_days_download_takes_one_of_five(office, crm, sql):
    await answered(office)
    link, downloading = token(office), office.service.downloading
    for _ in range(20):
        await office.service.fetching.offered(link)
    assert await sql.fetchval("SELECT downloads_left FROM download") == 5
    for _ in range(5):
        grant = await opened(office, link)
        await downloading.for_person(link, grant, 1)
        await downloading.for_person(link, grant, 1)
        office.clock.turn(days=1)
    grant = await opened(office, link)
    with pytest.raises(NoneLeft):
        await downloading.for_person(link, grant, 1)
    events = await office.events(await sql.fetchval("SELECT case_id FROM download"))
    assert [e.data["resumed"] for e in events if e.type == "bundle.downloaded"] == [False] * 5


async def test_a_link_ends_after_its_days_and_says_so_to_who_holds_it_alone(office, crm):
    await answered(office)
    link = token(office)
    office.clock.turn(days=14)
    with pytest.raises(LinkEnded) as ended:
        await office.service.fetching.offered(link)
    assert ended.value.ending is Ending.EXPIRED
    with pytest.raises(NotFound) as unknown:
        await office.service.fetching.offered("unknown")
    assert not isinstance(unknown.value, LinkEnded)


async def test_a_case_closes_after_its_days_and_its_key_is_destroyed(office, crm, sql, settings):
    case = await answered(office)
    link = token(office)
    sealed = {
        "identity": [row.sealed for row in await office.identities(case.id)],
        "letter": [
            row["sealed"] for row in await sql.fetch("SELECT sealed FROM letter WHERE case_id = $1", case.id)
        ],
        "ref": [row.sealed_ref for row in await office.matches(case.id)],
    }
    assert all(sealed.values())
    assert await sql.fetchval("SELECT count(*) FROM segment") > 0
    await sql.execute("UPDATE step SET cursor = 'contact:42' WHERE kind = 'fanout.search'")
    assert [name for name in blob_names(settings) if str(case.id) in name and name.endswith(".zip")]
    office.clock.turn(days=30, seconds=-1)
    await office.work()
    assert (await office.one(case.id)).state is State.DELIVERED
    office.clock.turn(seconds=1)
    await office.work()
    closed = await office.one(case.id)
    assert (closed.state, closed.outcome, closed.wrapped_key) == (State.CLOSED, Outcome.FULFILLED, None)
    assert closed.closed_at == office.clock()
    assert await sql.fetchval("SELECT count(*) FROM segment") == 0
    assert not [name for name in blob_names(settings) if str(case.id) in name]
    # How far a search came names a row of the person's.
    assert await sql.fetchval("SELECT count(*) FROM step WHERE cursor IS NOT NULL") == 0
    assert await sql.fetchval("SELECT sealed_details FROM case_file WHERE id = $1", case.id) is None
    with pytest.raises(VaultError):
        office.service.vault.case_key(closed.wrapped_key)
    with pytest.raises(NotFound):
        await office.service.fetching.offered(link)
    # The last letter goes while its address can still be read; then the key goes too.
    last = [event.type for event in await office.events(case.id)][-3:]
    assert last == ["case.closed", "letter.written", "key.destroyed"]
    assert "is closed" in office.messages(EMAIL)[0].subject
    assert await office.broken() is None


async def test_nothing_that_is_left_of_a_closed_case_opens_with_the_operators_key_either(office, crm, sql):
    case = await answered(office)
    office.clock.turn(days=31)
    await office.work()
    vault = office.service.vault
    left = []
    for table, column in (
        ("identity", "sealed"),
        ("letter", "sealed"),
        ("match", "sealed_ref"),
        ("outbox", "sealed"),
    ):
        left += [
            row[0] for row in await sql.fetch(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL")
        ]
    assert len(left) >= 3
    for sealed in left:
        for purpose in ("identity", "letter", "ref", "notice", "case key", "system"):
            with pytest.raises(VaultError):
                vault.open(sealed, purpose)
    assert (await office.one(case.id)).wrapped_key is None


async def test_a_blob_that_a_crash_left_without_a_row_goes_with_its_case(office, crm):
    case = await answered(office)
    await office.service.blobs.put(f"{case.id}/attachment/orphan", b"sealed")
    office.clock.turn(days=31)
    await office.work()
    with pytest.raises(VaultError):
        await office.service.blobs.get(f"{case.id}/attachment/orphan")


async def test_nobody_begins_a_download_while_the_archive_is_being_removed(office, crm, monkeypatch, sql):
    await answered(office)
    link = token(office)
    grant = await opened(office, link)
    blobs, met = office.service.blobs, []
    remove_case = blobs.remove_case

    async def slowly(*given):
        call = office.service.downloading.for_person(link, grant, 1)
        met.extend(await asyncio.gather(call, return_exceptions=True))
        await remove_case(*given)

    monkeypatch.setattr(blobs, "remove_case", slowly)
    await sql.execute("UPDATE step SET due_at = $1 WHERE kind = 'delivery.close'", office.clock())
    await office.work()
    assert {type(one) for one in met} == {LinkEnded}
    assert await sql.fetchval("SELECT downloads_left FROM download") == 5


async def test_closing_that_broke_off_after_the_blobs_went_is_carried_through(office, crm, monkeypatch):
    case = await answered(office)
    office.clock.turn(days=31)
    whole = cases.destroy_key

    async def broken(*args):
        monkeypatch.setattr("dsar.store.cases.destroy_key", whole)
        raise OSError

    monkeypatch.setattr("dsar.store.cases.destroy_key", broken)
    await office.work()
    assert (await office.one(case.id)).wrapped_key is not None
    office.clock.turn(minutes=1)
    await office.work()
    assert (await office.one(case.id)).wrapped_key is None
    assert [event.type for event in await office.events(case.id)].count("key.destroyed") == 1
    assert await office.broken() is None


async def test_a_letter_that_the_closing_overtook_goes_to_nobody_and_is_nobodys_task(
    office, crm, monkeypatch
):
    case = await answered(office)

    async def away(_):
        raise PostError("the mail server is away")

    monkeypatch.setattr(office.service.handlers[StepKind.SEND].__self__._post, "mail", away)
    office.clock.turn(days=31)
    await office.work()
    async with office.db.write() as tx:
        await cases.destroy_key(tx, case.id, office.clock())
    office.clock.turn(days=1)
    await office.work()
    assert {step.state for step in await office.steps(case.id, StepKind.SEND)} == {StepState.DONE}


async def test_the_day_on_which_a_case_ended_stays_when_its_key_goes_later(office, crm):
    calls = await office.system("calls")
    calls.person("c", ("phone", PHONE)).add(Row("c", "a1", tenant="a", collection="calls"))
    a = await office.business("Acme Oy", "a")
    reference = await office.asked_and_proven("access", relations=("caller",), email="", phone=PHONE)
    parent, case = await office.cases(reference)
    await office.instruct(a, case.id, "handled_by_us")
    ended = office.clock()
    office.clock.turn(days=31)
    await office.work()
    for case_id in (parent.id, case.id):
        after = await office.one(case_id)
        assert (after.wrapped_key, after.closed_at) == (None, ended)


async def test_a_request_that_was_never_proven_ends_and_forgets_who_sent_it(office, crm):
    reference = await office.ask("access")
    office.clock.turn(days=60, seconds=1)
    engine = office.service.engine()
    await engine._sweep()
    await engine.drain()
    case = await office.case(reference)
    assert (case.state, case.outcome, case.wrapped_key) == (State.CLOSED, Outcome.NOT_IDENTIFIED, None)
    assert crm.asked == []
    assert await office.service.proving.overview(reference) == []
    with pytest.raises(InvalidInput):
        await office.prove(reference)
    assert await office.broken() is None


async def test_a_request_proven_before_its_last_day_is_not_closed_as_unproven(office, crm):
    reference = await office.ask("access")
    office.clock.turn(days=59)
    await office.service.proving.send_again(reference, IdentityKind.EMAIL)
    await office.work()
    await office.prove(reference)
    office.clock.turn(days=2)
    engine = office.service.engine()
    await engine._sweep()
    await engine.drain()
    assert (await office.case(reference)).outcome is Outcome.FULFILLED


async def test_an_answer_is_written_once_though_its_step_is_run_again(office, crm, sql):
    case = await answered(office)
    await sql.execute(
        "UPDATE step SET state = 'ready', finished_at = NULL, outcome = NULL WHERE kind = 'delivery.answer' AND case_id = $1",
        case.id,
    )
    before = await office.events(case.id)
    await office.work()
    assert await office.events(case.id) == before
    assert await sql.fetchval("SELECT count(*) FROM letter WHERE case_id = $1", case.id) == 1
    assert (await office.step(case.id, StepKind.ANSWER)).outcome is StepOutcome.DONE


async def test_messages_keep_their_id_over_attempts_and_each_attempt_has_its_row(
    office, crm, sql, monkeypatch
):
    from dsar.outbound.mail import LocalOutbox, PostError

    real, sent = LocalOutbox.mail, []

    async def failing(self, message):
        if message.to == EMAIL:
            sent.append(message.id)
            if len(sent) < 3:
                raise PostError("the SMTP server was not reached")
        await real(self, message)

    monkeypatch.setattr(LocalOutbox, "mail", failing)
    await office.ask("access")
    await office.work_for(minutes=2)
    assert len(sent) == 3
    assert len(set(sent)) == 1
    rows = await sql.fetch(
        "SELECT number, status, error FROM attempt JOIN outbox ON id = outbox_id WHERE NOT to_staff ORDER BY number"
    )
    assert [(row["number"], row["status"]) for row in rows] == [(1, None), (2, None), (3, 250)]
    assert await sql.fetchval("SELECT sealed IS NULL AND sent_at IS NOT NULL FROM outbox WHERE NOT to_staff")


async def test_a_message_that_can_never_leave_is_given_up_and_marked(office, crm, sql, monkeypatch):
    from dsar.outbound.mail import LocalOutbox, PostError

    async def failing(self, message):
        raise PostError("the SMTP server answered 550", permanent=True)

    monkeypatch.setattr(LocalOutbox, "mail", failing)
    case = await office.case(await office.ask("access"))
    (sending,) = await office.sendings(case.id)
    assert sending.outcome is StepOutcome.FAILED
    assert await sql.fetchval("SELECT failed_at FROM outbox WHERE NOT to_staff") is not None
    assert await sql.fetchval(f"SELECT count(*) FROM attempt WHERE outbox_id = '{sending.key}'") == 1


async def test_a_due_message_waits_for_its_backoff(office, crm, monkeypatch):
    from dsar.outbound.mail import LocalOutbox, PostError

    async def failing(self, message):
        raise PostError("away")

    monkeypatch.setattr(LocalOutbox, "mail", failing)
    case = await office.case(await office.ask("access"))
    (sending,) = await office.sendings(case.id)
    assert sending.due_at == office.clock() + timedelta(seconds=5)
