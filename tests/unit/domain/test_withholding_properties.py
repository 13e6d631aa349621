"""What holds for any record and any decisions."""

import unicodedata
from copy import deepcopy
from itertools import count, pairwise

import msgspec
import withholding_play as play
from hypothesis import given
from hypothesis import strategies as st

from dsar.contract import Speaker, Turn
from dsar.domain.rights import Right
from dsar.domain.withholding import MARK, Effect, Place, Selector, Span
from dsar.domain.withholding.pointer import at, below, covers, parts_of, put, take_out, values_in

NAMES = st.sampled_from(["a", "b/c", "d~e", "", "password", "note", "0", "ä"])
shapes = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.just("text"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
records = st.dictionaries(NAMES, shapes, min_size=1, max_size=5)


def unique(data):
    """The same shape; every text in it stands nowhere else."""
    numbers = count()
    filled = deepcopy(data)
    for held, name, value in list(values_in(filled)):
        if isinstance(value, str):
            put(filled, below(held, name), f"word{next(numbers)}x of words{next(numbers)}x")
    return filled


def places_in(data):
    """All pointers of a record but the whole."""
    left, found = [("", data)], []
    while left:
        pointer, value = left.pop()
        inner = list(parts_of(value, pointer))
        found += [place for place, _ in inner]
        left += inner
    return found


@st.composite
def marked(draw):
    """A record and some of its pointers, of which some lead nowhere."""
    data = unique(draw(records))
    some = st.lists(st.sampled_from([*places_in(data), "/gone", "/a/0/0"]), max_size=5)
    return data, draw(some)


def texts(data):
    return [value for _, _, value in values_in(data) if isinstance(value, str)]


@given(marked())
def test_what_is_withheld_stands_nowhere_in_the_release_and_all_else_is_as_it_was(given_):
    data, others = given_
    item = play.line(data, others=tuple(others))
    _, withheld = play.withholding().release(play.WHERE, item)
    shown = msgspec.json.encode(item.data).decode()
    gone = [one.place.pointer for one in withheld]
    for held, name, value in values_in(data):
        pointer = below(held, name)
        if any(covers(outer, pointer) for outer in gone):
            assert not isinstance(value, str) or value not in shown
        else:
            assert at(item.data, pointer) == value
    assert set(texts(item.data)) <= {*texts(data), "held, not disclosed"}


@given(marked(), st.sampled_from([Right.ACCESS, Right.PORTABILITY, Right.KNOW]))
def test_looking_finds_what_releasing_takes_and_releasing_twice_takes_no_more(given_, right):
    data, others = given_
    by = play.withholding(right=right)
    item = play.line(data, others=tuple(others), inferred=tuple(others[:1]))
    seen = by.of(play.WHERE, item)
    assert by.release(play.WHERE, item) == (True, seen)
    once = deepcopy(item)
    assert by.release(play.WHERE, item) == (True, [])
    assert item == once


@given(marked(), st.sampled_from(["taken back", "another's"]))
def test_a_decision_that_was_taken_back_or_is_about_another_item_leaves_no_trace(given_, why):
    data, pointers = given_
    by_hand = [play.decided(number, Place(pointer)) for number, pointer in enumerate(pointers)]
    if why == "taken back":
        by_hand += [play.disclosed(number, one.words.place) for number, one in enumerate(by_hand, 100)]
    record_id = "1" if why == "taken back" else "2"
    after, never = play.line(data, record_id=record_id), play.line(data, record_id=record_id)
    assert play.withholding(*by_hand).release(play.WHERE, after) == play.withholding().release(
        play.WHERE, never
    )
    assert after == never


@given(marked())
def test_disclosing_everything_lets_go_all_but_secrets(given_):
    data, others = given_
    by = play.withholding(
        play.disclosed(1, play.WHOLE), play.decided(2, selector=Selector(), effect=Effect.DISCLOSE)
    )
    found = by.of(play.WHERE, play.line(data, others=tuple(others)))
    assert found == play.withholding().of(play.WHERE, play.line(data))
    assert all(one.rule.is_final for one in found)


@given(marked())
def test_by_hand_the_same_is_taken_as_by_a_rule(given_):
    data, others = given_
    by_rule, by_hand = play.line(data, others=tuple(others)), play.line(data)
    play.withholding().release(play.WHERE, by_rule)
    decided = [play.decided(number, Place(pointer)) for number, pointer in enumerate(others)]
    play.withholding(*decided).release(play.WHERE, by_hand)
    assert by_rule == by_hand


spans = st.lists(st.tuples(st.integers(-3, 30), st.integers(-3, 30)), max_size=5)


@given(st.text(max_size=25), spans)
def test_spans_lie_within_their_text_apart_from_each_other_and_cut_no_letter_from_its_marks(text, pairs):
    decided = [play.decided(i, Place("/t", Span(*pair))) for i, pair in enumerate(pairs)]
    item = play.line({"t": text})
    found = [one.place.span for one in play.withholding(*decided).of(play.WHERE, item)]
    assert all(0 <= one.start < one.stop <= len(text) for one in found)
    assert all(a.stop < b.start for a, b in pairwise(found))
    for one in found:
        assert not unicodedata.category((text + " ")[one.stop]).startswith("M")
        assert one.start == 0 or not unicodedata.category(text[one.start]).startswith("M")
    for start, stop in pairs:
        wanted = range(max(start, 0), min(stop, len(text)))
        assert all(any(one.start <= at < one.stop for one in found) for at in wanted)
    play.withholding(*decided).release(play.WHERE, item)
    kept = len(text) - sum(one.stop - one.start for one in found)
    assert len(item.data["t"]) == kept + len(MARK) * len(found)


speakers = st.sampled_from(list(Speaker))


@given(st.lists(st.tuples(speakers, st.text(max_size=20), st.booleans()), max_size=6), st.booleans())
def test_of_a_conversation_no_word_of_anothers_leaves_and_every_turn_stays(said, whole):
    turns = [
        (speaker, f"{text} w{number}w" if there else None)
        for number, (speaker, text, there) in enumerate(said)
    ]
    item = play.call(*turns)
    if whole:
        item.data["text"] = "\n".join(text or "" for _, text in turns)
    play.withholding().release(play.WHERE, item)
    shown = msgspec.json.encode(item.data).decode()
    assert not [n for n, (speaker, *_) in enumerate(said) if speaker is Speaker.OTHER and f"w{n}w" in shown]
    assert [turn.speaker for turn in item.turns] == [speaker for speaker, _ in turns]


@given(st.text(max_size=6), records)
def test_no_pointer_brings_it_down(pointer, data):
    item = play.line(data, Turn(pointer), others=(pointer,), inferred=(pointer,), made_by_ai=(pointer,))
    by = play.withholding(
        play.decided(1, Place(pointer)),
        play.decided(2, Place(pointer, Span(0, 1))),
        play.decided(3, selector=Selector(pointer=pointer, text=pointer or None)),
    )
    by.release(play.WHERE, item)


@given(records, st.text(alphabet="/~01ab*-", max_size=8))
def test_taking_out_what_is_not_there_changes_nothing(data, pointer):
    before = deepcopy(data)
    if at(data, pointer) is None and pointer not in dict(_all(data)):
        take_out(data, pointer)
        assert data == before


def _all(data):
    return ((pointer, None) for pointer in places_in(data))


KEPT = "$2b$12$abcdefghijklmnopqrstuv"  # as a hashed password stands


@given(
    st.lists(records | st.dictionaries(NAMES, shapes | st.just(KEPT) | st.just({"a": [KEPT]})), max_size=6)
)
def test_records_leave_whole_together_only_where_each_leaves_whole_by_itself(datas):
    together = play.withholding().leave_whole([play.line(data) for data in datas])
    one_by_one = [play.withholding().of(play.WHERE, play.line(data)) for data in datas]
    assert not (together and any(one_by_one))


def test_records_in_which_nothing_is_found_leave_whole_together():
    alike = [play.line({"note": "text", "tags": {"queue": n}, "said": ["a", {"b": n}]}) for n in range(3)]
    assert play.withholding().leave_whole([*alike, play.line({"price": 12})])
    assert not play.withholding().leave_whole([*alike, play.line({"said": ["a", {"b": KEPT}]})])
    assert not play.withholding().leave_whole([*alike, play.line({"name": "Ana"}, others=("/name",))])
