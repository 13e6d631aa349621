"""What the page of an archive says. How it behaves in a browser: tests/browser/test_browser_bundle.py."""

import re
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from support.person_page import (
    HOSTILE,
    collection,
    counts,
    line,
    ordinary,
    page,
    recording,
    section,
    spoken_call,
    withheld,
)

from dsar.bundle.conversation import CALLS_MAX, TURNS_MAX, WORDS_MAX
from dsar.bundle.field import FIELDS_MAX, TEXT_MAX
from dsar.bundle.inlined import inlined
from dsar.bundle.page import Edition
from dsar.bundle.sample import Room
from dsar.bundle.searched import Ending, Searched
from dsar.contract import Speaker
from dsar.domain.rights import Right
from dsar.domain.withholding import Rule, WithholdingGround

ADDRESSES = {"href", "src", "action", "srcset", "poster", "background", "data", "style", "formaction"}
ALLOWED = {"script": 1, "style": 1}


class Read(HTMLParser):
    """The page's text without its script, its tags, and every address in it."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.addresses, self.handlers, self.ids, self.within = [], [], [], [], []
        self.words = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.within.append(tag)
        self.words += [" "] if tag == "td" else []
        for name, value in attrs:
            self.handlers += [name] if name.startswith("on") else []
            self.addresses += [value] if name in ADDRESSES else []
            self.ids += [value] if name == "id" else []

    def handle_endtag(self, tag):
        while self.within and self.within.pop() != tag:
            pass

    def handle_data(self, data):
        if not {"script", "style"} & set(self.within):
            self.words.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", "".join(self.words))


def read(sections, **facts):
    return Read(page(sections, **facts))


def of_fields(data, stayed_out=(), **pointers):
    return read([section(collections=[collection("CRM", "c", [line(data, **pointers)], [stayed_out])])])


def of_call(**facts):
    return read([section("call_recordings", calls=[spoken_call(**facts)], call_count=1, recording_count=1)])


def test_no_address_leads_out_but_the_authoritys():
    found = [address for address in read(ordinary()).addresses if ":" in address or address.startswith("//")]
    assert found == ["https://tietosuoja.fi/en"]


def test_files_are_linked_by_relative_addresses_that_lead_back_to_their_names():
    found = {unquote(address) for address in read(ordinary()).addresses if ":" not in address}
    assert {"files/photo ä#1.png", "calls/17.1/recording.wav", "letters/1 answer.html"} <= found
    assert not any("#" in address[1:] or "?" in address for address in read(ordinary()).addresses)


def test_every_part_of_the_page_that_is_pointed_to_is_there_once():
    found = read(ordinary())
    pointed = {address[1:] for address in found.addresses if address.startswith("#")}
    assert pointed <= set(found.ids)
    assert len(found.ids) == len(set(found.ids))


@pytest.mark.parametrize("text", HOSTILE, ids=map(str, range(len(HOSTILE))))
def test_hostile_text_is_text_wherever_it_stands(text):
    room = Room()
    sections = [
        section(
            text,
            collections=[
                collection(
                    text, text, [line({text: text, "list": [{text: text}]}, inferred=("/list",))], room=room
                ),
                collection(text, text, [line({f"{text}{n}": text for n in range(12)})], room=room),
            ],
            calls=[
                spoken_call(
                    text, turns=[(Speaker.SUBJECT, 0, 1, text)], recordings=[recording(f"calls/{text}.wav")]
                )
            ],
            call_count=1,
            recordings=[recording(f"files/{text}", withheld=WithholdingGround.TRADE_SECRET)],
            recording_count=2,
        )
    ]
    found = read(sections, searched=(Searched(text, text, Ending.GAP, 1, 1),))
    assert {tag: found.tags.count(tag) for tag in ALLOWED} == ALLOWED
    assert not {"img", "iframe", "object", "embed", "link", "base", "textarea"} & set(found.tags)
    assert found.handlers == []
    assert [a for a in found.addresses if a.lower().startswith(("javascript", "http", "//", "data:"))] == [
        "https://tietosuoja.fi/en"
    ]
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", page(sections))


def test_gaps_stand_first_and_say_what_is_still_being_searched():
    html = page(ordinary())
    text = Read(html).text
    assert text.index("This answer is not complete.") < text.index("What is inside")
    assert "Help desk – still being searched when this was written" in text
    assert (
        "Still being searched" not in read(ordinary(), searched=(Searched("a", "A", Ending.GAP, 0, 0),)).text
    )


def test_a_supplement_says_which_answer_it_adds_to():
    later = Edition(2, datetime(2026, 3, 20, 23, 30, tzinfo=UTC))
    text = read(ordinary(), edition=later).text
    assert "This adds to the answer of 21 March 2026." in text
    assert "It carries only what was found after that." in text
    assert "This adds to" not in read(ordinary()).text


def test_a_category_says_all_that_the_law_asks():
    # GDPR 15(1): purpose, recipients, how long, where from; GDPR 15(1)(h): decided by a machine
    text = read(ordinary()).text
    for said in (
        "To answer enquiries and to keep customer relations",
        "Article 6(1)(f) GDPR: our interest",
        "Example CRM Ltd, hosting, Ireland",
        "24 months after the last contact",
        "From you, or from the business you work for",
    ):
        assert said in text


def test_each_ground_is_said_in_words_with_its_law_how_often_and_where():
    for ground in WithholdingGround:
        text = read(ordinary(), stayed_out=counts(3, Rule.BY_HAND, ground)).text
        assert re.search(r"3 places – [^()]+ \(Articles? .+? GDPR\) Customers", text), ground


def test_what_is_said_in_a_sentence_of_its_own_is_in_no_list():
    numbers = counts(4, Rule.UNDISCLOSED, WithholdingGround.SECURITY)
    text = read(ordinary(), stayed_out=numbers, inferred_left_out=5, right=Right.PORTABILITY).text
    assert "4 places" not in text
    assert "5 values that we inferred from your data" in text
    assert "We never send social security numbers" in text


def test_nothing_withheld_is_said_too():
    found = read([section(collections=[collection("CRM", "c", [line({"a": 1})])])], stayed_out={})
    assert "Nothing was withheld from what we found." in found.text


def test_what_a_machine_made_bears_its_model_and_date():
    text = of_fields({"summary": "x", "name": "y"}, made_by_ai=("/summary/deep",)).text
    assert text.count("made by AI") == 3  # the filter, the field, the legend
    assert "made by AI gpt-4o, 2 March 2026" in read(ordinary()).text


def test_a_withheld_field_keeps_its_place_and_gives_the_reason():
    whole = of_fields({"a": 1}, [withheld("/colleague")]).text
    assert "colleague" in whole
    assert "withheld it would harm the rights of other people (Article 15(4) GDPR)" in whole
    assert (
        "bob@" not in of_fields({"a": 1}, [withheld("/bob@example.com")]).text
    )  # GDPR 15(4): a name may be whose it is
    part = of_fields({"a": {"b": 1}}, [withheld("/a/c", WithholdingGround.TRADE_SECRET)]).text
    assert "b: 1 withheld in part it would give away a trade secret (Article 15(4) GDPR)" in part


def test_a_transcript_says_who_spoke_and_that_another_persons_words_are_withheld():
    text = of_call().text
    assert "You 0:01 Hi, Anna here. Is my order ready?" in text
    assert (
        "Another person 0:02 withheld it would harm the rights of other people (Article 15(4) GDPR)" in text
    )
    assert "The business 0:03 It is; we open at nine." in text
    assert "made by AI whisper-large-v3, 2 March 2026. A machine wrote down what was said" in text


def test_a_turn_is_withheld_with_what_holds_it():
    said = [(Speaker.SUBJECT, None, None, None)]
    assert (
        "You withheld it is needed for legal claims"
        in of_call(turns=said, withheld=[withheld("/turns", WithholdingGround.LEGAL_CLAIMS)]).text
    )
    # The pointer only begins like it
    assert "You withheld" not in of_call(turns=said, withheld=[withheld("/turn")]).text


def test_muted_stretches_are_listed_and_rounded_outwards():
    assert "0:02 – 0:03 (caller): it would harm the rights of other people" in of_call().text


def test_a_recording_that_stayed_out_is_named_and_not_linked():
    out = recording(withheld=WithholdingGround.OTHERS)
    found = of_call(recordings=[out])
    assert "recording.wav withheld it would harm" in found.text
    assert "calls/17.1/recording.wav" not in found.addresses
    assert "audio" not in found.tags


def test_a_recording_without_a_record_can_be_played():
    alone = spoken_call(turns=[(Speaker.UNKNOWN, None, None, "?")])
    bare = type(alone)(alone.place, recordings=alone.recordings)
    found = read([section("call_recordings", calls=[bare], call_count=1, recording_count=1)])
    assert found.tags.count("audio") == 1
    assert "What was said" not in found.text


def test_long_calls_and_long_turns_are_cut_and_say_so():
    turns = [(Speaker.SUBJECT, n, n + 1, "words " * 1000) for n in range(TURNS_MAX + 5)]
    call = spoken_call(turns=turns, room=Room(10**9))
    assert len(call.turns) == TURNS_MAX
    assert {len(turn.text) for turn in call.turns} == {WORDS_MAX}
    text = read([section("call_recordings", calls=[call], call_count=CALLS_MAX + 1)]).text
    assert f"The page shows the first {TURNS_MAX} of {TURNS_MAX + 5} turns" in text
    assert f"The first 1 of {CALLS_MAX + 1}. All of them are in the folder “calls”." in text


def test_the_page_is_bounded_however_many_collections_share_it():
    room = Room(50_000)
    lines = [line({"text": "x" * 400, "n": n}) for n in range(1000)]
    every = [collection("CRM", f"c{n}", lines, room=room) for n in range(40)]
    assert sum(len(one.sample.records) for one in every) < 130
    html = page([section(collections=every)])
    assert len(html) < 150_000
    assert "The first 0 of 1,000 records. All of them:" in Read(html).text


def test_a_list_or_an_object_costs_the_page_no_more_than_it_shows():
    deep = {"a": {"b": {"c": {"d": [1, 2]}}}}
    for value in ([0] * 2_000_000, {str(n): n for n in range(300_000)}, "y" * 10_000_000, deep):
        (record,) = collection("CRM", "c", [line({"x": value})]).sample.records
        assert len(record.fields[0].text) <= TEXT_MAX
    assert record.fields[0].text == 'a:\n  b:\n    c:\n      {"d":[1,2]}'
    many = collection("CRM", "c", [line({str(n): n for n in range(10_000)})])
    assert len(many.sample.records[0].fields) == FIELDS_MAX


def test_yes_and_no_are_said_in_the_readers_language_and_numbers_with_every_digit():
    text = of_fields(
        {"a": True, "b": False, "c": 123456789012345678901234567890, "d": None, "e": "true"}
    ).text
    assert "yes no 123456789012345678901234567890 true" in text


@pytest.mark.parametrize("language", ["en", "fi"])
def test_the_page_is_marked_with_its_language_and_direction(language):
    html = page(ordinary(language), language=language)
    assert f'<html lang="{language}" dir="ltr">' in html


def test_the_policy_lets_through_the_pages_own_style_and_script_and_nothing_else():
    policy = unescape(re.search('Content-Security-Policy" content="([^"]*)"', page(ordinary())).group(1))
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules.pop("style-src").startswith("'sha256-")
    assert rules.pop("script-src").startswith("'sha256-")
    assert rules == {
        "default-src": "'none'",
        "media-src": "'self' file:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


@pytest.mark.parametrize("early", ["</script>", "<!--"])
def test_a_script_that_would_end_early_is_refused(early):
    with pytest.raises(ValueError, match="would end them early"):
        inlined(lambda path: early if path.endswith(".js") else "")
