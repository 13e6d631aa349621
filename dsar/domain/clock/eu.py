"""The GDPR's month in the EU and the EEA."""

from collections.abc import Iterator
from datetime import UTC, date, timedelta

from msgspec import Struct, structs

from dsar.domain.clock.calendar import EVES, Calendar, count_working_days
from dsar.domain.clock.error import ClockError
from dsar.domain.clock.explain import Trail
from dsar.domain.clock.extension import is_extended
from dsar.domain.clock.facts import FactType, Wait
from dsar.domain.clock.statute import (
    Question,
    Reading,
    Statute,
    month_end,
    note_no_country,
    show_months,
    show_roll,
)

LAW = "GDPR 12(3)"
_MONTHS = "GDPR 12(3), Reg. 1182/71 Art. 3(2)(c)"
_ROLL = "Reg. 1182/71 Art. 3(4)"
_PAUSE = "EDPB 01/2022 §159"

_EEA = (
    "AT, BE, BG, CY, CZ, DE, DK, EE, ES, FI, FR, GR, HR, HU, IE, IS, IT, LI, LT, LU, LV, MT, NL, NO, PL, PT, "
    "RO, SE, SI, SK"
)
_STATES = frozenset(_EEA.split(", "))
# Our arithmetic for "without undue delay"; the guidelines give no number.
_ASK_WITHIN_WORKING_DAYS = 3


class _Suspension(Struct, frozen=True):
    days: int
    is_open: bool


class _Period(Struct, frozen=True):
    """As the law's main reading counts it: `end` before it moves to a working day."""

    months: int
    suspended_days: int
    end: date


def count(q: Question) -> Statute:
    if q.place.country is not None and q.place.country not in _STATES:
        # GDPR 27: a controller elsewhere is placed where its representative is
        raise ClockError("country", q.place.country, f"under EU_GDPR a state of the EEA: {_EEA}")
    trail, calendar = q.trail(), q.place.calendar()
    note_no_country(trail, calendar)
    # GDPR 12(3): the notice must reach the person inside the first month; no pause moves this window
    deadline = month_end(q.received_on, 1, 0, calendar)
    extended = is_extended(q, trail, LAW, deadline)
    suspension = _suspension(q, trail, calendar)
    suspends = q.mode == "edpb_suspension"
    taken = suspension.days if suspends else 0
    # GDPR 12(3): the extended period too runs from receipt, never from the end of the first month
    months = 3 if extended else 1
    show_months(trail, _MONTHS, months)
    if taken:
        to = trail.at + timedelta(days=taken)
        trail.go(_PAUSE, to, f"suspended for {taken} days, from asking to the answer")
    period = _Period(months, taken, trail.at)
    show_roll(trail, _ROLL, calendar)
    return Statute(
        due_date=trail.at,
        trail=trail,
        calendar=calendar,
        notice_deadline=deadline,
        extended=extended,
        paused=suspends and suspension.is_open,
        readings=tuple(_readings(q, period, suspension.days, calendar)),
    )


def _suspension(q: Question, trail: Trail[date], calendar: Calendar) -> _Suspension:
    # EDPB 01/2022 §159: "there may be a suspension in time … provided the controller has asked for additional
    # information without undue delay"
    asked = q.waits(FactType.IDENTITY_REQUESTED, FactType.IDENTITY_RECEIVED)
    asked += q.waits(FactType.CLARIFICATION_REQUESTED, FactType.CLARIFICATION_RECEIVED)
    if not asked:
        return _Suspension(0, is_open=False)
    latest = count_working_days(q.received_on, _ASK_WITHIN_WORKING_DAYS, calendar)
    prompt = []
    for wait in sorted(asked, key=lambda w: w.asked):
        if wait.asked <= latest:
            prompt.append(wait)
        trail.note(_PAUSE, _judged(wait, latest, suspends=q.mode == "edpb_suspension"))
    return _Suspension(_days_waited(prompt), any(wait.answered is None for wait in prompt))


def _judged(wait: Wait, latest: date, *, suspends: bool) -> str:
    asked = f"asked the person on {wait.asked}"
    if wait.asked > latest:
        return f"{asked}, later than {latest}, so not without undue delay: no suspension"
    if not suspends:
        return f"{asked}: no suspension in strict mode, the text of 12(3) knows none"
    if wait.answered is None:
        return f"{asked} and not answered: the clock stands; the date shown is the one without this wait"
    return f"{asked}, answered on {wait.answered}: suspended between"


def _days_waited(waits: list[Wait]) -> int:
    """Calendar days from asking to the answer, overlaps counted once."""
    days, until = 0, date.min
    for wait in waits:
        if wait.answered is not None and wait.answered > until:
            days += (wait.answered - max(wait.asked, until)).days
            until = wait.answered
    return days


def _readings(q: Question, period: _Period, pause: int, calendar: Calendar) -> Iterator[Reading]:
    if pause:
        yield _without_or_with_suspension(q, period, pause, calendar)
    if calendar.country in EVES:
        rest = structs.replace(calendar, eves_rest=True)
        because = "were the eve a public holiday"
        yield Reading(rest.roll(period.end), q.received_on, rest, _ROLL, because, is_alternative=True)
    utc_day = q.received_at.astimezone(UTC).date()
    if utc_day < q.received_on:
        # Reg. 1182/71 names no zone: just after local midnight the person's message may bear the day before
        due_date = month_end(utc_day, period.months, period.suspended_days, calendar)
        because = f"counted from {utc_day}, the day of receipt in UTC"
        yield Reading(due_date, utc_day, calendar, _MONTHS, because, is_strict=True, is_alternative=True)


def _without_or_with_suspension(q: Question, period: _Period, pause: int, calendar: Calendar) -> Reading:
    # EDPB 01/2022 §159: "may"; the text of 12(3) knows none
    if period.suspended_days:
        due_date = calendar.roll(period.end - timedelta(days=pause))
        return Reading(due_date, q.received_on, calendar, _PAUSE, "without the suspension", is_strict=True)
    due_date = calendar.roll(period.end + timedelta(days=pause))
    because = "with the suspension that the guidelines allow"
    return Reading(due_date, q.received_on, calendar, _PAUSE, because, is_alternative=True)
