"""The shipped profiles, and one that nothing can be said against, to be changed in one place at a time."""

from dsar.domain.profile import load
from dsar.store import shipped

COMPANIES = ("sono", "sonetel", "sonexlabs", "closare", "closeq")

PLAIN = """
key = "plain"
regime = "EU_GDPR"
rights = ["access", "rectification", "erasure", "restriction", "portability", "objection", "withdraw_consent"]
controller_for = ["account_user"]
processor_for = ["caller"]
callers = "refer"
promise = "1m"
security = ["Encryption"]

[policy]
name = "Privacy policy"
version = "2026-01-01"

[operator]
name = "Plain Oy"
country = "FI"
timezone = "Europe/Helsinki"
languages = ["en"]
contact = "privacy@plain.example"
registered = "Plain Oy, 0000000-0, Helsinki"

[operator.authority]
name = "Tietosuojavaltuutetun toimisto"
url = "https://tietosuoja.fi"

[ai]
training = "never"

[holds.voucher]
statute = "Accounting Act 2:10"
act = "FI_Accounting_Act"
object = "voucher"

[categories.account]
people = ["account_user"]
title = "Account"
purpose = "The service"
source = "You"
portable = true
legal_basis = [{ article = "GDPR 6(1)(b)", because = "the contract" }]
retention = [{ words = "30 days more", period = "30d", counted_from = "relationship_end" }]
recipients = [{ name = "Host Oy", country = "FI", told = true }]

[categories.billing]
people = ["account_user"]
title = "Invoices"
purpose = "Books"
source = "You"
legal_basis = [{ article = "GDPR 6(1)(c)", because = "the Accounting Act" }]
retention = [{ words = "6 years", period = "6y", counted_from = "financial_year_end" }]
holds = ["voucher"]

[categories.news]
people = ["account_user"]
title = "News"
purpose = "News"
source = "You"
portable = true
withdrawn_by = "suppress"
legal_basis = [{ article = "GDPR 6(1)(a)", because = "your consent" }]
retention = [{ words = "Until you withdraw", period = "0d", counted_from = "withdrawal" }]

[categories.calls]
role = "processor"
people = ["caller"]
title = "Calls"
purpose = "Calls"
source = "The network"
legal_basis = [{ article = "GDPR 28", because = "the business you spoke with" }]
retention = [{ words = "A year", period = "1y", counted_from = "collection", decided_by = "customer" }]
"""


def text_of(name):
    return (shipped("profiles") / f"{name}.toml").read_text(encoding="utf-8")


def profile_of(name):
    return load(text_of(name), f"{name}.toml").profile


def plain(*changes):
    """The profile without fault, with each (old, new) put through once."""
    text = PLAIN
    for old, new in changes:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    return load(text, "plain.toml").profile
