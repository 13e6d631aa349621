"""What cannot be computed with is refused in one line: the field, the value, what is allowed."""

import pytest
from profiles_at_hand import PLAIN

from dsar.domain.profile import ProfileError, load


def refused(*changes):
    text = PLAIN
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    with pytest.raises(ProfileError) as caught:
        load(text, "mine.toml")
    told = str(caught.value)
    assert told.startswith("mine.toml: ")
    assert "\n" not in told
    return told.removeprefix("mine.toml: ")


@pytest.mark.parametrize(
    ("old", "new", "field", "told"),
    [
        ('key = "plain"\n', "", "key", ["is missing"]),
        ('"EU_GDPR"', '"MARS"', "regime", ["'MARS'", "EU_GDPR", "IN_DPDP"]),
        ('callers = "refer"', 'callers = "refer"\ntypo = 1', "typo", ["no field", "callers", "categories"]),
        ('callers = "refer"', 'callers = "ignore"', "callers", ["'ignore'", "forward, refer, ours"]),
        ('callers = "refer"', 'callers = "ours"', "callers", ["processor_for"]),
        ('"access", ', '"fly", ', "rights[0]", ["'fly'", "access, rectification"]),
        ('promise = "1m"', 'promise = "soon"', "promise", ["'soon'", "30d"]),
        ('promise = "1m"', 'promise = "0d"', "promise", ["'0d'"]),
        ('promise = "1m"', 'promise = "1m"\nclock_mode = "fast"', "clock_mode", ["'fast'", "strict"]),
        ('promise = "1m"', 'promise = "1m"\nrequests_a_year = 0', "requests_a_year", ["0", ">= 1"]),
        ('country = "FI"\ntimezone', 'country = "XX"\ntimezone', "operator.country", ["'XX'", "ISO 3166-1"]),
        ('country = "FI"\ntimezone', 'country = "US"\ntimezone', "operator.country", ["'US'", "EEA"]),
        (
            'country = "FI"\ntimezone',
            'country = "FI"\nsubdivision = "ENG"\ntimezone',
            "operator.subdivision",
            ["'ENG'", "for FI"],
        ),
        ('country = "FI"\ntimezone', 'subdivision = "ENG"\ntimezone', "operator.subdivision", ["'ENG'"]),
        ('"Europe/Helsinki"', '"Europe/Nowhere"', "operator.timezone", ["'Europe/Nowhere'", "IANA"]),
        ('languages = ["en"]', "languages = []", "operator.languages", ["is empty"]),
        ('languages = ["en"]', 'languages = ["English"]', "operator.languages[0]", ["'English'", "en, fi"]),
        ('languages = ["en"]', 'languages = "en"', "operator.languages", ["'en'", "a list"]),
        ('"privacy@plain.example"', '"here"', "operator.contact", ["'here'", "e-mail"]),
        ('languages = ["en"]', 'languages = ["en"]\ntelephone = "08 52"', "operator.telephone", ["'08 52'"]),
        (
            'languages = ["en"]',
            'languages = ["en"]\nchannels = ["fax"]',
            "operator.channels[0]",
            ["'fax'", "letter"],
        ),
        ('url = "https://tietosuoja.fi"', 'url = "tietosuoja"', "operator.authority.url", ["https://"]),
        ('version = "2026-01-01"', 'version = "spring"', "policy.version", ["'spring'", "2026-03-01"]),
        (
            'controller_for = ["account_user"]',
            'controller_for = ["robot"]',
            "controller_for[0]",
            ["'robot'", "caller"],
        ),
        ('title = "Account"\n', "", "categories.account.title", ["is missing"]),
        ('title = "Account"', "title = 3", "categories.account.title", ["3", "text"]),
        ('title = "Account"', "title = { en = 3 }", "categories.account.title.en", ["3", "text"]),
        ('title = "Account"', 'title = " "', "categories.account.title", ["is empty"]),
        ('title = "Account"', "title = {}", "categories.account.title", ["is empty"]),
        ('role = "processor"', 'role = "boss"', "categories.calls.role", ["'boss'", "controller, processor"]),
        (
            'legal_basis = [{ article = "GDPR 6(1)(b)", because = "the contract" }]\n',
            "",
            "categories.account.legal_basis",
            ["is missing"],
        ),
        (
            'legal_basis = [{ article = "GDPR 6(1)(b)", because = "the contract" }]',
            "legal_basis = []",
            "categories.account.legal_basis",
            ["is empty", "GDPR 6(1)(b)"],
        ),
        (
            'article = "GDPR 6(1)(b)"',
            "article = 3",
            "categories.account.legal_basis[0].article",
            ["3", "text"],
        ),
        (
            'article = "GDPR 6(1)(b)"',
            'artcle = "GDPR 6(1)(b)"',
            "categories.account.legal_basis[0].artcle",
            ["no field", "article, because"],
        ),
        ('period = "30d"', 'period = "30x"', "categories.account.retention[0].period", ["'30x'", "12m"]),
        (
            'period = "30d"',
            'period = "101y"',
            "categories.account.retention[0].period",
            ["100 years", "for_ever"],
        ),
        ('period = "30d"', 'reviewed = "0d"', "categories.account.retention[0].reviewed", ["'0d'"]),
        (
            'period = "30d"',
            'period = "30d", at_least = "60d"',
            "categories.account.retention[0].period",
            ["'30d'", "'60d'"],
        ),
        (
            'period = "30d"',
            'period = "30d", choices = ["30d", "x"]',
            "categories.account.retention[0].choices",
            ["'x'"],
        ),
        ('period = "30d"', 'choices = ["30d"]', "categories.account.retention[0].period", ["longest"]),
        (
            'period = "30d"',
            'period = "30d", for_ever = true',
            "categories.account.retention[0].period",
            ["for_ever"],
        ),
        (
            'counted_from = "relationship_end"',
            'counted_from = "someday"',
            "categories.account.retention[0].counted_from",
            ["'someday'", "collection"],
        ),
        (
            'holds = ["voucher"]',
            'holds = ["vouchers"]',
            "categories.billing.holds",
            ["'vouchers'", "voucher"],
        ),
        (
            'country = "FI", told',
            'country = "Finland", told',
            "categories.account.recipients[0].country",
            ["'Finland'"],
        ),
        ("[ai]", '[[recipients]]\nname = "x"\ncountry = "fi"\n[ai]', "recipients[0].country", ["'fi'"]),
        (
            "[ai]",
            '[[transfers]]\nsafeguard = "trust"\n[ai]',
            "transfers[0].safeguard",
            ["'trust'", "adequacy"],
        ),
        ("[ai]", '[[transfers]]\nsafeguard = "adequacy"\nto = "ZZ"\n[ai]', "transfers[0].to", ["'ZZ'"]),
        (
            'act = "FI_Accounting_Act"',
            'act = "DE_HGB"',
            "holds.voucher.act",
            ["'DE_HGB'", "FI_Accounting_Act"],
        ),
        ('object = "voucher"', 'object = "dog"', "holds.voucher.object", ["'dog'", "voucher"]),
        ('object = "voucher"', 'object = "voucher"\nyeas = 6', "holds.voucher.yeas", ["no field", "years"]),
        ('act = "FI_Accounting_Act"\n', "", "holds.voucher.years", ["act"]),
        (
            'object = "voucher"',
            'object = "voucher"\nfinancial_year_ends = "02-29"',
            "holds.voucher.financial_year_ends",
            ["'02-29'", "12-31"],
        ),
        (
            'act = "FI_Accounting_Act"\nobject = "voucher"',
            "years = 0",
            "holds.voucher.years",
            ["0", "1 to 100"],
        ),
        (
            'act = "FI_Accounting_Act"\nobject = "voucher"',
            "years = 999999",
            "holds.voucher.years",
            ["1 to 100"],
        ),
        ("[ai]", '[proof.rights]\nfly = "one"\n[ai]', "proof.rights", ["'fly'", "access"]),
        ("[ai]", '[proof.rights]\naccess = "three"\n[ai]', "proof.rights.access", ["'three'", "staff"]),
        ("[ai]", "[assist]\nforward_working_days = 0\n[ai]", "assist.forward_working_days", ["0", ">= 1"]),
        ("[ai]", "[assist]\nbreach_hours = 10000\n[ai]", "assist.breach_hours", ["10000", "<= 744"]),
        (
            "[ai]",
            "[assist]\ncancellable_minutes = 0\n[ai]",
            "assist.cancellable_minutes",
            ["0", ">= 1"],
        ),
        ("[ai]", '[delivery]\nlink_days = "x"\n[ai]', "delivery.link_days", ["'x'", "whole number"]),
        (
            "[ai]",
            '[assumed."operator.nation"]\nwhy = "x"\nlaw = "y"\n[ai]',
            "assumed",
            ["'operator.nation'", "no field"],
        ),
        (
            "[ai]",
            '[assumed."categories.dogs"]\nwhy = "x"\nlaw = "y"\n[ai]',
            "assumed",
            ["'categories.dogs'", "no field"],
        ),
        (
            "[ai]",
            '[residents.UK]\ntitle = "x"\nregime = "EU_GDPR"\n[ai]',
            "residents.UK",
            ["'UK'", "GB"],
        ),
        (
            "[ai]",
            '[residents.GB]\ntitle = "x"\nregime = "UK_GDPR"\n[ai]',
            "residents.GB.country",
            ["'FI'", "ENG"],
        ),
        (
            "[ai]",
            '[residents.GB]\ntitle = "x"\nregime = "UK_GDPR"\ncountry = "GB"\n[ai]',
            "residents.GB.subdivision",
            ["None", "ENG"],
        ),
        (
            "[ai]",
            '[residents.GB]\ntitle = "x"\nregime = "UK_GDPR"\ncountry = "GB"\nsubdivision = "ENGLAND"\n[ai]',
            "residents.GB.subdivision",
            ["'ENGLAND'", "ENG"],
        ),
        (
            "[ai]",
            '[residents.SE]\ntitle = "x"\nregime = "EU_GDPR"\nsubdivision = "AB"\n[ai]',
            "residents.SE.country",
            ["'AB'"],
        ),
        (
            "[ai]",
            '[residents.US-CA]\ntitle = "x"\nregime = "CCPA"\npromise = "soon"\n[ai]',
            "residents.US-CA.promise",
            ["'soon'"],
        ),
        ("[operator]", "[operator", "", ["line"]),
    ],
)
def test_one_change_is_refused_by_its_field_its_value_and_what_is_allowed(old, new, field, told):
    said = refused((old, new))
    assert said.startswith(f"{field}: " if field else "")
    assert all(word in said for word in told), said


def test_the_wrong_entry_of_many_is_the_one_that_is_named():
    assert refused(('purpose = "News"', "purpose = 5")).startswith("categories.news.purpose: 5 ")
    assert refused(('words = "A year"', "words = 5")).startswith("categories.calls.retention[0].words: 5 ")


def test_a_field_may_be_assumed_although_it_is_unset():
    text = PLAIN.replace("[ai]", '[assumed."operator.dpo"]\nwhy = "x"\nlaw = "GDPR 37"\n[ai]')
    assert "operator.dpo" in load(text, "mine.toml").profile.assumed


@pytest.mark.parametrize("text", ["", "x", "= 1", "[a]\n[a]", '"\x00"', "key = 1979-05-27"])
def test_whatever_is_no_profile_is_refused_and_nothing_else_is_raised(text):
    with pytest.raises(ProfileError, match=r"^mine\.toml: "):
        load(text, "mine.toml")
