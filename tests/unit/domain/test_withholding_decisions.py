"""What staff decides goes over the rules: a place over a selector, a later word over an earlier one."""

import pytest
import withholding_play as play

from dsar.contract import Speaker
from dsar.domain.withholding import Effect, Place, Selector, Span, WithholdingGround

DATA = {"name": "Ana", "price": 12, "note": "Bob told Bea that BOB pays", "lines": [{"sum": 1}, {"sum": 2}]}
NOTE, PRICE = Place("/note"), Place("/price")


def left(*decided, data=None, others=(), where=play.WHERE):
    return play.released(play.withholding(*decided), play.line(data or DATA, others=others), where)


def select(number, effect=Effect.WITHHOLD, **what):
    return play.decided(number, selector=Selector(**what), effect=effect)


def test_a_field_a_span_and_a_record_are_withheld_by_hand():
    data, withheld = left(play.decided(1, PRICE), play.decided(2, Place("/note", Span(0, 3))))
    assert data == {**{k: v for k, v in DATA.items() if k != "price"}, "note": "[…] told Bea that BOB pays"}
    assert withheld == [("/price", "by_hand", "certain"), ("/note", "by_hand", "certain")]
    assert left(play.decided(3, play.WHOLE)) == (None, [("", "by_hand", "certain")])


def test_what_is_withheld_says_by_whose_decision_and_on_what_ground():
    by = play.withholding(play.decided(7, PRICE, ground=WithholdingGround.LEGAL_CLAIMS))
    (one,) = by.of(play.WHERE, play.line(DATA))
    assert (one.decision.int, one.ground, one.law) == (7, WithholdingGround.LEGAL_CLAIMS, "GDPR 17(3)(e)")


@pytest.mark.parametrize(
    "other", [{"record_id": "2"}, {"collection": "crm:transcripts"}], ids=["id", "system"]
)
def test_a_decision_is_about_its_own_item_alone(other):
    assert left(play.decided(1, play.WHOLE, **other))[0] == DATA


def test_looking_changes_nothing():
    item = play.line(DATA, others=("/name",))
    play.withholding(play.decided(1, NOTE)).of(play.WHERE, item)
    assert (item.data, item.others) == (DATA, ("/name",))


@pytest.mark.parametrize(
    "place",
    [Place("/gone"), Place("/name/x"), Place("/lines/7"), Place("/price", Span(0, 1)), Place("/name", Span(3, 9)),
     Place("/name", Span(2, 2)), Place("/name", Span(2, 1)), Place("/gone", Span(0, 3))],
    ids=str,
)  # fmt: skip
def test_a_decision_about_a_place_that_is_not_there_withholds_nothing(place):
    assert left(play.decided(1, place)) == (DATA, [])


def test_a_span_is_kept_within_its_text():
    assert left(play.decided(1, Place("/name", Span(-4, 1))))[0]["name"] == "[…]na"
    assert left(play.decided(1, Place("/name", Span(1, 99))))[0]["name"] == "A[…]"


def test_spans_that_overlap_or_touch_are_one_and_the_newest_speaks():
    spans = [Span(0, 4), Span(2, 6), Span(6, 8), Span(10, 12)]
    by = play.withholding(*(play.decided(i, Place("/note", span)) for i, span in enumerate(spans)))
    found = by.of(play.WHERE, play.line(DATA))
    assert [(one.place.span, one.decision.int) for one in found] == [(Span(0, 8), 2), (Span(10, 12), 3)]


def test_a_span_within_a_withheld_field_is_gone_with_it():
    assert left(play.decided(1, Place("/note", Span(0, 3))), play.decided(2, NOTE))[1] == [
        ("/note", "by_hand", "certain")
    ]


def test_disclosing_a_place_lets_go_what_a_rule_found_there():
    assert left(play.disclosed(1, Place("/name")), others=("/name", "/price"))[1] == [
        ("/price", "others", "certain")
    ]
    assert left(play.disclosed(1, Place("/lines")), others=("/lines/0/sum",)) == (DATA, [])
    assert left(play.disclosed(1, play.WHOLE), others=("/name", "/price", "")) == (DATA, [])


def test_a_part_is_not_let_go_of_a_whole_that_is_withheld():
    assert left(play.disclosed(1, Place("/lines/0")), others=("/lines",))[1] == [
        ("/lines", "others", "certain")
    ]


def test_disclosing_characters_leaves_the_rest_of_a_span():
    said = "Bob is at 050 765 4321 now"
    by = play.withholding(play.disclosed(1, Place("/turns/0/text", Span(10, 14))))
    data, _ = play.released(by, play.call((Speaker.SUBJECT, said)))
    assert data["turns"][0]["text"] == "Bob is at 050 […] now"


def test_of_two_decisions_on_exactly_one_place_the_newer_counts():
    assert left(play.decided(1, PRICE), play.disclosed(2, PRICE)) == (DATA, [])
    assert left(play.disclosed(1, PRICE), play.decided(2, PRICE))[1] == [("/price", "by_hand", "certain")]
    back = (play.decided(1, PRICE), play.disclosed(2, PRICE), play.decided(3, PRICE))
    assert "price" not in left(*back)[0]


def test_what_was_withheld_by_hand_is_not_let_go_by_a_wider_word():
    assert left(play.decided(1, PRICE), play.disclosed(2, play.WHOLE))[1] == [
        ("/price", "by_hand", "certain")
    ]


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ({"pointer": "/price"}, ["/price"]),
        ({"pointer": "/lines/*/sum"}, ["/lines/0/sum", "/lines/1/sum"]),
        ({"pointer": "/*"}, ["/name", "/price", "/note", "/lines"]),
        ({"pointer": "/gone/*"}, []),
        ({"pointer": "price"}, []),
        ({"pointer": ""}, [""]),
        ({"text": "bob"}, ["/note", "/note"]),
        ({"text": "bob", "pointer": "/name"}, []),
        ({"text": "12"}, ["/price"]),
        ({"text": "1", "pointer": "/lines"}, ["/lines/0/sum"]),
        ({"text": "."}, []),
        ({"system": "voice"}, [""]),
        ({"system": "crm"}, []),
        ({"category": "calls", "collection": "transcripts", "text": "Bea"}, ["/note"]),
        ({"category": "account", "text": "Bea"}, []),
        ({"collection": "other", "pointer": "/price"}, []),
        ({"speaker": Speaker.SUBJECT}, []),
    ],
    ids=str,
)
def test_a_selector_finds_what_fits_all_it_says(selector, expected):
    assert [pointer for pointer, _, _ in left(select(1, **selector))[1]] == expected


def test_a_selector_finds_turns_by_their_speaker_and_words_in_them():
    item = play.call((Speaker.BUSINESS, "Bob rang"), (Speaker.SUBJECT, "Bob is out"), note="Bob")
    by = play.withholding(select(1, speaker=Speaker.BUSINESS, text="bob"))
    data, _ = play.released(by, item)
    assert ([turn["text"] for turn in data["turns"]], data["note"]) == (["[…] rang", "Bob is out"], "Bob")
    item = play.call((Speaker.BUSINESS, "Bob rang"), (Speaker.SUBJECT, "Bob is out"))
    by = play.withholding(select(1, speaker=Speaker.SUBJECT, pointer="/turns/*/text"))
    assert [turn["text"] for turn in play.released(by, item)[0]["turns"]] == ["Bob rang", None]


def test_accents_are_found_however_they_are_written():
    data = {"a": "Zo\u00eb and Zoe\u0308", "b": "ZOË"}
    assert left(select(1, text="zoë"), data=data)[0] == {"a": "[…] and […]", "b": "[…]"}


def test_a_later_selector_goes_over_an_earlier_one_and_a_decision_on_the_item_over_both():
    out, back = select(1, text="bob"), select(2, Effect.DISCLOSE, pointer="/note")
    assert left(out, back) == (DATA, [])
    assert left(back, out)[1] == [("/note", "by_hand", "certain")] * 2
    assert left(play.disclosed(0, NOTE), out) == (DATA, [])
    assert left(play.decided(0, NOTE), back)[1] == [("/note", "by_hand", "certain")]


def test_a_selector_lets_go_what_a_rule_withholds_everywhere():
    item = play.call((Speaker.OTHER, "Bob speaking here"), (Speaker.UNKNOWN, "Mhm, at bob@example.org"))
    by = play.withholding(select(1, Effect.DISCLOSE, speaker=Speaker.UNKNOWN))
    assert [t["text"] for t in play.released(by, item)[0]["turns"]] == [None, "Mhm, at bob@example.org"]


def test_a_turn_that_is_let_go_is_let_go_where_it_stands_once_more():
    said = [(Speaker.OTHER, "Bob speaking, good day"), (Speaker.SUBJECT, "Hello there")]
    text = " ".join(words for _, words in said)
    by = play.withholding(play.disclosed(1, Place("/turns/0/text")))
    assert play.released(by, play.call(*said, text=text))[0]["text"] == text
    by = play.withholding(play.decided(1, Place("/turns/1/text")), play.disclosed(2, Place("/turns/0/text")))
    assert play.released(by, play.call(*said, text=text))[0]["text"] == "Bob speaking, good day […]"
    by = play.withholding(play.disclosed(1, Place("/text")))
    data, _ = play.released(by, play.call(*said, text=text))
    assert (data["text"], data["turns"][0]["text"]) == (text, None)


def test_characters_cut_out_of_a_turn_are_cut_out_of_the_text_of_the_whole_call():
    item = play.call(
        (Speaker.SUBJECT, " Ask Bob."), (Speaker.BUSINESS, "Who is Bob?"), text="Ask Bob. Who is Bob?"
    )
    item.data["turns"][0]["words"] = ["Ask", "Bob."]
    by = play.withholding(play.decided(1, Place("/turns/0/text", Span(5, 8))))
    data, _ = play.released(by, item)
    assert (data["text"], data["turns"][0]) == ("Ask […]. Who is Bob?", {"text": " Ask […]."})


def test_an_answer_to_the_controller_obeys_its_staffs_decisions():
    by = play.withholding(play.decided(1, PRICE), to_controller=True)
    assert "price" not in play.released(by, play.line(DATA))[0]
