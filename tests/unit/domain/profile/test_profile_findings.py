"""What the check says of the five companies: all of it, by field and law."""

import pytest
from profiles_at_hand import COMPANIES, profile_of

from dsar.domain.profile import Severity, check

PERIOD = "GDPR 13(2)(a), 5(1)(e)"
KINDS = "GDPR 15(1)(c), C-154/21"
COUNTRY = "GDPR 13(1)(f), 30(1)(e)"
LAW_UNNAMED = "GDPR 6(3), 13(1)(c)"
INTEREST = "GDPR 13(1)(d)"

CONTRADICTIONS = {
    "sono": [],
    "sonetel": [
        ("transfers[3].safeguard", "GDPR 45, 46, C-311/18"),
        ("categories.contact.retention[0].period", PERIOD),
        ("categories.account.retention[0].period", PERIOD),
    ],
    "sonexlabs": [
        ("recipients", KINDS),
        ("categories.account.retention[0].period", PERIOD),
        ("categories.analytics.retention[0].period", PERIOD),
    ],
    "closare": [
        ("operator.authority", "GDPR 13(2)(d)"),
        ("recipients", KINDS),
        ("ai.training", "GDPR 5(1)(b), 6(1)(a)"),
    ],
    "closeq": [("after_contract", "GDPR 5(1)(a), 17(3)(b)")],
}
GAPS = {
    "sono": [
        ("operator.contact", "GDPR 12(2), 13(1)(a)"),
        ("recipients", KINDS),
        ("transfers", COUNTRY),
        ("categories.configuration.retention", PERIOD),
    ],
    "sonetel": [
        ("categories.call_recordings", "GDPR 13(1)(c)"),
        ("rights", "GDPR 12(2), 22"),
        ("categories.identity_documents.legal_basis[1].because", INTEREST),
        ("categories.phone_contacts.legal_basis[0].because", LAW_UNNAMED),
        ("categories.phone_contacts.legal_basis[1].because", INTEREST),
        ("categories.call_records.legal_basis[0].because", LAW_UNNAMED),
        ("categories.call_recordings.legal_basis[0].because", INTEREST),
        ("categories.marketing.legal_basis[0].because", INTEREST),
        ("categories.fraud.automated", "GDPR 22(2)"),
        ("recipients", KINDS),
        ("categories.identity_documents.recipients", KINDS),
        ("transfers", COUNTRY),
        ("categories.identity_documents.retention", PERIOD),
        ("categories.phone_contacts.retention", PERIOD),
        ("categories.call_records.retention", PERIOD),
        ("categories.call_recordings.retention", PERIOD),
        ("categories.fraud.retention", PERIOD),
        ("categories.analytics.retention", PERIOD),
    ],
    "sonexlabs": [
        ("operator.registered", "GDPR 13(1)(a)"),
        ("operator.country", "GDPR 13(1)(a), Reg. 1182/71 Art. 3(4)"),
        ("operator.timezone", "GDPR 13(1)(a)"),
        ("residents.GB.subdivision", "UK GDPR 12(3)"),
        ("promise", "GDPR 12(3)"),
        ("residents.GB.promise", "UK GDPR 12(3)"),
        ("residents.IN.promise", "DPDP r. 14(3)"),
        ("categories.billing.legal_basis[1].because", LAW_UNNAMED),
        ("transfers", COUNTRY),
        ("categories.contact.retention", PERIOD),
        ("categories.communication.retention", PERIOD),
        ("categories.configuration.retention", PERIOD),
        ("categories.billing.retention", PERIOD),
        ("categories.marketing.retention", PERIOD),
    ],
    "closare": [
        ("operator.registered", "GDPR 13(1)(a)"),
        ("operator.country", "GDPR 13(1)(a), Reg. 1182/71 Art. 3(4)"),
        ("operator.timezone", "GDPR 13(1)(a)"),
        ("categories.billing", "GDPR 13(1)(c)"),
        ("categories.marketing", "GDPR 13(1)(c)"),
        ("rights", "GDPR 12(2), 7(3)"),
        ("promise", "GDPR 12(3)"),
        ("categories.billing.legal_basis[0].because", LAW_UNNAMED),
        ("categories.communication.retention", PERIOD),
        ("categories.configuration.retention", PERIOD),
        ("categories.billing.retention", PERIOD),
        ("categories.marketing.retention", PERIOD),
        ("categories.call_transcripts.retention", PERIOD),
        ("categories.call_insights.retention", PERIOD),
    ],
    "closeq": [
        ("operator.registered", "GDPR 13(1)(a)"),
        ("operator.country", "GDPR 13(1)(a)"),
        ("operator.timezone", "GDPR 13(1)(a)"),
        ("categories.marketing.legal_basis", "GDPR 13(1)(c)"),
        ("promise", "GDPR 12(3)"),
        ("categories.communication.legal_basis", "GDPR 6(1)(b)"),
        ("categories.call_transcripts.legal_basis[1].article", "GDPR 28(10)"),
        ("categories.call_insights.legal_basis[1].article", "GDPR 28(10)"),
        ("recipients", KINDS),
        ("transfers", COUNTRY),
        ("categories.marketing.retention", PERIOD),
    ],
}
# Each thing that the policies are known to contradict themselves or the law in, with words that the check must say.
KNOWN = [
    ("closeq", "after_contract", ["90d", "categories.billing", "5 to 10 years"]),
    ("closare", "ai.training", ["no training without consent", "call_transcripts"]),
    ("sonetel", "transfers[3].safeguard", ["Privacy Shield", "void"]),
    ("sonexlabs", "recipients", ["0 of 3", "the kind alone", "cloud and hosting"]),
    ("closare", "recipients", ["0 of 1", "the kind alone", "voice AI processing"]),
    ("closare", "operator.authority", ["no authority"]),
    ("sonexlabs", "categories.account.retention[0].period", ["reasonable period", "cannot be computed"]),
]


def found(name, severity):
    return [(one.field, one.law) for one in check(profile_of(name)) if one.severity is severity]


@pytest.mark.parametrize("name", COMPANIES)
def test_a_company_contradicts_itself_or_the_law_in_these_fields_and_no_others(name):
    assert sorted(found(name, Severity.CONTRADICTION)) == sorted(CONTRADICTIONS[name])


@pytest.mark.parametrize("name", COMPANIES)
def test_a_company_leaves_these_gaps_and_no_others(name):
    assert sorted(found(name, Severity.GAP)) == sorted(GAPS[name])


@pytest.mark.parametrize(("name", "field", "words"), KNOWN)
def test_what_is_known_of_the_policies_is_said_in_words(name, field, words):
    said = [one.says for one in check(profile_of(name)) if one.field == field]
    assert any(all(word in text for word in words) for text in said)


@pytest.mark.parametrize("name", COMPANIES)
def test_every_finding_has_a_law_and_a_remedy_and_the_worst_stand_first(name):
    findings = check(profile_of(name))
    assert all(one.says and one.law and one.remedy for one in findings)
    order = list(Severity)
    assert [order.index(one.severity) for one in findings] == sorted(
        order.index(o.severity) for o in findings
    )


def test_february_is_the_example_of_thirty_days_that_are_more_than_a_month():
    [finding] = [one for one in check(profile_of("closeq")) if one.field == "promise"]
    assert "received on 2027-01-31, it ends on 2027-03-02 and the law's on 2027-03-01" in finding.says


def test_the_shipped_sample_contradicts_nothing():
    assert found("demo", Severity.CONTRADICTION) == []
    assert found("demo", Severity.GAP) == [("promise", "GDPR 12(3)")]
