"""Pages of a service that is not there: a profile with everything a page can show, and facts for each page."""

import html
import re
from datetime import UTC, date, datetime
from types import SimpleNamespace

from dsar.domain.errors import InvalidInput
from dsar.domain.profile import load
from dsar.intake import RawSubmission, read
from dsar.render import Templates, blocks
from dsar.store import shipped
from dsar.web.language import asked
from dsar.web.pages import Pages

LANGUAGES = ("en", "fi", "sv", "pl")
NOW = datetime(2026, 3, 4, 22, 30, tzinfo=UTC)
REFERENCE = "R-7K2M-0000-ABCD-9XYZ"
PROFILE = """
key = "sample"
regime = "EU_GDPR"
rights = [
  "access", "rectification", "erasure", "restriction", "portability", "objection", "withdraw_consent",
  "automated_decision",
]
controller_for = ["visitor", "prospect", "account_user", "employee"]
processor_for = ["caller"]
callers = "refer"

[operator]
name = "Puhelin Oy"
country = "FI"
timezone = "Europe/Helsinki"
contact = "privacy@puhelin.example"
registered = "1234567-8"
languages = ["en", "fi", "sv", "pl"]

[operator.authority]
url = "https://tietosuoja.fi"
name = { en = "Ombudsman", fi = "Tietosuojavaltuutettu", sv = "Dataombudsmannen", pl = "Organ" }

[residents.US-CA]
title = { en = "California", fi = "Kalifornia", sv = "Kalifornien", pl = "Kalifornia" }
regime = "CCPA"
rights = ["know", "delete", "correct", "opt_out_sale", "limit_sensitive"]

[categories.news]
title = { en = "Newsletter", fi = "Uutiskirje", sv = "Nyhetsbrev", pl = "Biuletyn" }
purpose = { en = "to send news", fi = "uutisten lähettäminen", sv = "att skicka nyheter", pl = "wysyłanie wiadomości" }
legal_basis = [{ article = "GDPR 6(1)(a)" }]
source = { en = "you", fi = "sinä", sv = "du", pl = "Ty" }
"""
LOADED = load(PROFILE, "sample")
TEMPLATES = Templates(shipped("templates"), shipped("translations"))


def pages(language=None, header="", loaded=LOADED):
    service = SimpleNamespace(templates=TEMPLATES, profile=loaded)
    return Pages(service, asked(loaded.profile.operator.languages, language, header), None)


def errors_of(**typed):
    """What intake says to this input, as the form gets it."""
    try:
        read(RawSubmission(**typed), LOADED.profile, NOW, channel="form")
    except InvalidInput as error:
        return error
    raise AssertionError("this can be used")


CASES = [
    {
        "right_label": "",
        "state_label": "",
        "due_date": date(2026, 4, 7),
        "closed": closed,
        "ours": ours,
    }
    for closed in (True, False)
    for ours in (True, False)
]
TO_PROVE = [
    {"kind": "email", "masked": "a…@e…", "proven": False},
    {"kind": "phone", "masked": "…67", "proven": False},
]
OFFERED = {
    "reference": REFERENCE,
    "right_label": "",
    "has_bundle": True,
    "bytes": 14_200_000,
    "expires": NOW,
    "sent_to": "a…@e…",
    "downloads_left": 3,
    "language": "fi",
}
LETTER = {"subject": "S", "blocks": blocks("A\nb\n\nC\n- d\n")}
CODE_ERROR = {"code": {"problem": "x", "remedy": "y"}}


def verify(to_prove, *, errors=None, sent=None, done=False, checks=False):
    return (
        "verify",
        {
            "reference": REFERENCE,
            "to_prove": to_prove,
            "errors": errors or {},
            "sent": sent,
            "all_proven": done,
            "staff_checks": checks,
        },
    )


def download(*, code_sent=False, errors=None, letter=None, **changed):
    return (
        "download",
        {
            "token": "t",
            "offered": OFFERED | changed,
            "code_sent": code_sent,
            "errors": errors or {},
            "letter": letter,
        },
    )


def status(cases, *, awaiting=False):
    return ("status", {"reference": REFERENCE, "received": NOW, "cases": cases, "awaiting_proof": awaiting})


def messages():
    return [{"kind": kind, "to": "x", "subject": None, "text": "t", "at": NOW} for kind in ("mail", "sms")]


# Every page in every shape it can have.
SHAPES = {
    "verify-both": verify(TO_PROVE),
    "verify-one": verify(TO_PROVE[:1], sent="email"),
    "verify-phone": verify(TO_PROVE[1:], sent="phone", errors={"phone": CODE_ERROR["code"]}),
    "verify-continue": verify(
        [TO_PROVE[0] | {"proven": True}, TO_PROVE[1]], errors={"continue": CODE_ERROR["code"]}
    ),
    "verify-done": verify([TO_PROVE[0] | {"proven": True}], done=True),
    "verify-checked": verify([TO_PROVE[0] | {"proven": True}], done=True, checks=True),
    "verify-nothing": verify([]),
    "status": status(CASES),
    "status-awaiting": status(CASES, awaiting=True),
    "status-closed": status(CASES[:1]),
    "status-empty": status([]),
    "download": download(),
    "download-code": download(code_sent=True),
    "download-error": download(code_sent=True, errors=CODE_ERROR, has_bundle=False),
    "download-letter": download(letter=LETTER),
    "download-last": download(letter=LETTER, downloads_left=1),
    "download-none-left": download(letter=LETTER, downloads_left=0),
    "outbox": ("outbox", {"messages": messages()}),
    "outbox-empty": ("outbox", {"messages": []}),
}


def words(page):
    """What a person reads of a page; the names of the languages, each in its own, left out."""
    page = re.sub(r'<nav class="languages".*?</nav>', "", page, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", " ", page))
