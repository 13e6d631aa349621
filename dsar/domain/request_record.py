"""California's record of a request, kept for at least 24 months: 11 CCR 7101(a), (b)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from dsar.domain.case import Case, Outcome
from dsar.domain.history import Event

ANSWERED = frozenset({"case.answered", "case.closed"})


class RequestRecord(Struct, frozen=True):
    """The six fields, without personal data."""

    date_of_request: datetime
    nature_of_request: str
    manner_of_request: str
    date_of_response: datetime | None
    nature_of_response: str | None
    basis_of_denial: str | None


def record_of(case: Case, channel: str, history: Sequence[Event], kept: Iterable[str] = ()) -> RequestRecord:
    """Read it from the case and its history; `kept` are the grounds on which something was held back."""
    answered = next((event for event in history if event.type in ANSWERED), None)
    refused = [event.data["ground"] for event in history if event.type == "case.refused"][-1:]
    in_part = [
        law for event in history if event.type == "case.decided" for law in event.data.get("refused", ())
    ]
    basis = dict.fromkeys([*refused, *in_part, *kept])
    denied = case.outcome in {Outcome.REFUSED, Outcome.NOT_IDENTIFIED, Outcome.FULFILLED_IN_PART}
    return RequestRecord(
        date_of_request=case.received_at,
        nature_of_request=case.right.value,
        manner_of_request=channel,
        date_of_response=answered.at if answered else None,
        nature_of_response=case.outcome.value if answered and case.outcome else None,
        basis_of_denial="; ".join(basis) or None if denied else None,
    )
