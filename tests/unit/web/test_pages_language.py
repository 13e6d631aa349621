"""A page speaks one language: the chosen one, else the request's own, else the browser's, else the operator's first."""

import re
from types import SimpleNamespace

import msgspec
import pytest
from pages_sample import LANGUAGES, LOADED, REFERENCE, SHAPES, errors_of, pages, words
from support.languages import leftover

from dsar.domain.case import State
from dsar.domain.errors import FieldError
from dsar.domain.profile import LoadedProfile
from dsar.domain.rights import Relation, Right
from dsar.web.language import asked
from dsar.web.problems import TITLES, problem
from dsar.web.wording import RELATIONS, REMEDIES, RIGHTS, STATES

OFFERED = ("en", "fi", "sv")
EVERYTHING_WRONG = {
    "relations": ("caller",),
    "rights": ("know",),
    "purposes": ("nothing",),
    "residence": "somewhere",
    "email": "x" * 300,
    "phone": "12",
    "account_id": "\x00",
    "business": "x" * 300,
    "number_called": "none",
    "message": "x" * 5000,
}


def only_english():
    operator = msgspec.structs.replace(LOADED.profile.operator, languages=("en",))
    return LoadedProfile(msgspec.structs.replace(LOADED.profile, operator=operator), "", b"")


@pytest.mark.parametrize(
    ("query", "header", "own", "spoken"),
    [
        (None, "", None, "en"),
        ("fi", "", None, "fi"),
        ("FI", "", None, "fi"),
        ("de", "sv", None, "sv"),
        ("<script>", "", None, "en"),
        (None, "sv-FI,sv;q=0.9,en;q=0.8", None, "sv"),
        (None, "de, fi;q=0.2, sv;q=0.9", None, "sv"),
        (None, "fi;q=0, sv;q=0.1", None, "sv"),
        (None, "fi;q=x, *", None, "en"),
        (None, ";;,q=,=;q", None, "en"),
        (None, "x" * 10_000 + ",fi", None, "en"),
        (None, "sv", "fi", "fi"),
        ("en", "sv", "fi", "en"),
        (None, "sv", "pl", "sv"),
    ],
)
def test_which_language_is_spoken(query, header, own, spoken):
    assert asked(OFFERED, query, header).among(OFFERED, own) == spoken


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("shape", SHAPES)
def test_no_page_mixes_languages(shape, language):
    name, facts = SHAPES[shape]
    page = pages(language).render(name, **facts)

    assert f'<html lang="{language}">' in page
    assert language == "en" or leftover(words(page), language) == []
    assert "%(" not in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_form_with_everything_wrong_is_in_one_language(language):
    error = errors_of(**EVERYTHING_WRONG)
    page = pages(language).form(EVERYTHING_WRONG, error)
    text = words(page)

    assert {found.field for found in error.errors} >= {"rights", "email", "phone", "message", "number_called"}
    assert language == "en" or leftover(text, language) == []
    assert "4000" in text
    assert "{limit}" not in text
    assert f'<input type="hidden" name="language" value="{language}">' in page


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("http_status", sorted(TITLES))
def test_an_error_is_told_to_a_person_in_their_language(http_status, language):
    found = problem(http_status, "the body is not what this address takes")
    text = words(pages(language).problem(found))

    assert language == "en" or leftover(text, language) == []
    assert str(http_status) in text


def test_a_detail_for_programs_is_not_shown_in_another_language():
    found = problem(415, "a body here is application/json")

    assert "a body here" in words(pages("en").problem(found)).lower()
    assert "a body here" not in words(pages("fi").problem(found)).lower()


def test_an_error_of_a_field_is_a_sentence_of_the_language():
    found = problem(
        422, "kind is neither", (FieldError("kind", "is neither email nor phone.", "Use the page as it is."),)
    )
    text = words(
        pages("fi").problem(
            found, (FieldError("kind", "is neither email nor phone.", "Use the page as it is."),)
        )
    )

    assert "Kenttä ”kind”: ei ole sähköposti eikä puhelin. Käytä sivua sellaisenaan." in " ".join(
        text.split()
    )


def test_english_errors_are_as_they_were():
    page = words(pages("en").form({"email": "x" * 300}, errors_of(email="x" * 300)))

    assert "The e-mail address is too long. Use at most 254 characters." in page
    assert "Your wish is missing. Tick at least one box." in page


def test_the_switch_leads_to_the_same_page_without_a_script():
    page = pages("fi").render("status", f"/requests/{REFERENCE}", **SHAPES["status"][1])

    for language, name in (("en", "English"), ("sv", "Svenska"), ("pl", "Polski")):
        link = f'<a href="/requests/{REFERENCE}?lang={language}" lang="{language}" hreflang="{language}">{name}</a>'
        assert link in page
    assert '<b lang="fi" aria-current="true">Suomi</b>' in page
    assert "<script" not in page


def test_one_language_alone_needs_no_switch():
    assert "?lang=" not in pages(None, "fi", only_english()).form()
    assert '<html lang="en">' in pages("fi", "fi", only_english()).form()


def test_a_chosen_language_goes_along_and_an_accepted_one_need_not():
    chosen, accepted = pages("sv"), pages(None, "sv")

    assert chosen.to("/verify/R") == "/verify/R?lang=sv"
    assert accepted.to("/verify/R") == "/verify/R"
    assert 'action="/download/t/send?lang=sv"' in chosen.render("download", **SHAPES["download"][1])


def test_a_request_is_answered_in_its_own_language_until_another_is_chosen():
    assert pages(None, "sv").speaking("fi").language == "fi"
    assert pages("en", "sv").speaking("fi").language == "en"


def test_the_form_shows_residences_and_consents_only_where_the_profile_has_them():
    page = pages("fi").form()
    bare = msgspec.structs.replace(LOADED.profile, residents={}, categories={})
    without = pages("fi", "", LoadedProfile(bare, "", b"")).form()

    assert '<option value="US-CA">Kalifornia</option>' in page
    assert 'name="purposes" type="checkbox" value="news"' in page
    assert 'name="residence"' not in without
    assert 'name="purposes"' not in without


def test_what_was_chosen_stays():
    page = pages("en").form({"residence": "US-CA", "purposes": ["news"]}, errors_of())

    assert '<option value="US-CA" selected>' in page
    assert re.search(r'value="news" checked', page)


def test_a_right_of_some_says_whose_it_is():
    page = " ".join(words(pages("fi").form()).split())

    assert "Vain niille, jotka asuvat täällä: Kalifornia." in page
    assert page.count("Vain niille") == 1
    assert 'aria-describedby="rights-know-about rights-only-Kalifornia"' in pages("fi").form()


def test_a_telephone_stands_in_for_an_address_and_the_name_for_both():
    by_phone = msgspec.structs.replace(LOADED.profile.operator, contact=None, telephone="+4685250")
    by_name = msgspec.structs.replace(LOADED.profile.operator, contact=None)
    for operator, shown in ((by_phone, '<a href="tel:+4685250">+4685250</a>'), (by_name, ": Puhelin Oy.")):
        loaded = LoadedProfile(msgspec.structs.replace(LOADED.profile, operator=operator), "", b"")
        assert shown in pages("fi", "", loaded).form()


def test_every_code_has_words():
    assert set(RIGHTS) == {right.value for right in Right}
    assert set(RELATIONS) == {relation.value for relation in Relation}
    assert set(STATES) == set(State)
    assert set(TITLES) - {401, 403} == set(REMEDIES)


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_code_is_said_in_every_language(language):
    spoken = pages(language)
    texts = [text for pair in RIGHTS.values() for text in pair] + [*RELATIONS.values(), *STATES.values()]

    assert [text for text in texts if spoken.say(text) == text] == []


def test_an_error_for_programs_has_the_formatted_english():
    error = FieldError("message", "is too long.", "Use at most {limit} characters.", limit=4000)

    assert (error.problem, error.remedy) == ("is too long.", "Use at most 4000 characters.")
    assert error.on("business").field == "business"
    assert error.on("business").remedy == error.remedy
    assert FieldError("x", "cannot be read: expected `{…}`.", "Mend it.").problem.endswith("`{…}`.")


def test_the_pages_of_a_request_are_chosen_by_its_query_and_header():
    from dsar.web.pages import AllPages

    service = SimpleNamespace(templates=pages()._service.templates, profile=LOADED)
    request = SimpleNamespace(query_params={"lang": "pl"}, headers={"accept-language": "fi"})
    bare = SimpleNamespace(query_params={}, headers={})

    assert AllPages(service).asked_by(request).language == "pl"
    assert AllPages(service).asked_by(bare).language == "en"
