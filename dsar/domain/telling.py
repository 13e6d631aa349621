"""What a customer-controller is told of its case: every change of state, once, in the words of its moment."""

import msgspec

from dsar.domain.case import Case, Decision, Notice

WEBHOOK = "webhook"
FORWARDED = "case.forwarded"
REFERRED = "case.referred"  # somebody was told to ask the business itself: who it is stays with us
DUE_SOON = "case.due_soon"
STATUS_CHANGED = "case.status_changed"
BUNDLE_READY = "bundle.ready"
WITHDRAWN = "case.withdrawn"
RESTRICTION_ENDS = "restriction.ends"  # GDPR 18(3), 28(3)(e): it has to tell the person before
PING = "ping"

EVENT_TYPES = (FORWARDED, REFERRED, DUE_SOON, STATUS_CHANGED, BUNDLE_READY, WITHDRAWN, RESTRICTION_ENDS, PING)


def told(case: Case, decision: Decision) -> Decision:
    """The decision with what its controller hears of it; an operator's own case is nobody else's.

    Each message says the state as it became then: one that arrives a day late does not tell of the day itself.
    """
    if case.controller_id is None:
        return decision
    state, outcome = decision.state or case.state, decision.outcome or case.outcome
    moment = {"state": state.value, "outcome": outcome.value if outcome else None}
    notices = list(decision.notices)
    if state is not case.state and not any(notice.channel == WEBHOOK for notice in notices):
        notices.append(Notice(WEBHOOK, STATUS_CHANGED, controller_id=case.controller_id))
    filled = (
        msgspec.structs.replace(notice, facts={**moment, **notice.facts})
        if notice.channel == WEBHOOK
        else notice
        for notice in notices
    )
    return msgspec.structs.replace(decision, notices=tuple(filled))
