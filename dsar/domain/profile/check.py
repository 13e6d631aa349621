"""Reads a profile as a privacy engineer would: what contradicts itself or the law, and what is missing."""

from collections.abc import Callable, Iterator

from dsar.domain.profile.check_bases import bases
from dsar.domain.profile.check_machines import machines
from dsar.domain.profile.check_operator import operator
from dsar.domain.profile.check_people import people
from dsar.domain.profile.check_promise import promise
from dsar.domain.profile.check_recipients import recipients
from dsar.domain.profile.check_retention import retention
from dsar.domain.profile.check_rights import rights
from dsar.domain.profile.finding import Finding, Severity
from dsar.domain.profile.model import Profile

_ROOMS: tuple[Callable[[Profile], Iterator[Finding]], ...] = (
    operator,
    people,
    rights,
    promise,
    bases,
    machines,
    recipients,
    retention,
)


def check(profile: Profile) -> list[Finding]:
    """Every finding, the worst first; all computed from the profile, none tied to a company."""
    found = [finding for room in _ROOMS for finding in room(profile)]
    order = list(Severity)
    return sorted(found, key=lambda finding: order.index(finding.severity))
