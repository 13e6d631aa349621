"""The filters of one reader: dates, numbers, lists, citations and the profile's texts in their language."""

from collections.abc import Callable, Iterable

from babel import Locale
from babel.lists import format_list
from babel.numbers import format_decimal
from babel.units import format_unit

from dsar.domain.profile import said
from dsar.render.citations import article
from dsar.render.dates import local_date, local_time, locale_of, long_date
from dsar.render.naming import name


def filters(language: str, translate: Callable[[str], str]) -> dict[str, Callable[..., str]]:
    """What templates may write after a bar."""
    locale = locale_of(language)

    def joined(items: Iterable[str]) -> str:
        """One, two and three."""
        return format_list(list(items), locale=locale)

    def country(code: str) -> str:
        """A country's name from its ISO 3166 code; what is none stays as the profile wrote it."""
        return str(locale.territories.get(code, code))

    return {
        "article": lambda text: article(text, translate),
        "clock": _clock,
        "country": country,
        "file_size": lambda count: _file_size(count, locale),
        "joined": joined,
        "local_date": lambda at, zone: local_date(at, zone, language),
        "local_time": lambda at, zone: local_time(at, zone, language, translate),
        "long_date": lambda day: long_date(day, language),
        "named": lambda code, table: translate(name(table, str(code))),
        "number": lambda count: str(format_decimal(count, locale=locale)),
        "said": lambda text: said(text, language),
    }


def _clock(milliseconds: int) -> str:
    """A place in a recording, as players show it: 4:07, or 1:04:07."""
    minutes, seconds = divmod(milliseconds // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _file_size(count: int, locale: Locale) -> str:
    """For example 1.4 MB: what a person can compare with the room they have."""
    size, unit = count / 1000, "kilobyte"
    for larger in ("megabyte", "gigabyte"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    places = "#,##0" if unit == "kilobyte" else "#,##0.0"
    return format_unit(size, f"digital-{unit}", length="short", format=places, locale=locale)


def language_name(language: str) -> str:
    """What a language calls itself, for the switch on the pages."""
    own = str(locale_of(language).get_language_name(language))
    return own[:1].upper() + own[1:]
