"""Staff asks the person, or notes what came back: each is a fact of the clock, a letter and an entry in the history."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from dsar.domain import abuse, searching
from dsar.domain.asking import (
    LETTER_OF,
    Asked,
    Delay,
    IdentityQuestion,
    Received,
    check,
    effect,
    fact_of,
    in_turn,
)
from dsar.domain.case import Case, Decision, Notice, Outcome, State, close
from dsar.domain.clock import Due, Fact, FactType, Regime
from dsar.domain.deadline import FACT_EVENT, deadline, fact_data, facts_of, identity_came
from dsar.domain.errors import FieldError, InvalidInput, NotNow
from dsar.domain.grounds import Ground
from dsar.domain.history import NewEvent
from dsar.domain.identity import ProofKind
from dsar.domain.profile import LoadedProfile
from dsar.domain.rights import Right
from dsar.domain.text import required
from dsar.domain.work import NewStep, StepKind
from dsar.outbound import facts
from dsar.review.acting import Actor
from dsar.review.addressing import to_claimed, to_person
from dsar.store import (
    Connection,
    Database,
    cases,
    deliveries,
    events,
    identities,
    outbox,
    standing,
    steps,
    systems,
)
from dsar.vault import Vault


class Asking:
    """Questions to the person, and their answers."""

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

    async def ask(self, actor: Actor, case_id: UUID, asked: Asked) -> Due:
        """Write a fact down, tell the person, and renew the due date from all facts."""
        check(asked)
        now = self._now()
        async with self._db.write() as tx:
            case, others = await self._asked_about(tx, case_id, asked)
            fact = fact_of(asked, case.received_at, now)
            clock = await self._counted(tx, case, fact)
            if isinstance(asked, Delay):
                _announced(case, asked, clock)
            notices = await self._letter(tx, case, asked, clock, fact, now)
            await self._write(tx, actor, case, fact, clock, now, notices)
            for other in others:
                await self._write(tx, actor, other, fact, await self._counted(tx, other, fact), now)
        self._wake()
        return clock

    async def _asked_about(self, tx: Connection, case_id: UUID, asked: Asked) -> tuple[Case, Sequence[Case]]:
        """The case, and for a question of identity the others that wait for the same proof: one letter asks for all."""
        group = await cases.lock_of_request(tx, (await cases.one(tx, case_id)).request_id)
        case = next((one for one in group if one.id == case_id), None) or await cases.lock(tx, case_id)
        if case.state in {State.DELIVERED, State.CLOSED}:
            raise NotNow("case", f"is {case.state.value}.", "Only an open case has a clock.")
        if case.controller_id is not None:
            # GDPR 28(3)(e): the controller speaks with its people, and we with it
            raise NotNow("case", "is its controller's to ask about.", "Ask the controller.")
        others = [
            one
            for one in group
            if isinstance(asked, IdentityQuestion)
            and one.id != case_id
            and one.state is case.state is State.AWAITING_IDENTITY
        ]
        return case, others

    async def _counted(self, tx: Connection, case: Case, fact: Fact) -> Due:
        known = facts_of(await events.of_case(tx, case.id))
        in_turn(fact, known, Regime(case.regime))
        where = self._profile.profile.jurisdiction(case.residence)
        return deadline(case.received_at, where, case.right, [*known, fact])

    async def _write(
        self,
        tx: Connection,
        actor: Actor,
        case: Case,
        fact: Fact,
        clock: Due,
        now: datetime,
        notices: tuple[Notice, ...] = (),
    ) -> None:
        event = NewEvent(FACT_EVENT, actor.name, fact_data(fact))
        await cases.apply(tx, case, Decision(events=(event,), notices=notices), now)
        await cases.set_due(tx, case.id, clock)

    async def _letter(
        self, tx: Connection, case: Case, asked: Asked, clock: Due, fact: Fact, now: datetime
    ) -> tuple[Notice, ...]:
        if isinstance(asked, Received):
            return ()
        inside: dict[str, Any] = msgspec.to_builtins(asked)
        inside.pop("type")
        inside["clock_effect"] = effect(clock, Regime(case.regime), fact).value
        template = LETTER_OF[type(asked)]
        if isinstance(asked, IdentityQuestion):
            notice = await to_claimed(tx, self._vault, case, template, now, **inside)
        else:
            notice = await to_person(tx, self._vault, case, template, **inside)
        if notice is None:
            raise NotNow("case", "has no proven address.", "Have the person prove one, then ask.")
        return (notice,)

    async def check_identity(self, actor: Actor, case_id: UUID, how: str) -> None:
        """Staff has checked who it is: its word proves the addresses of the request, and the work begins.

        What is kept is that it was checked and how, never a copy of what was shown: EDPB 01/2022 §79.
        """
        required("how", how)
        now = self._now()
        async with self._db.write() as tx:
            case = await cases.one(tx, case_id)
            group = await cases.lock_of_request(tx, case.request_id)
            found = [one for one in group if one.state is State.AWAITING_IDENTITY]
            if case_id not in {one.id for one in found}:
                raise NotNow("case", f"is {case.state.value}.", "An identity is checked before the search.")
            for row in await identities.of_case(tx, found[0].id):
                await identities.prove(tx, case.request_id, row.kind, row.blind_index, ProofKind.STAFF, now)
            for one in found:
                await self._begin(tx, actor, one, how, now)
        self._wake()

    async def _begin(self, tx: Connection, actor: Actor, case: Case, how: str, now: datetime) -> None:
        key = self._vault.case_key(case.wrapped_key)
        note = await deliveries.add_note(tx, case.id, actor.id, key.seal(how.encode(), "note"), now)
        await steps.drop_tasks(tx, case.id, now)  # the check that the case may have waited for
        checked = NewEvent("identity.checked", actor.name, {"note": str(note)})
        sealed = await cases.sealed_details(tx, case.id)
        details = msgspec.json.decode(key.open(sealed, "details")) if sealed else {}
        configured = facts(await systems.enabled(tx))
        decision = searching.begin(
            case,
            self._profile.profile,
            configured,
            wrote=bool(details.get("message")),
            purposes=details.get("purposes", ()),
        )
        answered = identity_came(await events.of_case(tx, case.id), actor.name, now)
        requests = await identities.requests_since(tx, case.id, abuse.counted_since(now))
        often = abuse.flagged(requests, self._profile.profile)
        entries = (checked, *answered, *often, *decision.events)
        await cases.apply(tx, case, msgspec.structs.replace(decision, events=entries), now)
        if decision.state is State.AWAITING_CONTROLLER:
            await standing.heed(tx, case.id, self._profile.profile, configured, now)
        if answered:
            known = facts_of(await events.of_case(tx, case.id))
            where = self._profile.profile.jurisdiction(case.residence)
            await cases.set_due(tx, case.id, deadline(case.received_at, where, case.right, known))

    async def not_identified(self, actor: Actor, case_id: UUID, reasons: str) -> None:
        """Refuse for want of an identity: only after a way to identify was offered, GDPR 11, 12(2)."""
        required("reasons", reasons)
        now = self._now()
        async with self._db.write() as tx:
            case = await cases.lock(tx, case_id)
            if case.state is not State.AWAITING_IDENTITY:
                raise NotNow("case", f"is {case.state.value}.", "This refuses a case that waits for proof.")
            known = facts_of(await events.of_case(tx, case_id))
            asked = any(fact.type is FactType.IDENTITY_REQUESTED for fact in known)
            if not asked or not await outbox.told_of_request(tx, case_id, LETTER_OF[IdentityQuestion]):
                raise NotNow(
                    "case", "was offered no way to identify.", "Send an identity request first, then wait."
                )
            # 11 CCR 7024(a): a request to know that cannot be verified is answered with the categories
            template = "know_categories" if case.right is Right.KNOW else "not_identified"
            notice = await to_claimed(tx, self._vault, case, template, now, reasons=reasons)
            sealed = self._vault.case_key(case.wrapped_key).seal(reasons.encode(), "refusal")
            ground = Ground.CCPA_NOT_VERIFIED if case.regime == Regime.CCPA else Ground.NOT_IDENTIFIED
            data = {"ground": ground.law, "sealed_reasons": sealed.hex()}
            ended = close(
                Outcome.NOT_IDENTIFIED,
                NewEvent("case.refused", actor.name, data),
                notices=(notice,) if notice else (),
            )
            kept = timedelta(days=self._profile.profile.delivery.close_after_days)
            keep = NewStep(StepKind.CLOSE, due_at=now + kept)
            await cases.apply(tx, case, msgspec.structs.replace(ended, steps=(keep,)), now)
        self._wake()


def _announced(case: Case, asked: Delay, clock: Due) -> None:
    """DSV 18(2): a date that is later than the one before, announced in time; a void notice is none."""
    before = case.statutory_due_date or case.due_date
    if clock.statutory_due_date != asked.new_date or asked.new_date <= before:
        because = f"{clock.steps[-1].because}. Look at the clock's steps."
        raise InvalidInput(FieldError("new_date", "cannot be announced.", because))
