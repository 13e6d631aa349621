"""Why something is withheld, in words and with the law of the person's own country."""

import pytest

from dsar.domain.clock import Regime
from dsar.domain.withholding import WithholdingGround
from dsar.render.catalogue import msgid
from dsar.render.naming import NAMES
from dsar.render.provisions import spoken
from dsar.render.reading import filters


def test_every_ground_has_words_of_its_own():
    assert NAMES["withheld"].keys() == set(WithholdingGround)
    assert len(set(NAMES["withheld"].values())) == len(WithholdingGround)


@pytest.mark.parametrize(
    ("regime", "law"),
    [
        (Regime.EU_GDPR, " (Article 15(4) GDPR)"),
        (Regime.UK_GDPR, " (Article 15(4) UK GDPR)"),
        (Regime.CH_FADP, " (Article 26(1) of the Swiss Data Protection Act)"),
        (Regime.BR_LGPD, ""),
    ],
)
def test_the_law_is_the_one_that_counts_for_the_person(regime, law):
    # GDPR 15(4), FADP 26(1)
    withheld = spoken(regime, msgid)["withheld"]
    assert (
        withheld(WithholdingGround.OTHERS, "GDPR 15(4)") == f"it would harm the rights of other people{law}"
    )


def test_a_provision_of_its_own_takes_the_place_of_the_grounds():
    withheld = spoken(Regime.CCPA, msgid)["withheld"]
    assert withheld(WithholdingGround.SECURITY, "11 CCR 7024(d)").endswith("title 11, § 7024(d))")
    assert "GDPR" not in withheld(WithholdingGround.SECURITY)


@pytest.mark.parametrize(("milliseconds", "shown"), [(0, "0:00"), (247_999, "4:07"), (3_847_000, "1:04:07")])
def test_a_place_in_a_recording_is_shown_as_players_show_it(milliseconds, shown):
    assert filters("en", msgid)["clock"](milliseconds) == shown
