"""Each letter in each language: reference, dates and law are said, in that language alone, and the HTML is the same letter."""

import html
import re
from datetime import date

import pytest
from letter_facts import (
    DUE,
    HELD,
    LANGUAGES,
    LATER,
    LETTERS,
    LOADED,
    RECEIVED,
    REFERENCE,
    SCRIPT,
    UNTIL,
    WORDS,
    has_short,
    short,
    templates,
    written,
)
from support.languages import leftover

from dsar.domain.clock import Regime
from dsar.render import blocks
from dsar.render.dates import local_date, long_date
from dsar.store import shipped

EVERY = [(name, language) for name in LETTERS for language in LANGUAGES]
ENGLISH_MONTHS = re.compile(
    r"\b(January|February|March|April|May|June|July|August|September|October|November|December)\b"
)
RAW_CITATION = re.compile(r"\bGDPR \d|\b(11 CCR|Civ\.|DSV|LGPD|FADP) \d")
EUROPEAN = re.compile(r"GDPR|RODO|tietosuoja-asetu|dataskyddsförordning")
# What each language calls the European regulation; the United Kingdom's bears its English name everywhere.
ARTICLE = {
    "en": r"\bArticles? \d",
    "fi": r"\d artikla(n \d kohta)?\b",
    "sv": r"\bartik(el|larna) \d",
    "pl": r"\bart\. \d",
}
# These say nothing of the law that a person would want to look up.
WITHOUT_LAW = {
    "alarm",
    "system_stopped",
    "tasks_wait",
    "transfer_failed",
    "know",
    "know_categories",
    "delete",
    "correct",
    "opt_out_sale",
    "limit_sensitive",
    "address_code",
}
# Whoever gets it by mistake is to learn nothing.
WITHOUT_REFERENCE = {"address_code"}


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_a_letter_says_reference_and_dates_in_the_readers_language(name, language):
    letter = written(name, language)

    is_named = LETTERS[name][0] not in WITHOUT_REFERENCE
    assert (REFERENCE in letter.subject + letter.text) is is_named
    assert (local_date(RECEIVED, "Europe/Helsinki", language) in letter.text) is is_named
    assert "\n" not in letter.subject
    if language != "en":
        assert not ENGLISH_MONTHS.search(letter.text)
        assert leftover(letter.subject + "\n" + letter.text, language) == []


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_a_letter_cites_the_law_as_its_language_does(name, language):
    kind, told = LETTERS[name]
    text = written(name, language).text

    assert not RAW_CITATION.search(text)
    if kind not in WITHOUT_LAW and told.get("regime") != "CCPA":
        assert re.search(ARTICLE[language], text)


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_the_html_is_the_same_letter_and_escapes_what_people_wrote(name, language):
    letter = written(name, language)
    body = letter.html.partition("<main")[2].partition(">")[2].partition("</main>")[0]
    shown = html.unescape(re.sub(r"<[^>]+>", "", re.sub(r"<br>|</(p|li|h1|h2)>", " ", body))).split()
    text = re.sub(r"^- ", "", letter.text, flags=re.MULTILINE)

    assert shown == [*LOADED.profile.operator.name.split(), *letter.subject.split(), *text.split()]
    assert f'<html lang="{language}">' in letter.html
    assert "<script" not in letter.html
    assert (html.escape(SCRIPT) in letter.html) == (SCRIPT in letter.text)


@pytest.mark.parametrize(
    ("name", "language"), [(name, language) for name, language in EVERY if has_short(LETTERS[name][0])]
)
def test_a_text_message_is_one_line_in_the_readers_language(name, language):
    text = short(name, language)

    assert (REFERENCE in text) is (LETTERS[name][0] not in WITHOUT_REFERENCE)
    assert "\n" not in text
    assert "  " not in text
    if language != "en":
        assert not ENGLISH_MONTHS.search(text)
        assert leftover(text, language) == []
    assert not RAW_CITATION.search(text)


def test_every_letter_of_the_folder_is_in_the_table():
    folder = shipped("templates") / "letters"
    kinds = {path.name.partition(".")[0] for path in folder.glob("*.txt") if not path.name.startswith("_")}

    assert kinds == {kind for kind, _ in LETTERS.values()}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("acknowledgement", DUE),
        ("extension", LATER),
        ("delay", LATER),
        ("restriction_lifting", LATER),
        ("access", UNTIL.date()),
        ("erasure", HELD),
        ("whom_to_ask", DUE),
        ("alarm-notice", date(2026, 4, 5)),
    ],
)
def test_every_date_is_a_long_date(name, language, day):
    assert long_date(day, language) in written(name, language).text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_to_california_cites_no_european_law(language):
    for name, (_, told) in LETTERS.items():
        if told.get("regime") == "CCPA":
            letter = written(name, language)
            assert not EUROPEAN.search(letter.subject + letter.text), name
            assert "1798" in letter.text or "7024" in letter.text, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_to_the_united_kingdom_cites_its_own_law_throughout(language):
    text = written("access-uk", language).text

    assert "UK GDPR" in text
    assert not re.search(r"(?<!UK )GDPR|RODO|tietosuoja-asetuksen|dataskyddsförordning", text)
    assert "ico.org.uk" in text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "complain to Data Protection Ombudsman, https://tietosuoja.fi (Article 77 GDPR)"),
        ("fi", "(tietosuoja-asetuksen 77 artikla): Tietosuojavaltuutettu, https://tietosuoja.fi"),
        ("sv", "(artikel 77 i dataskyddsförordningen): Dataombudsmannen, https://tietosuoja.fi"),
        (
            "pl",
            "(art. 77 RODO): Fiński inspektor ochrony danych (Tietosuojavaltuutettu), https://tietosuoja.fi",
        ),
    ],
)
def test_complaint_and_court_are_named(language, said):
    # GDPR 77, GDPR 79
    for name in ("access", "refusal", "extension", "not_identified", "erasure", "whom_to_ask"):
        text = written(name, language).text
        assert said in text, name
        assert re.search(r"79", text), name


def test_without_an_authority_the_persons_own_is_named():
    text = written("know", "en").text

    assert "California Privacy Protection Agency" in text
    assert "go to court" not in text


@pytest.mark.parametrize("regime", list(Regime))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_regime_has_whom_to_complain_to(regime, language):
    law = templates().law(regime, language)
    authority = templates().translator(language)(law["law"].authority)

    assert authority
    assert language == "en" or authority != law["law"].authority


def test_an_access_letter_says_all_of_gdpr_15_1():
    text = written("access", "en").text

    for said in (
        "What for: to answer enquiries",
        "Legal basis: Article 6(1)(f) GDPR – our interest in answering",
        "Source: from you",
        "How long we keep it: 24 months after the last contact",
        "Who receives it: Example CRM Ltd, United States, the European Commission’s standard contractual clauses\n",
        "Who receives all of this data\n- Hosting Example Oy, servers, Finland\n",
        "Decided by a machine: a score from 0 to 100 decides who is called back",
        "United States: certified under the EU–US Data Privacy Framework – for e-mail",
        "Contact details: 2 records – it would harm the rights of other people (Article 15(4) GDPR)",
        "What is missing: we could not reach Old archive and Tape store",
        "Articles 16 to 21 GDPR",
        "Article 77 GDPR",
    ):
        assert said in text


def test_nothing_held_is_said_of_completed_searches_alone():
    assert "Each search was completed, and we hold nothing about you." in written("access-nothing", "en").text
    assert "we hold nothing" not in written("access", "en").text


def test_what_is_kept_from_erasure_is_named_with_statute_and_date():
    text = written("erasure", "fi").text

    assert "3 × invoices: kirjanpitolain 2 luvun 10 §, 31. joulukuuta 2030 asti" in text
    assert "1 × blocklist: tietosuoja-asetuksen 21 artiklan 3 kohta, pysyvästi" in text


def test_what_a_system_keeps_by_itself_is_told_in_words_and_never_promised_to_go():
    text = written("erasure-kept", "en").text

    for said in (
        "2 × recordings: a legal hold is set on it where it is stored, and nobody can delete it before that is lifted\n",
        "3 × recordings: it is stored so that nobody can delete it before its time is over, until 31 December 2030\n",
        "1 × events: it came in after the erasure was ordered, which does not reach it\n",
        "What stands here without a time is not erased by itself",
    ):
        assert said in text
    assert not re.search(r"for ever|s3-|captured_after", text)


def test_the_least_is_asked_of_somebody_whose_identity_is_in_doubt():
    shown, code = written("identity_request", "en").text, written("identity_request-one", "en").text

    assert "you may cover everything on it but your name" in shown
    assert "stands still from today" in shown
    assert "We answer by" not in shown
    assert "send us no copy of an identity card" in code
    assert "begins on the day" in code


def test_categories_without_a_specific_piece_say_nothing_of_the_person():
    text = written("know_categories", "en").text

    assert "This says nothing about whether we hold anything about you." in text
    assert "Who receives it: Example CRM Ltd" in text
    assert WORDS not in text


def test_a_paragraph_keeps_its_lines_and_a_list_its_heading():
    found = blocks("One\ntwo\n\nThree\n- four\n- five\n")

    assert [(block.lines, block.items) for block in found] == [
        (["One", "two"], []),
        (["Three"], ["four", "five"]),
    ]
