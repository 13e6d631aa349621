"""What files and channels are called: a name tells as much of another person as a text does."""

import pytest
import withholding_play as play
from msgspec import structs

from dsar.contract import Speaker
from dsar.domain.errors import InvalidInput
from dsar.domain.redacting import check_in_file
from dsar.domain.withholding import Effect, Labels, Place, Selector, Span, has_voices

WHERE = play.Collected("voice", "calls", "recordings")


def labels(name, *decided, to_controller=False):
    by = play.withholding(*decided, to_controller=to_controller)
    file = structs.replace(play.recording(Speaker.SUBJECT), name=name)
    return by.of_file(WHERE, file, ()).labels


def on_file(place, effect=Effect.WITHHOLD):
    return play.decided(1, place, effect=effect, record_id="rec", collection="voice:recordings")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("call-+358507654321.wav", "call-[…].wav"),
        ("q-400-358507654321-20260301.wav", "q-400-[…]-20260301.wav"),
        ("external-6001-0507654321-20260301-120000-1772359200.123.wav",
         "external-6001-[…]-20260301-120000-1772359200.123.wav"),
        ("in_0507654321_x.mp3", "in_[…]_x.mp3"),
        ("call-00358507654321.wav", "call-[…].wav"),
        ("46709998877.wav", "[…].wav"),
        ("050 765_4321.wav", "[…].wav"),
        ("x.0507654321", "x.[…]"),
        ("bob@example.net.wav", "[…].wav"),
        ("bob@example.net", "[…]"),
    ],
)  # fmt: skip
def test_a_third_persons_number_or_mailbox_is_no_part_of_a_files_name(name, told):
    # GDPR 15(4)
    assert labels(name).name == told


@pytest.mark.parametrize(
    "name",
    [
        "+358401234567.wav",
        "external-6001-0401234567-20260301-120000-1772359200.123.wav",
        "1772359200.17.wav",
        "20260301120000.wav",
        "rec-1772359200123.wav",
        "b8a1c2d3-0000-4000-8000-123456789012.wav",
        "../\u202egpj.wav",
    ],
    ids=ascii,
)
def test_the_persons_own_number_a_time_and_an_id_stay(name):
    assert labels(name).name == name


def test_what_the_system_knows_a_file_by_and_its_channels_are_told_by_the_same_rules():
    file = play.recording(Speaker.SUBJECT)
    origin = structs.replace(file.origin, record_id="+358507654321")
    channels = (structs.replace(file.channels[0], name="PJSIP/+358507654321-01"),)
    sound = play.withholding().of_file(WHERE, structs.replace(file, origin=origin, channels=channels), ())
    assert sound.labels == Labels("call.wav", "[…]", ("PJSIP/[…]",))
    assert {(one.place.pointer, one.rule) for one in sound.withheld} == {
        ("/record_id", "contact"),
        ("/channels/0", "contact"),
    }


def test_a_controller_gets_its_files_under_the_names_it_gave_them():
    assert labels("call-+358507654321.wav", to_controller=True).name == "call-+358507654321.wav"


def test_staff_withholds_words_of_a_name_and_lets_a_name_go():
    bob = play.decided(1, selector=Selector(text="bob smith"))
    assert labels("Bob  Smith.wav", bob).name == "[…].wav"
    assert labels("Bob.wav", on_file(Place("/name", Span(0, 3)))).name == "[…].wav"
    assert labels("Bob.wav", on_file(Place("/name"))).name == "[…]"
    let_go = on_file(Place("/name"), Effect.DISCLOSE)
    assert labels("call-+358507654321.wav", let_go).name == "call-+358507654321.wav"


def test_a_decision_may_be_about_a_name_that_is_there():
    check_in_file(play.recording(), Place("/name", Span(0, 4)))
    for place in (Place("/name", Span(0, 99)), Place("/channels/0"), Place("/title")):
        with pytest.raises(InvalidInput):
            check_in_file(play.recording(), place)


@pytest.mark.parametrize(
    ("media_type", "name", "heard"),
    [
        ("audio/wav", "x", True),
        ("AUDIO/WAV", "x", True),
        ("Video/mp4", "x", True),
        ("binary/octet-stream", "Call.WAV", True),
        ("application/octet-stream", "call.pdf", False),
        ("application/ogg", "call.ogg", True),
        ("application/pdf", "call.wav", False),
    ],
)
def test_a_recording_is_one_also_where_its_store_knows_it_only_as_bytes(media_type, name, heard):
    assert has_voices(structs.replace(play.recording(media_type=media_type), name=name)) is heard
