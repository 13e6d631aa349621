"""What staff decides on a case. Every act is an event in the case's history, with who did it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from dsar.contract import Role
from dsar.domain import searching
from dsar.domain.case import Case, Decision, Notice, Outcome, State
from dsar.domain.clock import Due, Fact, FactType
from dsar.domain.deadline import FACT_EVENT, deadline, fact_data, facts_of
from dsar.domain.errors import FieldError, InvalidInput, NotNow
from dsar.domain.grounds import Ground
from dsar.domain.history import NewEvent
from dsar.domain.profile import LoadedProfile
from dsar.domain.rights import Right
from dsar.domain.text import required
from dsar.domain.work import NewStep, StepKind
from dsar.outbound import facts
from dsar.review.acting import Actor, look_again, look_at_orders
from dsar.review.addressing import to_person
from dsar.review.clearing import approve_content
from dsar.review.matching import decided_match
from dsar.review.planning import AS_IT_STANDS, Approval, approve_again, approve_plan, changed_orders
from dsar.review.refusal import refusal
from dsar.review.supplementing import approve_more
from dsar.store import (
    Connection,
    Database,
    cases,
    events,
    findings,
    steps,
    supplements,
    systems,
)
from dsar.vault import Vault

# GDPR 12(3): "taking into account the complexity and number of the requests".
EXTENSION_REASONS = ("complexity", "number_of_requests")


class Deciding:
    """Staff's acts. Each loads and locks the case, decides, and commits."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        profile: LoadedProfile,
        now: Callable[[], datetime],
        wake: Callable[[], None],
    ) -> None:
        self._db = db
        self._vault = vault
        self._profile = profile
        self._now = now
        self._wake = wake

    async def decide_match(self, actor: Actor, case_id: UUID, match_id: UUID, decision: str) -> None:
        """Accept or reject a match that was not sure; an accepted one is then collected.

        Until it has left, what was decided may be decided otherwise: what was collected of it is forgotten then.
        """
        if decision not in {"accepted", "rejected"}:
            raise InvalidInput(FieldError("decision", "is unknown.", "Use accepted or rejected."))
        now = self._now()
        async with self._db.write() as tx:
            case = await cases.lock(tx, case_id)
            more = await decided_match(tx, actor, case, match_id, decision, now)
            event = NewEvent("match.decided", actor.name, {"match": str(match_id), "decision": decision})
            await cases.apply(tx, case, Decision(events=(event,), steps=more), now)
            await look_again(tx, case_id, self._profile.profile, now)
        self._wake()

    async def approve(self, actor: Actor, case_id: UUID, wanted: Approval = AS_IT_STANDS) -> None:
        """Let what was found go on to its answer; an erasure as its plan says, and not otherwise."""
        now = self._now()
        async with self._db.write() as tx:
            case = await cases.lock(tx, case_id)
            if waiting := await changed_orders(tx, case):
                await approve_again(tx, actor, case, wanted, waiting, now)
            elif (number := await supplements.waiting(tx, case)) is not None:
                await approve_more(tx, actor, case, number, wanted, self._profile, now)
            else:
                await self._approve(tx, actor, case, wanted, now)
        self._wake()

    async def _approve(
        self, tx: Connection, actor: Actor, case: Case, wanted: Approval, now: datetime
    ) -> None:
        _in_review(case)
        found = [row.found for row in await findings.matches_of_case(tx, case.id)]
        if any(match.open for match in found):
            raise NotNow("matches", "are not all decided.", "Accept or reject each one first.")
        unended = await steps.ended(tx, case.id, StepKind.SEARCH, StepKind.BY_HAND)
        if searching.unfinished(unended):
            raise NotNow("steps", "are not all finished.", "Retry or finish each system and task first.")
        configured = facts(await systems.enabled(tx))
        of_plan, planned = await approve_plan(tx, actor, case, wanted, configured, now)
        of_content, is_cleared = await approve_content(tx, actor, case, wanted, self._profile, now)
        if not is_cleared:
            await cases.apply(tx, case, Decision(events=of_content), now)
            return
        approved = NewEvent("case.approved", actor.name)
        decision = searching.proceed(
            case,
            self._profile.profile,
            found,
            configured,
            *of_plan,
            *of_content,
            approved,
            planned=planned,
            again=await _again(tx, case),
        )
        await cases.apply(tx, case, decision, now)

    async def refuse(self, actor: Actor, case_id: UUID, ground: str, reasons: str) -> None:
        """Refuse with a ground of the closed list and reasons for the person, GDPR 12(4)."""
        names = [choice.value for choice in Ground]
        if ground not in names:
            raise InvalidInput(FieldError("ground", "is unknown.", f"Use one of: {', '.join(names)}."))
        required("reasons", reasons)
        now = self._now()
        async with self._db.write() as tx:
            case = await cases.lock(tx, case_id)
            refused = refusal(case, actor, Ground(ground), reasons, self._vault)
            if case.right is Right.OBJECTION and case.state is State.ACTING:
                await self._refuse_the_rest(tx, case, refused, now)
            else:
                _in_review(case)
                await steps.drop_open(tx, case_id, now)
                answer = NewStep(StepKind.ANSWER)
                decision = Decision(State.ANSWERING, Outcome.REFUSED, events=(refused,), steps=(answer,))
                await cases.apply(tx, case, decision, now)
        self._wake()

    async def _refuse_the_rest(self, tx: Connection, case: Case, refused: NewEvent, now: datetime) -> None:
        """Refuse what an objection asks beyond marketing, whose stop is carried out to its end: GDPR 21(3)."""
        await steps.drop_tasks(tx, case.id, now)
        await cases.apply(tx, case, Decision(outcome=Outcome.REFUSED, events=(refused,)), now)
        await look_at_orders(tx, case.id, now)

    async def extend(self, actor: Actor, case_id: UUID, reason: str, reasons: str) -> Due:
        """Take the two further months of GDPR 12(3): with reasons, told inside the first month.

        `reason` is one of EXTENSION_REASONS and stays in the history; `reasons` are the words to the person.
        """
        if reason not in EXTENSION_REASONS:
            raise InvalidInput(
                FieldError("reason", "is unknown.", f"Use one of: {', '.join(EXTENSION_REASONS)}.")
            )
        required("reasons", reasons)
        now = self._now()
        async with self._db.write() as tx:
            case = await cases.lock(tx, case_id)
            if case.state in {State.DELIVERED, State.CLOSED}:
                raise NotNow("case", f"is {case.state.value}.", "Only an open case can be extended.")
            fact = Fact(type=FactType.EXTENSION_NOTICE, at=now, reasons=reason)
            clock = await self._with(tx, case, fact)
            if (clock.statutory_due_date or now.date()) <= (case.statutory_due_date or now.date()):
                raise NotNow(
                    "reasons",
                    "cannot extend: the notice would be void.",
                    "A notice counts once, with reasons, inside the first month. Look at the clock's steps.",
                )
            event = NewEvent(FACT_EVENT, actor.name, fact_data(fact))
            until = clock.statutory_due_date or clock.due_date
            notices = await self._extension(tx, case, reason=reason, reasons=reasons, new_date=until)
            if not notices:
                # GDPR 12(3): the notice must reach the person; without a proven address it would be void.
                raise NotNow("case", "has no proven address.", "Have the person prove one, then extend.")
            await cases.apply(tx, case, Decision(events=(event,), notices=notices), now)
            await cases.set_due(tx, case_id, clock)
        self._wake()
        return clock

    async def _with(self, tx: Connection, case: Case, fact: Fact) -> Due:
        """The clock with one more fact; those there are stand in the history."""
        known = facts_of(await events.of_case(tx, case.id))
        where = self._profile.profile.jurisdiction(case.residence)
        return deadline(case.received_at, where, case.right, [*known, fact])

    async def _extension(self, tx: Connection, case: Case, **inside: Any) -> tuple[Notice, ...]:
        if case.role is Role.PROCESSOR and case.controller_id is not None:
            return (Notice("webhook", "case.status_changed", controller_id=case.controller_id),)
        notice = await to_person(tx, self._vault, case, "extension", **inside)
        return (notice,) if notice else ()


async def _again(tx: Connection, case: Case) -> str:
    """The key of the step that writes a copy: its own, where an earlier one was sent back before it was written."""
    written = await steps.ended(tx, case.id, StepKind.ASSEMBLE)
    return f"again-{case.event_count}" if written else ""


def _in_review(case: Case) -> None:
    if case.state is not State.IN_REVIEW:
        raise NotNow("case", f"is {case.state.value}.", "Only a case in review can be approved or refused.")
