"""A history that was tampered with is named at the place where it no longer holds."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.domain.history import NewEvent, chain, digest, verify

CASE = UUID(int=7)
OTHER = UUID(int=8)
BEGAN = datetime(2026, 3, 2, 9, 0, 0, 123457, tzinfo=UTC)

words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)
new_events = st.builds(
    NewEvent, st.sampled_from(["a", "b", "c.d"]), words, st.dictionaries(words, values, max_size=3)
)
histories = st.lists(new_events, min_size=1, max_size=8)


def told(new):
    """A history made event by event, as the service makes it."""
    events = []
    for number, item in enumerate(new):
        head = events[-1].hash if events else b""
        events += chain(CASE, len(events), head, BEGAN + timedelta(microseconds=number), [item])
    return events


def check(events, made):
    """Hold what is there now against what the case knows of the history that was made."""
    return verify(CASE, events, len(made), made[-1].hash)


@given(histories)
def test_a_history_as_it_was_made_holds(new):
    made = told(new)
    assert check(made, made) is None


@given(histories)
def test_events_chained_together_and_one_by_one_hold_alike(new):
    made = chain(CASE, 0, b"", BEGAN, new)
    assert verify(CASE, made, len(made), made[-1].hash) is None
    assert [event.seq for event in made] == list(range(1, len(new) + 1))


def test_a_case_without_events_holds():
    assert verify(CASE, [], 0, b"") is None


CHANGES = {
    "at": lambda event: event.at + timedelta(microseconds=1),
    "type": lambda event: event.type + "x",
    "actor": lambda event: event.actor + "x",
    "data": lambda event: {**event.data, "added": 1},
    "prev": lambda event: event.prev + b"x",
    "hash": lambda event: bytes(32) if event.hash != bytes(32) else b"",
}


@given(histories, st.data())
def test_a_changed_entry_is_named(new, data):
    made = told(new)
    at = data.draw(st.integers(0, len(made) - 1))
    field = data.draw(st.sampled_from(sorted(CHANGES)))
    changed = msgspec.structs.replace(made[at], **{field: CHANGES[field](made[at])})
    broken = check([*made[:at], changed, *made[at + 1 :]], made)
    assert (broken.case_id, broken.seq, broken.problem) == (CASE, at + 1, "was changed")


@given(histories, st.data())
def test_a_changed_entry_that_was_hashed_anew_is_found_by_the_next_or_by_the_case(new, data):
    made = told(new)
    at = data.draw(st.integers(0, len(made) - 1))
    old = made[at]
    item = NewEvent(old.type + "x", old.actor, old.data)
    forged = msgspec.structs.replace(old, type=item.type, hash=digest(CASE, old.seq, old.at, item, old.prev))
    broken = check([*made[:at], forged, *made[at + 1 :]], made)
    assert broken is not None
    assert broken.seq == min(at + 2, len(made))


@given(histories, st.data())
def test_a_removed_entry_is_named(new, data):
    made = told(new)
    at = data.draw(st.integers(0, len(made) - 1))
    broken = check([*made[:at], *made[at + 1 :]], made)
    assert (broken.seq, broken.problem) == (at + 1, "is missing")


@given(histories, st.data())
def test_a_removed_tail_is_named(new, data):
    made = told(new)
    left = data.draw(st.integers(0, len(made) - 1))
    broken = check(made[:left], made)
    assert (broken.seq, broken.problem) == (left + 1, "is missing")


@given(histories, new_events, st.data())
def test_an_inserted_entry_is_named_wherever_it_stands(new, extra, data):
    made = told(new)
    at = data.draw(st.integers(0, len(made)))
    before = made[at - 1].hash if at else b""
    (inserted,) = chain(CASE, at, before, BEGAN, [extra])
    after = [msgspec.structs.replace(event, seq=event.seq + 1) for event in made[at:]]
    broken = check([*made[:at], inserted, *after], made)
    # In the middle the entry after it no longer follows; at the end it is one more than the case knows of.
    assert broken is not None
    if at == len(made):
        assert (broken.seq, broken.problem) == (len(made) + 1, "was added")
    else:
        assert (broken.seq, broken.problem) == (at + 2, "was changed") or inserted.hash == made[at].hash


@given(histories, st.data())
def test_two_entries_that_changed_places_are_named(new, data):
    made = told(new)
    if len(made) < 2:
        return
    first = data.draw(st.integers(0, len(made) - 2))
    second = data.draw(st.integers(first + 1, len(made) - 1))
    swapped = list(made)
    swapped[first] = msgspec.structs.replace(made[second], seq=first + 1)
    swapped[second] = msgspec.structs.replace(made[first], seq=second + 1)
    assert check(swapped, made).seq == first + 1


@given(histories)
def test_a_history_of_another_case_does_not_hold(new):
    made = told(new)
    assert verify(OTHER, made, len(made), made[-1].hash).seq == 1


@given(histories)
def test_a_head_that_the_case_does_not_know_is_named(new):
    made = told(new)
    broken = verify(CASE, made, len(made), bytes(32))
    assert (broken.seq, broken.problem) == (len(made), "is not the one the case knows as its last")


@given(
    st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis wants bounds without a zone
    st.integers(1, 999_999),
)
def test_a_microsecond_makes_another_digest(at, more):
    new = NewEvent("a")
    assert digest(CASE, 1, at, new, b"") != digest(CASE, 1, at + timedelta(microseconds=more), new, b"")


@pytest.mark.parametrize("zone", [1, -5])
def test_the_zone_in_which_a_time_is_read_back_does_not_matter(zone):
    from datetime import timezone

    there = BEGAN.astimezone(timezone(timedelta(hours=zone)))
    assert digest(CASE, 1, BEGAN, NewEvent("a"), b"") == digest(CASE, 1, there, NewEvent("a"), b"")


def test_the_order_of_keys_in_data_does_not_matter():
    one, two = (
        NewEvent("a", data={"x": 1, "y": {"b": 1, "a": 2}}),
        NewEvent("a", data={"y": {"a": 2, "b": 1}, "x": 1}),
    )
    assert digest(CASE, 1, BEGAN, one, b"") == digest(CASE, 1, BEGAN, two, b"")
