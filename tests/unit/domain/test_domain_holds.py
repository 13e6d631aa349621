"""Statutory holds: bookkeeping's periods, counted from the end of a financial year."""

from datetime import date, timedelta
from itertools import pairwise

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dsar.domain.clock import ClockError
from dsar.domain.holds import Act, HoldRule, held_until, hold

FI, SE, PL = Act.FI_ACCOUNTING, Act.SE_BOOKKEEPING, Act.PL_TAX
OBJECTS = [(FI, "voucher"), (FI, "ledger"), (SE, "accounting_information"), (PL, "ledger"), (PL, "tax_books")]
year_ends = st.dates(date(2000, 1, 1), date(2089, 12, 31))
LEAP_DAY = date(2024, 2, 29)


@pytest.mark.parametrize(
    ("act", "kind", "year_end", "until"),
    [
        (FI, "voucher", date(2017, 4, 30), date(2023, 12, 31)),
        (FI, "invoices", date(2025, 12, 31), date(2031, 12, 31)),
        (FI, "business correspondence", date(2025, 1, 1), date(2031, 12, 31)),
        (FI, "ledgers", date(2017, 4, 30), date(2027, 4, 30)),
        (FI, "Financial-Statements", date(2024, 3, 31), date(2034, 3, 31)),
        (FI, "books", LEAP_DAY, date(2034, 2, 28)),
        (SE, "accounting_information", date(2009, 6, 30), date(2016, 12, 31)),
        (SE, "voucher", date(2026, 12, 31), date(2033, 12, 31)),
        (PL, "ledger", date(2010, 12, 31), date(2015, 12, 31)),
        (PL, "tax_ledger", date(2010, 12, 31), date(2016, 12, 31)),
        (PL, "invoice", date(2024, 6, 30), date(2029, 12, 31)),
        (PL, "tax", date(2024, 9, 30), date(2029, 12, 31)),  # due on the last day of the same year
        (PL, "tax", date(2024, 10, 31), date(2030, 12, 31)),  # due in January
    ],
)
def test_an_object_is_held_as_its_law_says(act, kind, year_end, until):
    held = hold(year_end, act, kind)
    assert held.until == until
    assert held.steps[0].from_ == year_end.isoformat()


def test_poland_s_two_laws_are_both_shown():
    books = hold(date(2010, 12, 31), PL, "ledger")
    taxes = hold(date(2010, 12, 31), PL, "tax_books")
    assert (books.until, books.earliest, books.alternative) == (
        date(2015, 12, 31),
        date(2015, 12, 31),
        date(2016, 12, 31),
    )
    assert (taxes.until, taxes.earliest, taxes.alternative) == (date(2016, 12, 31), date(2015, 12, 31), None)
    assert "PL Tax Ordinance" in books.steps[-1].rule
    assert "PL Accounting Act" in taxes.steps[-1].rule


@given(year_ends, st.sampled_from(OBJECTS))
@example(LEAP_DAY, OBJECTS[1])
@example(date(2000, 1, 1), OBJECTS[4])
def test_a_hold_outlasts_its_year_and_its_working_leads_to_it(year_end, named):
    held = hold(year_end, *named)
    assert year_end < held.earliest <= held.until < (held.alternative or date.max)
    assert all(step.from_ == before.to for before, step in pairwise(held.steps))
    assert held.steps[-1].to == held.until.isoformat()


@given(year_ends, st.integers(0, 400), st.sampled_from(OBJECTS))
@example(LEAP_DAY, 1, OBJECTS[1])
def test_a_later_year_is_never_held_for_less(year_end, days, named):
    later = min(year_end + timedelta(days=days), date(2089, 12, 31))
    assert hold(year_end, *named).until <= hold(later, *named).until


@pytest.mark.parametrize(
    ("act", "kind", "words"),
    [
        (FI, "call_recording", ["voucher", "ledger"]),
        (SE, "photo", ["accounting", "invoice"]),
        (PL, "statement", ["ledger", "tax"]),  # counts from its approval
        (FI, None, ["voucher"]),
        (FI, "", ["voucher"]),
    ],
)
def test_an_unknown_object_is_refused_with_those_that_are_known(act, kind, words):
    with pytest.raises(ClockError) as refused:
        hold(date(2024, 12, 31), act, kind)
    assert refused.value.field == "object"
    assert refused.value.value == kind
    assert all(word in refused.value.allowed for word in words)


@pytest.mark.parametrize("year", [1999, 2091])
def test_a_year_that_the_clock_does_not_know_is_refused(year):
    with pytest.raises(ClockError, match="2000 to 2090"):
        hold(date(year, 12, 31), FI, "voucher")


def test_a_profile_s_rule_may_name_the_law_in_place_of_the_years():
    rule = HoldRule("Finnish Accounting Act 2:10", act=FI, object="ledger", financial_year_ends="04-30")
    assert held_until(date(2016, 5, 1), rule) == date(2027, 4, 30)
    assert held_until(date(2017, 5, 1), rule) == date(2028, 4, 30)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"statute": "x"}', "years"),
        ('{"statute": "x", "years": 6, "act": "SE_BFL", "object": "voucher"}', "years"),
        ('{"statute": "x", "act": "SE_BFL"}', "object"),
        ('{"statute": "x", "act": "SE_BFL", "object": "photo"}', "object"),
        ('{"statute": "x", "act": "DE_HGB", "object": "voucher"}', "act"),
    ],
)
def test_a_rule_that_cannot_be_counted_is_refused_where_it_is_read(text, told):
    with pytest.raises(msgspec.ValidationError, match=told):
        msgspec.json.decode(text, type=HoldRule)
