"""GDPR 20(2): a copy that goes straight to another controller, which the person names, and which proves itself."""

import asyncio
import base64
import io
import zipfile
from datetime import timedelta
from hashlib import sha256

import pytest
from stage_double import Row
from stage_fixtures import somebody_waits
from stage_office import EMAIL
from stage_taker import CODE, taker
from test_stage_links import NEW, readdressed

from dsar.domain.case import State
from dsar.domain.errors import InvalidInput, NotFound, NotNow
from dsar.domain.links import LinkEnded, NotGranted
from dsar.domain.transferring import TRANSFERS_MAX
from dsar.domain.work import StepKind, StepState
from dsar.store import cases, deliveries

__all__ = ["taker"]


class Person:
    """Who has opened their link with a code."""

    def __init__(self, office, case, token, grant):
        self.office, self.case, self.token, self.grant = office, case, token, grant
        self.service = office.service.transferring

    async def offer(self, taker, **other):
        given = {"url": getattr(taker, "url", taker), "reference": CODE} | other
        await self.service.offer(self.token, self.grant, **given)
        return (await self.transfers())[0]

    async def confirm(self, transfer):
        await self.service.confirm(self.token, self.grant, transfer.id)
        await self.office.work()

    async def transfers(self):
        return await self.service.shown(self.token, self.grant)

    async def newest(self):
        return (await self.transfers())[0]


@pytest.fixture
async def crm(office):
    crm = await office.system("crm")
    return crm.person("a", ("email", EMAIL)).add(Row("a", "r1", {"name": "Anna"}))


async def opened(office, right="portability"):
    case = await office.case(await office.asked_and_proven(right))
    (link,) = [word for word in office.messages(EMAIL)[0].text.split() if "/download/" in word]
    token = link.rsplit("/", 1)[1]
    await office.service.fetching.send_code(token)
    await office.work()
    grant = await office.service.fetching.open_with_code(token, office.code(EMAIL))
    return Person(office, case, token, grant)


@pytest.fixture
async def person(office, crm):
    return await opened(office)


async def history(person):
    return [e for e in await person.office.events(person.case.id) if e.type.startswith("transfer.")]


# The way of a transfer


async def test_what_the_person_confirmed_arrives_whole_and_both_are_told(person, taker):
    offered = await person.offer(taker)
    assert (offered.state, offered.host, offered.receiver) == ("accepted", taker.host, "Other Voice Oy")
    assert taker.got == [], "nothing leaves before the person has seen who it is"
    await person.confirm(offered)
    ((headers, body),) = taker.got
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert "manifest.json" in archive.namelist()
    assert headers["repr-digest"] == f"sha-256=:{base64.b64encode(sha256(body).digest()).decode()}:"
    assert headers["dsar-transfer"] == str(offered.id)
    (asked,) = taker.asked
    assert (asked["reference"], asked["bytes"], asked["sha256"]) == (
        CODE,
        len(body),
        sha256(body).hexdigest(),
    )
    assert headers["authorization"] == f"Bearer {asked['nonce']}"
    assert (await person.newest()).state == "delivered"
    letter = person.office.messages(EMAIL)[0]
    assert taker.host in letter.text
    assert "Other Voice Oy" in letter.text


async def test_each_act_is_an_event_that_names_neither_address_nor_reference(person, taker):
    await person.confirm(await person.offer(taker))
    events = await history(person)
    assert [(e.type, e.actor) for e in events] == [
        ("transfer.offered", "person"),
        ("transfer.accepted", "receiver"),
        ("transfer.confirmed", "person"),
        ("transfer.delivered", "service"),
    ]
    assert events[-1].data["sha256"] == sha256(taker.got[0][1]).hexdigest()
    for word in (CODE, "127.0.0.1", "anna", "Other Voice"):
        assert word not in str([e.data for e in events])
    assert await person.office.broken() is None


async def test_the_offer_says_nothing_of_the_person_but_the_reference_that_is_the_receivers_own(
    person, taker
):
    await person.offer(taker)
    (asked,) = taker.asked
    assert set(asked) == {
        "version", "transfer", "nonce", "reference", "sender", "sha256", "bytes", "media_type",
    }  # fmt: skip
    assert asked["sender"] == "Demo Voice Oy"


async def test_address_and_reference_stand_sealed(person, taker, sql):
    await person.offer(taker)
    row = str(await sql.fetchrow("SELECT t.*, encode(sealed, 'escape') FROM transfer t"))
    assert CODE not in row
    assert "127.0.0.1" not in row


async def test_others_data_is_left_out_as_from_the_download(office, crm, taker):
    # GDPR 20(4): the same archive, byte by byte
    person = await opened(office)
    await person.confirm(await person.offer(taker))
    async with office.db.read() as connection:
        kept = await connection.fetchval("SELECT sha256 FROM bundle")
    assert sha256(taker.got[0][1]).digest() == kept


# Who is no receiver


REFUSED = {
    "http://take.example.com/": "not https",
    "https://10.0.0.8/": "public address",
    "https://169.254.169.254/latest": "public address",
    "https://[::ffff:10.0.0.1]/": "public address",
    "https://anna:secret@take.example.com/": "a name or a password",
    "https://take.example.com:25/": "port",
    "take.example.com": "no address",
    "https://take.example.com\\@10.0.0.1/": "no address",
    "https://e.example/" + "x" * 3000: "too long",
}


async def test_nothing_goes_where_the_guarded_client_would_not_go(person):
    for url, problem in REFUSED.items():
        with pytest.raises(InvalidInput, match=problem):
            await person.offer(url)
    assert await person.transfers() == []


async def test_a_name_that_turns_inside_between_check_and_offer_is_not_reached(person, monkeypatch):
    async def fine(*_, **__):
        return None

    monkeypatch.setattr("dsar.delivery.transferring.check_url", fine)
    refused = await person.offer("https://10.0.0.8/take")
    assert (refused.state, refused.reason) == ("failed", "unreachable")


async def test_what_does_not_answer_this_offer_is_no_receiver_and_gets_nothing(person, taker):
    for answer, reason in (
        ((200, {"accept": False}), "declined"),
        ((302, {}, "location: https://elsewhere.example/"), "not_proven"),
        ((200, b"x" * 100_000), "not_proven"),
    ):
        taker.offers.append(answer)
        shown = await person.offer(taker)
        assert (shown.state, shown.reason) == ("failed", reason)
        with pytest.raises(InvalidInput, match="no longer"):
            await person.confirm(shown)
    assert taker.got == []


async def test_an_answer_to_an_earlier_offer_proves_nothing_of_a_later_one(person, taker):
    await person.offer(taker)
    earlier = taker.accepting(taker.asked[0])
    taker.offers.append(earlier)
    assert (await person.offer(taker)).reason == "not_proven"
    assert taker.asked[0]["nonce"] != taker.asked[1]["nonce"]


async def test_nobody_is_there(person):
    shown = await person.offer("http://127.0.0.1:1/take")
    assert (shown.state, shown.reason) == ("failed", "unreachable")


# The file


async def test_a_receiver_that_lies_about_what_it_got_is_a_failure_that_all_are_told(person, taker, sql):
    taker.files.append(lambda came: (201, {"transfer": came[0]["dsar-transfer"], "sha256": "0" * 64}))
    await person.confirm(await person.offer(taker))
    shown = await person.newest()
    assert (shown.state, shown.reason) == ("failed", "altered")
    person.office.clock.turn(hours=2)
    await person.office.work()
    assert len(taker.got) == 1, "it is not sent again"
    assert (await history(person))[-1].data["reason"] == "altered"
    assert "It did not work" in person.office.messages(EMAIL)[0].text
    staff = await sql.fetch("SELECT facts FROM outbox WHERE to_staff AND template = 'transfer_failed'")
    assert len(staff) == 1


async def test_a_receiver_that_is_away_is_tried_again_under_the_same_id_and_has_it_once(person, taker):
    taker.files.extend([(503, {}, "retry-after: 300"), (500, {})])
    await person.confirm(await person.offer(taker))
    step = await person.office.step(person.case.id, StepKind.TRANSFER)
    assert (step.state, step.due_at) == (StepState.READY, person.office.clock() + timedelta(seconds=300))
    person.office.clock.turn(minutes=6)
    await person.office.work()
    person.office.clock.turn(minutes=6)
    await person.office.work()
    assert len({headers["dsar-transfer"] for headers, _ in taker.got}) == 1
    assert len(taker.got) == 3
    assert [e.type for e in await history(person)][3:] == [
        "transfer.attempted", "transfer.attempted", "transfer.delivered",
    ]  # fmt: skip


async def test_a_receiver_that_has_it_already_says_so_and_that_is_a_success(person, taker):
    taker.files.append(lambda came: taker.taken(came, status=200))
    await person.confirm(await person.offer(taker))
    assert (await person.newest()).state == "delivered"


async def test_a_receiver_that_stays_away_is_given_up(person, taker):
    taker.files.extend([(503, {})] * 10)
    await person.confirm(await person.offer(taker))
    for _ in range(8):
        person.office.clock.turn(hours=1, minutes=1)
        await person.office.work()
    (listed,) = await person.service.of_case(person.case.id)
    assert (listed.state, listed.reason) == ("failed", "unreachable")
    assert len(taker.got) == 6


async def test_an_archive_that_is_gone_is_a_fault_of_ours_and_said_to_be(person, taker, sql):
    offered = await person.offer(taker)
    await person.office.service.blobs.remove([await sql.fetchval("SELECT blob_key FROM bundle")])
    await person.confirm(offered)
    assert (await person.newest()).reason == "unreadable"


async def test_what_was_confirmed_in_time_is_sent_after_the_archives_last_day(person, taker, sql):
    """The closing waits for it, and so does the person."""
    taker.files.append((503, {}, "retry-after: 86400"))
    await person.confirm(await person.offer(taker))
    await sql.execute("UPDATE bundle SET expires_at = $1", person.office.clock())
    person.office.clock.turn(days=1)
    await person.office.work()
    (listed,) = await person.service.of_case(person.case.id)
    assert listed.state == "delivered"


async def test_how_it_ended_is_told_where_the_answer_goes_by_then(person, taker):
    taker.files.append((503, {}))
    await person.confirm(await person.offer(taker))
    await readdressed(person.office, person.case, email=NEW)
    await person.office.service.readdressing.prove(person.case.reference, person.office.code(NEW))
    person.office.clock.turn(minutes=2)
    await person.office.work()
    assert len(taker.got) == 2
    assert taker.host in person.office.messages(NEW)[0].text
    assert all(taker.host not in message.text for message in person.office.messages(EMAIL))


# Who may, and how often


async def test_only_a_copy_to_take_elsewhere_is_sent_on(office, crm, taker):
    person = await opened(office, "access")
    with pytest.raises(NotFound):
        await person.offer(taker)
    assert taker.asked == []


async def test_a_later_link_that_brought_a_letter_alone_sends_the_archive_on_as_well(person, taker, sql):
    await sql.execute("UPDATE download SET bundle_id = NULL")  # as of a supplement in which nothing was found
    await person.confirm(await person.offer(taker))
    assert (await person.newest()).state == "delivered"


async def test_without_the_codes_grant_nobody_offers_looks_or_confirms(person, taker):
    offered = await person.offer(taker)
    person.grant = "another"
    for act in (person.offer(taker), person.transfers(), person.confirm(offered)):
        with pytest.raises(NotGranted):
            await act
    assert len(taker.asked) == 1


async def test_a_confirmation_that_comes_while_its_link_is_ended_sends_nothing(person, taker, sql):
    offered = await person.offer(taker)
    async with person.office.db.write() as tx:
        await cases.lock(tx, person.case.id)
        confirmed = asyncio.create_task(person.confirm(offered))
        await somebody_waits(sql)
        await deliveries.revoke_downloads(tx, person.case.id, person.office.clock())
    with pytest.raises(LinkEnded):
        await confirmed
    assert taker.got == []


async def test_what_was_not_confirmed_within_its_time_or_gave_way_to_another_is_not_sent(person, taker):
    first = await person.offer(taker)
    second = await person.offer(taker)
    with pytest.raises(InvalidInput, match="no longer"):
        await person.confirm(first)
    await person.confirm(second)
    with pytest.raises(InvalidInput, match="no longer"):
        await person.confirm(second)
    assert [shown.state for shown in await person.transfers()] == ["delivered", "cancelled"]
    assert len(taker.got) == 1


async def test_one_is_on_its_way_at_a_time_and_few_are_tried(person, taker):
    taker.files.append((503, {}))
    await person.confirm(await person.offer(taker))
    with pytest.raises(NotNow, match="on its way"):
        await person.offer(taker)
    person.office.clock.turn(minutes=2)
    await person.office.work()
    for _ in range(TRANSFERS_MAX - 1):
        await person.offer(taker)
    with pytest.raises(InvalidInput, match="too often"):
        await person.offer(taker)


async def test_a_reference_that_cannot_be_sent_is_refused(person, taker):
    for reference in ("", "  ", "x" * 201, "a\u0000b", "a\nb"):
        with pytest.raises(InvalidInput):
            await person.offer(taker, reference=reference)
    assert taker.asked == []


# Staff, and the end


async def test_staff_calls_back_what_has_not_left_and_sees_no_more_than_the_end_of_the_host(person, taker):
    taker.files.append((503, {}))
    await person.confirm(await person.offer(taker))
    (listed,) = await person.service.of_case(person.case.id)
    assert listed.host == f"….0.{taker.host.split('.')[-1]}"
    await person.service.cancel("staff:1", person.case.id, listed.id)
    person.office.clock.turn(hours=2)
    await person.office.work()
    assert (await person.service.of_case(person.case.id))[0].state == "cancelled"
    assert len(taker.got) == 1
    with pytest.raises(NotNow, match="has ended"):
        await person.service.cancel("staff:1", person.case.id, listed.id)


async def test_with_the_cases_key_goes_where_the_person_went(person, taker, crm):
    await person.confirm(await person.offer(taker))
    person.office.clock.turn(days=31)
    await person.office.work_for(days=8)
    assert (await person.office.one(person.case.id)).state is State.CLOSED
    (listed,) = await person.service.of_case(person.case.id)
    assert (listed.state, listed.host) == ("delivered", None)


async def test_a_case_does_not_close_under_a_transfer_that_is_tried_again(person, taker, office):
    taker.files.append((503, {}, "retry-after: 86400"))
    await person.confirm(await person.offer(taker))
    async with office.db.write() as tx:
        await tx.execute("UPDATE step SET due_at = $1 WHERE kind = 'delivery.close'", office.clock())
    await office.work()
    assert (await office.one(person.case.id)).state is State.DELIVERED
    office.clock.turn(days=1)
    await office.work()
    assert len(taker.got) == 2
    await office.work_for(days=8)
    assert (await office.one(person.case.id)).state is State.CLOSED
