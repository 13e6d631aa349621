"""The five companies as their published policies have them: each promise that concerns requests."""

import pytest
from profiles_at_hand import profile_of

from dsar.contract import Role
from dsar.domain.clock import Promise, Regime
from dsar.domain.holds import Act
from dsar.domain.profile import CallersRule, Safeguard, Strength, said
from dsar.domain.profile.retention import CountedFrom
from dsar.domain.rights import Relation, Right

SONO, SONETEL, SONEXLABS, CLOSARE, CLOSEQ = map(
    profile_of, ("sono", "sonetel", "sonexlabs", "closare", "closeq")
)
SIX = ("access", "rectification", "erasure", "restriction", "portability", "objection")
# What the sample systems hold: a demo under any profile has a description of everything that it finds.
FOUND = {
    "contact",
    "communication",
    "account",
    "marketing",
    "billing",
    "analytics",
    "call_records",
    "call_recordings",
}


def periods(profile, key):
    return [
        (one.period, one.counted_from and one.counted_from.value) for one in profile.categories[key].retention
    ]


def keys(profile, role):
    return {key for key, category in profile.categories.items() if category.role is role}


@pytest.mark.parametrize(
    ("profile", "rights"),
    [
        (SONO, {*SIX, "withdraw_consent", "automated_decision"}),
        (SONETEL, {*SIX, "withdraw_consent"}),
        (SONEXLABS, {*SIX, "withdraw_consent"}),
        (CLOSARE, {*SIX}),
        (CLOSEQ, {*SIX, "withdraw_consent"}),
    ],
    ids=lambda value: getattr(value, "key", None),
)
def test_each_offers_the_rights_that_its_policy_names(profile, rights):
    assert set(profile.rights) == rights


@pytest.mark.parametrize(
    ("profile", "promise"),
    [
        (SONO, Promise(1, "months", 2)),
        (SONETEL, None),
        (SONEXLABS, Promise(30, "days")),
        (CLOSARE, Promise(30, "days")),
        (CLOSEQ, Promise(30, "days")),
    ],
    ids=lambda value: getattr(value, "key", None),
)
def test_each_promises_what_its_policy_promises(profile, promise):
    assert profile.promised == promise


@pytest.mark.parametrize(
    ("profile", "controller_for", "processor_for", "callers"),
    [
        (SONO, {"visitor", "prospect", "account_user", "employee"}, {"caller"}, CallersRule.REFER),
        (SONETEL, {"visitor", "prospect", "account_user", "employee", "caller"}, set(), CallersRule.OURS),
        (SONEXLABS, {"prospect", "account_user"}, {"caller"}, CallersRule.FORWARD),
        (CLOSARE, {"visitor", "prospect", "account_user", "caller"}, set(), CallersRule.OURS),
        (CLOSEQ, {"visitor", "prospect", "account_user"}, {"account_user", "caller"}, CallersRule.REFER),
    ],
    ids=lambda value: getattr(value, "key", None),
)
def test_each_is_controller_and_processor_towards_whom_its_policy_says(
    profile, controller_for, processor_for, callers
):
    assert set(profile.controller_for) == controller_for
    assert set(profile.processor_for) == processor_for
    assert profile.callers is callers


def test_call_data_is_held_in_the_role_that_the_policy_claims():
    calls = {"call_records", "call_recordings", "call_transcripts"}
    assert keys(SONO, Role.PROCESSOR) == {*calls, "call_details"}
    assert keys(SONEXLABS, Role.PROCESSOR) == calls
    assert keys(CLOSEQ, Role.PROCESSOR) == {*calls, "call_insights"}
    assert keys(SONETEL, Role.PROCESSOR) == keys(CLOSARE, Role.PROCESSOR) == set()


@pytest.mark.parametrize(
    ("profile", "country", "timezone", "languages"),
    [
        (SONO, "FI", "Europe/Helsinki", ("fi", "en")),
        (SONETEL, "SE", "Europe/Stockholm", ("sv", "en")),
        (SONEXLABS, None, "UTC", ("en",)),
        (CLOSARE, None, "UTC", ("en",)),
        (CLOSEQ, "PL", "Europe/Warsaw", ("pl", "en")),
    ],
    ids=lambda value: getattr(value, "key", None),
)
def test_each_clock_runs_where_the_company_sits_if_it_says_where(profile, country, timezone, languages):
    where = profile.jurisdiction()
    assert (where.regime, where.place.country, where.place.timezone) == (Regime.EU_GDPR, country, timezone)
    assert profile.operator.languages == languages


@pytest.mark.parametrize(
    ("profile", "authority"),
    [
        (SONO, "https://tietosuoja.fi"),
        (SONETEL, "https://www.imy.se"),
        (SONEXLABS, "https://edpb.europa.eu"),
        (CLOSARE, None),
        (CLOSEQ, "https://uodo.gov.pl"),
    ],
    ids=lambda value: getattr(value, "key", None),
)
def test_each_names_the_authority_of_its_policy(profile, authority):
    found = profile.operator.authority
    assert (found.url if found else None) == authority


def test_authorities_stand_with_their_addresses_where_the_policy_gives_them():
    assert "PL 800, 00531 Helsinki" in SONO.operator.authority.address
    assert CLOSEQ.operator.authority.address == "ul. Stawki 2, 00-193 Warszawa"
    assert said(CLOSEQ.operator.authority.name, "pl").startswith("Prezes Urzędu Ochrony Danych Osobowych")
    assert said(SONO.operator.authority.name, "fi") == "Tietosuojavaltuutetun toimisto"


def test_requests_are_taken_where_the_policy_takes_them():
    assert SONETEL.operator.telephone == "+46852506000"
    assert "telephone" in SONETEL.operator.channels
    assert [p.operator.contact for p in (SONO, SONETEL, SONEXLABS, CLOSARE, CLOSEQ)] == [
        None,  # hidden in our copy of the policy
        "support@sonetel.com",
        "support@sonexlabs.com",
        "privacy@closare.com",
        "privacy@closeq.io",
    ]
    assert all("email" in p.operator.channels for p in (SONO, SONETEL, SONEXLABS, CLOSARE, CLOSEQ))


def test_registered_details_are_there_exactly_where_the_policy_has_them():
    assert "3515243-4" in SONO.operator.registered
    assert "556486-5847" in SONETEL.operator.registered
    assert [p.operator.registered for p in (SONEXLABS, CLOSARE, CLOSEQ)] == [None, None, None]


@pytest.mark.parametrize(
    ("profile", "category", "expected"),
    [
        (SONO, "analytics", [("12m", "collection")]),
        (SONO, "communication", [("24m", "last_contact")]),
        (SONO, "contact", [(None, None)]),
        (SONO, "contract", [("10y", "relationship_end")]),
        (SONO, "account", [("10y", "relationship_end")]),
        (SONO, "billing", [("6y", "financial_year_end")]),
        (SONO, "call_recordings", [("24m", "collection")]),
        (SONO, "call_transcripts", [("24m", "collection")]),
        (SONO, "call_records", []),
        (SONETEL, "marketing", [("1y", "relationship_end"), ("3m", "no_relationship")]),
        (SONETEL, "communication", [("30d", "matter_end")]),
        (SONETEL, "billing", [("7y", "financial_year_end")]),
        (SONETEL, "call_records", []),
        (SONETEL, "account", [(None, "relationship_end")]),
        (SONEXLABS, "account", [(None, "relationship_end")]),
        (SONEXLABS, "analytics", [(None, "relationship_end")]),
        (SONEXLABS, "call_records", [(None, None)]),
        (CLOSARE, "account", [("30d", "relationship_end")]),
        (CLOSARE, "call_records", [("365d", "collection")]),
        (CLOSARE, "call_recordings", [("365d", "collection")]),
        (CLOSARE, "analytics", [("12m", "collection")]),
        (CLOSARE, "call_transcripts", []),
        (CLOSEQ, "account", [("90d", "relationship_end")]),
        (CLOSEQ, "call_recordings", [("12m", "collection")]),
        (CLOSEQ, "call_transcripts", [("0d", "relationship_end")]),
        (CLOSEQ, "call_insights", [("0d", "relationship_end")]),
        (CLOSEQ, "analytics", [("90d", "collection")]),
        (CLOSEQ, "billing", [("10y", "financial_year_end")]),
    ],
    ids=lambda value: getattr(value, "key", None) or (value if isinstance(value, str) else None),
)
def test_each_keeps_data_as_long_as_its_policy_says(profile, category, expected):
    assert periods(profile, category) == expected


def test_ranges_choices_reviews_and_what_is_kept_for_ever_stand_as_the_policies_have_them():
    assert SONO.categories["contact"].retention[0].reviewed == "24m"
    assert SONO.categories["contract"].retention[0].at_least == "6y"
    assert any(one.for_ever for one in SONO.categories["marketing"].retention)
    assert CLOSARE.categories["call_records"].retention[0].choices == ("30d", "90d", "365d")
    assert CLOSARE.categories["call_records"].retention[0].decided_by == "plan"
    assert CLOSEQ.categories["call_recordings"].retention[0].decided_by == "customer"
    assert CLOSEQ.categories["billing"].retention[0].at_least == "5y"
    assert SONEXLABS.categories["call_records"].retention[0].decided_by == "customer"


def test_what_becomes_of_data_afterwards_is_said_where_the_policy_says_it():
    assert CLOSEQ.after_contract.period == "90d"
    assert CLOSEQ.after_contract.counted_from is CountedFrom.RELATIONSHIP_END
    assert [p.after_expiry for p in (SONO, SONETEL, SONEXLABS, CLOSARE, CLOSEQ)] == [
        "delete_or_anonymise",
        None,
        None,
        "delete",
        "delete_or_anonymise",
    ]
    assert [p.after_contract for p in (SONO, SONETEL, SONEXLABS, CLOSARE)] == [None] * 4


def test_invoices_are_held_by_the_law_of_the_country():
    acts = {p.key: p.holds["voucher"].act for p in (SONO, SONETEL, CLOSEQ)}
    assert acts == {"sono": Act.FI_ACCOUNTING, "sonetel": Act.SE_BOOKKEEPING, "closeq": Act.PL_TAX}
    assert all("voucher" in p.categories["billing"].holds for p in (SONO, SONETEL, CLOSEQ))
    assert not SONEXLABS.holds
    assert not CLOSARE.holds


def test_sonexlabs_answers_the_united_kingdom_california_and_india_under_their_own_law():
    assert set(SONEXLABS.residents) == {"GB", "US-CA", "IN"}
    britain, california, india = map(SONEXLABS.jurisdiction, ("GB", "US-CA", "IN"))
    assert (britain.regime, britain.place.country, britain.place.subdivision) == (
        Regime.UK_GDPR,
        "GB",
        "ENG",
    )
    assert britain.rights == SONEXLABS.rights
    assert (california.regime, california.promise) == (Regime.CCPA, Promise(45, "days"))
    assert set(california.rights) == {"know", "delete", "correct", "opt_out_sale", "limit_sensitive"}
    assert (india.regime, india.promise) == (Regime.IN_DPDP, None)
    assert set(india.rights) == {"access", "rectification", "erasure", "withdraw_consent"}


def test_only_an_authority_under_the_same_law_hears_a_complaint():
    assert SONEXLABS.jurisdiction("GB").authority.url == "https://ico.org.uk"
    assert SONEXLABS.jurisdiction("US-CA").authority is None
    assert SONEXLABS.jurisdiction("IN").authority is None


def test_recipients_stand_by_name_exactly_where_the_policy_names_them():
    named = {p.key: {r.name for r in p.recipients if r.name} for p in (SONETEL, SONEXLABS, CLOSARE, CLOSEQ)}
    assert len(named["sonetel"]) == 14
    assert {"Google", "Hotjar", "Bambora", "Perfect Money"} <= named["sonetel"]
    assert named["sonexlabs"] == named["closare"] == named["closeq"] == set()
    assert [r.name for r in SONO.categories["analytics"].recipients] == ["PostHog"]
    assert any(r.listed for r in SONO.recipients)
    assert any(r.listed for r in CLOSEQ.recipients)


def test_transfers_rest_on_what_the_policy_names():
    grounds = {p.key: [t.safeguard for t in p.transfers] for p in (SONO, SONETEL, SONEXLABS, CLOSARE, CLOSEQ)}
    assert grounds == {
        "sono": [Safeguard.DPF, Safeguard.SCC],
        "sonetel": [Safeguard.ADEQUACY, Safeguard.SCC, Safeguard.BCR, Safeguard.PRIVACY_SHIELD],
        "sonexlabs": [Safeguard.SCC, Safeguard.IDTA],
        "closare": [],
        "closeq": [Safeguard.SCC, Safeguard.DPF],
    }


def test_models_learn_from_nothing_or_only_with_consent():
    assert [p.ai.training for p in (SONO, SONETEL, SONEXLABS, CLOSARE, CLOSEQ)] == [
        None,
        None,
        "with_consent",
        "with_consent",
        "never",
    ]


def test_what_ai_made_is_marked_so():
    made = {p.key: {k for k, c in p.categories.items() if c.ai} for p in (SONO, SONEXLABS, CLOSARE, CLOSEQ)}
    assert made == {
        "sono": {"call_transcripts", "call_details"},
        "sonexlabs": {"call_transcripts"},
        "closare": {"call_transcripts", "call_insights"},
        "closeq": {"call_transcripts", "call_insights"},
    }
    assert not any(category.ai for category in SONETEL.categories.values())


def test_sonetels_machine_that_suspends_accounts_is_told_with_its_logic_in_both_languages():
    automated = SONETEL.categories["fraud"].automated
    assert {"sv", "en"} == set(automated)
    assert "suspended" in automated["en"]
    assert [
        p.key for p in (SONO, SONEXLABS, CLOSARE, CLOSEQ) if any(c.automated for c in p.categories.values())
    ] == []


def test_sono_tells_its_customers_of_a_breach_within_24_hours():
    hours = {p.key: p.assist.breach_hours for p in (SONO, SONETEL, SONEXLABS, CLOSARE, CLOSEQ)}
    assert hours == {"sono": 24, "sonetel": None, "sonexlabs": None, "closare": None, "closeq": None}


def test_a_number_alone_never_releases_audio(company):
    assert company.categories["call_recordings"].proof is Strength.STAFF
    assert company.categories["call_recordings"].sensitive


def test_identity_documents_leave_only_after_a_persons_check():
    assert SONETEL.categories["identity_documents"].proof is Strength.STAFF


def test_whom_to_ask_is_named_where_the_company_does_not_answer(company):
    assert (company.whom_to_ask is None) == (company.callers is CallersRule.OURS)


def test_closeq_sends_its_users_to_their_administrator():
    assert "employer" in said(CLOSEQ.whom_to_ask, "en")
    assert "administrator" in said(CLOSEQ.whom_to_ask, "pl")
    assert Relation.ACCOUNT_USER in {*CLOSEQ.processor_for} & {*CLOSEQ.controller_for}


def test_a_consent_can_be_withdrawn_where_the_policy_rests_on_one():
    consents = {p.key: p.consents for p in (SONO, SONETEL, SONEXLABS, CLOSARE, CLOSEQ)}
    assert consents == {
        "sono": ("marketing",),
        "sonetel": (),
        "sonexlabs": ("marketing",),
        "closare": ("marketing",),
        "closeq": ("marketing",),
    }


def test_a_person_looks_before_anything_is_erased(company):
    assert {right for right in company.offered if right.erases} <= set(company.approval)
    assert Right.ERASURE in company.approval


def test_everything_that_the_sample_systems_hold_is_described(company):
    assert company.categories.keys() >= FOUND
