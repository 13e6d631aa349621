"""Where the controller sits: the country that rests and the zone that dates."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec import Struct

from dsar.domain.clock.calendar import Calendar, check_country
from dsar.domain.clock.error import ClockError

# Outside of these years public holidays are guesses, and arithmetic could leave the calendar.
FIRST_YEAR, LAST_YEAR = 2000, 2090


class Place(Struct, frozen=True):
    """The controller's country (ISO 3166-1), its part (ISO 3166-2 without the prefix), its IANA zone.

    Without a country, as where a policy names none, Saturdays and Sundays alone are days of rest.
    """

    country: str | None
    subdivision: str | None
    timezone: str

    def __post_init__(self) -> None:
        check_country(self.country, self.subdivision)
        zone(self.timezone)

    def calendar(self) -> Calendar:
        return Calendar(self.country, self.subdivision)

    def local_date(self, moment: datetime) -> date:
        return moment.astimezone(zone(self.timezone)).date()


def end_of_day(d: date, timezone: str) -> datetime:
    """The instant a due date ends: the next local midnight, in UTC."""
    # Reg. 1182/71 Art. 3(2): a period ends with the expiry of the last hour of its last day
    midnight = datetime.combine(d + timedelta(days=1), time(), tzinfo=zone(timezone))
    return midnight.astimezone(UTC)


@lru_cache(maxsize=1024)
def zone(timezone: str) -> ZoneInfo:
    try:
        return ZoneInfo(timezone)
    except (
        KeyError,
        ValueError,
        OSError,
    ) as unknown:  # what zoneinfo raises for a missing, unsafe or partial key
        raise ClockError("timezone", timezone, "an IANA zone such as 'Europe/Helsinki'") from unknown


def check_moment(field: str, moment: datetime) -> None:
    if moment.utcoffset() is None:
        raise ClockError(field, moment.isoformat(), "a time with its UTC offset, '2026-03-05T10:00:00+02:00'")
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ClockError(field, moment.isoformat(), f"the years {FIRST_YEAR} to {LAST_YEAR}")
