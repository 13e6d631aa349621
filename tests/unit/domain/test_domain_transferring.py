"""What proves a receiver of a transfer, how a sending ends, and for how long it is waited for."""

from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.domain.transferring import (
    Answered,
    Failure,
    Offer,
    headers,
    judged_offer,
    judged_sending,
    masked_host,
    seconds_max,
)

ID, OTHER = UUID(int=7), UUID(int=8)
HASH = bytes(range(32))
OFFER = Offer(transfer=ID, nonce="n1", reference="K7", sender="Us Oy", sha256=HASH.hex(), bytes=9)
GOOD = {"accept": True, "transfer": str(ID), "nonce": "n1", "receiver": "Other Oy"}
TAKEN = {"transfer": str(ID), "sha256": HASH.hex()}


def answered(body, status=200):
    return Answered(status, body if isinstance(body, bytes) else msgspec.json.encode(body))


def test_a_receiver_gives_back_what_it_was_asked_and_says_its_name():
    # GDPR 20(2): "transmitted directly from one controller to another"
    assert judged_offer(OFFER, answered(GOOD)) == "Other Oy"
    assert judged_offer(OFFER, answered(GOOD | {"receiver": " Other \n Oy ", "more": 1})) == "Other Oy"


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        pytest.param(Answered(None, error="ConnectError"), Failure.UNREACHABLE, id="nobody"),
        pytest.param(answered({"accept": False}), Failure.DECLINED, id="no"),
        pytest.param(answered(GOOD, 201), Failure.NOT_PROVEN, id="201"),
        pytest.param(answered(GOOD, 302), Failure.NOT_PROVEN, id="elsewhere"),
        pytest.param(answered(GOOD, 500), Failure.NOT_PROVEN, id="broken"),
        pytest.param(Answered(200, None), Failure.NOT_PROVEN, id="endless"),
        pytest.param(answered(b"<html>"), Failure.NOT_PROVEN, id="a page"),
        pytest.param(answered(b"\xff\xfe{"), Failure.NOT_PROVEN, id="no text"),
        pytest.param(answered({"accept": True}), Failure.NOT_PROVEN, id="yes alone"),
        pytest.param(answered(GOOD | {"accept": "true"}), Failure.NOT_PROVEN, id="yes as text"),
        pytest.param(answered(GOOD | {"nonce": "n0"}), Failure.NOT_PROVEN, id="another nonce"),
        pytest.param(answered(GOOD | {"nonce": "ä"}), Failure.NOT_PROVEN, id="nonce of letters"),
        pytest.param(answered(GOOD | {"transfer": str(OTHER)}), Failure.NOT_PROVEN, id="another transfer"),
        pytest.param(answered(GOOD | {"receiver": " "}), Failure.NOT_PROVEN, id="no name"),
        pytest.param(answered(GOOD | {"receiver": "x" * 121}), Failure.NOT_PROVEN, id="long name"),
        pytest.param(
            answered(GOOD | {"receiver": "Your \u202eknab"}), Failure.NOT_PROVEN, id="reversed name"
        ),
        pytest.param(answered(GOOD | {"receiver": "a\x00b"}), Failure.NOT_PROVEN, id="control in name"),
    ],
)
def test_whatever_else_answers_is_no_receiver_of_this_offer(answer, failure):
    assert judged_offer(OFFER, answer) is failure


@pytest.mark.parametrize(
    ("answer", "judged"),
    [
        pytest.param(answered(TAKEN, 201), None, id="taken"),
        pytest.param(answered(TAKEN, 200), None, id="had it"),
        pytest.param(answered(TAKEN | {"sha256": HASH.hex().upper()}, 201), None, id="upper case"),
        pytest.param(Answered(None, error="ReadTimeout"), "again", id="silence"),
        pytest.param(answered({}, 500), "again", id="broken"),
        pytest.param(answered({}, 429), "again", id="busy"),
        pytest.param(answered({}, 307), Failure.REJECTED, id="elsewhere"),
        pytest.param(answered({}, 409), Failure.REJECTED, id="conflict"),
        pytest.param(answered({}, 413), Failure.REJECTED, id="too large"),
        pytest.param(answered({}, 201), Failure.REJECTED, id="no hash"),
        pytest.param(answered(TAKEN | {"sha256": "zz"}, 201), Failure.REJECTED, id="no hash at all"),
        pytest.param(Answered(201, None), Failure.REJECTED, id="endless"),
        pytest.param(answered(TAKEN | {"sha256": "0" * 64}, 201), Failure.ALTERED, id="another hash"),
        pytest.param(answered(TAKEN | {"transfer": str(OTHER)}, 201), Failure.ALTERED, id="another transfer"),
        pytest.param(answered(TAKEN, 204), Failure.REJECTED, id="no content"),
    ],
)
def test_a_sending_has_succeeded_when_the_receiver_names_the_very_bytes(answer, judged):
    assert judged_sending(ID, HASH, answer) == judged


@given(st.integers(100, 599), st.binary(max_size=200))
def test_no_answer_at_all_makes_a_success_by_chance(status, body):
    assert isinstance(judged_offer(OFFER, Answered(status, body)), Failure)
    assert judged_sending(ID, HASH, Answered(status, body)) is not None


def test_a_large_file_is_given_more_time_and_none_has_for_ever():
    assert seconds_max(0) == 600
    assert seconds_max(256 * 1024 * 600) == 1200
    assert seconds_max(10**15) == 12 * 3600


def test_the_digest_is_written_as_rfc_9530_has_it():
    assert headers(ID, "n1", bytes(32), 9)["repr-digest"] == f"sha-256=:{'A' * 43}=:"


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("take.anna-virtanen.example", "….anna-virtanen.example"),
        ("a.b.example:8443", "….b.example:8443"),
        ("anna.example", "….example"),
        ("localhost", "….localhost"),
    ],
)
def test_of_a_host_staff_sees_the_end_alone(host, shown):
    assert masked_host(host) == shown
