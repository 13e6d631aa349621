"""What the clock says."""

from datetime import date

from msgspec import Struct

from dsar.domain.clock.explain import Step


class Due(Struct, frozen=True, gc=False):
    """Each date means the end of that local day (`end_of_day`); alarms run on `strict_due_date`."""

    due_date: date  # the earlier of statute and promise
    strict_due_date: date  # the earliest reading of the law; never after due_date
    alternative_due_date: date | None  # another reading, shown and never relied upon
    statutory_due_date: date | None  # None: a contract's clock, or a law not yet in force
    promised_due_date: date | None
    extension_notice_deadline: date | None  # None: the regime knows no extension
    steps: tuple[Step, ...]
    paused: bool  # stands until the person answers; the dates are those without the open wait
