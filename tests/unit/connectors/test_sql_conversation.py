"""Conversations in a mapping: a contradiction is found before any database is asked, and a row's turns are read."""

from datetime import UTC, datetime

import msgspec
import pytest

from dsar.contract import Maker, Origin, Refused, Speaker, Turn
from dsar_sql import Settings, SettingsError
from dsar_sql.reading.speaking import TURNS_MAX
from dsar_sql.reading.telling import telling

WORDS = {"array": "talk", "text": "text", "speaker": "role", "subject": ["user"], "machine": ["assistant"]}
ORIGIN = Origin("call", "7", datetime(2026, 1, 1, tzinfo=UTC))


def call(**fields):
    table = {
        "name": "call",
        "category": "call",
        "description": "-",
        "key": ("id",),
        "subject": {"email": "email"},
    }
    return msgspec.convert({"url": "postgresql://db/x", "tables": [{**table, **fields}]}, Settings).tables[0]


def told(row, turns=None, **fields):
    return telling(call(turns={**WORDS, **(turns or {})}, **fields))([ORIGIN], [msgspec.json.encode(row)])[0]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        (
            {"turns": {"array": "talk", "text": "text", "speaker": "role"}},
            "tables.call.turns.speaker: nobody is known",
        ),
        ({"turns": {**WORDS, "other": ["User "]}}, "tables.call.turns.speaker: 'user' is listed twice"),
        ({"turns": {**WORDS, "array": "talk/*"}}, "tables.call.turns.array: 'talk/*' is not one place"),
        ({"turns": {**WORDS, "text": "parts/*/text"}}, "tables.call.turns.text: .* message/content"),
        ({"turns": {**WORDS, "speaker": ""}}, "tables.call.turns.speaker: '' is not one place"),
        ({"turns": {**WORDS, "start": "from"}}, "tables.call.turns.unit: goes with start and end"),
        ({"turns": {**WORDS, "unit": "seconds"}}, "tables.call.turns.unit: goes with start and end"),
        ({"turns": {**WORDS, "unit": "minutes", "start": "x"}}, "unit"),
        ({"turns": WORDS, "exclude": {"talk": "x"}}, "tables.call.turns.array: 'talk' is excluded"),
        (
            {"turns": {**WORDS, "array": "a/b/c"}, "exclude": {"a/b": "x"}},
            "tables.call.turns.array: .* is excluded",
        ),
        ({"maker": {"model": "m"}}, "tables.call.maker: says who wrote what made_by_ai names"),
        ({"maker": {}, "made_by_ai": ["a"]}, "tables.call.maker: give either"),
        ({"maker": {"model": "m", "column": "c"}, "made_by_ai": ["a"]}, "tables.call.maker: give either"),
        (
            {"maker": {"column": "c"}, "made_by_ai": ["a"], "exclude": {"c": "x"}},
            "tables.call.maker: 'c' is excluded",
        ),
        (
            {"turns": WORDS, "on_erase": "anonymise", "emptied": ["email"], "anonymous": ["talk"]},
            "tables.call.turns.array: 'talk' is about people",
        ),
    ],
)
def test_a_conversation_that_contradicts_itself_is_refused_with_its_line_and_the_remedy(fields, says):
    with pytest.raises((SettingsError, msgspec.ValidationError), match=says.replace("*'", r"\*'")):
        call(**fields)


def test_each_turn_says_who_spoke_from_when_to_when_and_points_to_the_words():
    talk = [
        {"role": "assistant", "text": "Hello", "from": 0, "to": 1.2345},
        {"role": "User ", "text": "It is me", "from": "1.5", "to": 2},
        {"role": "tool", "text": None},
        {"role": "neighbour", "text": "And me", "from": 9, "to": 8},
        {"role": "who", "text": "?", "from": -1, "to": 1e300},
        {"role": True, "text": "", "from": "00:01", "to": "1e999999999"},
        "left on tape",
    ]
    record = told({"talk": talk}, {"other": ["neighbour"], "start": "from", "end": "to", "unit": "seconds"})
    assert record.turns == (
        Turn("/talk/0/text", Speaker.MACHINE, 0, 1235),
        Turn("/talk/1/text", Speaker.SUBJECT, 1500, 2000),
        Turn("/talk/3/text", Speaker.OTHER, 8000, 9000),
        Turn("/talk/4/text", Speaker.UNKNOWN),
        Turn("/talk/5/text", Speaker.UNKNOWN),
        Turn("/talk/6"),
    )


def test_what_is_excluded_of_a_conversation_is_gone_before_its_turns_are_counted():
    talk = [{"role": "user", "text": "a", "secret": 1}, {"role": "user", "text": "b"}]
    record = told({"talk": talk}, exclude={"talk/0": "the greeting"})
    assert record.turns == (Turn("/talk/0/text", Speaker.SUBJECT),)
    assert msgspec.json.decode(record.data) == {"talk": talk[1:]}


def test_a_place_deep_in_the_column_is_found_and_its_odd_names_are_written_as_a_pointer():
    row = {"pay~load": '{"a/b": [{"by": {"ch": 1}, "m": {"c~d": "Hi"}}]}'}
    turns = {"array": "pay~0load/a~1b", "text": "m/c~0d", "speaker": "by/ch", "subject": [0], "machine": [1]}
    assert told(row, turns).turns == (Turn("/pay~0load/a~1b/0/m/c~0d", Speaker.MACHINE),)


@pytest.mark.parametrize(
    ("value", "turns"), [(None, ()), ("", ()), ([], ()), ("all in one text", (Turn("/talk"),)), ("{}", None)]
)
def test_a_row_without_an_array_has_no_turns_or_one_whose_speaker_nobody_knows(value, turns):
    if turns is None:
        with pytest.raises(Refused, match=r"tables\.call\.turns\.array: is no array in row 7"):
            told({"talk": value})
    else:
        assert told({"talk": value}).turns == turns


@pytest.mark.parametrize("said", [{"role": "user", "text": ["a"]}, {"role": "user", "text": {"a": "b"}}])
def test_words_that_nobody_could_withhold_are_refused_without_quoting_them(said):
    with pytest.raises(Refused, match=r"tables\.call\.turns\.text: is no text in row 7"):
        told({"talk": [said]})


def test_a_conversation_without_end_is_refused():
    with pytest.raises(Refused, match="more than 20000 turns"):
        told({"talk": [{"role": "user", "text": "a"}] * (TURNS_MAX + 1)})


@pytest.mark.parametrize(
    ("maker", "row", "made"),
    [
        ({"model": "whisper"}, {}, Maker("whisper")),
        ({"column": "m", "at": "t"}, {"m": "gpt", "t": "2026-01-02T03:04:05+00:00"}, Maker("gpt", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))),
        ({"column": "m", "at": "t"}, {"m": "gpt", "t": "some day"}, Maker("gpt")),
        ({"column": "m", "at": "t"}, {"m": None, "t": None}, None),
    ],
)  # fmt: skip
def test_the_model_and_the_moment_are_the_rows_own_or_one_for_all(maker, row, made):
    record = told({"summary": "x", **row}, made_by_ai=["summary"], maker=maker)
    assert (record.maker, record.made_by_ai) == (made, ("/summary",))
