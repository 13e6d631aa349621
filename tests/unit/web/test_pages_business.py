"""The businesses' pages: every state and happening has words, in every language; a history reads as sentences."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from pages_sample import BUSINESS, LANGUAGES, pages, words

from dsar.domain.case import Outcome, State
from dsar.domain.history import Event
from dsar.web.business_story import doers, story
from dsar.web.business_wording import (
    A_KEY,
    HAPPENED,
    NAMED_KEY,
    NOT_WAITING,
    OUR_STAFF,
    OUTCOMES,
    SOMEBODY_REMOVED,
    STANDING,
    STATES,
)

NOW = datetime(2026, 3, 4, 22, 30, tzinfo=UTC)
US = "controller:c"


def happened(type_, actor="service", **data):
    return Event(UUID(int=1), 1, NOW, type_, actor, data, b"", b"")


def told(*events, names=None, language="en"):
    return [one["text"] for one in story(pages(language), events, names or {})]


def test_every_state_and_outcome_has_words():
    assert set(STATES) == set(State) - {State.DELIVERED, State.CLOSED}
    assert set(OUTCOMES) == set(Outcome)


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_all_of_them_are_said_in_every_language(language):
    texts = [
        *STATES.values(),
        *OUTCOMES.values(),
        *HAPPENED.values(),
        A_KEY,
        NAMED_KEY,
        NOT_WAITING,
        OUR_STAFF,
    ]
    texts += [SOMEBODY_REMOVED, STANDING]
    spoken = pages(language)

    assert [text for text in texts if spoken.say(text) == text] == []


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (happened("case.received", "person"), "The request came in."),
        (happened("case.received", f"{US}/key:k"), "A program of yours (key “CRM”) sent us the request for the person."),
        (happened("controller.instructed", f"{US}/member:m", instruction="refuse"), "Outi refused it."),
        (
            happened("controller.instructed", f"{US}/key:gone", instruction="handled_by_us"),
            "A program of yours told us that you deal with it.",
        ),
        (
            happened("controller.instructed", "service", instruction="fulfil", answer_to="person", standing="s"),
            "Your standing instruction told us to do it and to send the answer to the person.",
        ),
        (happened("bundle.downloaded", f"{US}/member:left"), "A member of your team who has left downloaded the file."),
        (happened("bundle.downloaded", "person"), "The person downloaded the file."),
        (happened("information.came", "staff:s", state="no_answer"), "No answer to the question came."),
    ],
)  # fmt: skip
def test_a_happening_is_a_sentence_that_names_who_did_it(event, said):
    """GDPR 28(3)(a): documented instructions"""
    assert told(event, names={"member:m": "Outi", "key:k": "CRM"}) == [said]


def test_what_does_not_concern_the_business_is_left_out():
    assert told(happened("alarm.raised"), happened("letter.written"), happened("note.added", "staff:s")) == []


def test_everybody_of_the_business_who_acted_is_looked_up_and_nobody_else():
    history = [
        happened("a", f"{US}/member:m"),
        happened("b", "staff:s"),
        happened("c", f"{US}/key:k"),
        happened("d", US),
    ]

    assert doers(history) == {"member:m", "key:k"}


def test_a_name_is_no_template():
    odd = "{by.__class__} %(x)s"

    assert told(happened("bundle.downloaded", f"{US}/member:m"), names={"member:m": odd}) == [
        f"{odd} downloaded the file."
    ]


@pytest.mark.parametrize("shape", BUSINESS)
def test_no_page_of_theirs_leads_to_a_complaint_or_runs_a_script(shape):
    name, facts = BUSINESS[shape]
    page = pages("en").render(name, **facts)

    assert "You can complain" not in words(page)
    assert "<script" not in page
    assert page.count("<h1>") == 1
