"""Days and times as people read them, GDPR 12(1): in their language, by its own long form."""

from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, get_timezone_location

from dsar.render.catalogue import msgid

# Among the Englishes the one that writes 5 March 2026.
LOCALES = {"en": "en_GB"}
MOMENT = msgid("%(day)s, %(time)s (%(city)s)")


@cache
def locale_of(language: str) -> Locale:
    """The conventions that a language is written by."""
    return Locale.parse(LOCALES.get(language, language))


def long_date(day: date | str, language: str) -> str:
    """For example 5 March 2026. Takes a day, or its ISO form as messages carry it."""
    known = date.fromisoformat(day) if isinstance(day, str) else day
    return format_date(known, "long", locale_of(language))


def local_date(at: datetime, zone: str, language: str) -> str:
    """The day of a moment, where the zone is."""
    return long_date(at.astimezone(ZoneInfo(zone)).date(), language)


def local_time(at: datetime, zone: str, language: str, translate: Callable[[str], str]) -> str:
    """For example 5 March 2026, 14:05 (Helsinki)."""
    locale = locale_of(language)
    local = at.astimezone(ZoneInfo(zone))
    return translate(MOMENT) % {
        "day": long_date(local.date(), language),
        "time": format_time(local.time(), "short", locale=locale),
        "city": get_timezone_location(zone, locale=locale, return_city=True),
    }
