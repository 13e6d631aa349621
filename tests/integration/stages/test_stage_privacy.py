"""Over whole runs no personal data stands anywhere but sealed: not in a log, not in a row, not in a metric."""

import logging
import re
import subprocess
from pathlib import Path

import pytest
import structlog
from stage_double import Row
from stage_office import EMAIL, NAME, PHONE
from structlog.testing import capture_logs

from dsar.contract import Refused, Unreachable
from dsar.domain.errors import InvalidInput
from dsar.domain.identity import IdentityKind
from dsar.domain.work import StepKind
from dsar.embedded import postgres_bin
from dsar.telemetry import exposition

WORDS = "my daughter Kaisa rang too"
LOCAL = EMAIL.partition("@")[0]
NATIONAL = PHONE.removeprefix("+358")
SECRETS = (EMAIL, LOCAL, PHONE, NATIONAL, NAME, "Virtanen", "Kaisa")


def traces(text):
    """Which of the person's data stand in a text, as they are or as Postgres writes bytes."""
    low = text.lower()
    return [one for one in SECRETS if one.lower() in low or one.encode().hex() in low]


def blobs(settings):
    folder = Path(settings.blob_url.removeprefix("file://"))
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def dump(url):
    done = subprocess.run(
        [postgres_bin("pg_dump"), "--data-only", "--inserts", url], capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.fixture
async def world(office):
    crm = await office.system("crm")
    crm.person("a", ("email", EMAIL), ("phone", PHONE)).person("unsure", ("email", EMAIL), sure=False)
    crm.add(
        Row("a", "r1", {"name": NAME, "email": EMAIL, "phone": PHONE}),
        Row("a", "call", collection="calls", file=NAME.encode() * 3000),
        Row("a", f"invoice of {NAME}", collection="invoices", kept_ground="FI-2:10-voucher"),
        Row("unsure", "u1", {"name": NAME}),
        Row("a", "c1", {"from": PHONE}, tenant="t", collection="calls"),
    )
    return crm


@pytest.fixture
def said(caplog):
    """Every line that was logged, by us and by libraries at their most talkative."""
    caplog.set_level(logging.DEBUG)
    structlog.reset_defaults()
    with capture_logs() as ours:
        yield lambda: f"{ours}\n{caplog.text}"


async def play(office, crm):
    """Every stage once, with failures of each kind on the way."""
    actor = await office.staff()
    tasks, deciding = office.service.tasks, office.service.deciding
    business = await office.business(
        "Acme Oy", "t", url="https://localhost:1/hook", secret="whsec_" + "a" * 32
    )
    # A wrong code, an access with an unsure match, a system that breaks off, one that fails in an unforeseen way.
    crm.faults["find"].extend([ValueError(f"cannot read {EMAIL} of {NAME}"), Unreachable("no answer")])
    reference = await office.ask("access", phone=PHONE, message=f"I am {NAME}, {WORDS}")
    with pytest.raises(InvalidInput):
        await office.service.proving.prove(reference, IdentityKind.EMAIL, "no code")
    await office.prove(reference)
    await office.prove(reference, IdentityKind.PHONE, PHONE)
    await office.work_for(minutes=2)
    case = await office.case(reference)
    await tasks.note(actor, case.id, f"{NAME} rang")
    await tasks.assign(actor, case.id, actor.id)
    (open_match,) = [match for match in await office.matches(case.id) if not match.sure]
    await deciding.decide_match(actor, case.id, open_match.id, "accepted")
    await deciding.extend(actor, case.id, "complexity", f"dear {NAME}, it takes long")
    await office.work()
    link = re.search(
        r"/download/([\w-]+)", next(m.text for m in office.messages(EMAIL) if "/download/" in m.text)
    )[1]
    await office.service.fetching.send_code(link)
    await office.work()
    grant = await office.service.fetching.open_with_code(link, office.code(EMAIL))
    stream = await office.service.downloading.for_person(link, grant, 1)
    assert b"".join([piece async for piece in stream])
    # A right by hand, finished with evidence that names the person.
    by_hand = await office.case(await office.asked_and_proven("rectification", message=WORDS))
    match = next(match for match in await office.matches(by_hand.id) if not match.sure)
    await deciding.decide_match(actor, by_hand.id, match.id, "rejected")
    (task,) = await office.steps(by_hand.id, StepKind.BY_HAND)
    await tasks.finish(actor, by_hand.id, task.id, "done", f"{NAME} is now spelt right")
    # A refusal whose reasons name the person; an objection.
    refused = await office.case(await office.asked_and_proven("erasure"))
    await deciding.refuse(actor, refused.id, "excessive", f"{NAME} asks daily")
    objected = await office.case(await office.asked_and_proven("objection", phone=PHONE, message=WORDS))
    # A caller, forwarded and fulfilled, erased.
    called = await office.asked_and_proven(
        "erasure", relations=("caller",), email="", phone=PHONE, business="Acme oy"
    )
    cut = await office.case_of(called, "t")
    await office.instruct(business, cut.id, "fulfil")
    # An erasure with a hold, a refused order, and a second search that finds something.
    crm.leaves.add("r1")
    crm.faults["carry_out"].append(Refused("the account is locked"))
    erased = await office.case(await office.asked_and_proven("erasure"))
    match = next(match for match in await office.matches(erased.id) if not match.sure)
    await deciding.decide_match(actor, erased.id, match.id, "accepted")
    await office.work()
    await deciding.approve(actor, erased.id)
    await office.work()
    for step in await office.steps(erased.id):
        if step.state == "manual":
            await tasks.retry(actor, erased.id, step.id)
    await office.work()
    return [case.id, by_hand.id, refused.id, objected.id, cut.id, erased.id]


async def test_no_log_row_metric_or_blob_of_a_whole_run_holds_personal_data(
    office, world, said, database_url, settings, caplog
):
    ids = await play(office, world)
    for text in (dump(database_url), said(), exposition().decode()):
        assert traces(text) == []
    kept = blobs(settings)
    assert kept
    for name, data in kept.items():
        assert traces(name) == []
        assert NAME.encode() not in data
    assert "step.failed" in said()
    assert await office.broken() is None
    # The run was what it is meant to have been.
    told = {event.type for case_id in ids for event in await office.events(case_id)}
    assert {
        "case.answered",
        "case.refused",
        "task.finished",
        "match.decided",
        "clock.fact",
        "step.retried",
        "erasure.verified",
        "controller.instructed",
        "bundle.downloaded",
        "marketing.stopped",
    } <= told


async def test_the_same_dump_shows_what_was_not_sealed(office, world, database_url, sql):
    """The search itself finds what it is to find: as text, as bytes, in upper case."""
    case = await office.case(await office.ask("access"))
    assert traces(dump(database_url)) == []
    for value in (EMAIL, NAME.upper()):
        await sql.execute(
            "INSERT INTO note (id, case_id, staff_id, sealed, created_at) "
            "SELECT gen_random_uuid(), $1, $2, $3, now()",
            case.id,
            (await office.staff(value)).id,
            value.encode(),
        )
        assert traces(dump(database_url))
        await sql.execute("DELETE FROM note")
        await sql.execute("DELETE FROM staff")


async def test_a_failure_of_the_mail_server_leaves_no_address_in_its_attempt(office, world, sql, monkeypatch):
    import aiosmtplib
    import httpx

    from dsar.outbound.mail import Gateways
    from dsar.settings import Settings

    async def refused(*args, **options):
        raise aiosmtplib.SMTPResponseException(451, f"greylisted {EMAIL}")

    monkeypatch.setattr(aiosmtplib, "send", refused)
    async with httpx.AsyncClient() as client:
        gateways = Gateways(Settings(smtp_url="smtp://localhost:1"), client)
        monkeypatch.setattr(type(office.outbox), "mail", lambda self, message: gateways.mail(message))
        await office.ask("access")
    errors = {row["error"] for row in await sql.fetch("SELECT error FROM attempt")}
    assert errors == {"the SMTP server answered 451"}


async def test_what_is_sealed_for_a_message_is_forgotten_once_it_was_sent(office, world, sql):
    await office.asked_and_proven("objection")
    rows = await sql.fetch("SELECT template, sealed, sent_at FROM outbox")
    assert {row["template"] for row in rows} == {"code", "answer_ready", "alarm"}
    assert all(row["sent_at"] is not None and row["sealed"] is None for row in rows)
