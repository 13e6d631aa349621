"""California: 45 calendar days to answer, business days to confirm and to opt out."""

from datetime import timedelta

from dsar.domain.clock.calendar import Calendar, count_working_days
from dsar.domain.clock.extension import is_extended
from dsar.domain.clock.statute import Question, Reading, Statute

RESPONSE = "11 CCR 7021(b)"
CONFIRM = "11 CCR 7021(a)"
OPT_OUT = "11 CCR 7026(f)(1)"
LIMIT = "11 CCR 7027(g)(1)"
_EXTENSION = "Civ. 1798.130(a)(2)(A)"
_DAY = timedelta(days=1)

_WEEKDAYS = Calendar(None)
_FEDERAL = Calendar("US")
_STATE = Calendar("US", "CA")


def count_response(q: Question) -> Statute:
    # 11 CCR 7021(b): receipt starts it "regardless of time required to verify"
    trail = q.trail()
    deadline = q.received_on + timedelta(days=45)
    # Civ. 1798.130(a)(2)(A): once, with notice inside the first 45 days; 90 days in all, from receipt
    extended = is_extended(q, trail, _EXTENSION, deadline)
    days = 90 if extended else 45
    due_date = q.received_on + timedelta(days=days)
    trail.go(RESPONSE, due_date, f"{days} calendar days from receipt; no weekend moves them")
    careful = due_date - _DAY
    while due_date.weekday() > 4 and careful.weekday() > 4:
        careful -= _DAY
    because = "the day of receipt as the first day, and an answer before the weekend"
    strict = Reading(careful, q.received_on, None, RESPONSE, because, is_strict=True)
    return Statute(due_date, trail, notice_deadline=deadline, extended=extended, readings=(strict,))


def count_confirmation(q: Question) -> Statute:
    # 11 CCR 7021(a)
    return _business_days(q, 10, CONFIRM)


def count_opt_out(q: Question) -> Statute:
    # 11 CCR 7026(f)(1)
    return _business_days(q, 15, OPT_OUT)


def count_limit(q: Question) -> Statute:
    # 11 CCR 7027(g)(1)
    return _business_days(q, 15, LIMIT)


def _business_days(q: Question, n: int, law: str) -> Statute:
    """Days counted, not rolled; the regulations do not say which holidays a business day leaves out."""
    trail, start = q.trail(), q.received_on
    due_date = count_working_days(start, n, _FEDERAL)
    trail.go(law, due_date, f"{n} business days after receipt: weekdays without federal holidays")
    weekdays = Reading(
        count_working_days(start, n, _WEEKDAYS),
        start,
        None,
        law,
        "were federal holidays business days",
        is_strict=True,
    )
    later = count_working_days(start, n, _FEDERAL, _STATE)
    state = Reading(
        later, start, None, law, "were California's state holidays left out too", is_alternative=True
    )
    return Statute(due_date, trail, readings=(weekdays, state))
