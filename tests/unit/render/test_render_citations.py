"""A citation is written as code writes it, and read as the reader's language has it."""

import re
import tomllib
from pathlib import Path

import pytest
from letter_facts import LANGUAGES, templates

from dsar.domain.clock import Regime
from dsar.domain.rights import Right
from dsar.render.citations import FORMS, article
from dsar.render.naming import NAMES
from dsar.render.provisions import LAWS, provision, restated
from dsar.store import shipped

ROOT = Path(__file__).parents[3]
SAID = [
    ("GDPR 15", "Article 15 GDPR", "tietosuoja-asetuksen 15 artikla", "artikel 15 i dataskyddsförordningen", "art. 15 RODO"),
    ("GDPR 15(3)", "Article 15(3) GDPR", "tietosuoja-asetuksen 15 artiklan 3 kohta", "artikel 15.3 i dataskyddsförordningen", "art. 15 ust. 3 RODO"),
    ("GDPR 6(1)(f)", "Article 6(1)(f) GDPR", "tietosuoja-asetuksen 6 artiklan 1 kohdan f alakohta", "artikel 6.1 f i dataskyddsförordningen", "art. 6 ust. 1 lit. f RODO"),
    ("GDPR 16 to 21", "Articles 16 to 21 GDPR", "tietosuoja-asetuksen 16–21 artikla", "artiklarna 16–21 i dataskyddsförordningen", "art. 16–21 RODO"),
    ("UK GDPR 12(3)", "Article 12(3) UK GDPR", "UK GDPR -asetuksen 12 artiklan 3 kohta", "artikel 12.3 i UK GDPR", "art. 12 ust. 3 UK GDPR"),
    ("UK GDPR 12A", "Article 12A UK GDPR", "UK GDPR -asetuksen 12A artikla", "artikel 12A i UK GDPR", "art. 12A UK GDPR"),
    ("11 CCR 7021(a)", "California Code of Regulations, title 11, § 7021(a)", "Kalifornian säännöskokoelman osaston 11 § 7021(a)", "§ 7021(a), avdelning 11, i Kaliforniens författningssamling", "§ 7021(a), tytuł 11 kalifornijskiego zbioru przepisów"),
    ("Civ. 1798.130(a)(2)(A)", "California Civil Code § 1798.130(a)(2)(A)", "Kalifornian siviililain § 1798.130(a)(2)(A)", "§ 1798.130(a)(2)(A) i Kaliforniens civillag", "§ 1798.130(a)(2)(A) kalifornijskiego kodeksu cywilnego"),
    ("FADP 25(7)", "Article 25(7) of the Swiss Data Protection Act", "Sveitsin tietosuojalain 25 artiklan 7 kohta", "artikel 25.7 i Schweiz dataskyddslag", "art. 25 ust. 7 szwajcarskiej ustawy o ochronie danych"),
    ("DSV 18(2)", "Article 18(2) of the Swiss Data Protection Ordinance", "Sveitsin tietosuoja-asetuksen 18 artiklan 2 kohta", "artikel 18.2 i Schweiz dataskyddsförordning", "art. 18 ust. 2 szwajcarskiego rozporządzenia o ochronie danych"),
    ("LGPD 18(II)", "Article 18, item II, of Brazil’s LGPD", "Brasilian LGPD-lain 18 artiklan II kohta", "artikel 18 II i Brasiliens LGPD", "art. 18 pkt II brazylijskiej ustawy LGPD"),
    ("DPDP r. 14(3)", "rule 14(3) of India’s Digital Personal Data Protection Rules", "Intian DPDP-sääntöjen sääntö 14(3)", "regel 14(3) i Indiens DPDP-regler", "reguła 14(3) indyjskich przepisów DPDP"),
]  # fmt: skip


def is_citation(text):
    return any(re.fullmatch(pattern, text) for pattern, _ in FORMS)


@pytest.mark.parametrize("said", SAID, ids=[said[0] for said in SAID])
def test_each_form_is_said_in_each_language(said):
    citation, *wanted = said
    found = [article(citation, templates().translator(language)) for language in LANGUAGES]

    assert found == wanted
    assert is_citation(citation)


def test_citations_within_a_text_are_said_and_the_rest_stays():
    text = "GDPR 6(1)(c): kirjanpitolaki 2:10; GDPR 17(3)(b)."

    assert article(text, templates().translator("fi")) == (
        "tietosuoja-asetuksen 6 artiklan 1 kohdan c alakohta: kirjanpitolaki 2:10; "
        "tietosuoja-asetuksen 17 artiklan 3 kohdan b alakohta."
    )


@pytest.mark.parametrize("text", ["Finnish Accounting Act 2:10", "GDPR", "GDPR 15(1)(a)(i)", "", "sGDPR 15"])
def test_what_is_no_citation_of_ours_stays_as_it_is(text):
    assert article(text, templates().translator("fi")) == text
    assert not is_citation(text)


def test_every_citation_that_a_letter_can_meet_can_be_said():
    grounds = set(NAMES["ground"])
    ideas = {citation for law in LAWS.values() for citation in law.provisions.values()}
    rights = {right.article for right in Right}
    bases = set(
        re.findall(r'article = "([^"]+)"', "".join(p.read_text() for p in shipped("profiles").glob("*.toml")))
    )

    assert [one for one in sorted(grounds | ideas | rights | bases) if not is_citation(one)] == []


def test_every_citation_that_a_letter_makes_stands_in_the_law_index():
    laws = tomllib.loads((ROOT / "law" / "index.toml").read_text(encoding="utf-8"))
    known = {f"{law} {ref}" for law, refs in laws.items() for ref in refs}
    ideas = {
        citation for law in LAWS.values() for citation in law.provisions.values() if " to " not in citation
    }

    assert sorted((ideas | set(NAMES["ground"])) - known) == []


@pytest.mark.parametrize("right", list(Right))
def test_every_right_is_cited_by_the_law_that_gives_it(right):
    assert any(provision(regime, right.value) for regime in Regime)


def test_a_mistyped_idea_is_a_bug():
    with pytest.raises(LookupError, match="compalint"):
        provision(Regime.EU_GDPR, "compalint")


def test_another_countrys_law_is_not_cited():
    assert restated(Regime.EU_GDPR, "GDPR 12(5)") == "GDPR 12(5)"
    assert restated(Regime.UK_GDPR, "GDPR 6(1)(a); GDPR 6(1)(f)") == "UK GDPR 6(1)(a); UK GDPR 6(1)(f)"
    assert restated(Regime.UK_GDPR, "UK GDPR 12(5)") == "UK GDPR 12(5)"
    assert restated(Regime.CCPA, "GDPR 12(5)") is None
    assert restated(Regime.CCPA, "Civ. 1798.145") == "Civ. 1798.145"
    assert restated(Regime.CH_FADP, "Swiss Code of Obligations 958f") == "Swiss Code of Obligations 958f"
