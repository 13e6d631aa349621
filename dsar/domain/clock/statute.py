"""What a regime is asked, and what it answers."""

from datetime import date, datetime, timedelta
from functools import lru_cache

from msgspec import Struct

from dsar.domain.clock.calendar import Calendar
from dsar.domain.clock.explain import Trail, from_receipt
from dsar.domain.clock.facts import Dated, FactType, Wait, waits
from dsar.domain.clock.months import add_months
from dsar.domain.clock.place import Place
from dsar.domain.clock.regime import Mode


class Question(Struct, frozen=True, gc=False):
    """A checked request: `facts` stand in the order they happened."""

    received_at: datetime
    received_on: date
    place: Place
    facts: tuple[Dated, ...]
    mode: Mode

    def trail(self) -> Trail[date]:
        return from_receipt(self.received_at, self.received_on, self.place.timezone)

    def of(self, kind: FactType) -> list[Dated]:
        return [dated for dated in self.facts if dated.fact.type == kind] if self.facts else []

    def waits(self, asked: FactType, answered: FactType) -> list[Wait]:
        return waits(self.facts, asked, answered) if self.facts else []


class Reading(Struct, frozen=True, gc=False):
    """Another reading of the law, counted to its own end."""

    due_date: date
    starts_on: date
    calendar: Calendar | None
    rule: str
    because: str
    is_strict: bool = False  # alarms run on it when it is earlier
    is_alternative: bool = False  # shown, never relied upon


class Statute(Struct, frozen=True, gc=False):
    """A regime's answer; `due_date` is None where no provision is in force yet."""

    due_date: date | None
    trail: Trail[date]
    calendar: Calendar | None = None  # None: this regime does not roll
    notice_deadline: date | None = None
    extended: bool = False
    paused: bool = False
    readings: tuple[Reading, ...] = ()


@lru_cache(maxsize=4096)
def month_end(start: date, months: int, days: int, calendar: Calendar) -> date:
    """The end of a period in months, moved by the days that do not count, then to a working day."""
    return calendar.roll(add_months(start, months) + timedelta(days=days))


def show_months(trail: Trail[date], rule: str, months: int) -> None:
    end = add_months(trail.at, months)
    unit = "month" if months == 1 else "months"
    same = "the same number in" if end.day == trail.at.day else "no such day, so the last one, of"
    trail.go(rule, end, f"{months} {unit}: {same} the later month")


def show_roll(trail: Trail[date], rule: str, calendar: Calendar) -> None:
    if calendar.rest(trail.at) is not None:
        passed = calendar.rests_until_work(trail.at)
        trail.go(rule, calendar.roll(trail.at), f"no working day: {passed}; the next working day")


def note_no_country(trail: Trail[date], calendar: Calendar) -> None:
    if calendar.country is None:
        # Fewer days of rest never make a date later: without a country the earliest date is kept.
        trail.note(
            "no country is set", "no public holidays are known: Saturdays and Sundays alone are days of rest"
        )
