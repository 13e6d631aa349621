"""How recordings leave: silent where other persons speak, whole where nobody else does."""

import pytest
import withholding_play as play

from dsar.contract import Speaker, Turn
from dsar.domain.rights import Right
from dsar.domain.withholding import Effect, Place, Selector, Stretch, heard

SUBJECT, BUSINESS, MACHINE, OTHER, MIXED, UNKNOWN = (
    Speaker.SUBJECT, Speaker.BUSINESS, Speaker.MACHINE, Speaker.OTHER, Speaker.MIXED, Speaker.UNKNOWN,
)  # fmt: skip
WHERE = play.Collected("voice", "calls", "recordings")


def of(by, file, *stretches):
    sound = by.of_file(WHERE, file, stretches)
    return sound.whole_withheld, [(one.from_ms, one.to_ms, one.channel) for one in sound.mutes]


def stretches(*turns, by=None, texts=None):
    """What is heard of a call with these turns."""
    by = by or play.withholding()
    data = {"t": texts or ["some words of theirs"] * len(turns)}
    item = play.line(data, *(Turn(f"/t/{i}", *turn) for i, turn in enumerate(turns)))
    return heard(by.of(play.WHERE, item), item)


def on_file(place, *, number=1, effect=Effect.WITHHOLD):
    return play.decided(number, place, effect=effect, record_id="rec", collection="voice:recordings")


@pytest.mark.parametrize(
    ("speakers", "whole", "mutes"),
    [
        ([], False, []),
        ([SUBJECT], False, []),
        ([MIXED], False, []),
        ([UNKNOWN], False, []),
        ([OTHER], True, []),
        ([OTHER, OTHER], True, []),
        ([SUBJECT, OTHER], False, [(0, None, 1)]),
        ([OTHER, BUSINESS, OTHER, MIXED], False, [(0, None, 0), (0, None, 2)]),
    ],
    ids=str,
)
def test_the_channels_of_other_persons_are_silent_from_end_to_end(speakers, whole, mutes):
    # GDPR 15(4)
    assert of(play.withholding(), play.recording(*speakers)) == (whole, mutes)


@pytest.mark.parametrize(
    ("speakers", "channels"),
    [
        ([], [None]),
        ([MIXED], [None]),
        ([SUBJECT], [None]),
        ([SUBJECT, MIXED], [1]),
        ([UNKNOWN, BUSINESS], [0]),
        ([SUBJECT, BUSINESS], [None]),  # on neither, it is said: so on one of them, nobody knows which
        ([MIXED, UNKNOWN], [None]),
    ],
    ids=str,
)
def test_another_persons_turn_is_silent_on_every_channel_that_may_carry_it(speakers, channels):
    found = stretches((SUBJECT, 0, 500), (OTHER, 500, 900))
    whole, mutes = of(play.withholding(), play.recording(*speakers), *found)
    assert (whole, mutes) == (False, [(500, 900, channel) for channel in channels])


def test_where_the_other_person_has_a_channel_the_others_keep_theirs():
    found = stretches((OTHER, 500, 900))
    assert of(play.withholding(), play.recording(SUBJECT, BUSINESS, OTHER), *found) == (False, [(0, None, 2)])


def test_a_turn_with_a_number_cut_out_is_silent_on_its_speakers_own_channel():
    found = stretches((BUSINESS, 0, 500), texts=["Call 050 765 4321."])
    assert of(play.withholding(), play.recording(SUBJECT, MACHINE), *found) == (False, [(0, 500, 1)])


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        ([(OTHER, 100, None), (SUBJECT, 400, 500)], [(100, 400)]),
        ([(OTHER, 100, None), (SUBJECT, 100, 200)], [(100, None)]),
        ([(OTHER, 100, None)], [(100, None)]),
        ([(OTHER, 100, 100), (SUBJECT, 300, None)], [(100, 300)]),
        ([(OTHER, 100, 50), (SUBJECT, 300, None)], [(100, 300)]),
        ([(SUBJECT, 0, 100), (OTHER, None, None)], [(0, None)]),
        ([(OTHER, None, 900)], [(0, None)]),
        ([(SUBJECT, 0, 100)], []),
    ],
    ids=str,
)
def test_what_is_not_known_of_its_time_is_silent_rather_than_heard(turns, expected):
    assert [(one.from_ms, one.to_ms) for one in stretches(*turns)] == expected


def test_a_turn_that_nobody_wrote_down_is_silent_all_the_same():
    assert len(stretches((OTHER, 0, 5), (OTHER, 5, 9), (SUBJECT, 9, 12), texts=["", None, ""])) == 2


def test_the_same_is_heard_of_a_record_before_and_after_its_release():
    item = play.call((OTHER, "some words of theirs"), (SUBJECT, "and mine"), (OTHER, "theirs again, gone"))
    item.others = ("/turns/2",)
    before = heard(play.withholding().of(play.WHERE, item), item)
    _, withheld = play.withholding().release(play.WHERE, item)
    assert [(one.from_ms, one.to_ms) for one in before] == [(0, 1000), (2000, 3000)]
    assert heard(withheld, item) == before


def test_all_turns_of_a_record_that_stays_out_are_silent():
    by = play.withholding(play.decided(1, play.WHOLE))
    found = stretches((SUBJECT, 0, 100), (BUSINESS, 100, 200), by=by)
    assert of(by, play.recording(MIXED), *found) == (False, [(0, 200, None)])


def test_what_is_silent_from_end_to_end_does_not_leave_at_all():
    found = stretches((OTHER, None, None))
    assert of(play.withholding(), play.recording(MIXED), *found) == (True, [])
    assert of(play.withholding(), play.recording(OTHER, MIXED), *found) == (True, [])


def test_stretches_that_overlap_or_touch_are_one_on_each_channel():
    places = [Stretch(0, 100, 0), Stretch(50, 200, 0), Stretch(200, 300, 0), Stretch(400, None, 0), Stretch(500, 600, 0),
              Stretch(0, 100, 1), Stretch(7, 8)]  # fmt: skip
    by = play.withholding(*(on_file(Place(stretch=one), number=i) for i, one in enumerate(places)))
    assert of(by, play.recording(SUBJECT, BUSINESS)) == (
        False,
        [(7, 8, None), (0, 300, 0), (400, None, 0), (0, 100, 1)],
    )


def test_staff_lets_a_stretch_a_channel_or_a_file_go():
    found = stretches((OTHER, 500, 900))
    some = play.withholding(on_file(Place(stretch=Stretch(600, 700)), effect=Effect.DISCLOSE))
    assert of(some, play.recording(MIXED), *found) == (False, [(500, 600, None), (700, 900, None)])
    late = play.withholding(on_file(Place(stretch=Stretch(600, None, 1)), effect=Effect.DISCLOSE))
    assert of(late, play.recording(SUBJECT, OTHER)) == (False, [(0, 600, 1)])
    file = play.withholding(on_file(Place(), effect=Effect.DISCLOSE))
    assert of(file, play.recording(OTHER), *found) == (False, [])
    speaker = play.withholding(play.decided(1, selector=Selector(speaker=OTHER), effect=Effect.DISCLOSE))
    assert of(speaker, play.recording(SUBJECT, OTHER)) == (False, [])


def test_a_channels_part_is_not_let_go_of_what_holds_for_all_channels():
    by = play.withholding(
        on_file(Place(stretch=Stretch(0, 100)), number=1),
        on_file(Place(stretch=Stretch(0, 100, 0)), number=2, effect=Effect.DISCLOSE),
    )
    assert of(by, play.recording(SUBJECT, BUSINESS)) == (False, [(0, 100, None)])


def test_staff_withholds_a_file_by_hand_or_by_a_selector():
    assert of(play.withholding(on_file(Place())), play.recording(SUBJECT)) == (True, [])
    chosen = play.withholding(play.decided(1, selector=Selector(collection="recordings")))
    assert of(chosen, play.recording(SUBJECT)) == (True, [])
    words = play.withholding(play.decided(1, selector=Selector(text="Bob")))
    assert of(words, play.recording(SUBJECT)) == (False, [])
    business = play.withholding(play.decided(1, selector=Selector(speaker=BUSINESS)))
    assert of(business, play.recording(SUBJECT, BUSINESS)) == (False, [(0, None, 1)])


def test_a_file_without_sound_stays_out_by_a_decision_alone():
    letter = play.recording(media_type="application/pdf")
    found = stretches((OTHER, 500, 900))
    assert of(play.withholding(), letter, *found) == (False, [])
    assert of(play.withholding(on_file(Place(stretch=Stretch(0, 5)))), letter) == (False, [])
    assert of(play.withholding(on_file(Place())), letter) == (True, [])


def test_an_inferred_file_is_no_part_of_what_is_portable():
    # GDPR 20(1)
    scores = play.recording(media_type="application/pdf", inferred=True)
    assert of(play.withholding(right=Right.PORTABILITY), scores) == (True, [])
    assert of(play.withholding(), scores) == (False, [])


def test_a_controller_hears_its_calls_whole_but_for_what_a_person_withheld():
    by = play.withholding(play.decided(1, Place("/t/0")), to_controller=True)
    rules, hand = stretches((OTHER, 5, 9)), stretches((SUBJECT, 0, 3), by=by)
    assert of(by, play.recording(SUBJECT, OTHER), *rules, *hand) == (False, [(0, 3, None)])


def test_each_mute_says_its_ground_and_whose_word_it_is():
    by = play.withholding(on_file(Place(stretch=Stretch(1, 2))))
    sound = by.of_file(WHERE, play.recording(SUBJECT, OTHER), ())
    assert [(one.rule.value, one.place.stretch) for one in sound.withheld] == [
        ("by_hand", Stretch(1, 2)),
        ("other_speaker", Stretch(0, None, 1)),
    ]
