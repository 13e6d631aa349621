"""Month arithmetic."""

from calendar import monthrange
from datetime import date
from functools import lru_cache


@lru_cache(maxsize=4096)
def add_months(d: date, n: int) -> date:
    """The same number in the later month, or that month's last day.

    31 August and one month is 30 September.
    """
    # Reg. 1182/71 Art. 3(2)(c)
    years, month = divmod(d.month - 1 + n, 12)
    year, month = d.year + years, month + 1
    if d.day <= 28:  # every month has it
        return date(year, month, d.day)
    return date(year, month, min(d.day, monthrange(year, month)[1]))
