"""Messages are handed over whole, and a failure names the server's answer and never the receiver."""

import json

import aiosmtplib
import httpx
import pytest

from dsar.outbound import LocalOutbox, Mail, Sms
from dsar.outbound.mail import Gateways, PostError, as_email, open_post
from dsar.settings import Settings, SettingsError

TO = "anna.virtanen@example.com"
MAIL = Mail("01a2", TO, "Ihre Antwort: ä", "Teksti ä\n", "<p>Teksti ä</p>", "fi", 1772442000.0)
SMS = Sms("01a3", "+358401234567", "code 123456", 1772442000.0)


def test_a_mail_is_as_the_standard_has_it():
    mail = as_email(MAIL, "privacy@demo.example")
    assert mail["Message-ID"] == "<01a2@demo.example>"
    assert (mail["To"], mail["From"], mail["Content-Language"]) == (TO, "privacy@demo.example", "fi")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"] == "Mon, 02 Mar 2026 09:00:00 +0000"
    plain, html = mail.iter_parts()
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert plain.get_content() == "Teksti ä\n"


@pytest.mark.parametrize("value", ["a\nBcc: b@example.com", "a\r\nX: y"])
def test_no_header_can_be_slipped_into_a_mail(value):
    with pytest.raises(ValueError):  # noqa: PT011 - the email package's own
        as_email(Mail("1", TO, value, "", "", "en", 0.0), "a@b.example")


async def test_the_local_outbox_keeps_each_message_once_and_only_its_owner_reads_it(tmp_path):
    outbox = LocalOutbox(tmp_path / "out")
    for _ in range(2):
        await outbox.mail(MAIL)
        await outbox.sms(SMS)
    files = sorted((tmp_path / "out").iterdir())
    assert [path.name for path in files] == ["01a2.mail.json", "01a3.sms.json"]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o700
    assert outbox.messages() == [SMS, MAIL], "the newest first"
    assert outbox.messages(1) == [SMS]


async def test_a_message_that_was_being_written_when_the_machine_stopped_is_not_shown(tmp_path):
    outbox = LocalOutbox(tmp_path)
    (tmp_path / "01a9.mail.new").write_text('{"id": "01')
    assert outbox.messages() == []
    await outbox.mail(MAIL)
    assert outbox.messages() == [MAIL]


@pytest.mark.parametrize(
    ("error", "permanent", "text"),
    [
        (aiosmtplib.SMTPResponseException(550, f"no such user {TO}"), True, "answered 550"),
        (
            aiosmtplib.SMTPRecipientsRefused([aiosmtplib.SMTPRecipientRefused(550, "no", TO)]),
            True,
            "answered 550",
        ),
        (
            aiosmtplib.SMTPRecipientsRefused([aiosmtplib.SMTPRecipientRefused(450, "no", TO)]),
            False,
            "answered 450",
        ),
        (aiosmtplib.SMTPResponseException(451, f"greylisted {TO}"), False, "answered 451"),
        (aiosmtplib.SMTPServerDisconnected(f"bye {TO}"), False, "not reached"),
        (aiosmtplib.SMTPConnectTimeoutError(TO), False, "not reached"),
        (ConnectionRefusedError(TO), False, "not reached"),
    ],
)
async def test_a_failing_mail_server_says_whether_to_try_again_and_names_nobody(
    monkeypatch, error, permanent, text
):
    async def failing(*args, **options):
        raise error

    monkeypatch.setattr(aiosmtplib, "send", failing)
    async with httpx.AsyncClient() as client:
        with pytest.raises(PostError, match=text) as caught:
            await Gateways(Settings(smtp_url="smtps://u:p%40@mail.example:465"), client).mail(MAIL)
    assert "virtanen" not in str(caught.value)
    assert caught.value.__suppress_context__
    assert caught.value.permanent == permanent


async def test_a_mail_server_is_spoken_to_as_its_address_says(monkeypatch):
    told = []

    async def taken(message, **options):
        told.append(options)

    monkeypatch.setattr(aiosmtplib, "send", taken)
    async with httpx.AsyncClient() as client:
        await Gateways(Settings(smtp_url="smtps://u:p%40ss@mail.example:465"), client).mail(MAIL)
        await Gateways(Settings(smtp_url="smtp://mail.example"), client).mail(MAIL)
    first, second = told
    assert (first["username"], first["password"], first["use_tls"], first["start_tls"]) == (
        "u",
        "p@ss",
        True,
        False,
    )
    assert (second["username"], second["use_tls"], second["start_tls"]) == (None, False, None)


async def test_without_a_gateway_nothing_can_leave_and_trying_again_cannot_help():
    async with httpx.AsyncClient() as client:
        gateways = Gateways(Settings(), client)
        for send in (gateways.mail(MAIL), gateways.sms(SMS)):
            with pytest.raises(PostError) as caught:
                await send
            assert caught.value.permanent


@pytest.mark.parametrize(
    ("status", "fails"), [(200, False), (202, False), (302, True), (400, True), (503, True)]
)
async def test_the_sms_gateway_gets_id_number_and_text_and_its_failure_names_no_number(status, fails):
    asked = []

    def answer(request):
        asked.append(json.loads(request.content))
        return httpx.Response(status, text=SMS.to)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        gateways = Gateways(Settings(sms_url="https://sms.example/send"), client)
        if fails:
            with pytest.raises(PostError, match=str(status)) as caught:
                await gateways.sms(SMS)
            assert "40123" not in str(caught.value)
        else:
            await gateways.sms(SMS)
    assert asked == [{"id": "01a3", "to": SMS.to, "text": SMS.text}]


def test_an_address_that_is_no_mail_server_is_refused_at_the_start():
    with pytest.raises(SettingsError, match="DSAR_SMTP_URL"):
        Gateways(Settings(smtp_url="https://mail.example"), None)


def test_the_local_folder_is_used_where_one_is_set(tmp_path):
    assert isinstance(
        open_post(Settings(local_outbox=str(tmp_path / "o"), smtp_url="smtp://x"), None), LocalOutbox
    )
    assert isinstance(open_post(Settings(smtp_url="smtp://x"), None), Gateways)
