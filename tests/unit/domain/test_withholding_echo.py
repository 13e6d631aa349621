"""The words of a withheld turn, where the record has them once more in another form."""

import json

import pytest
import withholding_play as play

from dsar.contract import Speaker, Turn

ANA, BOB = "Hello, it is Ana", "I am Bob, and I am ill – päivää!"


def released(**more):
    return play.released(play.withholding(), play.call((Speaker.SUBJECT, ANA), (Speaker.OTHER, BOB), **more))[
        0
    ]


@pytest.mark.parametrize(
    "again",
    [
        "I am  Bob, and\nI am ill – päivää!",
        "i am bob and i am ill päivää",
        "\u201cI AM BOB; AND I AM ILL. PÄIVÄÄ\u201d",
        json.dumps({"text": BOB}),
        json.dumps(json.dumps({"text": BOB.replace(", ", ",\n")})),
    ],
    ids=["spaces", "no signs", "capitals", "json", "json in json"],
)
def test_however_they_are_set(again):
    # GDPR 15(4)
    for text in (again, f"1: {ANA}\n2: {again}"):
        left = released(text=text)["text"]
        assert not [word for word in ("bob", "ill", "ivää", "u00e4") if word in left.casefold()]


def test_word_by_word_in_a_list_of_the_whole_call():
    words = [{"word": word, "at": n} for n, word in enumerate(f"{ANA} {BOB}".split())]
    plain = [word["word"].strip(",!") for word in words]
    left = released(words=words, plain=plain)
    mine = len(ANA.split())
    assert left["words"] == words[:mine] + [None] * (len(words) - mine)
    assert left["plain"][:mine] == plain[:mine]
    assert "Bob" not in json.dumps(left)


def test_a_short_answer_goes_from_a_list_of_messages_and_not_from_anywhere_else():
    said = [(Speaker.BUSINESS, "Who is there?"), (Speaker.OTHER, "Bob"), (Speaker.SUBJECT, "And Bob.")]
    messages = [{"role": f"voice {n}", "content": text} for n, (_, text) in enumerate(said)]
    left, _ = play.released(play.withholding(), play.call(*said, messages=messages, city="Bob"))
    assert left["messages"] == [messages[0], None, messages[2]]
    assert left["city"] == "Bob"


def test_a_number_cut_out_of_a_turn_is_cut_out_of_the_words_of_the_call():
    said = "Ring 050 765 4321 please"
    left, _ = play.released(
        play.withholding(), play.call((Speaker.SUBJECT, said), words=[{"w": word} for word in said.split()])
    )
    assert left["words"] == [{"w": "Ring"}, None, None, None, {"w": "please"}]


def test_who_speaks_is_withheld_with_another_persons_turn_and_what_voices_share_is_not():
    shared = {"lang": "en", "kind": "final", "at": "2026-03-01T10:00:00Z", "voice": "Speaker 2"}
    data = {
        "turns": [
            {"text": ANA, "who": "Ana", **shared},
            {"text": BOB, "who": "Bob Smith", "tel": "050 765 4321", "mail": "bob@x.example", **shared},
            {"text": "I am here as well, hello", "who": "other", **shared},
        ]
    }
    turns = (
        Turn("/turns/0/text", Speaker.SUBJECT),
        Turn("/turns/1/text", Speaker.OTHER),
        Turn("/turns/2/text", Speaker.OTHER),
    )
    left, _ = play.released(play.withholding(), play.line(data, *turns))
    assert left["turns"] == [
        data["turns"][0],
        {"text": None, **shared},
        {"text": None, "who": "other", **shared},
    ]


def test_a_call_of_many_words_is_looked_through_without_a_look_at_each_for_each():
    said = [(Speaker.OTHER if n % 2 else Speaker.SUBJECT, f"word{n} and more") for n in range(2000)]
    words = [{"w": word} for _, text in said for word in text.split()]
    left, _ = play.released(play.withholding(), play.call(*said, words=words))
    assert left["words"][:6] == [*words[:3], None, None, None]


@pytest.mark.parametrize(
    "text", ["\\" * 200_000, "\\u00e4" * 20_000, "\\u" * 50_000], ids=["slash", "ä", "u"]
)
def test_no_text_makes_the_look_for_them_endless(text):
    assert released(note=text)["note"] == text
