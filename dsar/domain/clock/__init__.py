"""Computes from a receipt, and the facts since, when a person must be answered, and shows its working."""

from dsar.domain.clock.assist import assist_due, assist_working_days
from dsar.domain.clock.calendar import is_working_day, next_working_day
from dsar.domain.clock.count import due
from dsar.domain.clock.error import ClockError, NoDeadlineError
from dsar.domain.clock.explain import Step, Trail
from dsar.domain.clock.facts import Fact, FactType
from dsar.domain.clock.hours import Breach, DueHour, breach_due, breach_of
from dsar.domain.clock.months import add_months
from dsar.domain.clock.place import FIRST_YEAR, LAST_YEAR, Place, check_moment, end_of_day
from dsar.domain.clock.promise import Promise
from dsar.domain.clock.regime import Kind, Mode, Regime
from dsar.domain.clock.result import Due

__all__ = [
    "FIRST_YEAR",
    "LAST_YEAR",
    "Breach",
    "ClockError",
    "Due",
    "DueHour",
    "Fact",
    "FactType",
    "Kind",
    "Mode",
    "NoDeadlineError",
    "Place",
    "Promise",
    "Regime",
    "Step",
    "Trail",
    "add_months",
    "assist_due",
    "assist_working_days",
    "breach_due",
    "breach_of",
    "check_moment",
    "due",
    "end_of_day",
    "is_working_day",
    "next_working_day",
]
