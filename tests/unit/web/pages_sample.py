"""Pages of a service that is not there: a profile with everything a page can show, and facts for each page."""

import html
import re
from datetime import UTC, date, datetime
from types import SimpleNamespace
from uuid import UUID

from dsar.domain.errors import InvalidInput
from dsar.domain.profile import load
from dsar.domain.rights import Right
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


def archive(number, **changed):
    return {
        "number": number,
        "bytes": 14_200_000,
        "made": NOW,
        "open": True,
        "held": [{"title": "T", "items": 1}, {"title": "U", "items": 2}],
        "calls": 1,
        "recordings": 2,
        "withheld": 3,
        "gaps": ["S"],
    } | changed


OFFERED = {
    "reference": REFERENCE,
    "right_label": "",
    "has_bundle": True,
    "archives": [archive(1), archive(2, open=False)],
    "portable": True,
    "expires": NOW,
    "sent_to": "a…@e…",
    "downloads_left": 3,
    "language": "fi",
}
LETTER = {"subject": "S", "blocks": blocks("A\nb\n\nC\n- d\n")}
CODE_ERROR = {"code": {"problem": "x", "remedy": "y"}}


def verify(to_prove, *, errors=None, sent=None, done=False, checks=False, addresses=()):
    return (
        "verify",
        {
            "reference": REFERENCE,
            "to_prove": to_prove,
            "errors": errors or {},
            "sent": sent,
            "all_proven": done,
            "staff_checks": checks,
            "new_addresses": list(addresses),
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


HOST = SimpleNamespace(business="Kampaamo Oy", member="Outi")


def visited(**changed):
    """A request of a caller's, as the business sees it."""
    case = {
        "id": UUID(int=7),
        "reference": REFERENCE,
        "right": Right.ACCESS,
        "received_at": NOW,
        "assist_due_date": date(2026, 3, 19),
        "statutory_due_date": date(2026, 4, 7),
        "answer_to": None,
    }
    facts = {
        "host": HOST,
        "state": "",
        "done": False,
        "waiting": False,
        "who": [],
        "ours": False,
        "held": [],
        "erased": None,
        "searched": False,
        "questions": [],
        "ground": "",
        "archives": [],
        "story": [],
        "typed": {},
        "errors": {},
        "late": "",
    }
    shaped = case | {name: changed.pop(name) for name in list(changed) if name in case}
    return ("business_case", facts | {"case": SimpleNamespace(**shaped)} | changed)


WHO = [
    {"kind": kind, "value": "x", "proof": proof}
    for kind, proof in (("phone", "code"), ("email", "controller"), ("account_id", "staff"))
]
QUESTIONS = [
    SimpleNamespace(asked_at=NOW, question="?", state=state, answer=answer)
    for state, answer in (("waiting", ""), ("answered", "!"), ("answered", ""), ("no_answer", ""))
]
LISTED = {
    "id": UUID(int=7),
    "reference": REFERENCE,
    "right": "erasure",
    "state": "",
    "done": False,
    "received": NOW,
    "assist": date(2026, 3, 19),
    "statutory": date(2026, 4, 7),
}


def listed(waiting=(), ended=(), **changed):
    known = {"host": HOST, "after": None, "before": None, "first": True}
    return ("business_list", known | {"waiting": list(waiting), "ended": list(ended)} | changed)


def link(**changed):
    return ("business_link", {"token": "t", "good": False, "known": False, "sent": False} | changed)


def confirm(answer_to):
    return (
        "business_confirm",
        {
            "host": HOST,
            "case": visited()[1]["case"],
            "said": {"instruction": "fulfil", "answer_to": answer_to},
        },
    )


WRONG = {"ground": {"problem": "x", "remedy": "y"}}
FILES = [archive(1, expires=NOW), archive(2, expires=NOW, recordings=1, withheld=1)]
BUSINESS = {
    "business-door": ("business_sign_in", {"typed": "", "errors": {}, "asked": False}),
    "business-door-error": ("business_sign_in", {"typed": "x", "errors": {"email": WRONG["ground"]}, "asked": False}),
    "business-asked": ("business_sign_in", {"typed": "", "errors": {}, "asked": True}),
    "business-link": link(good=True, known=True),
    "business-link-used": link(known=True),
    "business-link-unknown": link(),
    "business-link-sent": link(sent=True),
    "business-elsewhere": ("business_elsewhere", {}),
    "business-list": listed([LISTED], [LISTED | {"done": True}], after=UUID(int=7), before=UUID(int=7), first=False),
    "business-list-ended": listed((), [LISTED | {"done": True}]),
    "business-list-empty": listed(),
    "business-confirm": confirm("controller"),
    "business-confirm-person": confirm("person"),
    "business-case": visited(waiting=True, who=WHO, questions=QUESTIONS),
    "business-case-erasure": visited(waiting=True, right=Right.ERASURE, ours=True),
    "business-case-ground": visited(waiting=True, typed={"instruction": "refuse", "ground": "z"}, errors=WRONG),
    "business-case-question": visited(waiting=True, typed={"instruction": "need_information"}, errors=WRONG),
    "business-case-searched": visited(searched=True, late="z", statutory_due_date=None, assist_due_date=None),
    "business-case-nothing": visited(searched=True, done=True),
    "business-case-file": visited(done=True, archives=FILES, held=[{"title": "", "records": 0, "attachments": 2}]),
    "business-case-person": visited(
        done=True, archives=FILES, answer_to="person", held=[{"title": "", "records": 2, "attachments": 0}]
    ),
    "business-case-erased": visited(done=True, erased=2),
    "business-case-not-erased": visited(done=True, erased=0),
    "business-case-refused": visited(done=True, ground="z", story=[{"at": NOW, "text": ""}]),
}  # fmt: skip

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
    "verify-address": verify([], addresses=["a…@e…"]),
    "verify-address-sent": verify(
        [], addresses=["a…@e…"], sent="address", errors={"address": CODE_ERROR["code"]}
    ),
    "status": status(CASES),
    "status-awaiting": status(CASES, awaiting=True),
    "status-closed": status(CASES[:1]),
    "status-empty": status([]),
    "download": download(),
    "download-code": download(code_sent=True),
    "download-error": download(code_sent=True, errors=CODE_ERROR, has_bundle=False, archives=[]),
    "download-letter": download(letter=LETTER),
    "download-last": download(letter=LETTER, downloads_left=1),
    "download-none-left": download(letter=LETTER, downloads_left=0, archives=[archive(1, open=False)]),
    **{
        f"download-{ending}{'-asked' * asked}": (
            "download_ended",
            {"token": "t", "ending": ending, "may_ask": ending == "expired", "asked": asked},
        )
        for ending, asked in (("expired", False), ("expired", True), ("ended", False), ("gone", False))
    },
    "outbox": ("outbox", {"messages": messages()}),
    "outbox-empty": ("outbox", {"messages": []}),
    **BUSINESS,
}


def words(page):
    """What a person reads of a page; the names of the languages, each in its own, left out."""
    page = re.sub(r'<nav class="languages".*?</nav>', "", page, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", " ", page))
