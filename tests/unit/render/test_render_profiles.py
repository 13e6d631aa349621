"""Each company's own profile fills the letters and the pages in each of its languages."""

import re
from types import SimpleNamespace

import pytest
from letter_facts import SYSTEMS, UNTIL, case, done, templates
from support.languages import leftover

from dsar.domain.profile import load
from dsar.domain.rights import Right
from dsar.render import Letters
from dsar.store import shipped
from dsar.web.language import asked
from dsar.web.pages import Pages

PROFILES = {
    path.stem: load(path.read_text(encoding="utf-8"), path.name)
    for path in sorted(shipped("profiles").glob("*.toml"))
}
SPOKEN = [
    (name, language) for name, loaded in PROFILES.items() for language in loaded.profile.operator.languages
]
RAW = re.compile(r"\bGDPR \d|\bNone\b|\{'")
URL = "https://requests.example"


def written(name, language, residence, kind="access", **more):
    profile = PROFILES[name].profile
    where = profile.jurisdiction(residence)
    return Letters(templates()).write(
        kind,
        case=case(regime=where.regime.value, residence=residence, right=Right(kind)),
        operator=profile.operator,
        profile=profile,
        authority=where.authority,
        language=language,
        status_url=URL,
        verify_url=URL,
        facts=done(categories=list(profile.categories.values()), systems=SYSTEMS[:1], gaps=[], told=[]),
        outcome="fulfilled",
        until=UNTIL,
        **more,
    )


@pytest.mark.parametrize(("name", "language"), SPOKEN)
def test_every_language_of_a_profile_can_be_spoken(name, language):
    assert language in templates().languages


@pytest.mark.parametrize(("name", "language"), SPOKEN)
def test_an_access_letter_from_the_profile_reads_in_its_language(name, language):
    for residence in ("", *PROFILES[name].profile.residents):
        letter = written(name, language, residence)

        assert not RAW.search(letter.text), (residence, RAW.search(letter.text))
        assert language == "en" or leftover(letter.text, language) == []
        for category in PROFILES[name].profile.categories.values():
            assert (
                category.title
                if isinstance(category.title, str)
                else category.title.get(language, "") in letter.text
            )


@pytest.mark.parametrize(("name", "language"), SPOKEN)
def test_the_form_of_the_profile_is_in_its_language(name, language):
    service = SimpleNamespace(templates=templates(), profile=PROFILES[name])
    page = Pages(service, asked(PROFILES[name].profile.operator.languages, language, ""), None).form()
    text = re.sub(r"<[^>]+>", " ", re.sub(r"<nav.*?</nav>", "", page, flags=re.DOTALL))

    assert f'<html lang="{language}">' in page
    assert language == "en" or leftover(text, language) == []
    assert not re.search(r"[^>]\bNone\b|\bNone</", page)
