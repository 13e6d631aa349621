"""Everything that leaves: the guarded HTTP client, webhooks, mail, text messages, and the connected systems."""

from dsar.outbound.bounds import Limits
from dsar.outbound.http import guarded_client
from dsar.outbound.keeping import Keeper, Turn, Withheld
from dsar.outbound.mail import LocalOutbox, Mail, Post, Sms
from dsar.outbound.reach import check_url
from dsar.outbound.sessions import OpenSystem, Systems
from dsar.outbound.systems import BadSystem, connector_of, facts, installed
from dsar.outbound.webhook import Delivered, sign, webhook_body

__all__ = [
    "BadSystem",
    "Delivered",
    "Keeper",
    "Limits",
    "LocalOutbox",
    "Mail",
    "OpenSystem",
    "Post",
    "Sms",
    "Systems",
    "Turn",
    "Withheld",
    "check_url",
    "connector_of",
    "facts",
    "guarded_client",
    "installed",
    "sign",
    "webhook_body",
]
