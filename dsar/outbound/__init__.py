"""Everything that leaves: the guarded HTTP client, webhooks, mail, text messages, and the connected systems."""

from dsar.outbound.http import guarded_client
from dsar.outbound.mail import LocalOutbox, Mail, Post, Sms
from dsar.outbound.systems import BadSystem, OpenSystem, Systems, facts, installed
from dsar.outbound.webhook import Delivered, sign, webhook_body

__all__ = [
    "BadSystem",
    "Delivered",
    "LocalOutbox",
    "Mail",
    "OpenSystem",
    "Post",
    "Sms",
    "Systems",
    "facts",
    "guarded_client",
    "installed",
    "sign",
    "webhook_body",
]
