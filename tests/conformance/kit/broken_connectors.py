"""Connectors that each break one rule, all together."""

from . import (
    archive,
    broken_exporting,
    broken_failing,
    broken_finding,
    broken_opening,
    broken_ordering,
    broken_planning,
    broken_telling,
)
from .catching import BROKEN

__all__ = [
    "BROKEN",
    "archive",
    "broken_exporting",
    "broken_failing",
    "broken_finding",
    "broken_opening",
    "broken_ordering",
    "broken_planning",
    "broken_telling",
]
