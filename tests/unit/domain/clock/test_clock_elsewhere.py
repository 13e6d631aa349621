"""California, Switzerland, Brazil, India."""

from datetime import UTC, date, datetime

import pytest

from dsar.domain.clock import Fact, FactType, NoDeadlineError, Place, Promise, Regime, due

CALIFORNIA = Place("US", "CA", "America/Los_Angeles")
ZURICH = Place("CH", "ZH", "Europe/Zurich")
BRAZIL = Place("BR", None, "America/Sao_Paulo")
INDIA = Place("IN", None, "Asia/Kolkata")


def at(month, day, year=2026):
    return datetime(year, month, day, 18, tzinfo=UTC)


def test_california_leaves_federal_holidays_out_of_business_days():
    result = due(
        at(6, 10), Regime.CCPA, CALIFORNIA, kind="confirm_receipt"
    )  # Juneteenth, 19 June, is a Friday
    assert (result.due_date, result.strict_due_date) == (date(2026, 6, 25), date(2026, 6, 24))


def test_california_limits_and_opts_out_in_fifteen_business_days():
    # 11 CCR 7026(f)(1), 11 CCR 7027(g)(1)
    limit = due(at(3, 10), Regime.CCPA, CALIFORNIA, kind="limit_sensitive")
    assert (limit.due_date, limit.alternative_due_date) == (date(2026, 3, 31), date(2026, 4, 1))
    assert limit.extension_notice_deadline is None


def test_california_verification_never_pauses():
    facts = (Fact(FactType.IDENTITY_REQUESTED, at(3, 11)), Fact(FactType.IDENTITY_RECEIVED, at(3, 30)))
    result = due(at(3, 10), Regime.CCPA, CALIFORNIA, facts=facts)
    assert (result.due_date, result.paused) == (date(2026, 4, 24), False)
    assert sum("does not move this clock" in step.because for step in result.steps) == 2


def test_california_extends_once_and_only_with_reasons():
    void = due(at(3, 10), Regime.CCPA, CALIFORNIA, facts=[Fact(FactType.EXTENSION_NOTICE, at(3, 12))])
    assert void.due_date == date(2026, 4, 24)


@pytest.mark.parametrize(
    ("noticed", "new_date", "why"),
    [
        (at(4, 2), date(2026, 5, 15), "later than 2026-04-01"),
        (at(3, 20), None, "names no date"),
        (at(3, 20), date(2026, 3, 25), "inside the 30 days"),
    ],
)
def test_a_swiss_delay_notice_is_void_when_late_or_dateless(noticed, new_date, why):
    facts = [Fact(FactType.DELAY_NOTICE, noticed, new_date=new_date)]
    result = due(at(3, 2), Regime.CH_FADP, ZURICH, facts=facts)
    assert result.due_date == date(2026, 4, 1)
    assert any("void" in step.because and why in step.because for step in result.steps)


def test_brazil_has_fifteen_days_that_do_not_roll():
    result = due(at(3, 6), Regime.BR_LGPD, BRAZIL)
    assert result.due_date == result.strict_due_date == date(2026, 3, 21)  # a Saturday
    assert (result.alternative_due_date, result.extension_notice_deadline) == (None, None)


def test_brazil_counts_from_the_local_day():
    assert due(datetime(2026, 3, 7, 1, tzinfo=UTC), Regime.BR_LGPD, BRAZIL).due_date == date(2026, 3, 21)


def test_india_keeps_the_published_period_before_and_after_commencement():
    before = due(at(11, 21), Regime.IN_DPDP, INDIA, promise=Promise.parse("30d"))
    assert (before.due_date, before.statutory_due_date) == (date(2026, 12, 21), None)
    after = due(at(6, 1, 2027), Regime.IN_DPDP, INDIA, promise=Promise.parse("120d"), kind="grievance")
    assert (after.due_date, after.promised_due_date) == (date(2027, 8, 30), date(2027, 9, 29))


def test_india_s_rule_starts_on_13_may_2027():
    with pytest.raises(NoDeadlineError):
        due(at(5, 12, 2027), Regime.IN_DPDP, INDIA)
    assert due(at(5, 13, 2027), Regime.IN_DPDP, INDIA).due_date == date(2027, 8, 11)
