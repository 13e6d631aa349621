"""What is withheld without anybody's decision: other persons' data, words and addresses."""

import pytest
import withholding_play as play

from dsar.contract import Speaker, Turn
from dsar.domain.rights import Right
from dsar.domain.withholding import Known, Place, Span

ANA, BOB, AGENT = (
    "This is Ana speaking.",
    "Bob here, her brother, just so you know.",
    "How can I help you today?",
)


@pytest.fixture
def rules():
    return play.withholding()


def test_what_a_connector_marks_as_others_is_taken_out_and_in_a_list_leaves_null(rules):
    # GDPR 15(4)
    item = play.line(
        {"a": 1, "b/c~": [1, {"e": 2}]}, others=("/a", "/b~1c~0/0"), made_by_ai=("/a", "/b~1c~0/1")
    )
    assert play.released(rules, item) == (
        {"b/c~": [None, {"e": 2}]},
        [("/a", "others", "certain"), ("/b~1c~0/0", "others", "certain")],
    )
    assert (item.others, item.made_by_ai) == ((), ("/b~1c~0/1",))


@pytest.mark.parametrize("empty", [None, "", [], {}], ids=repr)
def test_an_empty_field_withholds_nothing_and_stays(rules, empty):
    assert play.released(rules, play.line({"a": empty}, others=("/a",))) == ({"a": empty}, [])


@pytest.mark.parametrize(
    "pointer",
    [
        "/gone",
        "/a/b",
        "/l/2",
        "/l/01",
        "/l/-",
        "/l/-1",
        "/l/x",
        "a",
        "/l/\N{ARABIC-INDIC DIGIT ONE}",
        "/l/" + "9" * 5000,
        "/l/0/x",
    ],
)
def test_a_pointer_that_leads_nowhere_withholds_nothing(rules, pointer):
    data = {"a": 1, "l": [1, 2]}
    item = play.line(data, others=(pointer,))
    assert play.released(rules, item) == (data, [])
    assert item.others == ()


def test_a_pointer_to_the_whole_record_keeps_it_back(rules):
    item = play.line({"a": 1}, others=("",))
    assert play.released(rules, item) == (None, [("", "others", "certain")])


def test_a_pointer_within_what_is_withheld_is_not_counted_again(rules):
    item = play.line({"p": {"n": 1, "t": 2}, "px": 3}, others=("/p/n", "/p", "/p/t", "/p"))
    assert play.released(rules, item) == ({"px": 3}, [("/p", "others", "certain")])


def test_a_controller_gets_other_peoples_data_with_its_own_records():
    item = play.call((Speaker.OTHER, BOB), (Speaker.SUBJECT, "Call him on +358 50 765 4321."), p=1)
    item.others = ("/p",)
    data = play.call((Speaker.OTHER, BOB), (Speaker.SUBJECT, "Call him on +358 50 765 4321."), p=1).data
    assert play.released(play.withholding(to_controller=True), item) == (data, [])
    assert item.others == ("/p",)


def test_portability_leaves_out_what_was_inferred():
    # GDPR 20(1)
    item = play.line({"a": 1, "s": "gold"}, inferred=("/s", "/gone"))
    assert play.released(play.withholding(right=Right.PORTABILITY), item) == (
        {"a": 1},
        [("/s", "inferred", "certain")],
    )
    whole = play.line({"a": 1}, inferred=("",))
    assert play.released(play.withholding(right=Right.PORTABILITY), whole)[0] is None
    assert play.released(play.withholding(), play.line({"a": 1}, inferred=("",)))[0] == {"a": 1}


def test_another_persons_turns_lose_their_words_and_keep_their_place(rules):
    item = play.call((Speaker.BUSINESS, AGENT), (Speaker.OTHER, BOB), (Speaker.SUBJECT, ANA))
    data, withheld = play.released(rules, item)
    assert [turn["text"] for turn in data["turns"]] == [AGENT, None, ANA]
    assert withheld == [("/turns/1/text", "other_speaker", "certain")]
    assert [(turn.speaker, turn.from_ms) for turn in item.turns][1] == (Speaker.OTHER, 1000)


def test_a_turn_stays_told_where_all_that_holds_it_is_gone(rules):
    item = play.call((Speaker.OTHER, BOB), (Speaker.SUBJECT, ANA))
    item.others = ("/turns/0",)
    data, _ = play.released(rules, item)
    assert data["turns"] == [None, {"text": ANA}]
    assert [turn.speaker for turn in item.turns] == [Speaker.OTHER, Speaker.SUBJECT]


@pytest.mark.parametrize(
    ("speakers", "withheld"),
    [
        ([Speaker.UNKNOWN, Speaker.UNKNOWN], False),
        ([Speaker.UNKNOWN, Speaker.SUBJECT], False),
        ([Speaker.UNKNOWN, Speaker.BUSINESS], False),
        ([Speaker.UNKNOWN, Speaker.MACHINE, Speaker.BUSINESS], False),
        ([Speaker.UNKNOWN, Speaker.OTHER], True),
        ([Speaker.UNKNOWN, Speaker.SUBJECT, Speaker.BUSINESS], True),
        ([Speaker.UNKNOWN, Speaker.SUBJECT, Speaker.MACHINE], True),
        ([Speaker.MIXED, Speaker.SUBJECT, Speaker.BUSINESS], False),
    ],
)
def test_an_unknown_speaker_may_be_a_third_person_where_both_parties_are_known(rules, speakers, withheld):
    item = play.call(*((speaker, f"{speaker} says something here") for speaker in speakers))
    found = [where for where in play.released(rules, item)[1] if where[0] == "/turns/0/text"]
    assert found == ([("/turns/0/text", "other_speaker", "possible")] if withheld else [])


def test_a_withheld_turn_is_withheld_wherever_it_stands_once_more(rules):
    said = [(Speaker.BUSINESS, AGENT), (Speaker.OTHER, BOB), (Speaker.OTHER, "Yes."), (Speaker.SUBJECT, ANA)]
    item = play.call(*said, text=" ".join(text for _, text in said), note=f"He said: {BOB}", yes="Yes.")
    item.data["turns"][1]["words"] = [{"word": "Bob"}, {"word": "here"}]
    data, withheld = play.released(rules, item)
    assert data["text"] == f"{AGENT} […] […] {ANA}"
    assert data["note"] == "He said: […]"
    assert data["yes"] == "Yes."
    assert data["turns"][1] == {"text": None}
    assert ("/turns/1/words", "other_speaker", "likely") in withheld


def test_what_turns_share_is_no_turns_own():
    item = play.line(
        {"first": BOB, "second": ANA, "meta": {"lang": "en"}},
        Turn("/first", Speaker.OTHER),
        Turn("/second", Speaker.SUBJECT),
    )
    assert play.released(play.withholding(), item)[0] == {
        "first": None,
        "second": ANA,
        "meta": {"lang": "en"},
    }


def cut(text, by=None, speaker=Speaker.SUBJECT):
    data, withheld = play.released(by or play.withholding(), play.call((speaker, text)))
    return data["turns"][0]["text"], [certainty for _, _, certainty in withheld]


@pytest.mark.parametrize(
    ("text", "left", "certainty"),
    [
        ("Call my wife, +358 50 765 4321, please.", "Call my wife, […], please.", "likely"),
        ("050 765 4321 or 050-7654322", "[…] or […]", "likely"),
        ("it is 0 5 0 7 6 5 4 3 2 1", "it is […]", "likely"),
        ("at (09) 123 456 ext. 12.", "at […].", "likely"),
        ("the office: +44 20 7946 0958", "the office: […]", "likely"),
        ("Write to bob.smith+x@mail.example.org.", "Write to […].", "likely"),
        ("(bob@example.org), thanks", "([…]), thanks", "likely"),
        ("jörg@müller.example, sähköposti", "[…], sähköposti", "likely"),
        ("a@b.example,c@d.example", "[…],[…]", "likely"),
        ("odd..dots@mail.example", "[…]", "possible"),
        ("on 0999999 there", "on […] there", "possible"),
    ],
)  # fmt: skip
def test_a_third_persons_number_or_mailbox_is_cut_out_of_what_was_said(text, left, certainty):
    shown, certainties = cut(text)
    assert shown == left
    assert set(certainties) == {certainty}


@pytest.mark.parametrize(
    "text",
    [
        "My number is 040 123 4567 and 040-1234567.",
        "I have it as +358401234567",
        "At home in Sweden it is 070-123 45 67.",
        "I am ANA@Example.com.",
        "Write to claims@bank.example",
        "The order is 12345678, of 2024-05-06 12:30, for 1 234 567,00 euros.",
        "the code is 123456",
        "me @ home, 5@5, @you, a@b",
        "no figures at all",
    ],
)
def test_known_contacts_and_other_figures_stay(text):
    assert cut(text) == (text, [])


def test_a_number_does_not_hide_behind_figures_that_are_none():
    shown, _ = cut("+1;" * 66_000 + " 050 765 4321")
    assert shown == "+1;" * 66_000 + " […]"


def test_national_forms_are_read_by_the_profiles_region_alone():
    nowhere = play.withholding(known=Known())
    assert cut("050 765 4321 and +358507654321", nowhere)[0] == "050 765 4321 and […]"


@pytest.mark.parametrize("speaker", [Speaker.SUBJECT, Speaker.BUSINESS, Speaker.MACHINE, Speaker.MIXED])
def test_contacts_are_cut_out_whoever_said_them(speaker):
    assert cut("It is bob@example.org", speaker=speaker)[0] == "It is […]"


def test_contacts_are_looked_for_in_prose_beside_the_turns_and_in_no_other_record(rules):
    told = {"summary": "She asked us to write to bob@example.org.", "owner": "bob@example.org"}
    data, _ = play.released(rules, play.call((Speaker.SUBJECT, ANA), **told))
    assert (data["summary"], data["owner"]) == ("She asked us to write to […].", "bob@example.org")
    assert play.released(rules, play.line(told)) == (told, [])


def test_a_span_leaves_no_accent_without_its_letter_and_no_sign_cut_in_two():
    text = "Zoe\u0308 👨‍👩‍👧 👍🏽 end"
    by = play.withholding(
        *(play.decided(i, Place("/t", Span(at, at + 1))) for i, at in enumerate([3, 5, 11]))
    )
    data, _ = play.released(by, play.line({"t": text}))
    assert data["t"] == "Zo[…] […] […] end"


@pytest.mark.parametrize(
    ("pointer", "told"),
    [
        ("/from_number", "/from_number"),
        ("/people/3/name", "/people/3/name"),
        ("/contacts/bob@example.org/name", "/contacts"),
        ("/by_number/+358507654321", "/by_number"),
        ("/by_number/0507654321", "/by_number"),
        ("", ""),
    ],
)
def test_a_pointer_is_told_up_to_what_may_be_somebodys(pointer, told):
    assert Place(pointer).told == told
