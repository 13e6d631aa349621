"""The processor's own clock: working days that a data-processing agreement sets."""

from datetime import datetime

from msgspec import structs

from dsar.domain.clock.calendar import count_working_days
from dsar.domain.clock.error import ClockError
from dsar.domain.clock.explain import from_receipt
from dsar.domain.clock.place import Place, check_moment
from dsar.domain.clock.result import Due
from dsar.domain.clock.statute import note_no_country

_RULE = "data-processing agreement, GDPR 28(3)(e)"
_DAYS_MAX = 250

# kind -> the working days where the agreement gives no number
_KINDS = {"processor_assist": 5, "processor_forward": 5, "processor_fulfil": 10}


def assist_working_days(kind: str) -> int | None:
    """What a kind of assistance takes where the agreement gives no number; None: no kind of assistance."""
    return _KINDS.get(kind)


def assist_due(received_at: datetime, place: Place, *, working_days: int) -> Due:
    """The end of the contract's period, counted in working days after the day the processor received it."""
    # GDPR 28(3)(e): the processor assists; the agreement says by when
    check_moment("received_at", received_at)
    if not 1 <= working_days <= _DAYS_MAX:
        raise ClockError("working_days", working_days, f"1 to {_DAYS_MAX}")
    received_on = place.local_date(received_at)
    trail = from_receipt(received_at, received_on, place.timezone)
    calendar = place.calendar()
    note_no_country(trail, calendar)
    due_date = count_working_days(received_on, working_days, calendar)
    trail.go(_RULE, due_date, f"{working_days} working days after receipt")
    later = count_working_days(received_on, working_days, structs.replace(calendar, eves_rest=True))
    if later != due_date:
        trail.note(_RULE, f"{later} is an alternative, not relied upon: were the eve a public holiday")
    return Due(
        due_date=due_date,
        strict_due_date=due_date,
        alternative_due_date=later if later != due_date else None,
        statutory_due_date=None,
        promised_due_date=None,
        extension_notice_deadline=None,
        steps=tuple(trail.steps),
        paused=False,
    )
