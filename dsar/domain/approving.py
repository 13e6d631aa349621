"""Whether the plan of an erasure may be approved as it stands, and what the history says of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dsar.contract import Changed, Role
from dsar.domain.case import Case
from dsar.domain.errors import NotNow
from dsar.domain.history import NewEvent
from dsar.domain.planning import Drawn, How


def needs_plan(case: Case) -> bool:
    """Whether staff's approval is that of a plan. GDPR 28(3)(a): a controller's instruction approves by itself."""
    return case.right.erases and case.role is Role.CONTROLLER


def check(drawn: Drawn, named: str | None, now: datetime, *, accept_unforeseen: bool) -> None:
    """Refuse to approve anything but the plan as it stands; where nobody could look ahead, that must be said."""
    check_name(drawn, named)
    if drawn.is_stale(now):
        raise NotNow("plan", "is too old.", "Have it made anew, look at it, and approve that.")
    if accept_unforeseen:
        return
    if drawn.keys(How.BEING_MADE):
        raise NotNow("plan", "is still being made.", "Look at it in a moment, and approve it then.")
    if drawn.keys(How.UNFORESEEN):
        raise NotNow(
            "plan",
            "lacks a system that did not say what it would erase.",
            "Have it made anew, or approve it with accept_unforeseen.",
        )


def check_name(drawn: Drawn, named: str | None) -> None:
    """Whoever names a plan has looked at that one."""
    if named is not None and named != drawn.digest:
        raise NotNow("plan", "is not the one that stands now.", "Look at the plan again, and name that one.")


def made(drawn: Drawn) -> NewEvent:
    """Every system has said what it would do, or that it cannot."""
    return NewEvent("plan.made", data=drawn.counts())


def approved(drawn: Drawn, actor: str) -> NewEvent:
    """A person approved exactly this."""
    return NewEvent("plan.approved", actor, drawn.counts())


def changed(system_key: str) -> NewEvent:
    """What was approved is no longer what there is, and nothing more is erased there."""
    return NewEvent("plan.changed", data={"system": system_key})


def is_changed(detail: Mapping[str, Any]) -> bool:
    """Whether an order waits for another approval, by what its step says."""
    return detail.get("reason") == Changed.__name__


def is_remainder(there: Mapping[str, int], of: Mapping[str, int]) -> bool:
    """Whether an order, once begun, may have left this of what was approved. Both count by collection."""
    return all(items <= of.get(collection, 0) for collection, items in there.items())
