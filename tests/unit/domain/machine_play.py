"""A case as the service plays it, on the pure decisions alone: whatever may happen next, in any order."""

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import msgspec
from hypothesis import strategies as st

from dsar.contract import OrderKind, Role
from dsar.domain import resolving, routing, searching
from dsar.domain.case import AnswerTo, Case, Decision, Outcome, State, check, close
from dsar.domain.content import Contained
from dsar.domain.errors import InvalidInput
from dsar.domain.grounds import Ground
from dsar.domain.profile import Recipient
from dsar.domain.resolution import (
    Correction,
    Rectify,
    RefusedPart,
    Restrict,
    RestrictionGround,
    Review,
    Weigh,
)
from dsar.domain.resolution import check as check_resolution
from dsar.domain.resolving import Kept
from dsar.domain.rights import Right
from dsar.domain.routing import Instruction
from dsar.domain.searching import Ended, Found
from dsar.domain.systems import SystemFacts
from dsar.domain.work import NewStep, StepKind, StepOutcome, StepState
from dsar.engine.opening import load_profile

DEMO = load_profile("demo").profile
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOTHING = Contained(0, frozenset(), ())


def a_case(right=Right.ACCESS, role=Role.CONTROLLER, state=State.AWAITING_IDENTITY, **more):
    return Case(
        id=UUID(int=1),
        request_id=UUID(int=2),
        reference="R",
        language="en",
        parent_id=None,
        controller_id=more.get("controller_id"),
        tenant=more.get("tenant"),
        right=right,
        role=role,
        state=state,
        outcome=None,
        regime="EU_GDPR",
        received_at=AT,
        due_date=date(2026, 4, 1),
        statutory_due_date=date(2026, 4, 2),
        strict_due_date=date(2026, 4, 1),
        notice_deadline=date(2026, 4, 2),
        paused=False,
        residence="",
        assist_due_date=None,
        answer_to=None,
        profile_hash=b"",
        wrapped_key=b"",
        assignee=None,
        event_count=0,
        event_head=b"",
        created_at=AT,
        closed_at=None,
    )


facts = st.lists(
    st.builds(
        SystemFacts,
        key=st.sampled_from(["a", "b", "c"]),
        roles=st.sampled_from([frozenset(Role), frozenset(Role), *(frozenset({role}) for role in Role)]),
        orders=st.frozensets(st.sampled_from(OrderKind)),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda system: system.key,
)


class Played:
    """One case with its steps and matches; every act goes through the domain's decisions."""

    def __init__(self, case, profile, systems):
        self.case, self.profile, self.systems = case, profile, systems
        self.steps, self.found = {}, []
        self.approved = self.instructed = self.refused = self.suppressed = False
        self.decided = self.lifting = False
        self.events = []
        self.trail = [case.state]

    def apply(self, decision):
        check(self.case, decision)
        if decision.state is not None:
            self.case = msgspec.structs.replace(self.case, state=decision.state)
            self.trail.append(decision.state)
        if decision.outcome is not None:
            self.case = msgspec.structs.replace(self.case, outcome=decision.outcome)
        self.events += [event.type for event in decision.events]
        self.suppressed |= decision.suppress
        if self.case.state is State.CLOSED:
            self.steps = {
                at: step
                for at, step in self.steps.items()
                if step["outcome"] or at[0] in {StepKind.SEND, StepKind.CLOSE}
            }
        for new in decision.steps:
            self.steps.setdefault((new.kind, new.key), {"new": new, "outcome": None, "by_hand": new.by_hand})

    def ended(self, *kinds):
        return [
            Ended(
                str(step["new"].payload.get("system", key)),
                StepState.DONE
                if step["outcome"]
                else StepState.MANUAL
                if step["by_hand"]
                else StepState.READY,
                step["outcome"],
                step["new"].payload.get("order"),
            )
            for (kind, key), step in self.steps.items()
            if kind in kinds
        ]

    def acts(self):
        """All that could happen next."""
        found = []
        if self.case.state is State.AWAITING_CONTROLLER:
            found += [("instruct", one) for one in (*Instruction, Instruction.FULFIL, Instruction.FULFIL)]
        found += [("finish", at) for at in self.steps if self.may_end(at)]
        found += [("resolve", None)] * 6 if self.waits_for_a_decision() else []
        found += [("lift", None)] if self.stands() and not self.lifting else []
        found += [("decide", number) for number, match in enumerate(self.found) if match.open]
        if self.case.state is State.IN_REVIEW:
            found.append(("refuse", None))
            waiting = self.ended(StepKind.SEARCH, StepKind.BY_HAND)
            if not any(match.open for match in self.found) and not searching.unfinished(waiting):
                found.append(("approve", None))
        if self.case.right is Right.OBJECTION and self.case.state is State.ACTING:
            found.append(("refuse", None))
        return found

    def may_end(self, at):
        """A weighing is ended by a decision alone, and a case's closing waits for what is still to be lifted."""
        kind, key = at
        if self.steps[at]["outcome"] is not None:
            return False
        if kind is StepKind.CLOSE:
            return not searching.unfinished(self.ended(StepKind.ORDER, StepKind.BY_HAND))
        return (kind, key) != (StepKind.BY_HAND, "weighing") or self.case.role is Role.PROCESSOR

    def waits_for_a_decision(self):
        task = self.steps.get((StepKind.BY_HAND, resolving.task_of(self.case)))
        return task is not None and task["outcome"] is None

    def stands(self):
        """A restriction that was answered stays until it is lifted."""
        return (
            self.case.right is Right.RESTRICTION
            and self.case.state is State.DELIVERED
            and (StepKind.CLOSE, "") not in self.steps
        )

    def resolve(self, _, draw):
        """A decision of any kind: one that does not fit is refused and changes nothing."""
        held = self.held().all
        right = self.case.right if draw(MOSTLY) else draw(st.sampled_from([*DECISIONS, Right.RECTIFICATION]))
        resolution = draw(DECISIONS[right] if right in DECISIONS else rectify(held))
        kept = Kept(uuid4(), "staff:x")
        try:
            check_resolution(resolution)
            resolving.fits(self.case, resolution, self.profile, self.found, self.held())
        except InvalidInput:
            return
        self.decided = True
        self.steps[StepKind.BY_HAND, resolving.task_of(self.case)]["outcome"] = StepOutcome.DONE
        self.apply(resolving.resolved(self.case, resolution, kept, self.profile, self.held(), self.systems))
        self.refused |= self.case.outcome is Outcome.REFUSED
        self.after_order()

    def held(self):
        return resolving.held(self.found, self.ended(StepKind.SEARCH))

    def lift(self, _, draw):
        self.lifting = True
        orders = resolving.lift_steps(self.held(), self.systems, AT)
        self.apply(Decision(steps=(*orders, NewStep(StepKind.CLOSE))))

    def play(self, act, what, draw):
        getattr(self, act)(what, draw)

    def instruct(self, instruction, draw):
        self.apply(routing.instructed(self.case, instruction, "controller:x", "because", AnswerTo.CONTROLLER))
        if instruction is Instruction.FULFIL:
            self.instructed = True
            self.apply(searching.begin(self.case, self.profile, self.systems))

    def decide(self, number, draw):
        match = self.found[number]
        decision = draw(st.sampled_from(["accepted", "rejected"]))
        self.found[number] = msgspec.structs.replace(match, decision=decision)
        if decision == "accepted" and self.case.right.copies:
            payload = {"system": match.system_key, "export": True, "match": str(match.id)}
            self.apply(Decision(steps=(NewStep(StepKind.SEARCH, f"{match.system_key}:{match.id}", payload),)))
        self.look()

    def look(self):
        self.apply(
            searching.after_search(
                self.case, self.profile, self.ended(StepKind.SEARCH), self.found, self.systems, NOTHING
            )
        )

    def approve(self, what, draw):
        self.approved = True
        for (kind, _), step in self.steps.items():
            if kind is StepKind.FORESEE:
                step["outcome"] = step["outcome"] or StepOutcome.DROPPED
        self.apply(searching.proceed(self.case, self.profile, self.found, self.systems))

    def refuse(self, what, draw):
        self.refused = True
        if self.case.right is Right.OBJECTION:
            # GDPR 21(3): the marketing stop goes on; what people were to do is dropped
            for (kind, _), step in self.steps.items():
                if kind is StepKind.BY_HAND:
                    step["outcome"] = step["outcome"] or StepOutcome.DROPPED
            self.apply(Decision(outcome=Outcome.REFUSED))
            self.after_order()
            return
        for step in self.steps.values():
            step["outcome"] = step["outcome"] or StepOutcome.DROPPED
        self.apply(Decision(State.ANSWERING, Outcome.REFUSED, steps=(NewStep(StepKind.ANSWER),)))

    def finish(self, at, draw):
        kind, key = at
        step = self.steps[at]
        gap = not draw(MOSTLY)
        step["outcome"] = StepOutcome.GAP if gap else StepOutcome.DONE
        if kind is StepKind.SEARCH:
            self.searched(step, draw, gap=gap)
        elif kind in {StepKind.ORDER, StepKind.VERIFY}:
            if kind is StepKind.ORDER and step["new"].payload["order"] == "erase" and not gap:
                self.apply(Decision(steps=(NewStep(StepKind.VERIFY, key, {"system": key}),)))
            self.after_order()
        elif kind is StepKind.BY_HAND:
            if self.case.state is State.ACTING:
                self.after_order()
            elif (
                self.case.state is State.IN_REVIEW
                and self.case.right.by_hand
                and not searching.unfinished(self.ended(StepKind.ORDER, StepKind.VERIFY, StepKind.BY_HAND))
            ):
                self.apply(Decision(State.ANSWERING, steps=(NewStep(StepKind.ANSWER),)))
        else:
            self.apply(
                {
                    StepKind.LOOK_UP: lambda: routing.after_look_up(self.case, self.profile, [], []),
                    StepKind.ASSEMBLE: lambda: Decision(State.ANSWERING, steps=(NewStep(StepKind.ANSWER),)),
                    StepKind.ANSWER: self.answered,
                    StepKind.CLOSE: lambda: close(self.case.outcome),
                    StepKind.FORESEE: Decision,  # it is for the one who approves, and moves no case
                }[kind]()
            )

    def answered(self):
        outcome = self.case.outcome or Outcome.FULFILLED
        stands = self.case.right is Right.RESTRICTION and outcome is not Outcome.REFUSED
        return Decision(State.DELIVERED, outcome, steps=() if stands else (NewStep(StepKind.CLOSE),))

    def searched(self, step, draw, *, gap):
        if not gap and "match" not in step["new"].payload:
            hits = draw(st.sampled_from([[True], [True], [], [False], [True, False]]))
            self.found += [Found(uuid4(), step["new"].key, sure, None) for sure in hits]
            # A search that found nobody, or one that a person did instead.
            step["outcome"] = StepOutcome.FOUND if hits else draw(BY_HAND_OR_NOBODY)
        self.look()

    def after_order(self):
        ended = self.ended(StepKind.ORDER, StepKind.VERIFY, StepKind.BY_HAND)
        self.apply(searching.after_order(self.case, ended))

    def ordered(self, order):
        """The systems that got such an order."""
        return [
            step["new"].payload["system"]
            for (kind, _), step in self.steps.items()
            if kind is StepKind.ORDER and step["new"].payload["order"] == order
        ]


def rectify(held):
    corrections = st.builds(
        Correction, st.sampled_from([*held, *held, "elsewhere"]), st.just("people"), st.just({"name": "x"})
    )
    refused = st.sampled_from([(), (RefusedPart("the rest", Ground.NOT_WRONG, "as in the register"),)])
    return st.builds(Rectify, st.lists(corrections, min_size=bool(held), max_size=2).map(tuple), refused)


DECISIONS = {
    Right.RESTRICTION: st.builds(Restrict, st.sampled_from(RestrictionGround)),
    Right.OBJECTION: st.builds(
        Weigh,
        st.sampled_from(["stop", "continue"]),
        st.sampled_from(["because", "because", " "]),
        st.sampled_from([(), ("contact",), ("contact", "gossip")]),
    ),
    Right.AUTOMATED_DECISION: st.builds(
        Review, st.sampled_from(["confirmed", "changed"]), st.just("because")
    ),
}
BY_HAND_OR_NOBODY = st.sampled_from([StepOutcome.NO_MATCH, StepOutcome.DONE])
MOSTLY = st.sampled_from([True, True, True, False])


@st.composite
def plays(draw, rights=tuple(Right)):
    right = draw(st.sampled_from(rights))
    ours = draw(st.booleans())
    approval = draw(st.sets(st.sampled_from(Right)))
    told = draw(st.sampled_from([(), (Recipient("Freight Oy", told=True),)]))
    profile = msgspec.structs.replace(DEMO, approval=tuple(approval), recipients=told)
    case = (
        a_case(right)
        if ours
        else a_case(right, Role.PROCESSOR, State.AWAITING_CONTROLLER, controller_id=UUID(int=9), tenant="t")
    )
    played = Played(case, profile, draw(facts) if draw(MOSTLY) else [])
    if ours:
        purposes = draw(st.sets(st.sampled_from(DEMO.consents)))
        wrote = draw(st.booleans())
        played.purposes = purposes
        played.apply(searching.begin(case, profile, played.systems, wrote=wrote, purposes=tuple(purposes)))
    for _ in range(80):
        acts = played.acts()
        if played.case.state is State.CLOSED or not acts:
            break
        played.play(*draw(st.sampled_from(acts)), draw)
        guard(played)
    return played


CORRECTED = (Right.RECTIFICATION, Right.CORRECT)
DECIDED_ORDERS = {"rectify": CORRECTED, "restrict": {Right.RESTRICTION}, "lift": {Right.RESTRICTION}}


def guard(played):
    """What must hold after every act."""
    role, right = played.case.role, played.case.right
    able = {system.key for system in played.systems if OrderKind.ERASE in system.orders}
    counted = {match.system_key for match in played.found if match.counts}
    for key in played.ordered("erase"):
        assert right.erases
        assert key in able
        assert key in counted
        if right in played.profile.approval and role is Role.CONTROLLER:
            assert played.approved, "an erasure went out that nobody approved"
        if role is Role.PROCESSOR:
            assert played.instructed, "an erasure went out that the controller did not instruct"
    guard_decisions(played, counted)
    for system in played.systems:
        if role not in system.roles:
            assert (StepKind.SEARCH, system.key) not in played.steps, (
                "a system was searched that holds no such people"
            )
    if role is Role.PROCESSOR:
        assert not played.suppressed, "a caller of a customer's got on the operator's own list"
        assert not played.ordered("suppress"), (
            "a caller of a customer's was taken off the operator's marketing"
        )
        if not played.instructed:
            assert not played.ended(StepKind.SEARCH, StepKind.ORDER)
    if (
        played.case.state in {State.ASSEMBLING, State.ANSWERING, State.DELIVERED}
        and State.IN_REVIEW not in played.trail
    ):
        assert not any(match.open for match in played.found), "an answer went on while a match was undecided"


def guard_decisions(played, counted):
    """No order of a kind that a person decides goes out without the decision, or where the person is not."""
    for order, rights in DECIDED_ORDERS.items():
        for key in played.ordered(order):
            assert played.case.right in rights
            assert played.decided or order == "lift", f"an order to {order} went out that nobody decided"
            assert key in counted, "an order went to a system that does not hold the person"
            assert order != "lift" or played.lifting
    assert not ("restriction.lifted" in played.events and not played.lifting), "lifted, and nobody said so"


# All rights alike, and once more those on which a person decides: their plays have the most turns.
anything = st.one_of(plays(), plays((*DECISIONS, *CORRECTED)))
