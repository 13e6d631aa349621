"""Each rule of the check, shown by one change to a profile that nothing can be said against."""

import pytest
from profiles_at_hand import plain

from dsar.domain.clock import ClockError, Place, Regime, due
from dsar.domain.profile import Severity, check
from dsar.domain.profile.check_promise import _DAYS
from dsar.domain.profile.check_recipients import EEA

CONTRADICTION, GAP, NOTE = Severity.CONTRADICTION, Severity.GAP, Severity.NOTE


def findings(*changes):
    return {(one.severity, one.field, one.law) for one in check(plain(*changes))}


def test_nothing_is_said_against_a_profile_that_says_everything():
    assert check(plain()) == []


@pytest.mark.parametrize(
    ("old", "new", "severity", "field", "law"),
    [
        # The operator
        ('registered = "Plain Oy, 0000000-0, Helsinki"', "", GAP, "operator.registered", "GDPR 13(1)(a)"),
        ('contact = "privacy@plain.example"', "", GAP, "operator.contact", "GDPR 12(2), 13(1)(a)"),
        (
            'country = "FI"\ntimezone',
            "timezone",
            GAP,
            "operator.country",
            "GDPR 13(1)(a), Reg. 1182/71 Art. 3(4)",
        ),
        (
            '[operator.authority]\nname = "Tietosuojavaltuutetun toimisto"\nurl = "https://tietosuoja.fi"',
            "",
            CONTRADICTION,
            "operator.authority",
            "GDPR 13(2)(d)",
        ),
        ('version = "2026-01-01"', "", NOTE, "policy.version", "GDPR 5(2)"),
        ('security = ["Encryption"]', "", NOTE, "security", "GDPR 30(1)(g)"),
        (
            'languages = ["en"]',
            'languages = ["en"]\nchannels = ["telephone"]',
            GAP,
            "operator.telephone",
            "GDPR 12(2)",
        ),
        (
            'languages = ["en"]',
            'languages = ["en"]\ntelephone = "+358401234567"',
            NOTE,
            "operator.channels",
            "EDPB 01/2022 §159",
        ),
        ('languages = ["en"]', 'languages = ["en", "fi"]', GAP, "operator.languages", "GDPR 12(1)"),
        (
            "[ai]",
            '[assumed."operator.country"]\nwhy = "a guess"\nlaw = "GDPR 13(1)(a)"\n[ai]',
            GAP,
            "operator.country",
            "GDPR 13(1)(a)",
        ),
        # People
        (
            'controller_for = ["account_user"]',
            'controller_for = ["account_user", "visitor"]',
            GAP,
            "controller_for",
            "GDPR 30(1)(c)",
        ),
        (
            'processor_for = ["caller"]',
            'processor_for = ["caller", "employee"]',
            GAP,
            "processor_for",
            "GDPR 30(2)(b)",
        ),
        (
            '[categories.news]\npeople = ["account_user"]',
            "[categories.news]",
            GAP,
            "categories.news.people",
            "GDPR 30(1)(c)",
        ),
        (
            '[categories.news]\npeople = ["account_user"]',
            '[categories.news]\npeople = ["prospect"]',
            CONTRADICTION,
            "categories.news.people",
            "GDPR 4(7), 4(8)",
        ),
        (
            'controller_for = ["account_user"]\nprocessor_for = ["caller"]',
            'controller_for = ["account_user", "caller"]\nprocessor_for = ["employee"]',
            CONTRADICTION,
            "callers",
            "GDPR 4(7), 4(8)",
        ),
        # Rights and the promise
        ('"access", ', "", GAP, "rights", "GDPR 12(2), 15"),
        ('"rectification", ', "", GAP, "rights", "GDPR 12(2), 16"),
        ('"restriction", ', "", GAP, "rights", "GDPR 12(2), 18"),
        ('"portability", ', "", GAP, "rights", "GDPR 12(2), 20"),
        (', "withdraw_consent"]', "]", GAP, "rights", "GDPR 12(2), 7(3)"),
        (
            'source = "You"\nportable = true\nlegal',
            'source = "You"\nportable = true\nautomated = "x"\nlegal',
            GAP,
            "rights",
            "GDPR 12(2), 22",
        ),
        (
            "[ai]",
            '[residents.US-CA]\ntitle = "California"\nregime = "CCPA"\nrights = ["delete", "correct"]\n[ai]',
            GAP,
            "residents.US-CA.rights",
            "Civ. 1798.110",
        ),
        (
            '{ article = "GDPR 6(1)(a)", because = "your consent" }',
            '{ article = "GDPR 6(1)(b)", because = "the contract" }',
            NOTE,
            "rights",
            "GDPR 7(3), 13(1)(c)",
        ),
        ('promise = "1m"', 'promise = "30d"', GAP, "promise", "GDPR 12(3)"),
        ('promise = "1m"', 'promise = "45d"', CONTRADICTION, "promise", "GDPR 12(3)"),
        ('promise = "1m"', 'promise = "1m+3m"', CONTRADICTION, "promise", "GDPR 12(3)"),
        (
            "[ai]",
            '[residents.IN]\ntitle = "India"\nregime = "IN_DPDP"\n[ai]',
            GAP,
            "residents.IN.promise",
            "DPDP r. 14(3)",
        ),
        (
            "[ai]",
            '[residents.US-CA]\ntitle = "x"\nregime = "CCPA"\nrights = ["know", "delete", "correct"]\npromise = "46d"\n[ai]',
            CONTRADICTION,
            "residents.US-CA.promise",
            "11 CCR 7021(b), Civ. 1798.130(a)(2)(A)",
        ),
        (
            "[ai]",
            '[residents.GB]\ntitle = "UK"\nregime = "UK_GDPR"\ncountry = "GB"\nsubdivision = "SCT"\n[ai]',
            CONTRADICTION,
            "residents.GB.authority",
            "UK GDPR 13(2)(d)",
        ),
        # Legal bases
        (
            "GDPR 6(1)(b)",
            "GDPR 6(1)(g)",
            CONTRADICTION,
            "categories.account.legal_basis[0].article",
            "GDPR 6(1)",
        ),
        (
            "GDPR 6(1)(b)",
            "gdpr 6(1)(b)",
            CONTRADICTION,
            "categories.account.legal_basis[0].article",
            "GDPR 6(1)",
        ),
        (
            '"GDPR 6(1)(b)"',
            '"GDPR 28"',
            CONTRADICTION,
            "categories.account.legal_basis[0].article",
            "GDPR 6(1)",
        ),
        ('"GDPR 28"', '"GDPR 6(1)(f)"', GAP, "categories.calls.legal_basis[0].article", "GDPR 28(10)"),
        (
            '{ article = "GDPR 6(1)(b)", because = "the contract" }',
            '{ article = "GDPR 6(1)(f)" }',
            GAP,
            "categories.account.legal_basis[0].because",
            "GDPR 13(1)(d)",
        ),
        (
            ', because = "the Accounting Act"',
            "",
            GAP,
            "categories.billing.legal_basis[0].because",
            "GDPR 6(3), 13(1)(c)",
        ),
        ('holds = ["voucher"]', "", NOTE, "categories.billing.holds", "GDPR 17(3)(b)"),
        ("portable = true", "portable = false", GAP, "categories.account.portable", "GDPR 20(1)"),
        (
            'holds = ["voucher"]',
            'holds = ["voucher"]\nportable = true',
            CONTRADICTION,
            "categories.billing.portable",
            "GDPR 20(1)",
        ),
        # Machines
        (
            "portable = true",
            "portable = true\ntrains_models = true",
            CONTRADICTION,
            "ai.training",
            "GDPR 5(1)(b), 6(1)(a)",
        ),
        (
            "portable = true",
            "portable = true\nsensitive = true",
            GAP,
            "categories.account.proof",
            "GDPR 5(1)(f), 12(6)",
        ),
        (
            'holds = ["voucher"]\n\n[categories.news]',
            'holds = ["voucher"]\n[categories.news]\nautomated = "x"',
            GAP,
            "rights",
            "GDPR 12(2), 22",
        ),
        # Recipients and transfers
        (
            'name = "Host Oy", ',
            'what = "hosting", ',
            GAP,
            "categories.account.recipients",
            "GDPR 15(1)(c), C-154/21",
        ),
        (
            'country = "FI", told',
            'country = "US", told',
            GAP,
            "categories.account.recipients[0].safeguard",
            "GDPR 44, 46",
        ),
        (", told = true", "", NOTE, "recipients", "GDPR 19"),
        (
            'country = "FI", told = true',
            'country = "US", safeguard = "privacy_shield", told = true',
            CONTRADICTION,
            "categories.account.recipients[0].safeguard",
            "GDPR 45, 46, C-311/18",
        ),
        ('country = "FI", told', "told", NOTE, "transfers", "GDPR 13(1)(f)"),
        (
            "[ai]",
            '[[transfers]]\nsafeguard = "privacy_shield"\nto = "US"\n[ai]',
            CONTRADICTION,
            "transfers[0].safeguard",
            "GDPR 45, 46, C-311/18",
        ),
        (
            "[ai]",
            '[[transfers]]\nsafeguard = "idta"\nto = "US"\n[ai]',
            CONTRADICTION,
            "transfers[0].safeguard",
            "GDPR 46(2)",
        ),
        (
            "[ai]",
            '[[transfers]]\nsafeguard = "standard_contractual_clauses"\n[ai]',
            GAP,
            "transfers",
            "GDPR 13(1)(f), 30(1)(e)",
        ),
        # Retention
        (
            'retention = [{ words = "30 days more", period = "30d", counted_from = "relationship_end" }]',
            "",
            GAP,
            "categories.account.retention",
            "GDPR 13(2)(a), 5(1)(e)",
        ),
        (
            'period = "30d", ',
            "",
            CONTRADICTION,
            "categories.account.retention[0].period",
            "GDPR 13(2)(a), 5(1)(e)",
        ),
        (
            ', counted_from = "relationship_end"',
            "",
            GAP,
            "categories.account.retention[0].counted_from",
            "GDPR 13(2)(a), 5(1)(e)",
        ),
        (
            'period = "30d", counted_from = "relationship_end"',
            'reviewed = "24m"',
            NOTE,
            "categories.account.retention[0].period",
            "GDPR 13(2)(a), 5(1)(e)",
        ),
        (
            'period = "1y", counted_from = "collection", ',
            "",
            NOTE,
            "categories.calls.retention[0].period",
            "GDPR 28(3)(g)",
        ),
        (
            'retention = [{ words = "A year", period = "1y", counted_from = "collection", decided_by = "customer" }]',
            "",
            NOTE,
            "categories.calls.retention",
            "GDPR 28(3)(g)",
        ),
        (
            'period = "30d", ',
            'period = "90d", at_least = "30d", ',
            NOTE,
            "categories.account.retention[0].period",
            "GDPR 15(1)(d)",
        ),
        (
            'period = "30d", ',
            'period = "90d", choices = ["30d", "90d"], decided_by = "plan", ',
            NOTE,
            "categories.account.retention[0].period",
            "GDPR 15(1)(d)",
        ),
        (
            'retention = [{ words = "30 days more"',
            'retention = [{ words = "60", period = "60d", counted_from = "relationship_end" }, { words = "30 days more"',
            CONTRADICTION,
            "categories.account.retention",
            "GDPR 5(1)(e), 13(2)(a)",
        ),
        (
            'period = "6y"',
            'period = "5y"',
            CONTRADICTION,
            "categories.billing.retention",
            "GDPR 17(3)(b), 6(1)(c)",
        ),
        (
            'period = "6y", counted_from = "financial_year_end"',
            'period = "6y", counted_from = "collection"',
            CONTRADICTION,
            "categories.billing.retention",
            "GDPR 17(3)(b), 6(1)(c)",
        ),
        (
            "[ai]",
            '[after_contract]\nwords = "All gone"\nperiod = "90d"\n[ai]',
            CONTRADICTION,
            "after_contract",
            "GDPR 5(1)(a), 17(3)(b)",
        ),
        (
            'promise = "1m"',
            'promise = "1m"\nafter_expiry = "delete_or_anonymise"',
            NOTE,
            "after_expiry",
            "GDPR 4(5), 17(1)",
        ),
    ],
)
def test_one_change_brings_this_finding(old, new, severity, field, law):
    assert (severity, field, law) not in findings()
    assert (severity, field, law) in findings((old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('promise = "1m"', 'promise = "28d"'),
        ('promise = "1m"', 'promise = "1m+2m"'),
        ('promise = "1m"', ""),
        ('period = "6y"', 'period = "10y"'),
        ('period = "6y", counted_from = "financial_year_end"', 'period = "7y", counted_from = "collection"'),
        ("[ai]", '[after_contract]\nwords = "All gone"\nperiod = "8y"\n[ai]'),
        ("[ai]", '[[transfers]]\nsafeguard = "standard_contractual_clauses"\nto = "IN"\n[ai]'),
        ('training = "never"', 'training = "with_consent"'),
        (
            'withdrawn_by = "suppress"',
            'withdrawn_by = "suppress"\ntrains_models = false',
        ),
        ('role = "processor"', 'role = "processor"\nsensitive = true'),
        ('role = "processor"', 'role = "processor"\nai = true'),
        ('promise = "1m"', 'promise = "1m"\nafter_expiry = "delete"'),
        (
            'period = "30d", counted_from = "relationship_end" }]',
            'period = "30d", counted_from = "relationship_end" }, { words = "x", period = "3m", counted_from = "no_relationship" }]',
        ),
    ],
)
def test_what_can_be_kept_is_left_in_peace(old, new):
    assert check(plain((old, new))) == []


def test_a_consent_of_its_own_allows_training_where_the_promise_does():
    asked = [
        ('training = "never"', 'training = "with_consent"'),
        ('purpose = "News"', 'purpose = "News"\ntrains_models = true'),
    ]
    assert findings(*asked) == set()
    assert (CONTRADICTION, "ai.training", "GDPR 5(1)(b), 6(1)(a)") in findings(asked[1])


def test_a_stronger_proof_guards_sensitive_data():
    for proof in ("two", "staff"):
        assert findings(("portable = true", f'portable = true\nsensitive = true\nproof = "{proof}"')) == set()
    assert (
        findings(
            ("portable = true", "portable = true\nsensitive = true"),
            ("[ai]", '[proof]\ndefault = "two"\n[ai]'),
        )
        == set()
    )


def test_a_named_transfer_covers_the_recipients_of_its_country_alone():
    abroad = ('country = "FI", told', 'country = "US", told')
    covered = findings(
        abroad, ("[ai]", '[[transfers]]\nsafeguard = "data_privacy_framework"\nto = "US"\n[ai]')
    )
    elsewhere = findings(abroad, ("[ai]", '[[transfers]]\nsafeguard = "adequacy"\nto = "JP"\n[ai]'))
    assert covered == set()
    assert (GAP, "categories.account.recipients[0].safeguard", "GDPR 44, 46") in elsewhere


def test_a_decision_by_machine_may_rest_on_a_contract_and_not_on_an_interest():
    machine = 'portable = true\nautomated = "x"'
    by_contract = findings(
        ("portable = true", machine), (', "withdraw_consent"]', ', "withdraw_consent", "automated_decision"]')
    )
    assert by_contract == set()
    by_interest = findings(
        ("portable = true", 'automated = "x"'),
        (
            '{ article = "GDPR 6(1)(b)", because = "the contract" }',
            '{ article = "GDPR 6(1)(f)", because = "safety" }',
        ),
    )
    assert (GAP, "categories.account.automated", "GDPR 22(2)") in by_interest


def test_callers_have_made_no_contract():
    ours = [
        ('controller_for = ["account_user"]', 'controller_for = ["account_user", "caller"]'),
        ('processor_for = ["caller"]', ""),
        ('callers = "refer"', 'callers = "ours"'),
        ('role = "processor"\n', ""),
        (
            '{ article = "GDPR 28", because = "the business you spoke with" }',
            '{ article = "GDPR 6(1)(b)", because = "the contract" }',
        ),
    ]
    assert (GAP, "categories.calls.legal_basis", "GDPR 6(1)(b)") in findings(*ours)


def test_recipients_whose_names_stand_elsewhere_are_told_with_the_place():
    [finding] = [
        one
        for one in check(plain(('name = "Host Oy", ', 'what = "hosting", listed = "our list", ')))
        if one.severity is GAP
    ]
    assert "our list" in finding.says


def test_a_language_that_some_texts_lack_is_told_once_with_the_first_of_them():
    [told] = [
        one.says
        for one in check(plain(('languages = ["en"]', 'languages = ["en", "fi"]')))
        if "fi" in one.says
    ]
    assert told.startswith("offers fi, which operator.authority.name, ")
    assert "more lack" in told
    translated = plain(
        ('languages = ["en"]', 'languages = ["en", "fi"]'),
        ('title = "Account"', 'title = { en = "Account", fi = "Tili" }'),
    )
    assert not any("categories.account.title" in one.says for one in check(translated))


def test_every_day_of_two_years_is_held_against_the_promise():
    assert (len(_DAYS), _DAYS[0].date().isoformat(), _DAYS[-1].date().isoformat()) == (
        731,
        "2027-01-01",
        "2028-12-31",
    )


def test_the_states_of_the_eea_are_those_of_the_clock():
    with pytest.raises(ClockError) as caught:
        due(_DAYS[0], Regime.EU_GDPR, Place("US", None, "UTC"))
    states = caught.value.allowed.rpartition(": ")[2].split(", ")
    assert set(states) == EEA
