"""A letter in a business's name says whose answer it is, and tells nothing of ours as if it were the business's."""

import pytest
from letter_facts import BUSINESS, LANGUAGES, LETTERS, LOADED, short, written

BEHALF = [name for name, (_, told) in LETTERS.items() if "on_behalf" in told]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", BEHALF)
def test_it_names_the_controller_and_the_processor_that_writes(name, language):
    """GDPR 28(3)(e)"""
    text = written(name, language).text
    business = LETTERS[name][1]["on_behalf"].name

    assert text.index(business) < text.index("Puhelin Oy") < len(text) // 2
    assert text.rstrip().split("\n\n")[-1].count(business) == 1


def test_it_says_which_law_makes_us_write():
    assert "on its behalf and as it has told us to (Article 28 GDPR)" in written("access-behalf", "en").text
    assert "GDPR" not in written("know-behalf", "en").text


@pytest.mark.parametrize("name", ["access-behalf", "know-behalf"])
def test_our_purposes_recipients_and_retention_are_not_said_to_be_the_businesss(name):
    text = written(name, "en").text

    for ours in (
        "to answer enquiries",
        "24 months",
        "Example CRM Ltd,",
        "Hosting Example Oy, servers",
        "Privacy Framework",
    ):
        assert ours not in text
        assert ours in written("access", "en").text
    assert "Contact details – from you" in text
    assert f"you learn from {BUSINESS}" in text


def test_complaints_go_to_the_business_and_to_no_authority_of_ours():
    """GDPR 77: the authority where the person lives, for the business's own may be another than ours."""
    text = written("refusal-behalf", "en").text

    assert f"tell {BUSINESS}: tieto@kampaamo.example" in text
    assert "the data protection authority of the country where you live or work (Article 77 GDPR)" in text
    assert "tietosuoja.fi" not in text
    assert LOADED.profile.operator.contact not in text


def test_a_business_without_a_mailbox_is_reached_through_us():
    assert f"tell Kampaamo: {LOADED.profile.operator.contact}." in written("access-behalf-nothing", "en").text


def test_our_own_marketing_list_is_not_the_businesss():
    assert "direct marketing" not in written("objection-behalf", "en").text
    assert "Direct marketing" not in written("refusal-behalf", "en").text


def test_a_text_message_names_both():
    assert short("answer_ready-behalf", "en").startswith(f"Puhelin Oy on behalf of {BUSINESS}: the answer")
    assert BUSINESS not in short("answer_ready", "en")
