"""What happens when a case may search, and when its systems have been searched."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from uuid import UUID

import msgspec
from msgspec import Struct

from dsar.contract import OrderKind, Role
from dsar.domain.case import Case, Decision, Notice, Outcome, State
from dsar.domain.clearing import needed
from dsar.domain.content import Contained
from dsar.domain.history import NewEvent
from dsar.domain.profile import Profile
from dsar.domain.recipients import tell_steps
from dsar.domain.rights import Right
from dsar.domain.stopping import stop, suppress_steps
from dsar.domain.systems import SystemFacts
from dsar.domain.work import NewStep, StepKind, StepOutcome, StepState

# What a match is found by, and whom it means, where a person looked: the system itself knows no such subject.
BY_HAND = "by_hand"
DATED = "dated"  # and by which of a record's fields, where it names one, the record is dated
FINDS_BY = (
    "finds_by"  # and, of one that was not searchable, by which kinds of identity its system knows people
)
DESCRIBED = "described"  # where a search's step keeps what its system says of each collection


class Ended(Struct, frozen=True):
    """One system's step as it stands."""

    system_key: str
    state: StepState
    outcome: StepOutcome | None
    order: str | None = None
    reason: str | None = None


class Found(Struct, frozen=True):
    """One match as a decision sees it: whose it is stays sealed."""

    id: UUID
    system_key: str
    sure: bool
    decision: str | None
    by_hand: bool = False  # a person found them where the service could not look

    @property
    def counts(self) -> bool:
        """Whether the answer rests on it."""
        return self.decision == "accepted" or (self.sure and self.decision is None)

    @property
    def open(self) -> bool:
        """Whether a person has yet to decide."""
        return not self.sure and self.decision is None


def begin(
    case: Case,
    profile: Profile,
    systems: Sequence[SystemFacts],
    *,
    wrote: bool = False,
    purposes: Sequence[str] = (),
) -> Decision:
    """Identity is proven, or the controller has instructed: search, or look a caller's businesses up first.

    `wrote` says that the person explained in words of their own, which someone has to read; `purposes` which
    consents they withdraw.
    """
    if case.role is Role.PROCESSOR and case.controller_id is None:
        return Decision(state=State.ROUTING, steps=(NewStep(StepKind.LOOK_UP),))
    if case.controller_id is not None and case.state is State.AWAITING_IDENTITY:
        # GDPR 28(3)(a): its controller had us prove the person; what is done now is for it to say
        return Decision(state=State.AWAITING_CONTROLLER)
    if case.right.stops:
        return stop(case, profile, systems, wrote=wrote, purposes=purposes)
    steps = tuple(
        NewStep(StepKind.SEARCH, system.key, {"export": case.right.copies})
        for system in systems
        if case.role in system.roles
    )
    if not steps:
        task = NewStep(StepKind.BY_HAND, "no_systems", by_hand=True)
        return Decision(state=State.IN_REVIEW, events=(NewEvent("search.no_systems"),), steps=(task,))
    started = NewEvent("search.started", data={"systems": [step.key for step in steps]})
    return Decision(state=State.SEARCHING, events=(started,), steps=steps)


def unfinished(steps: Iterable[Ended]) -> bool:
    """Whether any is still at work or waits for a person."""
    return any(step.state is not StepState.DONE for step in steps)


def after_search(
    case: Case,
    profile: Profile,
    searches: Sequence[Ended],
    found: Sequence[Found],
    systems: Sequence[SystemFacts],
    contained: Contained,
) -> Decision:
    """A system's search ended: once all have, decide what the case becomes. `contained` is what was collected."""
    if case.state not in {State.SEARCHING, State.IN_REVIEW} or unfinished(searches):
        return Decision()
    gaps = sorted(s.system_key for s in searches if s.outcome in {StepOutcome.GAP, StepOutcome.FAILED})
    counts = {s.system_key: s.outcome.value for s in searches if s.outcome is not None}
    done = NewEvent("search.finished", data={"systems": counts, "gaps": gaps})
    if any(match.open for match in found):
        return _wait(case, done, "matches")
    if case.right.by_hand:
        task = NewStep(StepKind.BY_HAND, case.right.value, {"right": case.right.value}, by_hand=True)
        return Decision(state=State.IN_REVIEW, events=(done,), steps=(task,))
    # Nothing leaves unseen where the profile wants a person's eyes; an erasure that is incomplete never does.
    # In a processor's case the controller's instruction is the approval.
    # California's deletion is an erasure by another name: whoever wants eyes on the one wants them on both.
    named = case.right in profile.approval or (case.right.erases and Right.ERASURE in profile.approval)
    wanted = (named and case.role is Role.CONTROLLER) or needed(case, profile, contained).people
    if wanted or (gaps and case.right.erases):
        return _wait(case, done, "approval", foresights(case, found, systems))
    return proceed(case, profile, found, systems, done)


def _wait(case: Case, done: NewEvent, reason: str, steps: tuple[NewStep, ...] = ()) -> Decision:
    if case.state is State.IN_REVIEW:
        return Decision(steps=steps)
    needed = NewEvent("review.needed", data={"for": reason})
    return Decision(
        state=State.IN_REVIEW,
        events=(done, needed),
        steps=steps,
        notices=(tasks_wait(1, case.strict_due_date),),
    )


def tasks_wait(tasks: int, due_on: date | None) -> Notice:
    """Staff is told that a case waits for a person; what is to be done, and about whom, stands behind the sign-in."""
    facts: dict[str, str | int | None] = {
        "tasks": tasks,
        "due_date": due_on.isoformat() if due_on else None,
    }
    return Notice("mail", "tasks_wait", to_staff=True, facts=facts)


def targets(found: Iterable[Found]) -> list[str]:
    """The systems that hold the person."""
    return sorted({match.system_key for match in found if match.counts})


def able(found: Iterable[Found], systems: Iterable[SystemFacts], order: OrderKind) -> frozenset[str]:
    """Those that take such an order and know whom it is about: whom a person found, only that person's system does."""
    taking = {system.key: system.by_hand for system in systems if order in system.orders}
    return frozenset(
        match.system_key
        for match in found
        if match.counts and match.system_key in taking and (taking[match.system_key] or not match.by_hand)
    )


def left_to_hand(
    found: Iterable[Found], systems: Iterable[SystemFacts], able_: Collection[str]
) -> frozenset[str]:
    """Those in which a person does it: the system cannot, or only a person knows whom it is about."""
    worked = {system.key for system in systems if system.by_hand}
    return frozenset(
        match.system_key
        for match in found
        if match.counts
        and (match.system_key not in able_ or (match.by_hand and match.system_key not in worked))
    )


def foresights(case: Case, found: Sequence[Found], systems: Sequence[SystemFacts]) -> tuple[NewStep, ...]:
    """Before a person approves an erasure, each system says what it would do.

    GDPR 28(3)(a): a controller has approved by its instruction, so there the plan is made when somebody asks.
    """
    if not case.right.erases or case.role is Role.PROCESSOR:
        return ()
    return tuple(foresight(key) for key in sorted(able(found, systems, OrderKind.ERASE)))


def foresight(system_key: str) -> NewStep:
    """The system says what an erasure would do."""
    return NewStep(StepKind.FORESEE, system_key, {"system": system_key})


def proceed(
    case: Case,
    profile: Profile,
    found: Sequence[Found],
    systems: Sequence[SystemFacts],
    *events: NewEvent,
    planned: Collection[str] = (),
    again: str = "",
) -> Decision:
    """Nothing is left to decide: assemble the copy, or give the orders; to `planned` systems as was approved.

    `again` is another key for a copy that was sent back before it was written.
    """
    if case.right.copies:
        return Decision(state=State.ASSEMBLING, events=events, steps=(NewStep(StepKind.ASSEMBLE, again),))
    if case.right.erases:
        return _give_orders(case, profile, found, systems, events, planned)
    return _answer(events)


def _answer(events: tuple[NewEvent, ...]) -> Decision:
    return Decision(state=State.ANSWERING, events=events, steps=(NewStep(StepKind.ANSWER),))


def _give_orders(
    case: Case,
    profile: Profile,
    found: Sequence[Found],
    systems: Sequence[SystemFacts],
    events: tuple[NewEvent, ...],
    planned: Collection[str],
) -> Decision:
    ordered_in = able(found, systems, OrderKind.ERASE)
    by_hand = left_to_hand(found, systems, ordered_in)
    stops = (
        {str(s.payload["system"]): s for s in suppress_steps(systems)} if case.role is Role.CONTROLLER else {}
    )
    holding = targets(found)
    orders = (
        *(_erase(key, stops_first=key in stops, planned=key in planned) for key in sorted(ordered_in)),
        *(
            NewStep(StepKind.BY_HAND, f"erase:{key}", {"system": key, "order": "erase"}, by_hand=True)
            for key in sorted(by_hand)
        ),
    )
    alone = tuple(step for key, step in stops.items() if key not in ordered_in)
    # GDPR 17 with 21(3): an erasure adds to the suppression list, so that the erased are not written to again.
    ours = case.role is Role.CONTROLLER
    if not orders and not alone:
        return msgspec.structs.replace(_answer(events), suppress=ours)
    ordered = NewEvent("orders.given", data={"erase": holding, "suppress": bool(stops)})
    telling = tuple(tell_steps(profile, case)) if holding else ()
    return Decision(
        state=State.ACTING, events=(*events, ordered), steps=(*orders, *alone, *telling), suppress=ours
    )


def _erase(key: str, *, stops_first: bool, planned: bool) -> NewStep:
    # Where both are ordered, the marketing stop goes first: afterwards the rows that know the person are gone.
    payload: dict[str, str | int | bool] = {"system": key, "order": "erase", "suppress_first": stops_first}
    return NewStep(StepKind.ORDER, key, {**payload, "planned": True} if planned else payload)


def after_order(case: Case, steps: Sequence[Ended]) -> Decision:
    """An order, a check or a task ended: once all have, answer."""
    if unfinished(steps):
        return Decision()
    lifted = [step for step in steps if step.order == "lift"]
    if lifted and case.state is State.DELIVERED:
        missing = sorted(step.system_key for step in lifted if step.outcome is not StepOutcome.DONE)
        return Decision(events=(NewEvent("restriction.lifted", data={"gaps": missing}),))
    if case.state is not State.ACTING:
        return Decision()
    return _answer((NewEvent("orders.finished"),))


# A decision of a machine may be reviewed although the data is gone; what is held nowhere is neither mended nor frozen.
_OF_WHAT_IS_HELD = frozenset({Right.RECTIFICATION, Right.CORRECT, Right.RESTRICTION})


def outcome_of(right: Right, *, found: bool, gaps: bool, kept: bool) -> Outcome:
    """How a case that ran its course ended."""
    if gaps or kept:
        return Outcome.FULFILLED_IN_PART
    if not found and (right.copies or right.erases or right in _OF_WHAT_IS_HELD):
        return Outcome.NOTHING_HELD  # every system was searched through: GDPR 15(1), "or not"
    return Outcome.FULFILLED
