"""Computes from a receipt, and the facts since, when a person must be answered, and shows its working."""

from dsar.domain.clock.assist import assist_due
from dsar.domain.clock.calendar import is_working_day, next_working_day
from dsar.domain.clock.count import due
from dsar.domain.clock.error import ClockError, NoDeadlineError
from dsar.domain.clock.explain import Step
from dsar.domain.clock.facts import Fact, FactType
from dsar.domain.clock.months import add_months
from dsar.domain.clock.place import Place, end_of_day
from dsar.domain.clock.promise import Promise
from dsar.domain.clock.regime import Kind, Mode, Regime
from dsar.domain.clock.result import Due

__all__ = [
    "ClockError",
    "Due",
    "Fact",
    "FactType",
    "Kind",
    "Mode",
    "NoDeadlineError",
    "Place",
    "Promise",
    "Regime",
    "Step",
    "add_months",
    "assist_due",
    "due",
    "end_of_day",
    "is_working_day",
    "next_working_day",
]
