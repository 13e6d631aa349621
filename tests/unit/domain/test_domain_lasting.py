"""What is remembered of an erasure, and when a restored backup explains what is found."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.contract import Ref, Role, Scope
from dsar.domain.errors import InvalidInput
from dsar.domain.identity import IdentityKind, normalise
from dsar.domain.lasting import Tombstone, as_proven, erasure_key, release_key, scope_of

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
STEP = UUID("0192f0c4-7d7e-7000-8000-000000000000")


ERASURE = erasure_key(STEP)


def tombstone(order_key=ERASURE, again=None):
    return Tombstone(STEP, STEP, b"x", None, order_key, AT, again)


def test_a_release_is_told_from_an_erasure_by_its_key():
    assert not tombstone().is_release
    assert tombstone(release_key(STEP)).is_release


def test_an_erasure_that_was_never_repeated_may_have_been_undone():
    assert tombstone().may_be_undone(None)
    assert tombstone().may_be_undone(AT)


@pytest.mark.parametrize(
    ("restored_after", "undone"), [(None, False), (-1, False), (0, False), (1, True)], ids=str
)
def test_one_that_was_repeated_is_undone_by_a_later_restore_alone(restored_after, undone):
    again = AT + timedelta(days=3)
    restored = again + timedelta(hours=restored_after) if restored_after is not None else None
    assert tombstone(again=again).may_be_undone(restored) is undone


def test_the_key_of_a_repetition_stays_until_it_is_done_and_is_another_after_that():
    first, second = tombstone(), tombstone(again=AT + timedelta(days=3))
    assert first.key("s") == tombstone().key("s")
    assert len({first.key("s"), second.key("s"), first.key("t")}) == 3


def test_a_tenants_tombstone_is_of_the_tenants_part():
    assert scope_of("acme") == Scope(Role.PROCESSOR, "acme")
    assert scope_of(None) == Scope(Role.CONTROLLER)


LOCAL = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789._+-", min_size=1, max_size=20)
HOST = st.lists(st.text("abcdefgxyzABC0123456789-", min_size=1, max_size=12), min_size=1, max_size=3)
ENDING = st.sampled_from(["fi", "COM", "example", "xn--p1ai", "ΕΛ"])


@given(LOCAL, HOST, ENDING)
def test_an_address_that_a_system_holds_meets_the_one_that_a_case_would_have(local, host, ending):
    written = f"{local}@{'.'.join(host)}.{ending}"
    try:
        claim = normalise(IdentityKind.EMAIL, written, None)
    except InvalidInput:
        return  # no case ever has such a one
    assert as_proven(Ref("email", written), "FI") == Ref("email", claim.value)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (Ref("email", " Anna.Virtanen@Example.COM "), Ref("email", "anna.virtanen@example.com")),
        (Ref("email", "anna@BÜCHER.example"), Ref("email", "anna@bücher.example")),
        (Ref("email", "anna@xn--bcher-kva.example"), Ref("email", "anna@bücher.example")),
        (Ref("phone", "+358 40 123 4567"), Ref("phone", "+358401234567")),
        (Ref("phone", "0401234567"), Ref("phone", "+358401234567")),
        (Ref("account_id", " 17 "), Ref("account_id", "17")),
        (Ref("phone", "anonymous"), None),
        (Ref("account_id", " "), None),
        (Ref("device", "x"), None),
    ],
    ids=lambda value: value.kind if value else "nobody",
)
def test_an_identity_is_read_as_a_case_would_have_it(written, read):
    assert as_proven(written, "FI") == read
