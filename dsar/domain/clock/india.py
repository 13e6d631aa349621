"""India: at most 90 days, once the rule is in force."""

from datetime import date, timedelta

from dsar.domain.clock.statute import Question, Statute

LAW = "DPDP r. 14(3)"
_IN_FORCE = date(2027, 5, 13)


def count(q: Question) -> Statute:
    # DPDP r. 14(3): the fiduciary's published period (here the promise), at most 90 days
    trail = q.trail()
    if q.received_on < _IN_FORCE:
        trail.note(LAW, f"in force from {_IN_FORCE}: no statutory date before")
        return Statute(None, trail)
    trail.go(LAW, q.received_on + timedelta(days=90), "at most 90 days from receipt; no weekend moves them")
    return Statute(trail.at, trail)
