"""How a number is recognised in a CDR."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar_asterisk.cdr import Leg
from dsar_asterisk.numbers import WITHHELD, phone
from dsar_asterisk.traces import clid_name, clid_number

ANNA = phone("+358401234567", "FI")


@pytest.mark.parametrize("text", ["+358401234567", "0401234567", "00358401234567", " 0401234567 "])
def test_a_number_is_itself_in_each_of_its_forms(text):
    assert ANNA.is_number(text)


@pytest.mark.parametrize(
    "text", ["+358401234568", "401234567", "358401234567", "04012345678", "+35840123456", ""]
)
def test_what_differs_is_another_number(text):
    assert not ANNA.is_number(text)


def test_international_digits_without_plus_count_only_where_the_trunk_writes_them():
    assert phone("+358401234567", "FI", without_plus=True).is_number("358401234567")


def test_a_foreign_number_has_no_national_form():
    assert phone("+46701234567", "FI").forms == {"+46701234567", "0046701234567"}


def test_without_a_region_there_is_no_national_form():
    assert "0401234567" not in phone("+358401234567", None).forms


@pytest.mark.parametrize("text", [*sorted(WITHHELD), "+", "+358", "0401234567", "+266696687"])
def test_what_is_no_full_number_is_nobodys(text):
    assert phone(text, "FI") is None


@pytest.mark.parametrize("word", [*sorted(WITHHELD), "Anonymous", " PRIVATE "])
def test_a_withheld_word_is_never_anybodys_number(word):
    assert not ANNA.is_number(word)


@given(st.from_regex(r"\+358(40|45|50)[0-9]{7}", fullmatch=True))
def test_every_form_holds_the_needle_and_no_other_number_has_the_form(value):
    one = phone(value, "FI")
    assert all(form.endswith(one.needle) for form in one.forms)
    assert value == ANNA.e164 or one.forms.isdisjoint(ANNA.forms)


def test_the_caller_id_is_read_for_name_and_number():
    for clid, name, number in (
        ('"Anna Testi" <+358401234567>', "Anna Testi", "+358401234567"),
        ("Anna <0401234567>", "Anna", "0401234567"),
        ("<0401234567>", "", "0401234567"),
        ("0401234567", "", "0401234567"),
        ('""', "", ""),
    ):
        assert (clid_name(clid), clid_number(clid)) == (name, number)


def test_a_number_in_the_caller_id_alone_is_found():
    assert ANNA.is_in(Leg(src="7001", clid='"Anna" <0401234567>'))
    assert not ANNA.is_in(Leg(src="7001", clid='"0401234567" <7001>'))


def test_a_number_never_shows_in_a_traceback():
    assert "401234567" not in repr(ANNA) + repr(Leg(src="+358401234567"))
