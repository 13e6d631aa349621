"""The GDPR's month: extension, suspension, void notices, doubtful eves."""

from datetime import UTC, date, datetime

from dsar.domain.clock import Fact, FactType, Place, Promise, Regime, assist_due, due

FI = Place("FI", None, "Europe/Helsinki")
RECEIVED = datetime(2026, 3, 2, 7, tzinfo=UTC)  # a Monday; due Thursday 2 April


def at(month, day, hour=7):
    return datetime(2026, month, day, hour, tzinfo=UTC)


def eu(*facts, mode="strict", received=RECEIVED, promise=None, place=FI):
    return due(received, Regime.EU_GDPR, place, facts=facts, mode=mode, promise=promise)


def said(result, text):
    return any(text in step.because for step in result.steps)


def test_a_late_notice_is_void_and_the_working_says_so():
    result = eu(Fact(FactType.EXTENSION_NOTICE, at(4, 3), "complexity"))
    assert result.due_date == date(2026, 4, 2)
    assert said(result, "void: later than 2026-04-02")


def test_a_notice_without_reasons_is_void():
    for reasons in (None, "", "  "):
        result = eu(Fact(FactType.EXTENSION_NOTICE, at(3, 10), reasons))
        assert result.due_date == date(2026, 4, 2)
        assert said(result, "void: it gives no reasons")


def test_a_valid_notice_after_a_void_one_extends():
    void, valid = (
        Fact(FactType.EXTENSION_NOTICE, at(3, 10)),
        Fact(FactType.EXTENSION_NOTICE, at(3, 11), "number"),
    )
    assert eu(void, valid).due_date == date(2026, 6, 2)


def test_a_second_extension_does_not_exist():
    one, two = (
        Fact(FactType.EXTENSION_NOTICE, at(3, 10), "number"),
        Fact(FactType.EXTENSION_NOTICE, at(3, 11), "x"),
    )
    result = eu(two, one)
    assert result.due_date == date(2026, 6, 2)
    assert said(result, "extended already")


def test_a_notice_may_come_on_the_rolled_last_day():
    received = datetime(2026, 1, 31, 7, tzinfo=UTC)  # 28 February is a Saturday
    result = eu(Fact(FactType.EXTENSION_NOTICE, at(3, 2, 21), "complexity"), received=received)
    assert (result.extension_notice_deadline, result.due_date) == (date(2026, 3, 2), date(2026, 4, 30))


def test_asking_on_the_third_working_day_suspends_and_on_the_fourth_does_not():
    answer = Fact(FactType.IDENTITY_RECEIVED, at(3, 12))
    in_time = eu(Fact(FactType.IDENTITY_REQUESTED, at(3, 5)), answer, mode="edpb_suspension")
    too_late = eu(Fact(FactType.IDENTITY_REQUESTED, at(3, 6)), answer, mode="edpb_suspension")
    assert (in_time.due_date, in_time.strict_due_date) == (date(2026, 4, 9), date(2026, 4, 2))
    assert too_late.due_date == too_late.strict_due_date == date(2026, 4, 2)
    assert said(too_late, "not without undue delay")


def test_an_open_question_pauses_the_clock_only_where_the_profile_suspends():
    asked = Fact(FactType.CLARIFICATION_REQUESTED, at(3, 3))
    assert eu(asked, mode="edpb_suspension").paused
    assert not eu(asked).paused
    assert eu(asked, mode="edpb_suspension").due_date == date(2026, 4, 2)


def test_overlapping_waits_count_once():
    facts = (
        Fact(FactType.IDENTITY_REQUESTED, at(3, 3)),
        Fact(FactType.CLARIFICATION_REQUESTED, at(3, 4)),
        Fact(FactType.CLARIFICATION_RECEIVED, at(3, 8)),
        Fact(FactType.IDENTITY_RECEIVED, at(3, 10)),
    )
    assert eu(*facts, mode="edpb_suspension").due_date == date(2026, 4, 9)


def test_a_suspension_does_not_lengthen_the_window_of_the_notice():
    facts = (Fact(FactType.IDENTITY_REQUESTED, at(3, 3)), Fact(FactType.IDENTITY_RECEIVED, at(3, 10)))
    late = Fact(FactType.EXTENSION_NOTICE, at(4, 7), "complexity")
    assert eu(*facts, late, mode="edpb_suspension").due_date == date(2026, 4, 9)


def test_an_answer_nobody_asked_for_changes_nothing():
    assert eu(Fact(FactType.IDENTITY_RECEIVED, at(3, 10)), mode="edpb_suspension").due_date == date(
        2026, 4, 2
    )


def test_a_fee_does_not_move_the_clock_and_the_working_says_so():
    result = eu(Fact(FactType.FEE_REQUESTED, at(3, 3)))
    assert result.due_date == date(2026, 4, 2)
    assert said(result, "fee_requested of 2026-03-03 does not move this clock")


def test_just_after_midnight_the_day_before_in_utc_is_the_strict_reading():
    result = eu(received=datetime(2026, 6, 30, 21, 30, tzinfo=UTC))  # 00:30 on 1 July in Helsinki
    assert (result.due_date, result.strict_due_date) == (date(2026, 8, 3), date(2026, 7, 30))


def test_the_swedish_new_year_s_eve_is_a_working_day_with_an_alternative():
    received = datetime(2026, 11, 30, 7, tzinfo=UTC)  # a month later is 30 December; one day of waiting
    facts = (Fact(FactType.IDENTITY_REQUESTED, received), Fact(FactType.IDENTITY_RECEIVED, at(12, 1)))
    sweden, finland = Place("SE", None, "Europe/Stockholm"), FI
    in_sweden = eu(*facts, mode="edpb_suspension", received=received, place=sweden)
    in_finland = eu(*facts, mode="edpb_suspension", received=received, place=finland)
    assert (in_sweden.due_date, in_sweden.alternative_due_date) == (date(2026, 12, 31), date(2027, 1, 4))
    assert (in_finland.due_date, in_finland.alternative_due_date) == (date(2026, 12, 31), None)


def test_an_extension_does_not_extend_a_promise_that_does_not_say_so():
    notice = Fact(FactType.EXTENSION_NOTICE, at(3, 10), "complexity")
    plain = eu(notice, promise=Promise.parse("30d"))
    generous = eu(notice, promise=Promise.parse("1m+2m"))
    assert (plain.due_date, plain.statutory_due_date) == (date(2026, 4, 1), date(2026, 6, 2))
    assert generous.due_date == generous.promised_due_date == date(2026, 6, 2)


def test_thirty_days_is_not_a_month():
    january = eu(received=datetime(2026, 1, 2, 9, tzinfo=UTC), promise=Promise.parse("30d"))
    assert (january.due_date, january.statutory_due_date) == (date(2026, 2, 1), date(2026, 2, 2))
    february = eu(received=datetime(2026, 2, 10, 9, tzinfo=UTC), promise=Promise.parse("30d"))
    assert (february.due_date, february.promised_due_date) == (date(2026, 3, 10), date(2026, 3, 12))


def test_a_promised_month_rolls_like_the_statute():
    result = eu(received=datetime(2026, 3, 5, 8, tzinfo=UTC), promise=Promise.parse("1m"))
    assert result.promised_due_date == result.statutory_due_date == date(2026, 4, 7)


def test_an_eve_s_alternative_counts_the_promise_by_the_same_reading():
    received = datetime(2026, 11, 24, 8, tzinfo=UTC)
    months = eu(received=received, promise=Promise.parse("1m"))
    days = eu(received=received, promise=Promise.parse("30d"))
    assert (months.due_date, months.alternative_due_date) == (date(2026, 12, 24), date(2026, 12, 28))
    assert (days.due_date, days.alternative_due_date) == (date(2026, 12, 24), None)


def test_without_a_country_only_saturdays_and_sundays_rest_and_the_working_says_so():
    nowhere = Place(None, None, "Europe/Helsinki")
    result = eu(received=datetime(2026, 3, 3, 10, tzinfo=UTC), place=nowhere)  # Good Friday counts
    assert (result.due_date, result.alternative_due_date) == (date(2026, 4, 3), None)
    assert said(result, "Saturdays and Sundays alone are days of rest")
    assert assist_due(datetime(2026, 4, 1, 9, tzinfo=UTC), nowhere, working_days=5).due_date == date(
        2026, 4, 8
    )
