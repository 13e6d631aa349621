"""Legal holds: what keeps one object, not a whole person, from erasure (GDPR 17(3)(b))."""

from datetime import date

from msgspec import Struct


class HoldRule(Struct, frozen=True):
    """A ground of the profile: until when, counted from the end of the object's financial year.

    `from_year_end` counts from the end of the calendar year in which the financial year ended, as the Finnish
    Accounting Act 2:10 does for vouchers; otherwise from the end of the financial year itself.
    """

    statute: str
    years: int
    from_year_end: bool = True
    financial_year_ends: str = "12-31"  # month-day


def financial_year_end(dated: date, rule: HoldRule) -> date:
    """The last day of the financial year in which the object falls."""
    month, day = (int(part) for part in rule.financial_year_ends.split("-"))
    end = date(dated.year, month, day)
    return end if dated <= end else date(dated.year + 1, month, day)


def held_until(dated: date, rule: HoldRule) -> date:
    """The last day of the hold on an object of that date."""
    end = financial_year_end(dated, rule)
    if rule.from_year_end:
        return date(end.year + rule.years, 12, 31)
    return end.replace(year=end.year + rule.years)
