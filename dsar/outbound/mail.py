"""Mail and text messages: by SMTP and an SMS gateway when configured, else into a local folder for trying out."""

from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib
import httpx
import msgspec
from msgspec import Struct

from dsar.settings import Settings, SettingsError


class Mail(Struct, frozen=True):
    """A mail in plain text and HTML. `id` stays over retries, so that a receiver can know it again."""

    id: str
    to: str
    subject: str
    text: str
    html: str
    language: str
    at: float  # seconds since the epoch


class Sms(Struct, frozen=True):
    """A text message."""

    id: str
    to: str
    text: str
    at: float  # seconds since the epoch


class PostError(Exception):
    """It could not be handed over. The text names no address; `permanent` says that trying again cannot help."""

    def __init__(self, text: str, *, permanent: bool = False) -> None:
        super().__init__(text)
        self.permanent = permanent


class Post(Protocol):
    """What takes a message."""

    async def mail(self, message: Mail) -> None:
        """Hand over a mail, or raise PostError."""

    async def sms(self, message: Sms) -> None:
        """Hand over a text message, or raise PostError."""


class LocalOutbox:
    """A folder that takes messages: what `dsar up` shows on a page of this machine. Never for live use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    @classmethod
    def at(cls, folder: str) -> "LocalOutbox":
        """The folder of that path."""
        return cls(Path(folder))

    async def mail(self, message: Mail) -> None:
        """Write it as one file, whole or not at all."""
        self._write("mail", message.id, message)

    async def sms(self, message: Sms) -> None:
        """Write it as one file, whole or not at all."""
        self._write("sms", message.id, message)

    def _write(self, kind: str, message_id: str, message: Struct) -> None:
        # The id names the file: a message sent twice after a crash stands here once.
        path = self._folder / f"{message_id}.{kind}.json"
        fresh = path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_bytes(msgspec.json.encode(message))
        fresh.replace(path)

    def messages(self, latest: int = 100) -> list[Mail | Sms]:
        """The latest messages, newest first. Ids rise with time, and so do the names."""
        found = sorted(self._folder.glob("*.json"), reverse=True)[:latest]
        return [_read(path) for path in found]


def _read(path: Path) -> Mail | Sms:
    kind: type[Mail | Sms] = Mail if ".mail." in path.name else Sms
    return msgspec.json.decode(path.read_bytes(), type=kind)


class Gateways:
    """SMTP and an SMS gateway."""

    def __init__(self, settings: Settings, client: httpx.AsyncClient) -> None:
        self._smtp = urlsplit(settings.smtp_url) if settings.smtp_url else None
        if self._smtp and self._smtp.scheme not in {"smtp", "smtps"}:
            raise SettingsError(
                "DSAR_SMTP_URL: begins neither with smtp:// nor smtps://; for example smtps://host:465"
            )
        self._sms_url = settings.sms_url
        self._from = settings.mail_from
        self._client = client

    async def mail(self, message: Mail) -> None:
        """Hand over to the SMTP server."""
        if self._smtp is None:
            raise PostError("DSAR_SMTP_URL is not set, so no mail can leave", permanent=True)
        try:
            await aiosmtplib.send(
                as_email(message, self._from),
                hostname=self._smtp.hostname,
                port=self._smtp.port,
                username=unquote(self._smtp.username) if self._smtp.username else None,
                password=unquote(self._smtp.password) if self._smtp.password else None,
                use_tls=self._smtp.scheme == "smtps",
                start_tls=None if self._smtp.scheme == "smtp" else False,
                timeout=30,
            )
        except aiosmtplib.SMTPResponseException as error:
            permanent = 500 <= error.code < 600
            raise PostError(f"the SMTP server answered {error.code}", permanent=permanent) from None
        except aiosmtplib.SMTPRecipientsRefused as error:
            code = error.recipients[0].code  # a message has one receiver
            raise PostError(f"the SMTP server answered {code}", permanent=500 <= code < 600) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise PostError(f"the SMTP server was not reached ({type(error).__name__})") from None

    async def sms(self, message: Sms) -> None:
        """Hand over to the SMS gateway."""
        if not self._sms_url:
            raise PostError("DSAR_SMS_URL is not set, so no text message can leave", permanent=True)
        body = {"id": message.id, "to": message.to, "text": message.text}
        try:
            answer = await self._client.post(self._sms_url, json=body)
        except httpx.HTTPError as error:
            raise PostError(f"the SMS gateway was not reached ({type(error).__name__})") from None
        if not answer.is_success:
            raise PostError(f"the SMS gateway answered {answer.status_code}")


def as_email(message: Mail, sender: str) -> EmailMessage:
    """The mail as RFC 5322 has it."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, message.to, message.subject
    mail["Message-ID"] = f"<{message.id}@{sender.rpartition('@')[2]}>"
    mail["Date"] = format_datetime(datetime.fromtimestamp(message.at, UTC))
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    mail["Content-Language"] = message.language  # last: setting the content clears what describes it
    return mail


def open_post(settings: Settings, client: httpx.AsyncClient) -> Post:
    """The local folder when one is set, else the gateways."""
    if settings.local_outbox:
        return LocalOutbox(Path(settings.local_outbox))
    return Gateways(settings, client)
