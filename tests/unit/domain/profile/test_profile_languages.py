"""Every text that people read stands in each language of its company."""

import pytest
from profiles_at_hand import plain, profile_of

from dsar.domain.profile.fields import has_field, texts_in

# Words of another language that would show that a text was left untranslated or put under the wrong one.
TELLING = {
    "en": {"the", "of", "from"},
    "fi": {"ja", "joka", "sinulta"},
    "sv": {"och", "från", "att"},
    "pl": {"od", "oraz", "lub"},
}


def test_no_text_lacks_a_language_of_the_operator(company):
    languages = company.operator.languages
    lacking = [
        field
        for field, text in texts_in(company)
        if isinstance(text, str) or any(not text.get(language, "").strip() for language in languages)
    ]
    assert lacking == []


def test_no_text_has_a_language_that_the_operator_does_not_offer(company):
    languages = set(company.operator.languages)
    assert [field for field, text in texts_in(company) if not set(text) <= languages] == []


def test_no_text_stands_under_the_wrong_language(company):
    for field, text in texts_in(company):
        for language, words in text.items():
            others = {w for other, telling in TELLING.items() if other != language for w in telling}
            own = TELLING[language]
            found = {word.strip(".,:;()").casefold() for word in words.split()}
            assert not found & (others - own), (field, language)


def test_no_two_languages_say_a_long_text_in_the_same_words(company):
    same = [
        field
        for field, text in texts_in(company)
        if len(text) > 1 and len(set(text.values())) < len(text) and len(next(iter(text.values()))) > 30
    ]
    assert same == []


def test_the_walk_meets_each_text_with_its_field():
    fields = [field for field, _ in texts_in(profile_of("sonetel"))]
    assert len(fields) == len(set(fields))
    for field in (
        "operator.authority.name",
        "security[0]",
        "transfers[1].words",
        "recipients[9].what",
        "holds.voucher.statute",
        "letters.signature",
        "categories.fraud.automated",
        "categories.marketing.retention[1].words",
        "categories.call_records.legal_basis[1].because",
    ):
        assert field in fields


@pytest.mark.parametrize(
    ("field", "there"),
    [
        ("operator", True),
        ("operator.country", True),
        ("operator.dpo", True),
        ("categories.account.retention[0].period", True),
        ("categories.account.retention[1]", False),
        ("categories.nothing", False),
        ("operator.country.code", False),
        ("security[0]", True),
        ("", False),
        ("nothing", False),
    ],
)
def test_a_field_is_known_by_its_name(field, there):
    assert has_field(plain(), field) is there
