"""Settings: one frozen struct, read once from the environment; `NAME_FILE` names a file that holds the value."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct


class SettingsError(Exception):
    """A setting cannot be used. The text names it and the remedy."""


class Setting(Struct, frozen=True):
    """One documented setting."""

    name: str
    field: str
    about: str


class Settings(Struct, frozen=True, kw_only=True):
    """Everything the service is told from outside. `docs/settings.md` lists each with its default."""

    database_url: str = ""
    redis_url: str = ""
    blob_url: str = ""
    operator_key: str = ""
    profile: str = "demo"
    public_url: Annotated[str, Meta(pattern="^https?://[^/?#]+$")] = "http://127.0.0.1:8321"
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8321
    smtp_url: str = ""
    sms_url: str = ""
    mail_from: str = "privacy@example.com"
    local_outbox: str = ""
    allow_http_to_loopback: bool = False
    outbound_allow: str = ""
    system_networks: str = ""
    body_bytes_max: Annotated[int, Meta(ge=1)] = 65_536
    upload_bytes_max: Annotated[int, Meta(ge=1)] = 1_073_741_824
    calls_per_minute: Annotated[int, Meta(ge=1)] = 600
    opendsr_certificate: str = ""
    opendsr_private_key: str = ""
    sweep_seconds: Annotated[float, Meta(gt=0)] = 2.0
    lease_seconds: Annotated[float, Meta(gt=0)] = 30.0
    claim_batch: Annotated[int, Meta(ge=1)] = 32
    probe_minutes: Annotated[float, Meta(gt=0)] = 60.0
    log_level: Literal["debug", "info", "warning", "error"] = "info"


SETTINGS = (
    Setting("DSAR_DATABASE_URL", "database_url", "Postgres 15 or later, as a libpq URL."),
    Setting(
        "DSAR_REDIS_URL", "redis_url", "Redis or Valkey for wake-ups; `redis://`, `rediss://` or `unix://`."
    ),
    Setting(
        "DSAR_BLOB_URL",
        "blob_url",
        "Where sealed bundles and recordings stand: `file:///…`, `s3://bucket`, …",
    ),
    Setting(
        "DSAR_OPERATOR_KEY", "operator_key", "32 random bytes in base64: it wraps the key of every case."
    ),
    Setting(
        "DSAR_PROFILE", "profile", "The company's profile: a shipped name, or the path of a `.toml` file."
    ),
    Setting("DSAR_PUBLIC_URL", "public_url", "The address that people and controllers reach, for links."),
    Setting("DSAR_HOST", "host", "The address `dsar serve` listens on."),
    Setting("DSAR_PORT", "port", "The port `dsar serve` listens on."),
    Setting("DSAR_SMTP_URL", "smtp_url", "`smtp://user:password@host:587` (STARTTLS) or `smtps://…:465`."),
    Setting(
        "DSAR_SMS_URL", "sms_url", "An https address that takes `{id, to, text}` as JSON, for text messages."
    ),
    Setting("DSAR_MAIL_FROM", "mail_from", "The sender of letters."),
    Setting(
        "DSAR_LOCAL_OUTBOX",
        "local_outbox",
        "A folder that takes mail and SMS instead: for trying out, never live.",
    ),
    Setting(
        "DSAR_ALLOW_HTTP_TO_LOOPBACK",
        "allow_http_to_loopback",
        "Let webhooks and systems be on this machine.",
    ),
    Setting(
        "DSAR_OUTBOUND_ALLOW",
        "outbound_allow",
        "The only hosts that anything is sent to by HTTP: names or `*.suffix`, with commas.",
    ),
    Setting(
        "DSAR_SYSTEM_NETWORKS",
        "system_networks",
        "Private networks that connected systems may be in, besides public addresses: `10.1.0.0/16`, with commas.",
    ),
    Setting("DSAR_BODY_BYTES_MAX", "body_bytes_max", "The largest request body taken."),
    Setting("DSAR_UPLOAD_BYTES_MAX", "upload_bytes_max", "The largest file that staff may upload to a task."),
    Setting("DSAR_CALLS_PER_MINUTE", "calls_per_minute", "How often one key may call in a minute."),
    Setting(
        "DSAR_OPENDSR_CERTIFICATE",
        "opendsr_certificate",
        "The certificate of the key that signs OpenDSR's answers, as PEM.",
    ),
    Setting("DSAR_OPENDSR_PRIVATE_KEY", "opendsr_private_key", "That RSA key, as PEM without a password."),
    Setting("DSAR_SWEEP_SECONDS", "sweep_seconds", "How often a worker looks for work without being woken."),
    Setting(
        "DSAR_LEASE_SECONDS",
        "lease_seconds",
        "How long a silent worker keeps a step before another may take it.",
    ),
    Setting("DSAR_CLAIM_BATCH", "claim_batch", "How many steps a worker holds at once."),
    Setting("DSAR_PROBE_MINUTES", "probe_minutes", "How often each connected system is probed."),
    Setting("DSAR_LOG_LEVEL", "log_level", "debug, info, warning or error."),
)


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the environment; raises SettingsError naming the setting."""
    environment = os.environ if environment is None else environment
    values: dict[str, str] = {}
    for setting in SETTINGS:
        value = _value(environment, setting.name)
        if value is not None:
            values[setting.field] = value
    try:
        return msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{_name_in(str(error))}: {error}. See docs/settings.md.") from error


def _value(environment: Mapping[str, str], name: str) -> str | None:
    path = environment.get(f"{name}_FILE")
    if path is None:
        return environment.get(name)
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(
            f"{name}_FILE: cannot be read ({error.strerror}); check the path and its mode"
        ) from error


def _name_in(text: str) -> str:
    return next((s.name for s in SETTINGS if f"$.{s.field}" in text), "settings")


def require(settings: Settings, *fields: str) -> None:
    """Refuse to start without what a command needs."""
    names = {s.field: s.name for s in SETTINGS}
    missing = [names[field] for field in fields if not getattr(settings, field)]
    if missing:
        raise SettingsError(
            f"{', '.join(missing)}: not set. See docs/settings.md, or try `dsar up`, which needs none "
            "and says which file holds its own."
        )
