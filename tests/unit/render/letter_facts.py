"""A table of letters: of each kind what it is told, from a company with every kind of category."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from uuid import UUID

import dsar_posthog as posthog
import dsar_s3 as s3
from dsar.domain.case import State
from dsar.domain.legal_holds import LEGAL_CLAIMS
from dsar.domain.profile import load
from dsar.domain.rights import Right
from dsar.render import Letters, Templates
from dsar.store import shipped
from dsar.store.findings import HoldCount

RECEIVED = datetime(2026, 3, 4, 22, 30, tzinfo=UTC)  # in Helsinki the fifth already
UNTIL = datetime(2026, 5, 20, 10, 0, tzinfo=UTC)
DUE = date(2026, 4, 7)
LATER = date(2026, 6, 5)
HELD = date(2030, 12, 31)
REFERENCE = "R-7K2M-0000-ABCD-9XYZ"
LANGUAGES = ("en", "fi", "sv", "pl")
SCRIPT = "<script>alert(1)</script>"
WORDS = f"Because of {SCRIPT} & others."

PROFILE = """
key = "sample"
regime = "EU_GDPR"
rights = ["access", "erasure"]
controller_for = ["visitor", "prospect", "account_user"]
processor_for = ["caller"]
callers = "forward"
transfers = [{ to = "US", safeguard = "data_privacy_framework", words = { en = "for e-mail", fi = "sähköpostia varten", sv = "för e-post", pl = "do poczty e-mail" } }]
recipients = [{ name = "Hosting Example Oy", country = "FI", what = { en = "servers", fi = "palvelimet", sv = "servrar", pl = "serwery" } }]

[operator]
name = "Puhelin Oy"
country = "FI"
timezone = "Europe/Helsinki"
contact = "privacy@puhelin.example"
languages = ["en", "fi", "sv", "pl"]

[operator.authority]
url = "https://tietosuoja.fi"
name = { en = "Data Protection Ombudsman", fi = "Tietosuojavaltuutettu", sv = "Dataombudsmannen", pl = "Fiński inspektor ochrony danych (Tietosuojavaltuutettu)" }

[categories.contact]
title = { en = "Contact details", fi = "Yhteystiedot", sv = "Kontaktuppgifter", pl = "Dane kontaktowe" }
purpose = { en = "to answer enquiries", fi = "yhteydenottoihin vastaaminen", sv = "att besvara förfrågningar", pl = "udzielanie odpowiedzi na zapytania" }
legal_basis = [{ article = "GDPR 6(1)(f)", because = { en = "our interest in answering", fi = "oikeutettu etumme vastata yhteydenottoihin", sv = "vårt berättigade intresse av att svara", pl = "nasz prawnie uzasadniony interes, by odpowiadać" } }]
source = { en = "from you", fi = "sinulta", sv = "från dig", pl = "od Ciebie" }
retention = [{ words = { en = "24 months after the last contact", fi = "24 kuukautta viimeisestä yhteydenotosta", sv = "24 månader efter den senaste kontakten", pl = "24 miesiące od ostatniego kontaktu" }, period = "24m", counted_from = "last_contact" }]
recipients = [{ name = "Example CRM Ltd", country = "US", safeguard = "standard_contractual_clauses" }]

[categories.calls]
title = { en = "Call summaries", fi = "Puhelujen yhteenvedot", sv = "Samtalssammanfattningar", pl = "Podsumowania rozmów" }
purpose = { en = "to remember what was agreed", fi = "sovittujen asioiden muistaminen", sv = "att minnas vad som avtalades", pl = "zapamiętanie ustaleń" }
legal_basis = [{ article = "GDPR 6(1)(b)" }]
source = { en = "from our calls with you", fi = "puheluistamme kanssasi", sv = "från våra samtal med dig", pl = "z naszych rozmów z Tobą" }
ai = true
automated = { en = "a score from 0 to 100 decides who is called back", fi = "pistemäärä 0–100 ratkaisee, kenelle soitetaan takaisin", sv = "en poäng från 0 till 100 avgör vem som rings upp", pl = "ocena od 0 do 100 decyduje, do kogo oddzwaniamy" }

[holds."FI-2:10"]
statute = { en = "Finnish Accounting Act 2:10", fi = "kirjanpitolain 2 luvun 10 §", sv = "2 kap. 10 § i den finska bokföringslagen", pl = "rozdział 2 § 10 fińskiej ustawy o rachunkowości" }
years = 6

[holds.suppression]
statute = "GDPR 21(3)"
years = 100
"""

LOADED = load(PROFILE, "sample")


def system(title, outcome, records, changed, proof, residue, *, by_hand=False, finds_by=()):
    return SimpleNamespace(
        title=title,
        outcome=outcome,
        records=records,
        changed=changed,
        proof=proof,
        residue=residue,
        by_hand=by_hand,
        finds_by=finds_by,
    )


def hold(collection, ground, until, items):
    return HoldCount("billing", collection, ground, until, until is not None, items)


SYSTEMS = [
    system("CRM", "found", 12, 1, "verified", None),
    system("Billing", "found", 1, 0, None, None),
    system("Analytics", "found", 4321, 5, "accepted", "Deleted rows stay in the database's backups and write-ahead archive until those expire."),
    system("Call store", "no_match", 0, None, None, None),
    system("Paper files", "done", 0, 2, "unverifiable", None),
    system("Old archive", "gap", 0, None, None, None),
    system("Telephony", "not_searchable", 0, None, None, None, finds_by=("phone", "extension")),
]  # fmt: skip
HOLDS = [
    hold("invoices", "FI-2:10", HELD, 3),
    hold("blocklist", "suppression", None, 1),
    hold("calls", LEGAL_CLAIMS, None, 2),
]
# What systems keep by themselves, which the profile says nothing of.
KEPT_BY_SYSTEMS = [
    hold("recordings", "s3-legal-hold", None, 2),
    hold("recordings", "s3-retention", HELD, 3),
    hold("events", "captured_after_request", None, 1),
]
OF_SYSTEMS = {**s3.connector.manifest.grounds, **posthog.connector.manifest.grounds}


def decision(**given):
    known = {
        "kind": "review",
        "outcome": None,
        "ground": None,
        "reasons": WORDS,
        "reviewer": None,
        "purposes": (),
    }
    return SimpleNamespace(**known | given)


def done(**given):
    """Facts of an answer."""
    known = {
        "systems": SYSTEMS,
        "categories": list(LOADED.profile.categories.values()),
        "gaps": ["Old archive", "Tape store"],
        "holds": [],
        "grounds": {},
        "records": 4334,
        "refusal_ground": None,
        "refusal_text": None,
        "withheld": [],
        "refused_parts": (),
        "told": ["Hosting Example Oy", "Example CRM Ltd"],
        "decision": None,
        "bundle": None,
    }
    return SimpleNamespace(**known | given)


CAME = (
    SimpleNamespace(title="Old archive", records=1, whole=True),
    SimpleNamespace(title="Tape store", records=1200, whole=False),
    SimpleNamespace(title=f"Shop {SCRIPT}", records=0, whole=True),
)


def more(**given):
    """Facts of a supplement."""
    known = {
        "came": CAME,
        "gaps": ("Attic", "Tape store"),
        "pending": ("Tape store",),
        "withheld": (),
        "bundle": True,
        "systems": (),
    }
    return {"facts": SimpleNamespace(**known | given), "until": UNTIL}


SENT_TO = {
    "right": Right.PORTABILITY,
    "host": "take.example:8443",
    "receiver": f"Other {SCRIPT}",
    "sha256": "ab" * 32,
    "reason": None,
}


def answer(right, outcome="fulfilled", **given):
    return {"right": right, "facts": done(**given), "outcome": outcome, "until": UNTIL}


WHAT = LOADED.profile.categories["contact"].title
WITHHELD = [
    SimpleNamespace(title=WHAT, ground="GDPR 15(4)", records=2, why=None),
    SimpleNamespace(title=None, ground="GDPR 15(4)", records=1, why="others"),
]
REFUSED = (SimpleNamespace(what="3 / 2025", ground="GDPR 17(3)(e)", text=WORDS),)
WAYS = ["second_channel", "account_login", "staff_call_back", "id_seen"]
US = {"regime": "CCPA", "authority": None}
BUSINESS = f"Kampaamo {SCRIPT}"
# Told to one of a business's people, and to a person in a business's name.
TO_MEMBER = {"business": BUSINESS, "link": "https://requests.example/business/sign-in/abc", "until": UNTIL}
BEHALF = {"on_behalf": SimpleNamespace(name=BUSINESS, contact="tieto@kampaamo.example")}
UNREACHED = {"on_behalf": SimpleNamespace(name="Kampaamo", contact=None)}
WAITS = {"state": State.AWAITING_CONTROLLER}


def near(alarm, clock):
    return {"alarm": alarm, "clock": clock, "days": 3, "due_date": DUE, "date": DUE}


# name -> (kind, what it is told). `right`, `regime`, `state`, `authority` shape the case; the rest are facts.
LETTERS = {
    "code": ("code", {"code": "123456", "state": State.AWAITING_IDENTITY}),
    "download_code": ("download_code", {"code": "123456"}),
    "address_code": ("address_code", {"code": "123456"}),
    "address_changed": ("address_changed", {}),
    "answer_ready": ("answer_ready", {"link": "https://requests.example/download/abc"}),
    "acknowledgement": ("acknowledgement", {"rights": [Right.ACCESS, Right.ERASURE]}),
    "acknowledgement-unproven": ("acknowledgement", {"state": State.AWAITING_IDENTITY}),
    "acknowledgement-california": ("acknowledgement", {"right": Right.OPT_OUT_SALE, **US}),
    "identity_request": ("identity_request", {"doubt": WORDS, "asked": WAYS, "clock_effect": "pauses"}),
    "identity_request-one": (
        "identity_request",
        {"doubt": WORDS, "asked": ["second_channel"], "clock_effect": "starts", "regime": "UK_GDPR"},
    ),
    "clarification": ("clarification", {"question": WORDS, "clock_effect": "none"}),
    "fee": ("fee", {"amount": "25 €", "reasons": WORDS}),
    "extension": ("extension", {"reason": "complexity", "reasons": WORDS, "new_date": LATER.isoformat()}),
    "extension-many": ("extension", {"reason": "number_of_requests", "reasons": WORDS, "new_date": LATER}),
    "delay": ("delay", {"reasons": WORDS, "new_date": LATER, "regime": "CH_FADP"}),
    "access": ("access", answer(Right.ACCESS, "fulfilled_in_part", withheld=WITHHELD)),
    "access-nothing": (
        "access",
        answer(Right.ACCESS, "nothing_held", systems=SYSTEMS[3:4], categories=[], gaps=[], told=[]),
    ),
    "access-uk": ("access", answer(Right.ACCESS, gaps=[]) | {"regime": "UK_GDPR", "authority": None}),
    "access-unknown": (
        "access",
        answer(Right.ACCESS, "fulfilled_in_part", systems=[SYSTEMS[3], SYSTEMS[5]], categories=[], told=[]),
    ),
    "access-pending": ("access", answer(Right.ACCESS, "fulfilled_in_part", pending=("Tape store",))),
    "supplement": ("supplement", more()),
    "supplement-nothing": ("supplement", more(came=CAME[2:], gaps=(), pending=(), bundle=None)),
    "supplement-behalf": ("supplement", more(withheld=WITHHELD) | BEHALF),
    "supplement-unasked": ("supplement", more(came=(), gaps=(), pending=(), bundle=None, systems=SYSTEMS[-1:])),
    "supplement_ready": ("supplement_ready", {"link": "https://requests.example/download/abc"}),
    "transferred": ("transferred", SENT_TO),
    "transferred_not": ("transferred_not", SENT_TO | {"reason": "declined"}),
    "transfer_failed": ("transfer_failed", {"reason": "unreachable", "right": Right.PORTABILITY}),
    "portability": ("portability", answer(Right.PORTABILITY)),
    "erasure": ("erasure", answer(Right.ERASURE, "fulfilled_in_part", holds=HOLDS, refused_parts=REFUSED)),
    "erasure-kept": (
        "erasure",
        answer(Right.ERASURE, "fulfilled_in_part", holds=KEPT_BY_SYSTEMS, grounds=OF_SYSTEMS),
    ),
    "erasure-whole": ("erasure", answer(Right.ERASURE, gaps=[], systems=SYSTEMS[:1])),
    "rectification": ("rectification", answer(Right.RECTIFICATION, decision=decision(), gaps=[])),
    "restriction": ("restriction", answer(Right.RESTRICTION, decision=decision(ground="18(1)(a)"), gaps=[])),
    "restriction_lifting": (
        "restriction_lifting",
        {"lifted_on": LATER, "reasons": WORDS, "right": Right.RESTRICTION},
    ),
    "objection": ("objection", answer(Right.OBJECTION)),
    "objection-stop": ("objection", answer(Right.OBJECTION, decision=decision(outcome="stop"), gaps=[])),
    "objection-continue": ("objection", answer(Right.OBJECTION, decision=decision(outcome="continue"), gaps=[])),
    "withdraw_consent": ("withdraw_consent", answer(Right.WITHDRAW_CONSENT, gaps=[])),
    "withdraw_consent-one": (
        "withdraw_consent",
        answer(Right.WITHDRAW_CONSENT, gaps=[], decision=decision(purposes=(WHAT,))),
    ),
    "automated_decision": (
        "automated_decision",
        answer(Right.AUTOMATED_DECISION, gaps=[], decision=decision(outcome="changed", reviewer="Tilda Salo")),
    ),
    "automated_decision-confirmed": (
        "automated_decision",
        answer(Right.AUTOMATED_DECISION, gaps=[], decision=decision(outcome="confirmed", reviewer="Tilda Salo")),
    ),
    "refusal": ("refusal", answer(Right.ERASURE, "refused", refusal_ground="GDPR 17(3)(e)", refusal_text=WORDS)),
    "refusal-objection": (
        "refusal",
        answer(Right.OBJECTION, "refused", refusal_ground="GDPR 21(1)", refusal_text=WORDS),
    ),
    "not_identified": ("not_identified", {"reasons": WORDS}),
    "whom_to_ask": ("whom_to_ask", {"whom": None}),
    "whom_to_ask-named": (
        "whom_to_ask",
        {"whom": {"en": "the company that you work for", "fi": "työnantajasi", "sv": "din arbetsgivare", "pl": "Twój pracodawca"}},
    ),
    "whom_to_ask-either": ("whom_to_ask", {"whom": None, "promised": "either"}),
    "business_asks": ("business_asks", {"question": WORDS, "business": None}),
    "business_asks-named": ("business_asks", {"question": WORDS, "business": "Kampaamo Kaisa"}),
    "no_instruction": ("no_instruction", {"asked_on": LATER}),
    "closing": ("closing", {}),
    "business_forwarded": ("business_forwarded", TO_MEMBER | WAITS),
    "business_due_soon": ("business_due_soon", TO_MEMBER | WAITS | near("days_3", "assist")),
    "business_due_soon-late": ("business_due_soon", TO_MEMBER | WAITS | near("overdue", "assist")),
    "business_due_soon-answer": ("business_due_soon", TO_MEMBER | near("days_7", "answer")),
    "business_due_soon-answer-late": ("business_due_soon", TO_MEMBER | near("overdue", "answer")),
    "business_ready": ("business_ready", TO_MEMBER),
    "business_withdrawn": ("business_withdrawn", TO_MEMBER | {"state": State.CLOSED, "right": Right.ERASURE}),
    "business_referred": ("business_referred", TO_MEMBER | {"state": State.CLOSED}),
    "business_restriction_ends": (
        "business_restriction_ends",
        TO_MEMBER | {"lifted_on": LATER, "right": Right.RESTRICTION},
    ),
    "business_endpoint_off": ("business_endpoint_off", TO_MEMBER | {"reason": "gone"}),
    "business_endpoint_off-dead": ("business_endpoint_off", TO_MEMBER | {"reason": "gave_up"}),
    "business_sign_in": ("business_sign_in", TO_MEMBER | {"page": "list"}),
    "business_sign_in-case": ("business_sign_in", TO_MEMBER | {"page": "case"}),
    "access-behalf": ("access", answer(Right.ACCESS) | BEHALF),
    "access-behalf-nothing": (
        "access",
        answer(Right.ACCESS, "nothing_held", systems=SYSTEMS[3:4], categories=[], gaps=[]) | UNREACHED,
    ),
    "portability-behalf": ("portability", answer(Right.PORTABILITY) | BEHALF),
    "erasure-behalf": ("erasure", answer(Right.ERASURE, "fulfilled_in_part", holds=HOLDS) | BEHALF),
    "objection-behalf": ("objection", answer(Right.OBJECTION, decision=decision(outcome="stop")) | BEHALF),
    "refusal-behalf": (
        "refusal",
        answer(Right.OBJECTION, "refused", refusal_ground="GDPR 21(1)", refusal_text=WORDS) | BEHALF,
    ),
    "know-behalf": ("know", answer(Right.KNOW, gaps=[]) | US | BEHALF),
    "answer_ready-behalf": ("answer_ready", {"link": "https://requests.example/download/abc"} | BEHALF),
    "know": ("know", answer(Right.KNOW, gaps=[]) | US),
    "know_categories": ("know_categories", {"right": Right.KNOW, "reasons": WORDS, **US}),
    "delete": ("delete", answer(Right.DELETE, "fulfilled_in_part", holds=HOLDS[:1], gaps=[]) | US),
    "correct": ("correct", answer(Right.CORRECT, gaps=[]) | US),
    "opt_out_sale": ("opt_out_sale", answer(Right.OPT_OUT_SALE, gaps=[]) | US),
    "limit_sensitive": ("limit_sensitive", answer(Right.LIMIT_SENSITIVE, gaps=[]) | US),
    "alarm": ("alarm", {"alarm": "overdue", "clock": "answer", "days": -2, "due_date": DUE, "date": DUE}),
    "alarm-notice": (
        "alarm",
        {"alarm": "notice_window", "clock": "answer", "days": 1, "due_date": DUE, "date": date(2026, 4, 5)},
    ),
    "alarm-assist": ("alarm", {"alarm": "days_3", "clock": "assist", "days": 3, "due_date": DUE, "date": DUE}),
    "tasks-wait": ("tasks_wait", {"tasks": 2, "due_date": DUE}),
    "tasks-wait-one": ("tasks_wait", {"tasks": 1, "due_date": None}),
    "system-paused": ("system_stopped", {"system": "CRM", "key": "crm", "why": "paused", "reason": "HTTP 401"}),
    "system-silent": ("system_stopped", {"system": "CRM", "key": "crm", "why": "silent", "reason": None}),
}  # fmt: skip


def case(**given):
    known = {
        "id": UUID(int=7),
        "reference": REFERENCE,
        "right": Right.ACCESS,
        "role": "controller",
        "state": State.ANSWERING,
        "regime": "EU_GDPR",
        "received_at": RECEIVED,
        "due_date": DUE,
        "statutory_due_date": DUE,
        "assist_due_date": date(2026, 3, 19),
    }
    return SimpleNamespace(**known | given)


def context(told, language):
    """Everything that a letter of the table gets."""
    told = dict(told)
    shape = {name: told.pop(name) for name in ("right", "regime", "state") if name in told}
    profile = LOADED.profile
    return {
        "case": case(**shape),
        "operator": profile.operator,
        "profile": profile,
        "authority": profile.operator.authority,
        "language": language,
        "status_url": f"https://requests.example/requests/{REFERENCE}",
        "verify_url": f"https://requests.example/verify/{REFERENCE}",
    } | told


def templates():
    return Templates(shipped("templates"), shipped("translations"))


LETTER_WRITER = Letters(templates())


def written(name, language):
    kind, told = LETTERS[name]
    return LETTER_WRITER.write(kind, **context(told, language))


def short(name, language):
    kind, told = LETTERS[name]
    return LETTER_WRITER.short(kind, **context(told, language))


def has_short(kind):
    return (shipped("templates") / "letters" / f"{kind}.sms.txt").is_file()
