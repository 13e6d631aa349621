"""What leaves of many records, and the count of what does not."""

from datetime import UTC, datetime

import msgspec

from dsar.bundle.release import Counted, Release
from dsar.contract import Attachment, Channel, Origin, Speaker
from dsar.domain.rights import Right
from dsar.domain.withholding import (
    Certainty,
    Collected,
    Known,
    Line,
    Rule,
    Target,
    Withholding,
    WithholdingGround,
)

WHERE = Collected("voice", "calls", "transcripts")
OTHERS = Counted(
    WithholdingGround.OTHERS, Rule.OTHERS, Certainty.CERTAIN, "calls", "voice", "transcripts", Target.FIELD
)


def release(right=Right.ACCESS):
    return Release(Withholding(right, to_controller=False, known=Known(), index=lambda *_: b""))


def line(data, **pointers):
    return Line(msgspec.Raw(b'{"record_id":"1"}'), data, **pointers)


def test_records_leave_in_their_order_each_with_what_was_withheld_of_it():
    leaving = release()
    lines, withheld = leaving.of(
        WHERE, [line({"a": 1}), line({"a": 2}, others=("",)), line({"a": 3, "b": 4}, others=("/a",))]
    )
    assert [one.data for one in lines] == [{"a": 1}, {"b": 4}]
    assert [[one.place.pointer for one in of] for of in withheld] == [[], ["/a"]]


def test_what_stays_out_is_counted_by_ground_rule_certainty_collection_and_kind_of_place():
    leaving = release()
    leaving.of(WHERE, [line({"a": 1, "b": 2}, others=("/a", "/b")), line({"pin": "1"}), line({})])
    assert leaving.withheld[OTHERS] == 2
    assert sorted(leaving.withheld.values()) == [1, 2]
    assert {one.rule for one in leaving.withheld} == {Rule.OTHERS, Rule.SECRET}


def test_what_is_no_part_of_portability_is_left_out_and_not_withheld():
    leaving = release(Right.PORTABILITY)
    lines, _ = leaving.of(WHERE, [line({"a": 1, "s": 2}, inferred=("/s",)), line({"a": 1}, inferred=("",))])
    assert ([one.data for one in lines], leaving.inferred_left_out, leaving.withheld) == ([{"a": 1}], 2, {})


def test_a_second_pass_takes_out_the_same_and_counts_nothing_twice():
    leaving = release()
    leaving.of(WHERE, [line({"a": 1}, others=("/a",))])
    lines, _ = leaving.again().of(WHERE, [line({"a": 1}, others=("/a",))])
    assert ([one.data for one in lines], leaving.withheld[OTHERS]) == ([{}], 1)


def test_what_is_silent_in_a_recording_is_counted_too():
    leaving = release()
    at = datetime(2026, 3, 2, tzinfo=UTC)
    channels = (Channel("a", Speaker.SUBJECT), Channel("b", Speaker.OTHER))
    sound = leaving.file(WHERE, Attachment(Origin("c", "r", at), "a.wav", "audio/wav", channels=channels), ())
    assert [one.channel for one in sound.mutes] == [1]
    assert [(one.rule, one.target) for one in leaving.withheld] == [(Rule.OTHER_SPEAKER, Target.STRETCH)]
