"""Everything that leaves: the guarded HTTP client, webhooks, mail, text messages, and the connected systems."""

from dsar.outbound.bounds import Limits
from dsar.outbound.http import guarded_client
from dsar.outbound.mail import LocalOutbox, Mail, Post, Sms
from dsar.outbound.reach import check_url
from dsar.outbound.systems import BadSystem, OpenSystem, Systems, facts, installed
from dsar.outbound.webhook import Delivered, sign, webhook_body

__all__ = [
    "BadSystem",
    "Delivered",
    "Limits",
    "LocalOutbox",
    "Mail",
    "OpenSystem",
    "Post",
    "Sms",
    "Systems",
    "check_url",
    "facts",
    "guarded_client",
    "installed",
    "sign",
    "webhook_body",
]
