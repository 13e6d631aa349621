"""Which provision carries an idea under each regime, and whom a person turns to: data, so that no letter asks which.

A letter names an idea, `cite("copy")`; what a regime does not know is left out of the sentence.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from dsar.domain.clock import Regime
from dsar.domain.withholding import WithholdingGround
from dsar.render.catalogue import msgid
from dsar.render.citations import article
from dsar.render.naming import ground_name, name


class Law(Struct, frozen=True):
    """One regime. `authority` is whom a person complains to when the profile names nobody."""

    provisions: Mapping[str, str]
    authority: str
    european: bool = False  # whether the GDPR, as profiles and grounds cite it, is this law


_GDPR = {
    "access": "GDPR 15",
    "rectification": "GDPR 16",
    "erasure": "GDPR 17",
    "restriction": "GDPR 18",
    "portability": "GDPR 20",
    "objection": "GDPR 21",
    "withdraw_consent": "GDPR 7(3)",
    "automated_decision": "GDPR 22",
    "further_rights": "GDPR 16 to 21",
    "information": "GDPR 15(1)",
    "transfers": "GDPR 15(2)",
    "copy": "GDPR 15(3)",
    "others": "GDPR 15(4)",
    "kept_use": "GDPR 18(2)",
    "lifting": "GDPR 18(3)",
    "recipients": "GDPR 19",
    "format": "GDPR 20(1)",
    "transmit": "GDPR 20(2)",
    "weighing": "GDPR 21(1)",
    "marketing": "GDPR 21(3)",
    "second_look": "GDPR 22(3)",
    "unidentified": "GDPR 12(2)",
    "period": "GDPR 12(3)",
    "refusal": "GDPR 12(4)",
    "fee": "GDPR 12(5)",
    "identity": "GDPR 12(6)",
    "processor": "GDPR 28",
    "complaint": "GDPR 77",
    "court": "GDPR 79",
}
_CALIFORNIA = {
    "know": "Civ. 1798.110",
    "delete": "Civ. 1798.105",
    "correct": "Civ. 1798.106",
    "opt_out_sale": "Civ. 1798.120",
    "limit_sensitive": "Civ. 1798.121",
    "fairness": "Civ. 1798.125",
    "fee": "Civ. 1798.145(h)(3)",
    "period": "Civ. 1798.130(a)(2)(A)",
    "categories_only": "11 CCR 7024(a)",
    "never_told": "11 CCR 7024(d)",
}
_SWITZERLAND = {
    "access": "FADP 25",
    "rectification": "FADP 32(1)",
    "erasure": "FADP 32(2)",
    "portability": "FADP 28",
    "objection": "FADP 30(2)",
    "automated_decision": "FADP 21",
    "information": "FADP 25(2)",
    "others": "FADP 26(1)",
    "refusal": "FADP 26(4)",
    "period": "FADP 25(7)",
    "delay": "DSV 18(2)",
    "fee": "DSV 19",
    "processor": "FADP 9",
    "complaint": "FADP 49",
    "court": "FADP 32",
}
_BRAZIL = {
    "access": "LGPD 18(II)",
    "rectification": "LGPD 18(III)",
    "erasure": "LGPD 18(VI)",
    "restriction": "LGPD 18(IV)",
    "portability": "LGPD 18(V)",
    "withdraw_consent": "LGPD 18(IX)",
    "automated_decision": "LGPD 20",
    "period": "LGPD 19(II)",
    "processor": "LGPD 39",
    "complaint": "LGPD 18",
    "court": "LGPD 22",
}
# The Act's rights bind from 2027-05-13 on; until then only the period that we keep is cited.
_INDIA = {"period": "DPDP r. 14(3)"}

LAWS: dict[Regime, Law] = {
    Regime.EU_GDPR: Law(
        _GDPR, msgid("the data protection authority of the country where you live or work"), european=True
    ),
    Regime.UK_GDPR: Law(
        {idea: f"UK {citation}" for idea, citation in _GDPR.items()},
        msgid("the Information Commissioner’s Office, https://ico.org.uk"),
    ),
    Regime.CCPA: Law(
        _CALIFORNIA,
        msgid(
            "the California Privacy Protection Agency (https://cppa.ca.gov) "
            "or the California Attorney General (https://oag.ca.gov)"
        ),
    ),
    Regime.CH_FADP: Law(
        _SWITZERLAND,
        msgid("the Federal Data Protection and Information Commissioner, https://www.edoeb.admin.ch"),
    ),
    Regime.BR_LGPD: Law(
        _BRAZIL,
        msgid("the Brazilian data protection authority ANPD, https://www.gov.br/anpd"),
    ),
    Regime.IN_DPDP: Law(_INDIA, msgid("the Data Protection Board of India")),
}


def provision(regime: Regime, idea: str) -> str | None:
    """The citation of an idea, or None where the regime has none; a mistyped idea is a bug."""
    if idea not in _IDEAS:
        raise LookupError(f"idea: {idea!r} is cited nowhere; there are {', '.join(sorted(_IDEAS))}")
    return LAWS[regime].provisions.get(idea)


def restated(regime: Regime, citation: str) -> str | None:
    """A citation from a profile or a ground as this regime has it; None where it would be another country's law."""
    if regime is Regime.UK_GDPR:
        return _EU_ARTICLE.sub("UK GDPR ", citation)  # the United Kingdom kept the numbers
    return citation if LAWS[regime].european or "GDPR" not in citation else None


def spoken(regime: Regime, translate: Callable[[str], str]) -> dict[str, Any]:
    """How a template speaks of the law: `cite` an idea, `lawful` what a profile cites, `ground` what was refused on,
    `withheld` why a part of an answer stayed out.
    """

    def cite(idea: str) -> str:
        citation = provision(regime, idea)
        return f" ({article(citation, translate)})" if citation else ""

    def lawful(citation: str) -> str:
        known = restated(regime, citation)
        return article(known, translate) if known else ""

    def ground(citation: str) -> str:
        words, law = ground_name(citation), lawful(citation)
        if words is None:
            return law
        return f"{translate(words)} ({law})" if law else translate(words)

    def withheld(because: WithholdingGround, citation: str | None = None) -> str:
        own = provision(regime, "others") if because is WithholdingGround.OTHERS else None
        words, law = translate(name("withheld", because)), lawful(own or citation or because.law)
        return f"{words} ({law})" if law else words

    return {"cite": cite, "lawful": lawful, "ground": ground, "withheld": withheld, "law": LAWS[regime]}


_EU_ARTICLE = re.compile(r"(?<!UK )\bGDPR (?=\d)")
_IDEAS = {idea for law in LAWS.values() for idea in law.provisions}
