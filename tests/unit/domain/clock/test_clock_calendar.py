"""Working days, months, and the end of a day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.domain.clock import Place, add_months, assist_due, end_of_day, is_working_day, next_working_day
from dsar.domain.clock.regime import Kind, Regime

DAYS = st.dates(date(2000, 1, 1), date(2089, 12, 31))


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2026, 8, 31), 1, date(2026, 9, 30)),
        (date(2027, 1, 28), 1, date(2027, 2, 28)),
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 31), 1, date(2027, 1, 31)),
        (date(2026, 1, 31), 3, date(2026, 4, 30)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
    ],
)
def test_a_month_later_is_the_same_number_or_the_last_day(start, months, end):
    # Reg. 1182/71 Art. 3(2)(c)
    assert add_months(start, months) == end


@given(DAYS, st.integers(0, 24))
def test_months_keep_the_day_unless_the_month_is_too_short(day, months):
    end = add_months(day, months)
    assert (end.year - day.year) * 12 + end.month - day.month == months
    assert end.day == day.day or (end.day < day.day and (end + timedelta(days=1)).day == 1)


@pytest.mark.parametrize(
    ("day", "country", "subdivision", "working"),
    [
        (date(2026, 4, 6), "GB", "ENG", False),  # Easter Monday
        (date(2026, 4, 6), "GB", "SCT", True),
        (date(2026, 3, 17), "GB", "NIR", False),
        (date(2026, 3, 17), "GB", "ENG", True),
        (date(2026, 6, 19), "FI", None, True),  # Midsummer Eve stays a working day
        (date(2026, 12, 24), "FI", None, True),
        (date(2026, 12, 24), "EE", None, False),  # a public holiday by Estonian law
        (date(2026, 6, 4), "PL", None, False),
        (date(2026, 4, 4), "IE", None, False),
    ],
)
def test_public_holidays_and_weekends_are_no_working_days(day, country, subdivision, working):
    # Reg. 1182/71 Art. 3: all days but public holidays, Sundays and Saturdays
    assert is_working_day(day, country, subdivision) is working


def test_the_next_working_day_is_the_day_itself_when_people_work():
    assert next_working_day(date(2026, 4, 7), "FI", None) == date(2026, 4, 7)
    assert next_working_day(date(2026, 4, 3), "FI", None) == date(2026, 4, 7)


@given(DAYS, st.sampled_from(["FI", "SE", "PL", "IE", "DE", "LV", "IS"]))
def test_the_next_working_day_is_the_first_on_which_people_work(day, country):
    end = next_working_day(day, country, None)
    assert is_working_day(end, country, None)
    assert not any(is_working_day(day + timedelta(days=n), country, None) for n in range((end - day).days))


@pytest.mark.parametrize(
    ("day", "zone", "end"),
    [
        (date(2026, 3, 28), "Europe/Helsinki", datetime(2026, 3, 28, 22, tzinfo=UTC)),
        (date(2026, 3, 29), "Europe/Helsinki", datetime(2026, 3, 29, 21, tzinfo=UTC)),  # the 23-hour day
        (date(2026, 10, 25), "Europe/Helsinki", datetime(2026, 10, 25, 22, tzinfo=UTC)),  # the 25-hour day
        (date(2018, 11, 3), "America/Sao_Paulo", datetime(2018, 11, 4, 3, tzinfo=UTC)),  # midnight skipped
    ],
)
def test_a_day_ends_at_the_next_local_midnight(day, zone, end):
    # Reg. 1182/71 Art. 3(2): with the expiry of the last hour
    assert end_of_day(day, zone) == end
    assert end_of_day(day, zone).tzinfo is UTC


def test_the_processor_s_days_are_working_days_after_receipt():
    sono = Place("FI", None, "Europe/Helsinki")
    result = assist_due(datetime(2026, 4, 1, 9, tzinfo=UTC), sono, working_days=5)  # Easter lies between
    assert result.due_date == result.strict_due_date == date(2026, 4, 10)
    assert (result.statutory_due_date, result.promised_due_date, result.paused) == (None, None, False)
    assert [step.to for step in result.steps] == ["2026-04-01", "2026-04-10"]


def test_the_processor_s_days_treat_a_finnish_eve_as_open_and_show_the_alternative():
    sono = Place("FI", None, "Europe/Helsinki")
    result = assist_due(datetime(2026, 12, 22, 9, tzinfo=UTC), sono, working_days=2)
    assert (result.due_date, result.alternative_due_date) == (date(2026, 12, 24), date(2026, 12, 28))
    assert result.steps[-1].to == "2026-12-24"


def test_codes_are_spelt_as_in_the_records_they_are_kept_in():
    assert [str(r) for r in Regime] == ["EU_GDPR", "UK_GDPR", "CCPA", "CH_FADP", "BR_LGPD", "IN_DPDP"]
    assert "dsar_response" in list(Kind)
