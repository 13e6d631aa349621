"""The catalogues are whole: no text missing, none doubtful, every value in its place, all of it taken from the sources."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po
from letter_facts import LANGUAGES, templates
from support.languages import PLACEHOLDER, TAG, catalogue, english_pieces, leftover, plural, template

from dsar.render import NoCatalogueError
from dsar.render.catalogue import Catalogues
from dsar.store import shipped

ROOT = Path(__file__).parents[3]
TRANSLATED = [language for language in LANGUAGES if language != "en"]


def texts(found):
    return {tuple(plural(message.id)) for message in found if message.id}


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated_and_none_is_doubtful(language):
    found = catalogue(language)

    assert texts(found) == texts(template())
    assert [m.id for m in found if m.id and not all(text.strip() for text in plural(m.string))] == []
    assert [m.id for m in found if m.id and m.fuzzy] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_values_and_the_links_of_its_text(language):
    for message in catalogue(language):
        wanted = {PLACEHOLDER_SET(text) for text in plural(message.id)} if message.id else set()
        for text in plural(message.string) if message.id else []:
            assert PLACEHOLDER_SET(text) in wanted, message.id
            assert sorted(TAG.findall(text)) == sorted(TAG.findall(plural(message.id)[0])), message.id


def PLACEHOLDER_SET(text):  # noqa: N802 - reads like the pattern that it collects
    return frozenset(PLACEHOLDER.findall(text))


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_ends_as_its_text_does(language):
    for message in catalogue(language):
        for text in plural(message.string) if message.id else []:
            english = plural(message.id)[0]
            assert (text[:1] == " ", text[-1:] == " ") == (english[:1] == " ", english[-1:] == " "), english
            if english.endswith((".", ":", "?")):
                assert text.endswith(english[-1]), (english, text)


def test_polish_counts_in_three_forms():
    ngettext = Catalogues(shipped("translations")).of("pl").ngettext
    said = [
        ngettext("%(shown)s record", "%(shown)s records", count) % {"shown": count} for count in (1, 3, 5, 22)
    ]

    assert said == ["1 rekord", "3 rekordy", "5 rekordów", "22 rekordy"]


def test_what_the_sources_say_is_in_the_catalogues(tmp_path, monkeypatch):
    """`make messages` would change nothing."""
    monkeypatch.chdir(ROOT)
    fresh = tmp_path / "dsar.pot"
    CommandLineInterface().run(
        ["pybabel", "-q", "extract", "-F", "translations/babel.cfg", "-k", "msgid", "-o", str(fresh), "."]
    )
    with fresh.open("rb") as file:
        assert texts(template()) == texts(read_po(file))


def test_no_compiled_catalogue_is_kept():
    assert [path for path in shipped("translations").rglob("*") if path.suffix == ".mo"] == []


def test_every_language_with_a_catalogue_can_be_spoken():
    assert set(templates().languages) == set(LANGUAGES)
    assert templates().languages[0] == "en"


def test_a_language_without_a_catalogue_is_named_with_those_that_there_are():
    with pytest.raises(NoCatalogueError, match=r"'de' has no catalogue; there are en, fi, pl, sv"):
        templates().render("letters/code.txt", language="de")


def test_a_catalogue_is_read_when_its_language_is_first_spoken(monkeypatch):
    catalogues = Catalogues(shipped("translations"))
    read = []
    monkeypatch.setattr(catalogues, "_load", lambda language: read.append(language) or object())

    catalogues.of("en")
    first = catalogues.of("fi")

    assert read == ["fi"]
    assert catalogues.of("fi") is first


def test_a_command_that_renders_nothing_reads_no_catalogue():
    code = "import sys, dsar.cli.main; print('babel' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == "False"


def test_the_search_for_english_finds_it():
    assert leftover("Hei. We search our systems and do what you asked, sanoi hän.", "fi")
    assert not leftover("Haemme järjestelmistämme ja teemme, mitä pyysit.", "fi")
    assert len(english_pieces("fi")) > 300
    assert all(re.search(r"[a-z]", piece) for piece in english_pieces("pl"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_no_text_nothing_is_said(language):
    assert templates().translator(language)("") == ""
    assert templates().translator(language)("no such text") == "no such text"
