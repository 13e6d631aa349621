"""Staff asks the person, or notes what came back: each is a fact of the clock, a letter and an entry in the history."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from dsar.domain import searching
from dsar.domain.asking import (
    LETTER_OF,
    Asked,
    Clarification,
    Delay,
    Fee,
    IdentityQuestion,
    Received,
    effect,
    fact_of,
)
from dsar.domain.case import Case, Decision, Notice, Outcome, State, close
from dsar.domain.clock import Due, Fact, FactType, Regime
from dsar.domain.deadline import FACT_EVENT, deadline, fact_data, facts_of, identity_came
from dsar.domain.errors import FieldError, InvalidInput, NotNow
from dsar.domain.history import NewEvent
from dsar.domain.identity import ProofKind
from dsar.domain.profile import LoadedProfile
from dsar.domain.rights import Right
from dsar.domain.work import NewStep, StepKind
from dsar.outbound import facts
from dsar.review.acting import Actor, required
from dsar.review.addressing import to_person
from dsar.review.refusal import Ground
from dsar.store import Connection, Database, cases, deliveries, events, identities, systems
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
        _check(asked)
        now = self._now()
        async with self._db.write() as tx:
            case = await cases.lock(tx, case_id)
            if case.state in {State.DELIVERED, State.CLOSED}:
                raise NotNow("case", f"is {case.state.value}.", "Only an open case has a clock.")
            fact = fact_of(asked, now)
            clock = await self._counted(tx, case, fact, now)
            if isinstance(asked, Delay) and clock.statutory_due_date != asked.new_date:
                raise InvalidInput(FieldError("new_date", "cannot be announced.", _why(clock)))
            notices = await self._letter(tx, case, asked, clock, fact)
            event = NewEvent(FACT_EVENT, actor.name, fact_data(fact))
            await cases.apply(tx, case, Decision(events=(event,), notices=notices), now)
            await cases.set_due(tx, case_id, clock)
        self._wake()
        return clock

    async def _counted(self, tx: Connection, case: Case, fact: Fact, now: datetime) -> Due:
        if not case.received_at <= fact.at <= now:
            raise InvalidInput(
                FieldError(
                    "at", "lies before the receipt or in the future.", "Give the time at which it came."
                )
            )
        known = facts_of(await events.of_case(tx, case.id))
        where = self._profile.profile.jurisdiction(case.residence)
        return deadline(case.received_at, where, case.right, [*known, fact])

    async def _letter(
        self, tx: Connection, case: Case, asked: Asked, clock: Due, fact: Fact
    ) -> tuple[Notice, ...]:
        if isinstance(asked, Received):
            return ()
        inside: dict[str, Any] = msgspec.to_builtins(asked)
        inside.pop("type")
        inside["clock_effect"] = effect(clock, Regime(case.regime), fact).value
        # A question about who somebody is goes to the address they gave: it says nothing of anybody.
        claimed = isinstance(asked, IdentityQuestion)
        notice = await to_person(tx, self._vault, case, LETTER_OF[type(asked)], claimed=claimed, **inside)
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
            case = await cases.lock(tx, case_id)
            found = [
                one
                for one in await cases.lock_of_request(tx, case.request_id)
                if one.state is State.AWAITING_IDENTITY
            ]
            if not found:
                raise NotNow("case", f"is {case.state.value}.", "An identity is checked before the search.")
            for row in await identities.of_case(tx, found[0].id):
                await identities.prove(tx, case.request_id, row.kind, row.blind_index, ProofKind.STAFF, now)
            for one in found:
                await self._begin(tx, actor, one, how, now)
        self._wake()

    async def _begin(self, tx: Connection, actor: Actor, case: Case, how: str, now: datetime) -> None:
        key = self._vault.case_key(case.wrapped_key)
        note = await deliveries.add_note(tx, case.id, actor.id, key.seal(how.encode(), "note"), now)
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
        entries = (checked, *answered, *decision.events)
        await cases.apply(tx, case, msgspec.structs.replace(decision, events=entries), now)
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
            if not any(fact.type is FactType.IDENTITY_REQUESTED for fact in known):
                raise NotNow(
                    "case", "was offered no way to identify.", "Send an identity request first, then wait."
                )
            # 11 CCR 7024(a): a request to know that cannot be verified is answered with the categories
            template = "know_categories" if case.right is Right.KNOW else "not_identified"
            notice = await to_person(tx, self._vault, case, template, claimed=True, reasons=reasons)
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


def _check(asked: Asked) -> None:
    match asked:
        case IdentityQuestion():
            required("doubt", asked.doubt)
            if not asked.asked:
                raise InvalidInput(
                    FieldError("asked", "is empty.", "Offer at least one way: second_channel, for example.")
                )
        case Clarification():
            required("question", asked.question)
        case Fee():
            required("amount", asked.amount)
            required("reasons", asked.reasons)
        case Delay():
            required("reasons", asked.reasons)
        case Received():
            if asked.at.tzinfo is None:
                raise InvalidInput(
                    FieldError("at", "has no zone.", "Write it like 2026-03-05T10:00:00+02:00.")
                )


def _why(clock: Due) -> str:
    """The clock's own words on a notice that does not count."""
    return f"{clock.steps[-1].because}. Look at the clock's steps."
