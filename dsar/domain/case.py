"""The case: one right of one person against one controller, and what each happening makes of it.

Every function takes the case and what happened and returns a `Decision`; nothing here does I/O or reads a clock.
"""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct, structs

from dsar.contract import Role, Scope
from dsar.domain.errors import NotNow
from dsar.domain.history import NewEvent
from dsar.domain.rights import Right
from dsar.domain.work import NewStep

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: nothing that looks like something else
BITS = 80


def spelled(letter: str, bits: int) -> str:
    """80 bits as a person can read them out: a letter that says of what, and four groups of four characters."""
    text = "".join(ALPHABET[bits >> place & 31] for place in range(0, BITS, 5))
    return f"{letter}-" + "-".join(text[i : i + 4] for i in range(0, 16, 4))


def case_number(case_id: UUID) -> str:
    """By what a controller knows a case, for the request's reference opens the person's status page.

    There stands each right that the person asked for, the operator's own answers too, and two controllers that
    compare references learn that the same person asked both. The number says what the case's id says and no more.
    """
    return spelled("C", case_id.int & ((1 << BITS) - 1))


class State(StrEnum):
    """As in `case_file.state` in schema.sql, where the transitions stand."""

    AWAITING_IDENTITY = "awaiting_identity"
    ROUTING = "routing"
    AWAITING_CONTROLLER = "awaiting_controller"
    SEARCHING = "searching"
    IN_REVIEW = "in_review"
    ACTING = "acting"
    ASSEMBLING = "assembling"
    ANSWERING = "answering"
    DELIVERED = "delivered"
    CLOSED = "closed"


class Outcome(StrEnum):
    """How a case ended."""

    FULFILLED = "fulfilled"
    FULFILLED_IN_PART = "fulfilled_in_part"
    NOTHING_HELD = "nothing_held"
    REFUSED = "refused"
    REFERRED = "referred"
    HANDLED_BY_CONTROLLER = "handled_by_controller"
    WITHDRAWN = "withdrawn"
    NOT_IDENTIFIED = "not_identified"


class AnswerTo(StrEnum):
    """To whom a controller has the answer sent."""

    CONTROLLER = "controller"
    PERSON = "person"


NEXT: dict[State, frozenset[State]] = {
    State.AWAITING_IDENTITY: frozenset(
        {
            State.ROUTING,
            State.AWAITING_CONTROLLER,
            State.SEARCHING,
            State.ACTING,
            State.ANSWERING,
            State.IN_REVIEW,
            State.CLOSED,
        }
    ),
    State.ROUTING: frozenset({State.CLOSED}),
    State.AWAITING_CONTROLLER: frozenset(
        {State.SEARCHING, State.ACTING, State.ANSWERING, State.IN_REVIEW, State.CLOSED}
    ),
    State.SEARCHING: frozenset(
        {State.IN_REVIEW, State.ACTING, State.ASSEMBLING, State.ANSWERING, State.CLOSED}
    ),
    State.IN_REVIEW: frozenset(
        {State.SEARCHING, State.ACTING, State.ASSEMBLING, State.ANSWERING, State.CLOSED}
    ),
    State.ACTING: frozenset({State.IN_REVIEW, State.ANSWERING, State.CLOSED}),
    # What was approved may have changed until it is written: then it is looked at again.
    State.ASSEMBLING: frozenset({State.IN_REVIEW, State.ANSWERING, State.CLOSED}),
    State.ANSWERING: frozenset({State.DELIVERED, State.CLOSED}),
    State.DELIVERED: frozenset({State.CLOSED}),
    State.CLOSED: frozenset(),
}


class Case(Struct, frozen=True):
    """A case as it stands, without its personal data."""

    id: UUID
    request_id: UUID
    reference: str
    language: str
    parent_id: UUID | None
    controller_id: UUID | None
    tenant: str | None
    right: Right
    role: Role
    state: State
    outcome: Outcome | None
    residence: str
    regime: str
    received_at: datetime
    due_date: date
    strict_due_date: date
    statutory_due_date: date | None
    notice_deadline: date | None
    paused: bool
    assist_due_date: date | None
    answer_to: AnswerTo | None
    profile_hash: bytes
    wrapped_key: bytes | None
    assignee: UUID | None
    event_count: int
    event_head: bytes
    created_at: datetime
    closed_at: datetime | None

    @property
    def scope(self) -> Scope:
        """What this case may touch in any system."""
        return Scope(self.role, self.tenant)

    @property
    def goes_to_controller(self) -> bool:
        """Whether the answer is the controller's, who passes it on; else it is the person's own."""
        return self.role is Role.PROCESSOR and self.answer_to is not AnswerTo.PERSON

    @property
    def shown_reference(self) -> str:
        """What its controller may see: the case's number; the request's reference where the case is the operator's."""
        return self.reference if self.controller_id is None else case_number(self.id)

    def as_shown(self) -> "Case":
        """The same under that reference, for all that is written to its controller."""
        return structs.replace(self, reference=self.shown_reference)


class Notice(Struct, frozen=True):
    """A message to be sent: to an identity of the person, to the case's controller, to one of its people or to staff.

    `facts` is what its template needs and may lie open; `sealed`, under the case's key, what may not.
    """

    channel: str
    template: str
    identity_id: UUID | None = None
    controller_id: UUID | None = None
    to_staff: bool = False
    member_id: UUID | None = None
    facts: dict[str, str | int | None] = {}
    sealed: bytes | None = None


class Decision(Struct, frozen=True):
    """What one transaction writes: the case, its history, the next steps and the messages."""

    state: State | None = None
    outcome: Outcome | None = None
    events: tuple[NewEvent, ...] = ()
    steps: tuple[NewStep, ...] = ()
    notices: tuple[Notice, ...] = ()
    answer_to: AnswerTo | None = None  # None: as it was
    suppress: bool = False  # add the case's proven identities to the suppression list


NOTHING = Decision()


def check(case: Case, decision: Decision) -> None:
    """Refuse a move that the machine does not know."""
    if (
        decision.state is not None
        and decision.state is not case.state
        and decision.state not in NEXT[case.state]
    ):
        raise NotNow(
            "case", f"is {case.state.value}.", f"It cannot become {decision.state.value} from there."
        )


def close(outcome: Outcome, *events: NewEvent, notices: tuple[Notice, ...] = ()) -> Decision:
    """End a case."""
    return Decision(
        state=State.CLOSED,
        outcome=outcome,
        events=(*events, NewEvent("case.closed", data={"outcome": outcome.value})),
        notices=notices,
    )
