"""The extension notice: in time and with reasons, or void."""

from datetime import date

from dsar.domain.clock.explain import Trail
from dsar.domain.clock.facts import Dated, FactType
from dsar.domain.clock.statute import Question


def is_extended(q: Question, trail: Trail[date], rule: str, deadline: date) -> bool:
    """Whether a valid notice reached the person by the deadline; says so in the trail for each notice."""
    extended = False
    for notice in q.of(FactType.EXTENSION_NOTICE):
        flaw = "the period was extended already" if extended else _flaw(notice, deadline)
        if flaw is None:
            extended = True
            trail.note(
                rule, f"extension notice of {notice.on}, with reasons, within its window to {deadline}"
            )
        else:
            trail.note(rule, f"extension notice of {notice.on} is void: {flaw}")
    return extended


def _flaw(notice: Dated, deadline: date) -> str | None:
    # GDPR 12(3): inside the first month, together with the reasons for the delay
    if notice.on > deadline:
        return f"later than {deadline}, the end of its window"
    if not (notice.fact.reasons or "").strip():
        return "it gives no reasons"
    return None
