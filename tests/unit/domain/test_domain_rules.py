"""Identities, proof, cutting, holds, backing off and the profile: pure rules, one by one and by many examples."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.contract import Ref, Role, Scope
from dsar.domain import work
from dsar.domain.errors import InvalidInput
from dsar.domain.holds import HoldRule, financial_year_end, held_until
from dsar.domain.identity import VALUE_LENGTH_MAX, Claim, IdentityKind, masked, normalise
from dsar.domain.profile import CallersRule, ProfileError, load
from dsar.domain.proof import CODE_LIFETIME, TRIES_MAX, Challenge, Verdict, judge
from dsar.domain.rights import Relation, Right
from dsar.domain.routing import Business, Cut, cut, named
from dsar.engine.opening import load_profile
from dsar.store import shipped

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
DEMO = load_profile("demo").profile


# Identities


@pytest.mark.parametrize(
    ("value", "normal"),
    [
        ("Anna@Example.COM", "anna@example.com"),
        ("  anna@example.com\n", "anna@example.com"),
        ("a+b@sub.example.co.uk", "a+b@sub.example.co.uk"),
        ("ANNA@BÜCHER.example", "anna@bücher.example"),
    ],
)
def test_an_email_address_is_made_comparable(value, normal):
    assert normalise(IdentityKind.EMAIL, value, "FI") == Claim(IdentityKind.EMAIL, normal)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "anna",
        "anna@",
        "@example.com",
        "a b@example.com",
        "anna@example",
        "anna@exa mple.com",
        "a@b@c.example",
        "x" * 255,
        "anna@example.com\x00",
        "anna\n@example.com",
        "<anna@example.com>",
    ],
)
def test_what_is_no_email_address_is_refused_without_repeating_it(value):
    with pytest.raises(InvalidInput) as caught:
        normalise(IdentityKind.EMAIL, value, "FI")
    (error,) = caught.value.errors
    assert error.field == "email"
    assert error.remedy
    assert "anna" not in str(caught.value)
    assert "xxx" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "region", "normal"),
    [
        ("040 123 4567", "FI", "+358401234567"),
        ("+358 (0)40-123 4567", "SE", "+358401234567"),
        ("00358401234567", "FI", "+358401234567"),
        ("0046 8 123 456 78", "SE", "+46812345678"),
        ("08-123 456 78", "SE", "+46812345678"),
        ("tel:+358-40-1234567", "FI", "+358401234567"),
    ],
)
def test_a_telephone_number_is_one_however_it_is_written(value, region, normal):
    assert normalise(IdentityKind.PHONE, value, region).value == normal


@pytest.mark.parametrize(
    "value",
    [
        "anonymous",
        "Private",
        "unknown",
        "withheld",
        "restricted",
        "",
        "0",
        "00000",
        "+99999999999",
        "112",
        "+",
        "12345678901234567890",
    ],
)
def test_a_withheld_or_absurd_number_is_nobodys(value):
    with pytest.raises(InvalidInput) as caught:
        normalise(IdentityKind.PHONE, value, "FI")
    assert caught.value.errors[0].field == "phone"


@given(st.sampled_from(IdentityKind), st.text(max_size=40))
def test_whatever_is_claimed_is_refused_or_made_stable(kind, value):
    try:
        once = normalise(kind, value, "FI")
    except InvalidInput:
        return
    assert normalise(kind, once.value, "FI") == once
    assert once.value
    assert len(once.value) <= VALUE_LENGTH_MAX + 40


@given(st.emails())
def test_case_and_space_around_an_email_do_not_make_another_person(value):
    try:
        once = normalise(IdentityKind.EMAIL, value, "FI")
    except InvalidInput:
        return
    assert normalise(IdentityKind.EMAIL, f" {value.upper()} ", "FI") == once or not value.isascii()


def test_an_account_id_is_trimmed_and_else_left_as_it_is():
    assert normalise(IdentityKind.ACCOUNT_ID, " AbC-1 ", "FI").value == "AbC-1"
    for value in ("", "  ", "a\x00b", "a\nb", "x" * 300):
        with pytest.raises(InvalidInput):
            normalise(IdentityKind.ACCOUNT_ID, value, "FI")


@given(st.text(min_size=1, max_size=30))
def test_no_value_shows_where_claims_and_references_are_printed(value):
    for shown in (repr(Claim(IdentityKind.EMAIL, f"zz{value}zz")), repr(Ref("email", f"zz{value}zz"))):
        assert "zz" not in shown


@pytest.mark.parametrize(
    ("claim", "shown"),
    [
        (Claim(IdentityKind.EMAIL, "anna.virtanen@example.com"), "a…@e…"),
        (Claim(IdentityKind.PHONE, "+358401234567"), "…67"),
    ],
)
def test_a_masked_identity_tells_only_its_owner_which_it_is(claim, shown):
    assert masked(claim) == shown


# Codes


@given(st.integers(0, TRIES_MAX), st.booleans(), st.booleans(), st.integers(-700, 700))
def test_a_code_is_right_only_in_time_unused_and_within_its_tries(tries, spent, equal, late):
    challenge = Challenge(AT + CODE_LIFETIME, tries, AT if spent else None)
    verdict = judge(challenge, equal=equal, now=AT + timedelta(seconds=late))
    right = equal and not spent and tries < TRIES_MAX and timedelta(seconds=late) < CODE_LIFETIME
    assert (verdict is Verdict.RIGHT) == right


def test_a_used_up_code_says_so_even_when_it_has_also_expired():
    assert judge(Challenge(AT, TRIES_MAX, None), equal=True, now=AT) is Verdict.USED_UP
    assert judge(Challenge(AT, 0, AT), equal=True, now=AT) is Verdict.USED_UP
    assert judge(Challenge(AT, 0, None), equal=True, now=AT) is Verdict.EXPIRED


# Cutting


@given(
    st.lists(st.sampled_from(Right), min_size=1),
    st.lists(st.sampled_from(Relation), min_size=1),
    st.sampled_from(CallersRule),
)
def test_a_request_is_cut_by_right_and_role_each_once(rights, relations, callers):
    import msgspec

    everybody = (*DEMO.controller_for, *DEMO.processor_for)
    ours = msgspec.structs.replace(DEMO, callers=callers, controller_for=everybody, processor_for=())
    profile = ours if callers is CallersRule.OURS else msgspec.structs.replace(DEMO, callers=callers)
    relations = [relation for relation in relations if relation in everybody] or [Relation.CALLER]
    pieces = cut(rights, relations, profile)
    assert len(pieces) == len(set((p.right, p.role) for p in pieces))  # noqa: C401 - pairs, not structs
    assert {piece.right for piece in pieces} == set(rights)
    routed = Relation.CALLER in relations and callers is not CallersRule.OURS
    own = any(relation is not Relation.CALLER for relation in relations) or not routed
    assert {piece.role for piece in pieces} == ({Role.PROCESSOR} if routed else set()) | (
        {Role.CONTROLLER} if own else set()
    )


def test_a_caller_who_is_nothing_else_gets_no_case_of_ours():
    assert cut([Right.ACCESS], [Relation.CALLER], DEMO) == [Cut(Right.ACCESS, Role.PROCESSOR)]


def test_a_business_is_named_as_people_write_it_and_by_the_number_called():
    acme, beta = Business(uuid4(), "Äcme Öy", "a", ("+358912345678",)), Business(uuid4(), "Beta", "b")
    known = [acme, beta]
    for words in ("Äcme Öy", "äcme öy", " ÄCME-ÖY. ", "Acme"):
        assert named(words, None, known) == [acme]
    assert named("", "+358912345678", known) == [acme]
    assert named("beta", "+358912345678", known) == [acme, beta]
    for words in ("", "Acm", "Acme Ltd", "…", "Gamma"):
        assert named(words, None, known) == []
    assert named("", "+358900000001", known) == []


def test_a_business_without_a_letter_in_its_name_is_not_everybodys():
    assert named("", None, [Business(uuid4(), "!!!", "x")]) == []


def test_a_scope_names_a_tenant_exactly_when_it_is_a_processors():
    for role, tenant in ((Role.PROCESSOR, None), (Role.CONTROLLER, "t")):
        with pytest.raises(ValueError, match="scope"):
            Scope(role, tenant)


# Holds

days = st.dates(date(1990, 1, 1), date(2080, 12, 31))
ends = st.sampled_from(["12-31", "06-30", "02-28", "03-31", "01-01"])


@given(days, ends, st.integers(0, 30), st.booleans())
def test_a_hold_ends_its_years_after_the_financial_year_of_the_object(dated, ends_on, years, from_year_end):
    rule = HoldRule("x", years, from_year_end, ends_on)
    end, until = financial_year_end(dated, rule), held_until(dated, rule)
    assert dated <= end < dated + timedelta(days=367)
    assert f"{end:%m-%d}" == ends_on
    assert until.year == end.year + years
    assert f"{until:%m-%d}" == ("12-31" if from_year_end else ends_on)
    assert until >= dated


@pytest.mark.parametrize(
    ("dated", "ends_on", "until"),
    [
        (date(2024, 5, 6), "12-31", date(2030, 12, 31)),
        (date(2024, 12, 31), "12-31", date(2030, 12, 31)),
        (date(2025, 1, 1), "12-31", date(2031, 12, 31)),
        (date(2024, 7, 1), "06-30", date(2031, 12, 31)),
    ],
)
def test_a_finnish_voucher_is_kept_six_years_from_the_end_of_the_year(dated, ends_on, until):
    assert held_until(dated, HoldRule("FI", 6, financial_year_ends=ends_on)) == until


# Backing off


@given(st.integers(1, 1000), st.floats(0, 10_000))
def test_waiting_doubles_and_never_lasts_more_than_an_hour(attempt, first):
    wait = work.backoff(attempt, first).total_seconds()
    assert 0 <= wait <= work.DELAY_SECONDS_MAX
    assert wait <= work.backoff(attempt + 1, first).total_seconds()


@given(st.integers(1, 50), st.integers(1, 50))
def test_after_the_last_attempt_there_is_no_later(attempt, most):
    later = work.after_failure(attempt, most, 1.0, AT, "x")
    assert (later is None) == (attempt >= most)
    assert later is None or (later.burns_attempt and later.at > AT)


# Profiles

TEXT = (shipped("profiles") / "demo.toml").read_text()


@pytest.mark.parametrize("path", sorted(shipped("profiles").glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_profile_can_be_used(path):
    assert load(path.read_text(), path.name).profile.key == path.stem


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('key = "demo"', "", "key"),
        ('regime = "EU_GDPR"', 'regime = "MARS"', "regime"),
        ('callers = "forward"', 'callers = "ignore"', "callers"),
        ('callers = "forward"', 'callers = "forward"\ntypo = 1', "typo"),
        ('country = "FI"', 'country = "XX"', "XX"),
        ('timezone = "Europe/Helsinki"', 'timezone = "Europe/Nowhere"', "Nowhere"),
        ('promise = "30d"', 'promise = "soon"', "soon"),
        ('languages = ["en"]', "languages = []", "languages"),
        ('approval = ["erasure"]', 'approval = ["sleep"]', "sleep"),
        (
            '{ article = "GDPR 6(1)(b)", because = "the contract with you" }',
            '{ article = " " }',
            "categories.account.legal_basis",
        ),
        ("years = 6", 'years = 6\nfinancial_year_ends = "02-29"', "financial_year_ends"),
        ("years = 6", 'years = 6\nfinancial_year_ends = "soon"', "financial_year_ends"),
        ("years = 6", 'years = "six"', "years"),
        ("[operator]", "[operator", "line 14"),
    ],
)
def test_a_profile_that_cannot_be_used_is_refused_with_its_file_and_what_is_wrong(old, new, told):
    assert old in TEXT
    with pytest.raises(ProfileError, match=r"mine\.toml") as caught:
        load(TEXT.replace(old, new, 1), "mine.toml")
    assert told.lower() in str(caught.value).lower()


def test_a_profile_is_known_by_the_hash_of_its_very_text():
    assert load(TEXT, "a").hash == load(TEXT, "b").hash
    assert load(TEXT + "\n# x", "a").hash != load(TEXT, "a").hash
