"""Records that should already be gone: their category's retention period is over, and yet they were found."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from dsar.domain.history import NewEvent
from dsar.domain.profile import Category, CountedFrom, expired


def is_dated_by_record(category: Category) -> bool:
    """Whether a record's own date alone says when it had to go.

    Where a hold may keep it, or one of several periods counts from something else, it does not.
    """
    return (
        bool(category.retention)
        and not category.holds
        and all(
            line.period is not None and line.counted_from is CountedFrom.COLLECTION
            for line in category.retention
        )
    )


def overstays(category: Category, recorded_on: date, today: date) -> bool:
    """Whether the longest of the category's periods is over, GDPR 5(1)(e)."""
    return all(expired(line, recorded_on, today) for line in category.retention)


def exceeded(system_key: str, found: Mapping[str, Mapping[str, Any]]) -> tuple[NewEvent, ...]:
    """For staff alone, one entry a category: how many, and of when the oldest is."""
    return tuple(
        NewEvent("retention.exceeded", data={"system": system_key, "category": category, **found[category]})
        for category in sorted(found)
    )
