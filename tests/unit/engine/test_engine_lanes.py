"""The lanes of a worker: who was slow goes one at a time, and all the slow together leave half the places."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.engine import lanes as lanes_
from dsar.engine.lanes import (
    PLACES,
    QUICK_LIMIT,
    REST_SECONDS_MAX,
    SLOW_LIMIT,
    SLOW_PLACES,
    SLOW_SECONDS,
    Lanes,
)
from dsar.store.rows import new_id


@pytest.fixture
def lanes():
    return Lanes()


def send(lanes, lane, at=0.0, *, retry=False):
    step_id = new_id()
    lanes.leaves(step_id, lane, retry=retry, at=at)
    return step_id


def try_once(lanes, lane, *, ok=True, seconds=0.1, at=0.0):
    lanes.is_back(send(lanes, lane, at), ok=ok, at=at + seconds)


def of(lanes, name, at=0.0):
    (found,) = [lane for lane in lanes.room(at).lanes if lane.name == name]
    return found


def test_a_lane_that_nobody_knows_yet_goes_one_at_a_time_until_it_has_answered_well(lanes):
    assert lanes.room(0).new_limit == SLOW_LIMIT
    send(lanes, "a")
    assert (of(lanes, "a").held, of(lanes, "a").limit, of(lanes, "a").slow) == (1, SLOW_LIMIT, False)
    try_once(lanes, "b")
    assert (of(lanes, "b").limit, of(lanes, "b").slow) == (QUICK_LIMIT, False)


@pytest.mark.parametrize(("ok", "seconds"), [(False, 0.1), (True, SLOW_SECONDS + 0.1)])
def test_a_lane_that_failed_or_was_slow_the_last_time_goes_one_at_a_time_until_it_answers_well(
    lanes, ok, seconds
):
    try_once(lanes, "a")
    try_once(lanes, "a", ok=ok, seconds=seconds)
    assert (of(lanes, "a").limit, of(lanes, "a").slow) == (SLOW_LIMIT, True)
    try_once(lanes, "a")
    assert (of(lanes, "a").limit, of(lanes, "a").slow) == (QUICK_LIMIT, False)


def test_a_lane_shows_that_it_is_slow_before_it_has_answered(lanes):
    try_once(lanes, "a")
    send(lanes, "a", at=10.0)
    assert not of(lanes, "a", 10.0 + SLOW_SECONDS).slow
    assert of(lanes, "a", 10.1 + SLOW_SECONDS).slow


def test_a_lane_that_asks_to_be_left_alone_gets_nothing_meanwhile_and_then_one_at_a_time(lanes):
    try_once(lanes, "a")
    lanes.is_back(send(lanes, "a"), ok=False, at=0.0, rest_seconds=30.0)
    assert of(lanes, "a", 29.9).limit == 0
    assert of(lanes, "a", 30.1).limit == SLOW_LIMIT
    try_once(lanes, "a", at=31.0)
    assert of(lanes, "a", 32.0).limit == QUICK_LIMIT


def test_nobody_is_left_alone_for_long_since_it_may_have_moved(lanes):
    lanes.is_back(send(lanes, "a"), ok=False, at=0.0, rest_seconds=86_400.0)
    assert of(lanes, "a", REST_SECONDS_MAX + 0.1).limit == SLOW_LIMIT


def test_slow_lanes_and_retries_together_leave_half_of_the_places(lanes):
    for number in range(SLOW_PLACES):
        assert lanes.room(0).slow_places > 0
        if number % 2:
            send(lanes, f"retry {number}", retry=True)
        else:
            try_once(lanes, f"slow {number}", ok=False)
            send(lanes, f"slow {number}")
    room = lanes.room(0)
    assert (room.slow_places, room.places) == (0, PLACES - SLOW_PLACES)


def test_what_is_back_leaves_its_place(lanes):
    flights = [send(lanes, "a") for _ in range(3)]
    assert (len(lanes), of(lanes, "a").held) == (3, 3)
    for flight in flights:
        lanes.is_back(flight, ok=True, at=0.1)
    assert (len(lanes), of(lanes, "a").held, lanes.room(1).places) == (0, 0, PLACES)


def test_a_worker_forgets_the_lanes_that_it_has_not_seen_for_the_longest(lanes, monkeypatch):
    monkeypatch.setattr(lanes_, "KNOWN_MAX", 3)
    for name in "abcad":
        try_once(lanes, name)
    assert {lane.name for lane in lanes.room(0).lanes} == {"c", "a", "d"}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans(), st.floats(0, 5)), max_size=60))
def test_whatever_happens_the_room_is_what_is_left(happenings):
    lanes, flights, at = Lanes(), [], 0.0
    for name, leaves, seconds in happenings:
        at += seconds
        if leaves or not flights:
            flights.append(send(lanes, name, at))
        else:
            lanes.is_back(flights.pop(0), ok=seconds < 3, at=at)
        room = lanes.room(at)
        assert room.places == PLACES - len(flights) == PLACES - len(lanes)
        assert 0 <= room.slow_places <= min(SLOW_PLACES, room.places)
        assert sum(lane.held for lane in room.lanes) == len(flights)
        assert all(lane.limit == SLOW_LIMIT for lane in room.lanes if lane.slow)
