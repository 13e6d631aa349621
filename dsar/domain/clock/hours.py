"""Hour clocks: a breach told to the authority, and to the customers by contract. Hours run through days of rest."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from dsar.domain.clock.calendar import count_working_days
from dsar.domain.clock.error import ClockError
from dsar.domain.clock.explain import Step, Trail
from dsar.domain.clock.place import Place, check_moment, end_of_day, zone

AUTHORITY_HOURS = 72
CONTRACT_HOURS = 24  # Sono's policy, section 13
_HOURS_MAX = 24 * 31

_CONTRACT = "contract, GDPR 33(2)"
_FIRST_HOUR = "Reg. 1182/71 Art. 3(1)"
_LAST_HOUR = "Reg. 1182/71 Art. 3(2)(a)"
_TWO_DAYS = "Reg. 1182/71 Art. 3(5)"


class Breach(StrEnum):
    """Whom the breach is told."""

    TO_AUTHORITY = "breach_to_authority"
    TO_CUSTOMER = "processor_to_customer_breach"


# A kind is read by its words, since files name these duties in many ways. One of the first names an hour clock;
# the second speak of a contract's hours, the third of a duty that the law gives no hours (GDPR 34: without undue
# delay); without either it is the notification to the authority.
_OF_BREACH = frozenset({"breach", "authority"})
_OF_CONTRACT = frozenset({"customer", "customers", "processor", "contract", "contractual"})
_WITHOUT_HOURS = frozenset({"subject", "subjects", "person", "persons", "individual", "individuals"})


class DueHour(Struct, frozen=True):
    """Each is a moment in the local zone; alarms run on `strict_due_at`."""

    due_at: datetime  # the earlier of statute and promise
    strict_due_at: datetime  # counted from the minute; never after due_at
    alternative_due_at: datetime | None  # a later reading, shown and never relied upon
    statutory_due_at: datetime | None  # None: a contract's clock
    promised_due_at: datetime | None
    steps: tuple[Step, ...]


def breach_of(kind: str, *, by_contract: bool) -> Breach | None:
    """Which hour clock a kind names, if any; `by_contract` where the case stands under a contract alone."""
    words = set(kind.split("_"))
    if not words & _OF_BREACH or words & _WITHOUT_HOURS:
        return None
    return Breach.TO_CUSTOMER if by_contract or words & _OF_CONTRACT else Breach.TO_AUTHORITY


def breach_due(aware_at: datetime, place: Place, breach: Breach, *, hours: int | None = None) -> DueHour:
    """The moment by which the breach must be told. `hours` is the company's own promise, or its contract's term."""
    check_moment("received_at", aware_at)
    if hours is not None and not 1 <= hours <= _HOURS_MAX:
        raise ClockError("hours", hours, f"1 to {_HOURS_MAX}")
    if breach is Breach.TO_CUSTOMER:
        return _by_contract(aware_at, place, hours or CONTRACT_HOURS)
    return _by_law(aware_at, place, hours)


def _by_contract(detected_at: datetime, place: Place, hours: int) -> DueHour:
    # GDPR 33(2) sets no hours; the contract's run from the minute of detection
    trail = _started(detected_at, place, "detection")
    trail.go(_CONTRACT, _later(detected_at, hours, place), f"{hours} hours from the minute of detection")
    return DueHour(trail.at, trail.at, None, None, trail.at, tuple(trail.steps))


def _by_law(aware_at: datetime, place: Place, promised_hours: int | None) -> DueHour:
    # GDPR 33(1), and UK GDPR 33(1), which keeps the regulation's hours
    law = "UK GDPR 33(1)" if place.country == "GB" else "GDPR 33(1)"
    trail = _started(aware_at, place, "awareness")
    # Reg. 1182/71 Art. 3(1): the hour during which the event occurs is not counted
    into = timedelta(minutes=trail.at.minute, seconds=trail.at.second, microseconds=trail.at.microsecond)
    trail.go(_FIRST_HOUR, _later(aware_at - into, 1, place), "the hour of awareness is not counted")
    # Reg. 1182/71 Art. 3(2)(a): to the expiry of the last hour. Art. 3(4) moves no period expressed in hours.
    later = _with_two_working_days(trail.at, place)
    ends = _later(trail.at, AUTHORITY_HOURS, place)
    trail.go(f"{law}, {_LAST_HOUR}", ends, _why(trail.at, ends))
    promised = _later(aware_at, promised_hours, place) if promised_hours is not None else None
    if promised is not None:
        _show_promise(trail, promised, f"{promised_hours} hours promised from awareness")
    strict = _earlier(trail.at, _later(aware_at, AUTHORITY_HOURS, place))
    if strict is not trail.at:
        trail.note(law, f"{strict.isoformat()} is the strict moment: from the minute of awareness")
    if trail.at is not ends:
        later = None  # the promise holds under every reading of the law
    if later is not None:
        why = "were a period in hours to include two working days too, which authorities deny"
        trail.note(_TWO_DAYS, f"{later.isoformat()} is an alternative, not relied upon: {why}")
    return DueHour(trail.at, strict, later, ends, promised, tuple(trail.steps))


def _show_promise(trail: Trail[datetime], promised: datetime, what: str) -> None:
    effective = _earlier(trail.at, promised)
    stays = "not earlier than the law's end, which stays"
    trail.go("promise", effective, f"{what}: {'earlier than the law' if effective is promised else stays}")


def _earlier(one: datetime, other: datetime) -> datetime:
    """By the instant: Python compares two moments of one zone by the wall clock, also in the hour that repeats."""
    return min(one, other, key=datetime.timestamp)


def _started(at: datetime, place: Place, event: str) -> Trail[datetime]:
    local = at.astimezone(zone(place.timezone))
    return Trail(event, at, local, f"the moment of {event} in {place.timezone}")


def _later(moment: datetime, hours: int, place: Place) -> datetime:
    """Elapsed hours: an hour is sixty minutes, so a change of the zone moves the wall clock, not the period."""
    return (moment.astimezone(UTC) + timedelta(hours=hours)).astimezone(zone(place.timezone))


def _why(begins: datetime, ends: datetime) -> str:
    changed = begins.utcoffset() != ends.utcoffset()
    wall = "; the zone changes on the way, the hours that pass are counted" if changed else ""
    return f"{AUTHORITY_HOURS} hours to the end of the last one; they run through days of rest{wall}"


def _with_two_working_days(begins: datetime, place: Place) -> datetime | None:
    # Reg. 1182/71 Art. 3(5): "any period of two days or more shall include at least two working days", taken whole
    day_before_the_first = (begins - timedelta.resolution).date()
    last = count_working_days(day_before_the_first, 2, place.calendar())
    end = end_of_day(last, place.timezone)
    if end <= begins.astimezone(UTC) + timedelta(hours=AUTHORITY_HOURS):
        return None
    return end.astimezone(zone(place.timezone))
