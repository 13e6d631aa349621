"""A request is taken back: by the person, or by the controller that filed it."""

import msgspec

from dsar.domain.case import Case, Decision, Notice, Outcome, State, close
from dsar.domain.errors import NotNow
from dsar.domain.history import NewEvent
from dsar.domain.telling import WEBHOOK, WITHDRAWN

ANSWERED = frozenset({State.DELIVERED, State.CLOSED})


def may(case: Case, *, ordered: bool) -> bool:
    """Whether the case can still be taken back. `ordered` says that orders have gone to its systems."""
    return case.state not in ANSWERED and case.state is not State.ACTING and not ordered


def withdraw(case: Case, actor: str, *, ordered: bool = False) -> Decision:
    """End the case, and tell its controller. What was ordered is not called back: it may be half done."""
    if case.state in ANSWERED:
        raise NotNow("case", f"is {case.state.value}.", "Only a case that is not answered can be withdrawn.")
    if not may(case, ordered=ordered):
        raise NotNow(
            "case", "has its orders out.", "What was ordered is carried out; make a new request to undo it."
        )
    ended = close(Outcome.WITHDRAWN, NewEvent("case.withdrawn", actor))
    if case.controller_id is None:
        return ended
    told = Notice(WEBHOOK, WITHDRAWN, controller_id=case.controller_id)
    return msgspec.structs.replace(ended, notices=(told,))
