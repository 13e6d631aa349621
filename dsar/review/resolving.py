"""What a person decides where no order does: corrections, restrictions, weighings, reviewed automated decisions."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from dsar.contract import Role
from dsar.domain import resolving
from dsar.domain.case import Case, Decision, Notice, State
from dsar.domain.clock import end_of_day
from dsar.domain.errors import FieldError, InvalidInput, NotNow
from dsar.domain.grounds import Ground
from dsar.domain.history import NewEvent
from dsar.domain.profile import LoadedProfile
from dsar.domain.resolution import Resolution, Weigh, check
from dsar.domain.resolving import Kept
from dsar.domain.rights import Right
from dsar.domain.text import required
from dsar.domain.work import NewStep, StepKind, StepOutcome, StepState
from dsar.outbound import facts
from dsar.review.acting import Actor, look_at_orders
from dsar.review.addressing import to_person
from dsar.review.refusal import refusal
from dsar.store import Connection, Database, cases, decisions, findings, steps, systems
from dsar.store.rows import new_id
from dsar.vault import Vault

# GDPR 18(3): told before it is lifted; a person needs some days to act on it.
NOTICE_DAYS_MIN = 3
NOTICE_DAYS_MAX = 3660


class Resolving:
    """Takes decisions, keeps them sealed, and sets going what follows."""

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

    async def resolve(self, actor: Actor, case_id: UUID, resolution: Resolution) -> UUID:
        """Take a decision; its task ends, its orders go out. Returns the decision's id."""
        check(resolution)
        now = self._now()
        async with self._db.write() as tx:
            case = await cases.lock(tx, case_id)
            found = [row.found for row in await findings.matches_of_case(tx, case_id)]
            where = resolving.held(found, await steps.ended(tx, case_id, StepKind.SEARCH))
            resolving.fits(case, resolution, self._profile.profile, found, where)
            kept = Kept(new_id(), actor.name)
            await self._keep(tx, case, actor, kept, resolution, now)
            await self._end_task(tx, case, actor, kept, now)
            configured = facts(await systems.enabled(tx))
            decision = resolving.resolved(case, resolution, kept, self._profile.profile, where, configured)
            if isinstance(resolution, Weigh) and resolution.outcome == "continue":
                refused = refusal(case, actor, Ground.COMPELLING, resolution.reasons, self._vault)
                decision = msgspec.structs.replace(decision, events=(*decision.events, refused))
            await cases.apply(tx, case, decision, now)
            await look_at_orders(tx, case_id, now)
        self._wake()
        return kept.id

    async def _keep(
        self, tx: Connection, case: Case, actor: Actor, kept: Kept, resolution: Resolution, now: datetime
    ) -> None:
        sealed = self._vault.case_key(case.wrapped_key).seal(msgspec.json.encode(resolution), "decision")
        kind = type(resolution).__name__.lower()
        await decisions.add(tx, kept.id, case.id, kind, actor.id, sealed, now)

    async def _end_task(self, tx: Connection, case: Case, actor: Actor, kept: Kept, now: datetime) -> None:
        """The task that waited for the decision is done by it."""
        wanted = resolving.task_of(case)
        open_tasks = [
            row
            for row in await steps.of_case(tx, case.id)
            if row.kind is StepKind.BY_HAND and row.key == wanted and row.state is StepState.MANUAL
        ]
        if not open_tasks:
            raise NotNow("case", "waits for no decision.", "Look at its tasks.")
        detail = {"by": actor.name, "decision": str(kept.id)}
        await steps.finish_by_hand(tx, open_tasks[0].id, case.id, StepOutcome.DONE, detail, now)

    async def lift(self, actor: Actor, case_id: UUID, lifted_on: date, reasons: str) -> None:
        """End a restriction on a day to come; the person is told first, GDPR 18(3)."""
        required("reasons", reasons)
        now = self._now()
        async with self._db.write() as tx:
            case = await cases.lock(tx, case_id)
            place = self._profile.profile.jurisdiction(case.residence).place
            await self._may_lift(tx, case, lifted_on, place.local_date(now))
            notice = await self._announced(tx, case, lifted_on, reasons)
            begins = end_of_day(lifted_on - timedelta(days=1), place.timezone)
            found = [row.found for row in await findings.matches_of_case(tx, case_id)]
            where = resolving.held(found, await steps.ended(tx, case_id, StepKind.SEARCH))
            orders = resolving.lift_steps(where, facts(await systems.enabled(tx)), begins)
            keep = timedelta(days=self._profile.profile.delivery.close_after_days)
            told = NewEvent("restriction.ends", actor.name, {"lifted_on": lifted_on.isoformat()})
            decision = Decision(
                events=(told,),
                steps=(*orders, NewStep(StepKind.CLOSE, due_at=begins + keep)),
                notices=(notice,),
            )
            await cases.apply(tx, case, decision, now)
        self._wake()

    async def _announced(self, tx: Connection, case: Case, lifted_on: date, reasons: str) -> Notice:
        """The letter to the person; a customer-controller tells its own, and hears of it from us."""
        if case.role is Role.PROCESSOR and case.controller_id is not None:
            day: dict[str, str | int | None] = {"lifted_on": lifted_on.isoformat()}
            return Notice("webhook", "restriction.ends", controller_id=case.controller_id, facts=day)
        notice = await to_person(
            tx, self._vault, case, "restriction_lifting", lifted_on=lifted_on, reasons=reasons
        )
        if notice is None:
            # GDPR 18(3): who cannot be told keeps the restriction
            raise NotNow("case", "has no proven address.", "Have the person prove one, then lift it.")
        return notice

    async def _may_lift(self, tx: Connection, case: Case, lifted_on: date, today: date) -> None:
        if case.right is not Right.RESTRICTION or case.state is not State.DELIVERED:
            raise NotNow("case", f"is {case.state.value}.", "Only a restriction that stands can be lifted.")
        if any(row.kind is StepKind.CLOSE for row in await steps.of_case(tx, case.id)):
            raise NotNow("case", "has its day of lifting already.", "Look at its history.")
        earliest, latest = today + timedelta(days=NOTICE_DAYS_MIN), today + timedelta(days=NOTICE_DAYS_MAX)
        if lifted_on < earliest:
            raise InvalidInput(
                FieldError(
                    "lifted_on", "is too soon.", f"The person is told first: give {earliest} or later."
                )
            )
        if lifted_on > latest:
            raise InvalidInput(FieldError("lifted_on", "is too far off.", f"Give {latest} or earlier."))
