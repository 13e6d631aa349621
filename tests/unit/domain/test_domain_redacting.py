"""A decision on withholding is of something that is there, and frees nothing that opens an account."""

from datetime import UTC, datetime

import pytest

from dsar.contract import Attachment, Channel, Origin
from dsar.domain.errors import InvalidInput
from dsar.domain.redacting import check_disclosable, check_in_file, check_in_record, check_selector
from dsar.domain.withholding import (
    Place,
    Rule,
    Selector,
    Span,
    Stretch,
    Withheld,
    WithholdingGround,
)

DATA = {"note": "Olli rang", "list": [{"a": "x"}], "a/b": {"~": "y"}, "n": 7, "empty": ""}
ORIGIN = Origin("calls", "c1", datetime(2026, 3, 1, tzinfo=UTC))
SOUND = Attachment(ORIGIN, "c1.wav", "audio/wav", 10, (Channel("left"), Channel("right")))
PICTURE = Attachment(ORIGIN, "c1.png", "image/png", 10)


def field_of(check, *args):
    with pytest.raises(InvalidInput) as caught:
        check(*args)
    (error,) = caught.value.errors
    return error.field


@pytest.mark.parametrize(
    "place",
    [
        Place(),
        Place("/note"),
        Place("/note", Span(0, 9)),
        Place("/list/0/a", Span(0, 1)),
        Place("/list"),
        Place("/a~1b/~0"),
        Place("/n"),
    ],
    ids=str,
)
def test_a_place_that_is_in_the_record_is_taken(place):
    check_in_record(DATA, place)


@pytest.mark.parametrize(
    ("place", "field"),
    [
        (Place("/nobody"), "place.pointer"),
        (Place("note"), "place.pointer"),
        (Place("/list/1"), "place.pointer"),
        (Place("/list/-1"), "place.pointer"),
        (Place("/list/00"), "place.pointer"),
        (Place("/empty"), "place.pointer"),
        (Place("/" + "x" * 1000), "place.pointer"),
        (Place("/n", Span(0, 1)), "place.span"),
        (Place("", Span(0, 1)), "place.span"),
        (Place("/note", Span(0, 10)), "place.span"),
        (Place("/note", Span(-1, 2)), "place.span"),
        (Place("/note", Span(3, 3)), "place.span"),
        (Place("/note", Span(5, 2)), "place.span"),
        (Place(stretch=Stretch(0, 5)), "place.stretch"),
    ],
    ids=str,
)
def test_a_place_that_is_not_in_the_record_is_refused_by_its_name(place, field):
    assert field_of(check_in_record, DATA, place) == field


@pytest.mark.parametrize(
    "place",
    [Place(), Place(stretch=Stretch(0, None)), Place(stretch=Stretch(0, 5, 1))],
    ids=["whole", "to the end", "one channel"],
)
def test_a_recording_has_stretches_and_can_stay_out_whole(place):
    check_in_file(SOUND, place)


@pytest.mark.parametrize(
    ("file", "place", "field"),
    [
        (SOUND, Place("/a"), "place"),
        (SOUND, Place("", Span(0, 1)), "place"),
        (SOUND, Place(stretch=Stretch(-1, 5)), "place.stretch"),
        (SOUND, Place(stretch=Stretch(5, 5)), "place.stretch"),
        (SOUND, Place(stretch=Stretch(0, 5, 2)), "place.stretch"),
        (SOUND, Place(stretch=Stretch(0, 5, -1)), "place.stretch"),
        (PICTURE, Place(stretch=Stretch(0, 5)), "place.stretch"),
    ],
    ids=["field", "span", "before", "empty", "channel", "below", "picture"],
)
def test_what_a_file_does_not_have_is_refused_by_its_name(file, place, field):
    assert field_of(check_in_file, file, place) == field


@pytest.mark.parametrize("rule", [Rule.SECRET, Rule.HASH, Rule.UNDISCLOSED])
@pytest.mark.parametrize("pointer", ["/a", "/a/b", ""])
def test_nothing_that_opens_an_account_is_disclosed_nor_what_holds_it(rule, pointer):
    # GDPR 32
    secret = Withheld(place=Place("/a/b"), ground=WithholdingGround.SECURITY, rule=rule)
    assert field_of(check_disclosable, [secret], Place(pointer)) == "effect"


def test_what_a_rule_takes_for_another_persons_may_be_disclosed():
    others = Withheld(place=Place("/a"), ground=WithholdingGround.OTHERS, rule=Rule.OTHERS)
    check_disclosable([others], Place("/a"))


@pytest.mark.parametrize(
    ("selector", "field"),
    [
        (Selector(), "selector"),
        (Selector(text=" "), "selector.text"),
        (Selector(text="x" * 501), "selector.text"),
        (Selector(pointer="note"), "selector.pointer"),
        (Selector(pointer="/" + "x" * 1000), "selector.pointer"),
    ],
    ids=["all", "blank", "long text", "no slash", "long pointer"],
)
def test_a_rule_that_finds_everything_or_nothing_is_refused_by_its_name(selector, field):
    assert field_of(check_selector, selector, None) == field


def test_a_rule_has_no_place_of_its_own():
    assert field_of(check_selector, Selector(system="crm"), Place("/a")) == "place"
    check_selector(Selector(system="crm", pointer="/notes/*"), None)
