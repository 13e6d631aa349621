"""Whose object a key is: patterns that can be read in one way only, and numbers that begin like another's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.contract import Ref
from dsar_s3.persons import person, said
from dsar_s3.template import BadTemplate, template

CALLS = "recordings/{tenant}/{phone}/{any}.wav"


@pytest.mark.parametrize(
    ("pattern", "key", "read"),
    [
        (CALLS, "recordings/t1/+358401234567/2026-03-02.wav", {"tenant": "t1", "phone": "+358401234567"}),
        (CALLS, "recordings/t1/358401234567/.wav", {"tenant": "t1", "phone": "358401234567"}),
        (CALLS, "recordings/t1/+358401234567/deep/a.wav", None),
        (CALLS, "recordings/t1/+358401234567/a.mp3", None),
        (CALLS, "x/recordings/t1/+358401234567/a.wav", None),
        (CALLS, "recordings/+358401234567/a.wav", None),
        ("{any}-{phone}.wav", "call-7-358401234567.wav", {"phone": "358401234567"}),
        ("{phone}_{any}", "358401234567_358409999999", {"phone": "358401234567"}),
        ("{date}/{phone}.wav", "2026-03-02/358401234567.wav", {"phone": "358401234567"}),
        ("{date}-{phone}.wav", "20260302-358401234567.wav", {"phone": "358401234567"}),
        ("u/{account_id}/{rest}", "u/a-1/b/c/d", {"account_id": "a-1", "rest": "b/c/d"}),
        ("{rest}/{email}/{any}", "a/b/anna@x.fi/c", {"rest": "a/b", "email": "anna@x.fi"}),
        ("a.c/{phone}", "abc/358401234567", None),
        ("u/{account_id}/{any}", "u/a\nb/c", {"account_id": "a\nb"}),
        (CALLS, "recordings/t1/+358401234567/", {"tenant": "t1", "phone": "+358401234567"}),
        (CALLS, "recordings/t1/", {"tenant": "t1"}),
        (CALLS, "uploads/t1/", None),
    ],
)
def test_a_key_is_read_as_a_whole_or_not_at_all(pattern, key, read):
    assert template(pattern).read(key) == read


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        ("{phone}{any}", "nothing between"),
        ("{phone}0{any}", "digit right after"),
        ("tel0{phone}", "digit or a plus right before"),
        ("{any}+{phone}", "digit or a plus right before"),
        ("{any}-{phone}-{any}", "two placeholders of any length"),
        ("{email}-{any}", "two placeholders of any length"),
        ("{account_id}_{tenant}", "two placeholders of any length"),
        ("{phone}/{phone}", "twice"),
        ("{phone}/{email}", "more than one identity"),
        ("{number}/{any}", "unknown placeholder"),
        ("a{rest}/{phone}", "stands alone"),
        ("{rest}/{rest}/{phone}", "twice"),
        ("a}/{phone}", "brace"),
    ],
)
def test_a_pattern_that_could_be_read_in_two_ways_is_refused(pattern, what):
    with pytest.raises(BadTemplate, match=what):
        template(pattern)


@pytest.mark.parametrize(
    ("pattern", "values", "prefix"),
    [
        (CALLS, {}, "recordings/"),
        (CALLS, {"tenant": "t1"}, "recordings/t1/"),
        (CALLS, {"tenant": "t1", "phone": "+1"}, "recordings/t1/+1/"),
        (CALLS, {"phone": "+1"}, "recordings/"),
        ("{phone}", {"phone": "+1"}, "+1"),
    ],
)
def test_the_prefix_goes_as_far_as_the_key_is_known(pattern, values, prefix):
    assert template(pattern).prefix(values) == prefix


@pytest.mark.parametrize(
    ("folder", "leads"),
    [
        ("recordings/", True),
        ("recordings/t1/", True),
        ("recordings/t1/358401234567/", True),
        ("recordings/t1/notes/", False),
        ("recordings/t1/358401234567/deep/", False),
        ("uploads/", False),
    ],
)
def test_a_folder_is_known_as_far_as_the_pattern_leads_through_it(folder, leads):
    assert template(CALLS).leads_through(folder) is leads


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("phone", "+358401234567", "+358401234567"),
        ("phone", "358401234567", "+358401234567"),
        ("phone", "00358401234567", "+358401234567"),
        ("phone", " +358 40 123-4567 ", "+358401234567"),
        ("phone", "0401234567", None),
        ("phone", "+0401234567", None),
        ("phone", "+3584", None),
        ("phone", "+" + "9" * 16, None),
        ("phone", "٣٥٨٤٠١٢٣٤٥٦٧", None),
        ("phone", "", None),
        ("email", " Anna@X.fi ", "anna@x.fi"),
        ("email", "anna", None),
        ("email", "a@b@c", None),
        ("account_id", "a 1", "a 1"),
        ("account_id", " ", None),
    ],
)
def test_a_stored_identity_has_one_true_form(kind, text, value):
    assert said(kind, text) == value


@pytest.mark.parametrize(
    "ref", [Ref("cookie", "x"), Ref("phone", "anna@x.fi"), Ref("email", "+358401234567")]
)
def test_what_can_be_nobodys_is_not_searched(ref):
    assert person(ref) is None


def test_a_person_does_not_print_their_number():
    assert "358" not in repr(person(Ref("phone", "+358401234567")))


numbers = st.from_regex(r"[1-9][0-9]{6,13}", fullmatch=True)


@given(numbers, numbers, st.sampled_from(["", "+", "00"]))
def test_a_number_that_begins_like_another_is_never_that_other(one, other, before):
    who = person(Ref("phone", f"+{one}"))
    read = template("r/{phone}_{any}.wav").read(f"r/{before}{other}_x.wav")

    assert who is not None
    assert read is not None
    assert who.is_said_by(read["phone"]) is (one == other)


@given(numbers, st.sampled_from(["", "+", "00"]))
def test_every_form_of_a_number_lies_under_one_of_its_prefixes(number, before):
    who = person(Ref("phone", f"+{number}"))
    pattern = template("r/{phone}/{any}")

    assert who is not None
    assert f"r/{before}{number}/" in [pattern.prefix({"phone": form}) for form in who.forms]


def test_below_a_rest_every_folder_is_known():
    pattern = template("a/{rest}/{phone}/{any}")
    assert pattern.leads_through("a/")
    assert pattern.leads_through("a/b/c/d/")
    assert not pattern.leads_through("b/")
    assert template("{rest}/{phone}").leads_through("b/")
