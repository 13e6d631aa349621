"""Brazil: 15 days."""

from datetime import timedelta

from dsar.domain.clock.statute import Question, Statute

LAW = "LGPD 19(II)"


def count(q: Question) -> Statute:
    # LGPD 19(II): from the date of the request; no extension, no pause
    trail = q.trail()
    trail.go(LAW, q.received_on + timedelta(days=15), "15 days from the request; no weekend moves them")
    return Statute(trail.at, trail)
