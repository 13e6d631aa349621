"""Switzerland: 30 days, or the date announced inside them."""

from datetime import date, timedelta

from dsar.domain.clock.facts import Dated, FactType
from dsar.domain.clock.statute import Question, Statute

LAW = "FADP 25(7), DSV 18(1)"
_DELAY = "DSV 18(2)"


def count(q: Question) -> Statute:
    # DSV 18(1): 30 days from receipt of the request
    trail = q.trail()
    end = q.received_on + timedelta(days=30)
    trail.go(LAW, end, "30 days from receipt; no weekend moves them")
    announced = end
    for notice in q.of(FactType.DELAY_NOTICE):
        flaw = _flaw(notice, end)
        if flaw is not None:
            trail.note(_DELAY, f"delay notice of {notice.on} is void: {flaw}")
            continue
        # DSV 18(2): no cap on the announced date
        announced = notice.fact.new_date or end
        trail.go(_DELAY, announced, f"date announced on {notice.on}, inside the 30 days")
    return Statute(announced, trail, notice_deadline=end, extended=announced != end)


def _flaw(notice: Dated, end: date) -> str | None:
    if notice.on > end:
        return f"later than {end}, the end of the 30 days"
    if notice.fact.new_date is None:
        return "it names no date"
    if notice.fact.new_date <= end:
        return f"its date, {notice.fact.new_date}, is inside the 30 days"
    return None
