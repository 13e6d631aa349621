"""What is sealed opens with the key and for the purpose it was sealed with, and else not at all."""

import base64
import secrets
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.contract import Attachment, Origin, Record
from dsar.vault import CaseKey, Vault, VaultError
from dsar.vault.keys import keep_operator_key, new_token, token_digest
from dsar.vault.segments import StoredAttachment, encode, pack, unpack

VAULT = Vault(bytes(range(32)))
OTHER = Vault(bytes(range(1, 33)))
KEY, WRAPPED = VAULT.new_case_key()

purposes = st.text(max_size=12)


@given(st.binary(max_size=300), purposes)
def test_what_was_sealed_opens_again(plain, purpose):
    assert KEY.open(KEY.seal(plain, purpose), purpose) == plain


@given(st.binary(max_size=50), purposes, purposes)
def test_what_was_sealed_for_another_purpose_does_not_open(plain, one, other):
    if one == other:
        return
    with pytest.raises(VaultError):
        KEY.open(KEY.seal(plain, one), other)


@given(st.binary(max_size=50))
def test_what_another_case_sealed_does_not_open(plain):
    other, _ = VAULT.new_case_key()
    with pytest.raises(VaultError):
        KEY.open(other.seal(plain, "identity"), "identity")


@given(st.binary(min_size=1, max_size=40), st.data())
def test_a_changed_bit_does_not_open(plain, data):
    sealed = bytearray(KEY.seal(plain, "p"))
    at = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[at // 8] ^= 1 << (at % 8)
    with pytest.raises(VaultError):
        KEY.open(bytes(sealed), "p")


@given(st.binary(max_size=40), st.data())
def test_what_was_cut_off_anywhere_does_not_open(plain, data):
    sealed = KEY.seal(plain, "p")
    left = data.draw(st.integers(0, len(sealed) - 1))
    with pytest.raises(VaultError):
        KEY.open(sealed[:left], "p")


def test_the_same_value_sealed_twice_looks_different():
    assert KEY.seal(b"x", "p") != KEY.seal(b"x", "p")


def test_a_case_key_comes_back_from_its_wrapping():
    key, wrapped = VAULT.new_case_key()
    assert VAULT.case_key(wrapped).open(key.seal(b"x", "p"), "p") == b"x"
    assert key.raw not in wrapped


def test_a_case_key_does_not_open_under_another_operators_key():
    with pytest.raises(VaultError):
        OTHER.case_key(WRAPPED)


def test_once_its_key_was_destroyed_nothing_of_a_case_opens():
    with pytest.raises(VaultError, match="destroyed"):
        VAULT.case_key(None)


def test_what_belongs_to_the_operator_does_not_open_as_a_case_key_nor_the_other_way():
    with pytest.raises(VaultError):
        VAULT.case_key(VAULT.seal(secrets.token_bytes(32), "system"))
    with pytest.raises(VaultError):
        VAULT.open(WRAPPED, "system")


def test_no_key_shows_in_a_repr_or_in_a_traceback():
    vault = Vault(b"k" * 32)
    key = CaseKey(b"c" * 32)
    for shown in (repr(key), str(key), f"{key!r}", repr(vault), repr([key])):
        assert "ccc" not in shown
        assert "kkk" not in shown
    assert repr(key) == "CaseKey(…)"
    try:
        key.open(b"x" * 40, "identity")
    except VaultError as error:
        told = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
        assert "cccccccc" not in told
        assert "identity" in told


@pytest.mark.parametrize(
    "text",
    ["", "short", base64.b64encode(b"x" * 31).decode(), base64.b64encode(b"x" * 33).decode(), "é" * 44],
)
def test_an_operator_key_that_is_none_is_refused_with_the_way_to_make_one(text):
    with pytest.raises(VaultError, match="openssl rand -base64 32"):
        Vault.from_text(text)


def test_an_operator_key_may_end_in_a_newline_as_files_do():
    raw = secrets.token_bytes(32)
    one, two = Vault.from_text(base64.b64encode(raw).decode() + "\n"), Vault(raw)
    assert one.blind_index("email", "x") == two.blind_index("email", "x")


def test_the_embedded_operator_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    path = tmp_path / "operator.key"
    made = keep_operator_key(path)
    assert keep_operator_key(path) == made
    assert path.stat().st_mode & 0o777 == 0o600
    Vault.from_text(made)


# Blind indexes and digests


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_blind_index_is_the_same_for_the_same_identity_and_only_for_it(one, other):
    assert VAULT.blind_index("email", one) == VAULT.blind_index("email", one)
    assert (VAULT.blind_index("email", one) == VAULT.blind_index("email", other)) == (one == other)


@given(st.text(max_size=20))
def test_a_blind_index_tells_kinds_and_operators_apart_and_holds_no_value(value):
    index = VAULT.blind_index("email", value)
    assert index != VAULT.blind_index("phone", value)
    assert index != OTHER.blind_index("email", value)
    assert len(index) == 32


@given(st.text(max_size=10), st.text(max_size=10))
def test_a_code_is_bound_to_its_challenge(one, other):
    assert (VAULT.code_digest(one, "123456") == VAULT.code_digest(other, "123456")) == (one == other)
    assert VAULT.code_digest(one, "123456") != OTHER.code_digest(one, "123456")


def test_a_code_has_its_digits_with_zeros_in_front():
    codes = {VAULT.new_code(2) for _ in range(2000)}
    assert codes == {f"{number:02d}" for number in range(100)}


def test_a_token_cannot_be_guessed_and_is_kept_as_its_digest():
    one, two = new_token("staff_"), new_token("staff_")
    assert one != two
    assert len(base64.urlsafe_b64decode(one.removeprefix("staff_") + "=")) == 32
    assert token_digest(one) != token_digest(two)
    assert one.encode() not in token_digest(one)


# Segments


def test_a_segment_gives_back_its_items_and_opens_under_its_key_alone():
    from datetime import UTC, datetime

    origin = Origin("contacts", "1", datetime(2026, 3, 1, tzinfo=UTC))
    items = [
        Record(origin, {"text": "two\nlines", "n": 1, "nothing": None}, others=("/text",)),
        StoredAttachment(Attachment(origin, "a.wav", "audio/wav", 3), "case/attachment/1", 3),
    ]
    sealed = pack([encode(item) for item in items], KEY)
    assert list(unpack(sealed, KEY)) == items
    assert b"lines" not in sealed
    with pytest.raises(VaultError):
        list(unpack(sealed, VAULT.new_case_key()[0]))
