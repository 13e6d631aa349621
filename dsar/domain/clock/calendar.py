"""Working days, by country and subdivision."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType

import holidays
from msgspec import Struct

from dsar.domain.clock.error import ClockError

_DAY = timedelta(days=1)
_CHRISTMAS, _MIDSUMMER, _NEW_YEAR = "Christmas Eve", "Midsummer Eve", "New Year's Eve"

# Whether these eves count is open. Finland's Act 150/1930 s. 1 speaks of courts and authorities only, though
# the package calls its two eves public; Sweden's Lag 1930:173 s. 2 speaks of periods set by Swedish statute.
EVES: Mapping[str, frozenset[str]] = {
    "FI": frozenset({_CHRISTMAS, _MIDSUMMER}),
    "SE": frozenset({_CHRISTMAS, _MIDSUMMER, _NEW_YEAR}),
}


class Calendar(Struct, frozen=True, gc=False):
    """One country's working days; `eves_rest` takes the later reading of the Nordic eves."""

    country: str | None
    subdivision: str | None = None
    eves_rest: bool = False

    def rest(self, d: date) -> str | None:
        """Why nobody works on this day, or None on a working day."""
        return self.rests_from(d).get(d)

    def rests_from(self, d: date) -> Mapping[date, str]:
        """The days of rest of this day's year and the two after it: further than any count of ours goes."""
        return rests_of(self.country, self.subdivision, self.eves_rest, d.year)

    def roll(self, d: date) -> date:
        """This day when it is a working day, else the next one."""
        rests = self.rests_from(d)
        while d in rests:
            d += _DAY
        return d

    def rests_until_work(self, d: date) -> str:
        """The days that `roll` passes over, named."""
        passed = []
        while (name := self.rest(d)) is not None:
            passed.append(f"{d} {name}")
            d += _DAY
        return ", ".join(passed)


def count_working_days(start: date, n: int, *calendars: Calendar) -> date:
    """The n-th working day after `start`; a day must be one in all calendars."""
    d, calendars_rests = start, [calendar.rests_from(start) for calendar in calendars]
    while n > 0:
        d += _DAY
        for rests in calendars_rests:
            if d in rests:
                break
        else:
            n -= 1
    return d


def is_working_day(d: date, country: str | None, subdivision: str | None) -> bool:
    check_country(country, subdivision)
    return Calendar(country, subdivision).rest(d) is None


def next_working_day(d: date, country: str | None, subdivision: str | None) -> date:
    """The first working day on or after `d`: `d` itself when people work on it."""
    check_country(country, subdivision)
    return Calendar(country, subdivision).roll(d)


def eve(country: str | None, d: date) -> str | None:
    """The doubtful eve that falls on this day in this country."""
    if d.month == 12 and d.day in {24, 31}:
        name = _CHRISTMAS if d.day == 24 else _NEW_YEAR
    elif d.month == 6 and 19 <= d.day <= 25 and d.weekday() == 4:  # the Friday before Midsummer Day
        name = _MIDSUMMER
    else:
        return None
    return name if country is not None and name in EVES.get(country, ()) else None


@lru_cache(maxsize=4096)
def rests_of(
    country: str | None,
    subdivision: str | None,
    eves_rest: bool,  # noqa: FBT001  # a keyword costs a cached call half as much again
    year: int,
) -> Mapping[date, str]:
    """The days of rest of three years with their English names."""
    # Reg. 1182/71 Art. 3: working days are all days but public holidays, Sundays and Saturdays
    first, end = date(year, 1, 1), date(year + 3, 1, 1)
    days = [first + n * _DAY for n in range((end - first).days)]
    rests = {d: "Saturday" if d.weekday() == 5 else "Sunday" for d in days if d.weekday() > 4}
    if country is not None:
        years = range(year, year + 3)
        known = holidays.country_holidays(country, subdiv=subdivision, years=years, language="en_US")
        rests |= {d: name for d, name in known.items() if eve(country, d) is None}
    if eves_rest:
        rests |= {d: name for d in days if (name := eve(country, d)) is not None}
    return MappingProxyType(rests)


@lru_cache(maxsize=1024)
def check_country(country: str | None, subdivision: str | None) -> None:
    if country is None:
        if subdivision is not None:
            raise ClockError("subdivision", subdivision, "none, as no country is set")
        return
    known = holidays.list_supported_countries(include_aliases=False)
    if country not in known:
        raise ClockError("country", country, "an ISO 3166-1 code in capitals: " + ", ".join(sorted(known)))
    if subdivision is not None and subdivision not in known[country]:
        allowed = ", ".join(known[country]) or "none, leave it empty"
        raise ClockError("subdivision", subdivision, f"for {country}: {allowed}")
    if country == "GB" and subdivision is None:
        # Without the nation, Easter Monday and the summer bank holiday would be missing.
        raise ClockError("subdivision", subdivision, "for GB: " + ", ".join(known[country]))
