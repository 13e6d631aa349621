import csv
import io
from decimal import Decimal

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dsar.bundle.cells import row, rows

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def read(line):
    return next(csv.reader(io.StringIO(line, newline=""), strict=True))


def unescaped(text):
    return text.removeprefix("'")


def meant(value):
    """What a cell says, without the escape."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return msgspec.json.Encoder(decimal_format="number").encode(value).decode()
    return str(value)


@given(st.text())
@example("=1+1")
@example("+358401234567")
@example("-5")
@example("@SUM(A1)")
@example("\t=1")
@example("\r\n=1")
@example(" \u00a0\u200b\ufeff=cmd|' /C calc'!A0")
@example("\uff1d1")
@example("'t Hooft")
@example("''=")
def test_no_text_begins_a_formula_and_every_text_comes_back(text):
    (found,) = read(row([text]))
    assert not found.lstrip(" \t\r\n\0\u00a0\u200b\ufeff").startswith(
        ("=", "+", "-", "@", "\uff1d", "\uff0b")
    )
    assert not found.startswith(("\t", "\r", "\n"))
    assert unescaped(found) == text


@given(st.lists(st.lists(JSON, min_size=2, max_size=4), min_size=1, max_size=4))
def test_any_values_round_trip_through_a_csv_reader(table):
    width = min(map(len, table))
    table = [values[:width] for values in table]
    lines = rows([list(column) for column in zip(*table, strict=True)])
    for line, values in zip(lines, table, strict=True):
        assert [unescaped(text) for text in read(line)] == [meant(value) for value in values]


COLUMN = st.one_of(
    st.lists(st.text(), min_size=1),
    st.lists(st.integers(), min_size=1),
    st.lists(st.booleans(), min_size=1),
    st.lists(st.dictionaries(st.text(), st.text(), max_size=2), min_size=1),
    st.lists(JSON, min_size=1),
)


@given(COLUMN)
def test_a_column_taken_as_a_whole_is_the_same_as_cell_by_cell(column):
    other = [0] * len(column)
    assert rows([column, other]) == [row([value, 0]) for value in column]


def test_numbers_keep_their_digits():
    assert row([Decimal("12.10"), 10**30, Decimal("1E+400")]) == f"12.10,{10**30},1E+400\r\n"


def test_a_negative_number_is_escaped_like_any_other_cell():
    assert row([-5, Decimal("-0.5")]) == "'-5,'-0.5\r\n"


def test_true_and_one_are_told_apart():
    assert rows([[True, 1], ["a", "b"]]) == ["true,a\r\n", "1,b\r\n"]


@pytest.mark.parametrize("value", ["", None])
def test_a_lone_empty_cell_still_makes_a_row(value):
    assert rows([[value, "x"]]) == ['""\r\n', "x\r\n"]
