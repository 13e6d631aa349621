"""The UK GDPR's month, by nation.

Clarification stops the clock for access requests only: hand in its facts for those.
"""

from datetime import date, timedelta

from dsar.domain.clock.calendar import Calendar
from dsar.domain.clock.error import ClockError
from dsar.domain.clock.explain import Trail
from dsar.domain.clock.extension import is_extended
from dsar.domain.clock.facts import FactType, Wait
from dsar.domain.clock.statute import Question, Reading, Statute, month_end, show_months, show_roll

LAW = "UK GDPR 12(3)"
_START = "UK GDPR 12A, DPA 2018 s. 54"
_ROLL = "ICO right of access"
_DAY = timedelta(days=1)

# UK GDPR 12A: in force for requests received from this day; earlier ones keep the ICO's stop-the-clock rule
_CLARIFICATION_IN_FORCE = date(2026, 2, 5)


def count(q: Question) -> Statute:
    if q.place.country != "GB":
        raise ClockError("country", q.place.country, "under UK_GDPR GB with ENG, NIR, SCT or WLS")
    trail, calendar = q.trail(), q.place.calendar()
    waiting = _show_start(q, trail, calendar)
    start = trail.at
    waits = q.waits(FactType.CLARIFICATION_REQUESTED, FactType.CLARIFICATION_RECEIVED)
    both_ends = q.received_on >= _CLARIFICATION_IN_FORCE
    # UK GDPR 12A: excluded days count neither toward the period nor, since then, toward the window of the notice
    first = _excluded(waits, start, 1, calendar, both_ends=True) if both_ends else 0
    deadline = month_end(start, 1, first, calendar)
    extended = is_extended(q, trail, LAW, deadline)
    months = 3 if extended else 1
    days = _excluded(waits, start, months, calendar, both_ends=both_ends)
    show_months(trail, LAW, months)
    last = month_end(start, months, days, calendar)
    standing = _show_clarification(waits, last, days, trail, both_ends=both_ends)
    show_roll(trail, _ROLL, calendar)
    return Statute(
        due_date=trail.at,
        trail=trail,
        calendar=calendar,
        notice_deadline=deadline,
        extended=extended,
        paused=waiting or standing,
        readings=_readings(q, waits, start, months, calendar) if waits else (),
    )


def _show_start(q: Question, trail: Trail[date], calendar: Calendar) -> bool:
    """Move to the relevant time; true while the identity information or the fee is still awaited."""
    # DPA 2018 s. 54: the latest of the request, the identity information and the fee
    identity = q.waits(FactType.IDENTITY_REQUESTED, FactType.IDENTITY_RECEIVED)
    fee = q.waits(FactType.FEE_REQUESTED, FactType.FEE_PAID)
    awaited = False
    for wait, what in sorted(
        [(w, "identity information") for w in identity] + [(w, "fee") for w in fee], key=_asked
    ):
        last_day = month_end(trail.at, 1, 0, calendar)
        asked = f"{what} asked on {wait.asked}"
        if wait.asked > last_day:
            trail.note(_START, f"{asked}, after the month had ended on {last_day}: no effect")
        elif wait.answered is None:
            awaited = True
            trail.note(_START, f"{asked} and awaited: the date shown is the one without this wait")
        elif wait.answered > trail.at:
            trail.go(_START, wait.answered, f"{asked}: the clock starts when it comes")
        else:
            trail.note(_START, f"{asked} came on {wait.answered}, which does not move the start")
    return awaited


def _asked(waited: tuple[Wait, str]) -> date:
    return waited[0].asked


def _excluded(waits: list[Wait], start: date, months: int, calendar: Calendar, *, both_ends: bool) -> int:
    """The days between asking and the answer; a question after the end excludes nothing."""
    # UK GDPR 12A: from the day of asking to the day of receiving, both included
    days, covered = 0, start - _DAY
    for asked, answered in waits:
        if answered is None or asked > month_end(start, months, days, calendar):
            continue
        last = answered if both_ends else answered - _DAY
        days += max(0, (last - max(asked - _DAY, covered)).days)
        covered = max(covered, last)
    return days


def _show_clarification(
    waits: list[Wait], last: date, days: int, trail: Trail[date], *, both_ends: bool
) -> bool:
    """Move by the excluded days; true while an answer is awaited."""
    rule, ends = (
        ("UK GDPR 12A", "both days included") if both_ends else ("ICO stop the clock", "the last day not")
    )
    standing = False
    for asked, answered in waits:
        if asked > last:
            trail.note(rule, f"clarification asked on {asked}, after the period had ended: no effect")
        elif answered is None:
            standing = True
            trail.note(
                rule,
                f"clarification asked on {asked} and awaited: the date shown is the one without this wait",
            )
        else:
            trail.note(rule, f"clarification asked on {asked}, received on {answered}: {ends}")
    if days:
        trail.go(rule, trail.at + timedelta(days=days), f"{days} days do not count")
    return standing


def _readings(
    q: Question, waits: list[Wait], start: date, months: int, calendar: Calendar
) -> tuple[Reading, ...]:
    in_force = q.received_on >= _CLARIFICATION_IN_FORCE
    days = _excluded(waits, start, months, calendar, both_ends=not in_force)
    other = month_end(start, months, days, calendar)
    if in_force:
        because = "were the day of the answer to count again"
        one = Reading(other, q.received_on, calendar, _START, because, is_strict=True, is_alternative=True)
        return (one,)
    none = month_end(start, months, 0, calendar)
    return (
        Reading(
            none, q.received_on, calendar, LAW, "without the pause, which the statute lacked", is_strict=True
        ),
        Reading(other, q.received_on, calendar, _START, "were both days excluded", is_alternative=True),
    )
