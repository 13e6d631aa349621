"""A case's number: from its id alone, always the same, another for every case, and no request's reference."""

import re
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dsar.domain.case import BITS, case_number
from dsar.web.edge import REFERENCE

NUMBER = re.compile(r"C(-[0-9A-HJKMNP-TV-Z]{4}){4}")
LAST = (1 << BITS) - 1


@pytest.mark.parametrize(
    ("case_id", "number"),
    [
        (UUID(int=0), "C-0000-0000-0000-0000"),
        (UUID(int=1), "C-1000-0000-0000-0000"),
        (UUID(int=31 << 75), "C-0000-0000-0000-000Z"),
        (UUID("ffffffff-ffff-ffff-ffff-ffffffffffff"), "C-ZZZZ-ZZZZ-ZZZZ-ZZZZ"),
    ],
)
def test_a_number_spells_the_last_80_bits(case_id, number):
    assert case_number(case_id) == number


@given(st.uuids())
def test_a_number_is_the_same_every_time_and_has_its_form(case_id):
    assert case_number(case_id) == case_number(UUID(str(case_id)))
    assert NUMBER.fullmatch(case_number(case_id))


@given(st.uuids())
def test_a_number_is_no_reference_of_a_request(case_id):
    assert not REFERENCE.fullmatch(case_number(case_id))


@given(st.uuids(), st.uuids())
def test_two_cases_have_two_numbers(one, other):
    assume(one.int & LAST != other.int & LAST)
    assert case_number(one) != case_number(other)


@given(st.uuids(version=4), st.integers(0, 79))
def test_one_bit_makes_another_number(case_id, bit):
    assert case_number(case_id) != case_number(UUID(int=case_id.int ^ (1 << bit)))
