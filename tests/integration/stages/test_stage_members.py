"""Mails to a business's people: both dates and a link of their own, nothing of the person, nothing at rest."""

import re
from datetime import UTC, datetime

import pytest
from stage_double import Row
from stage_office import EMAIL, NAME, PHONE
from support.languages import leftover

from dsar.domain.case import Notice
from dsar.domain.controllers import ControllerActor
from dsar.domain.routing import Instruction
from dsar.outbound.mail import PostError
from dsar.render.dates import long_date
from dsar.routing import Instructed
from dsar.store import members, outbox, steps
from dsar.store.members import EMAIL_PURPOSE, NAME_PURPOSE, MemberRow
from dsar.store.rows import new_id
from dsar.vault.keys import token_digest

BOSS = "outi.owner@acme.example"
LINK = re.compile(r"/business/sign-in/([\w-]+)")


@pytest.fixture
async def business(office):
    system = await office.system("calls")
    system.person("c", ("phone", PHONE)).add(Row("c", "a1", {"who": NAME}, tenant="a", collection="calls"))
    return await office.business("Acme Oy", "a")


@pytest.fixture
async def member(office, business):
    return await joined(office, business)


async def joined(office, controller_id, email=BOSS, language="en"):
    vault = office.service.vault
    row = MemberRow(
        id=new_id(),
        controller_id=controller_id,
        sealed_email=vault.seal(email.encode(), EMAIL_PURPOSE),
        blind_index=vault.blind_index("email", email),
        sealed_name=vault.seal(b"Outi Owner", NAME_PURPOSE),
        language=language,
        created_at=office.clock(),
    )
    async with office.db.write() as tx:
        await members.add(tx, row)
    return row.id


async def caller(office, right="access"):
    reference = await office.asked_and_proven(right, relations=("caller",), email="", phone=PHONE)
    return await office.case_of(reference, "a")


async def tell(office, case, member_id, template, **facts):
    """A mail on its way, before any worker looks."""
    notice = Notice("mail", template, member_id=member_id, facts=facts)
    async with office.db.write() as tx:
        await steps.insert(tx, await outbox.insert(tx, [(case.id, notice)], office.clock()), office.clock())


NEAR = {"alarm": "days_3", "clock": "assist", "days": 3, "due_date": "2026-03-16", "date": "2026-03-16"}
EVERY = [
    ("business_forwarded", {}),
    ("business_due_soon", NEAR),
    ("business_ready", {}),
    ("business_withdrawn", {}),
    ("business_referred", {}),
    ("business_restriction_ends", {"lifted_on": "2026-06-01"}),
    ("business_endpoint_off", {"reason": "gone"}),
    ("business_sign_in", {"page": "list"}),
]


@pytest.mark.parametrize(("template", "facts"), EVERY)
async def test_a_mail_tells_the_case_and_a_link_and_nothing_of_the_person(
    office, business, member, template, facts
):
    case = await caller(office)
    await tell(office, case, member, template, **facts)
    await office.work()
    mail = office.messages(BOSS)[0]
    shown = mail.subject + mail.text + mail.html
    assert case.shown_reference in mail.text
    assert case.reference not in shown
    assert "Acme Oy" in mail.text
    assert len(LINK.findall(mail.text)) == 1
    for personal in (PHONE, PHONE.removeprefix("+358"), EMAIL, NAME, "Virtanen"):
        assert personal not in shown


async def test_a_forwarded_case_is_told_with_both_dates(office, business, member):
    """GDPR 28(3)(e): the help of the contract, and the controller's own month."""
    case = await caller(office)
    mail = next(mail for mail in office.messages(BOSS) if "A caller’s request" in mail.subject)
    assert f"We do what you tell us to by: {long_date(case.assist_due_date, 'en')}" in mail.text
    assert f"You answer the person by: {long_date(case.statutory_due_date, 'en')}" in mail.text
    assert case.assist_due_date != case.statutory_due_date


async def test_a_mail_is_written_in_the_members_language_whatever_the_persons(office, business):
    await joined(office, business, "pekka@acme.example", "fi")
    await joined(office, business, "piotr@acme.example", "pl")
    case = await caller(office)
    assert case.language == "en"
    for email, said in (
        ("pekka@acme.example", "Soittajan pyyntö"),
        ("piotr@acme.example", "Wniosek rozmówcy"),
    ):
        (mail,) = office.messages(email)
        assert mail.subject.startswith(said)
        assert leftover(mail.subject + " " + mail.text, mail.language) == []


async def test_the_token_is_kept_as_a_digest_alone_and_the_mail_not_at_all(office, sql, business, member):
    case = await caller(office)
    await tell(office, case, member, "business_forwarded")
    await office.work()
    token = LINK.search(office.messages(BOSS)[0].text)[1]
    row = await sql.fetchrow("SELECT * FROM sign_in WHERE token_digest = $1", token_digest(token))
    assert (row["member_id"], row["case_id"], row["used_at"]) == (member, case.id, None)
    assert (row["expires_at"] - row["created_at"]).days == 7
    tables = await sql.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for table in tables:
        for kept in await sql.fetch(f"SELECT t::text AS row FROM {table['tablename']} t"):
            assert token not in kept["row"]
    assert await sql.fetchval("SELECT count(*) FROM letter WHERE case_id = $1", case.id) == 0


async def test_a_mail_that_is_tried_again_bears_a_fresh_link(office, sql, business, member, monkeypatch):
    case = await caller(office)
    await office.work()
    before = await sql.fetchval("SELECT count(*) FROM sign_in")
    post, handed = type(office.outbox), []
    plain = post.mail

    async def failing(self, message):
        handed.append(message)
        if len(handed) < 3:
            raise PostError("the SMTP server was not reached (OSError)")
        await plain(self, message)

    monkeypatch.setattr(post, "mail", failing)
    await tell(office, case, member, "business_ready")
    await office.work_for(minutes=5)
    tokens = {LINK.search(message.text)[1] for message in handed}
    assert len(tokens) == len(handed) == 3
    assert len({message.id for message in handed}) == 1
    assert await sql.fetchval("SELECT count(*) FROM sign_in") == before + 3
    sent = office.messages(BOSS)[0]
    assert LINK.search(sent.text)[1] == LINK.search(handed[-1].text)[1]


async def test_a_removed_member_gets_nothing_and_the_step_ends(office, sql, business, member):
    case = await caller(office)
    await tell(office, case, member, "business_ready")
    async with office.db.write() as tx:
        await members.remove(tx, member, office.clock())
    before = office.messages(BOSS)
    await office.work_for(hours=2)
    assert office.messages(BOSS) == before
    row = await sql.fetchrow(
        "SELECT s.state, s.outcome, s.detail FROM step s JOIN outbox o ON o.id::text = s.key WHERE o.template = 'business_ready'"
    )
    assert (row["state"], row["outcome"]) == ("done", "done")
    assert await sql.fetchval("SELECT count(*) FROM sign_in WHERE used_at IS NULL") == 0


async def test_a_link_that_is_used_up_for_long_is_forgotten(office, sql, business, member):
    case = await caller(office)
    await tell(office, case, member, "business_ready")
    await office.work()
    first = await sql.fetchval("SELECT min(created_at) FROM sign_in")
    await office.unwatched()
    office.clock.turn(days=98)
    await tell(office, case, member, "business_ready")
    await office.work()
    assert await sql.fetchval("SELECT min(created_at) FROM sign_in") > first


async def test_a_date_that_comes_near_says_whether_we_still_wait_for_a_word(office, business, member):
    case = await caller(office)
    await tell(office, case, member, "business_due_soon", **NEAR)
    await office.work()
    assert "You have not told us what to do yet." in office.messages(BOSS)[0].text
    await office.instruct(business, case.id, "fulfil")
    await tell(office, case, member, "business_due_soon", **NEAR)
    await office.work()
    assert "You have told us what to do" in office.messages(BOSS)[0].text


async def test_what_one_of_its_people_says_stands_in_the_history_with_who_said_it(office, business, member):
    """GDPR 28(3)(a): documented instructions"""
    case = await caller(office)
    actor = ControllerActor(business, f"member:{member}")
    await office.service.instructing.instruct(actor, case.id, Instructed(Instruction.HANDLED_BY_US))
    event = await office.event(case.id, "controller.instructed")
    assert event.actor == f"controller:{business}/member:{member}"
    assert event.at == datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
