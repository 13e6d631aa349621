"""Links: how they end, and what counts as a download."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.domain.case import AnswerTo, State
from dsar.domain.errors import InvalidInput, NotNow
from dsar.domain.history import Event
from dsar.domain.links import (
    GRANT_LIFETIME,
    LINKS_A_CASE_MAX,
    LINKS_A_DAY_MAX,
    LINKS_BY_PERSON_A_DAY_MAX,
    MADE,
    REVOKED,
    SAME_DOWNLOAD,
    Access,
    Ending,
    access,
    access_of_controller,
    ending,
    may_ask_again,
    may_reissue,
)

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("key_there", "revoked_at", "expires_at", "expected"),
    [
        (True, None, NOW + HOUR, None),
        (True, None, NOW, Ending.EXPIRED),
        (True, NOW, NOW + HOUR, Ending.ENDED),
        (True, NOW, NOW, Ending.ENDED),
        (False, NOW, NOW, Ending.GONE),
        (False, None, NOW + HOUR, Ending.GONE),
    ],
    ids=["good", "expired", "ended", "ended-and-expired", "all-three", "key-gone"],
)
def test_a_link_tells_its_last_end(key_there, revoked_at, expires_at, expected):
    told = ending(key_there=key_there, revoked_at=revoked_at, expires_at=expires_at, now=NOW)
    assert told is expected


@given(st.lists(st.tuples(st.integers(0, 3 * 86400), st.booleans()), min_size=1, max_size=40).map(sorted))
def test_whatever_the_calls_there_is_one_download_a_day_and_no_entry_twice_in_a_grant(calls):
    """Each call is a second and whether a fresh code was typed before it."""
    counted = noted = None
    granted_until = NOW
    downloads, entries = [], []
    for second, fresh in calls:
        at = NOW + timedelta(seconds=second)
        if fresh or at >= granted_until:
            granted_until = at + GRANT_LIFETIME
        kind = access(counted, noted, granted_until, at)
        if kind is Access.DOWNLOAD:
            counted = at
            downloads.append(at)
        if kind is not Access.PART:
            noted = at
            entries.append((granted_until, at))
    assert all(later - sooner >= SAME_DOWNLOAD for sooner, later in pairwise(downloads))
    resumed = [until for until, at in entries if at not in downloads]
    assert len(resumed) == len(set(resumed))


@pytest.mark.parametrize(
    ("noted_at", "whole", "expected"),
    [
        (None, True, Access.DOWNLOAD),
        (NOW, True, Access.DOWNLOAD),
        (None, False, Access.DOWNLOAD),
        (NOW - timedelta(minutes=59), False, Access.PART),
        (NOW - HOUR, False, Access.RESUMED),
    ],
    ids=["first", "whole-again", "first-part", "further-part", "later-part"],
)
def test_a_controllers_parts_within_the_hour_are_one_entry(noted_at, whole, expected):
    assert access_of_controller(noted_at, whole=whole, now=NOW) is expected


def case(state=State.DELIVERED, key=b"k", controller_id=None, answer_to=None):
    return SimpleNamespace(state=state, wrapped_key=key, controller_id=controller_id, answer_to=answer_to)


@pytest.mark.parametrize(
    "refused",
    [
        case(state=State.ANSWERING),
        case(state=State.CLOSED),
        case(key=None),
        case(controller_id="a"),
        case(controller_id="a", answer_to=AnswerTo.CONTROLLER),
    ],
    ids=["not-out", "closed", "key-gone", "controllers", "to-controller"],
)
def test_no_link_is_made_to_what_is_not_there_or_not_ours_to_send(refused):
    # GDPR 28(3)(a)
    with pytest.raises(NotNow):
        may_reissue(refused, [], NOW)
    may_reissue(case(controller_id="a", answer_to=AnswerTo.PERSON), [], NOW)


def test_links_are_counted_by_day_and_by_case():
    may_reissue(case(), [NOW] * (LINKS_A_DAY_MAX - 1), NOW)
    for made in ([NOW] * LINKS_A_DAY_MAX, [NOW - timedelta(days=9)] * LINKS_A_CASE_MAX):
        with pytest.raises(InvalidInput):
            may_reissue(case(), made, NOW)


def history(*acts):
    return [
        Event(None, number, at, type_, actor, {}, b"", b"")
        for number, (type_, actor, at) in enumerate(acts, 1)
    ]


def test_only_who_holds_an_expired_link_may_ask_for_another_and_seldom():
    mine = [(MADE, "person", NOW - HOUR)] * LINKS_BY_PERSON_A_DAY_MAX
    assert may_ask_again(Ending.EXPIRED, [], NOW)
    assert may_ask_again(Ending.EXPIRED, history(*mine[1:]), NOW)
    assert not may_ask_again(Ending.EXPIRED, history(*mine), NOW)
    assert may_ask_again(Ending.EXPIRED, history(*mine), NOW + timedelta(days=1))
    for other in (Ending.ENDED, Ending.GONE):
        assert not may_ask_again(other, [], NOW)


def test_what_staff_ended_stays_so_until_staff_makes_a_new_one():
    revoked = (REVOKED, "staff:s", NOW - HOUR)
    assert not may_ask_again(Ending.EXPIRED, history(revoked), NOW)
    assert may_ask_again(Ending.EXPIRED, history(revoked, (MADE, "staff:s", NOW)), NOW)
