"""Requests by OpenDSR: kept beside their cases, cancelled while they wait, begun when the wait is over."""

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from dsar.domain import withdrawing
from dsar.domain.case import Case
from dsar.domain.controllers import ControllerActor
from dsar.domain.ending import with_closing
from dsar.domain.errors import FieldError, InvalidInput, NotFound, NotNow
from dsar.domain.opendsr import Asked, Report, Status, status_of
from dsar.domain.profile import LoadedProfile
from dsar.domain.routing import Instruction
from dsar.domain.work import Done, NewStep, Step, StepKind
from dsar.routing.instructing import Instructed, Instructing
from dsar.store import Connection, Database, cases, events, opendsr, outbox, steps
from dsar.store.opendsr import OpendsrRow
from dsar.vault import Vault

HASHED = "hashed_identity"
INSTRUCTED = "controller.instructed"


class OpenDsr:
    """The protocol's service. A request is its controller's instruction, GDPR 28(3)(a): it is carried out as one."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        profile: LoadedProfile,
        instructing: Instructing,
        now: Callable[[], datetime],
        wake: Callable[[], None],
    ) -> None:
        self._db = db
        self._vault = vault
        self._profile = profile
        self._instructing = instructing
        self._now = now
        self._wake = wake

    async def earlier(self, actor: ControllerActor, asked: Asked, body: bytes) -> OpendsrRow | None:
        """What the same body filed before; raises InvalidInput where the id was used with another."""
        async with self._db.as_controller(actor.id) as connection:
            row = await opendsr.one(connection, actor.id, asked.subject_request_id, self._now())
        if row is not None and row.body_blind != self._blind(asked, body):
            remedy = "Make a fresh one for each request; send the same bytes to repeat one."
            raise InvalidInput(FieldError("subject_request_id", "was used with another body.", remedy))
        return row

    def _blind(self, asked: Asked, body: bytes) -> bytes:
        # Keyed, for the body holds addresses that could be guessed from a plain hash.
        return self._vault.blind_index(f"opendsr body {asked.version.value}", sha256(body).hexdigest())

    async def keep(
        self, tx: Connection, actor: ControllerActor, case_id: UUID, asked: Asked, body: bytes, now: datetime
    ) -> None:
        """Beside a case that is filed in the same transaction; raises TakenAlready."""
        await opendsr.add(tx, actor.id, case_id, asked, self._blind(asked, body), now)
        wait = timedelta(minutes=self._profile.profile.assist.cancellable_minutes)
        work = [NewStep(StepKind.BEGIN, payload={"actor": actor.name}, due_at=now + wait)]
        if asked.hashed:
            # A search that no system can do: the answer waits for a person's, and names it where it came to nothing.
            work.append(NewStep(StepKind.SEARCH, HASHED, {"hashes": len(asked.hashed)}, by_hand=True))
        row = await opendsr.of_case(tx, case_id, now)
        assert row is not None
        told = [(case_id, notice) for notice in opendsr.notices(row.report, row.callback_urls)]
        messages = await outbox.insert(tx, told, now)
        await steps.insert(tx, [*messages, *((case_id, step) for step in work)], now)

    async def show(self, actor: ControllerActor, asked_id: UUID) -> Report:
        """How a request stands; raises NotFound for anybody else's."""
        async with self._db.as_controller(actor.id) as connection:
            return (await _one(connection, actor, asked_id, self._now())).report

    async def cancel(self, actor: ControllerActor, asked_id: UUID) -> datetime:
        """Take a request back while it waits; when that was heard. Cancelled twice it stays cancelled."""
        now = self._now()
        async with self._db.write() as tx:
            row = await _one(tx, actor, asked_id, now)
            case = await cases.lock(tx, row.case_id)
            status = status_of(case.state, case.outcome)
            if status is Status.CANCELLED:
                return now
            if status is not Status.PENDING:
                raise NotNow(
                    "request_status", f"is {status.value}.", "A request is cancelled while it is pending."
                )
            decision = withdrawing.withdraw(case, actor.name, ordered=False)
            await cases.apply(tx, case, with_closing(decision, self._profile.profile, now), now)
        self._wake()
        return now

    async def begin(self, step: Step) -> None:
        """Handler of `routing.begin`: nobody cancelled, so the instruction is heard.

        Where the controller has spoken of the case meanwhile, by its page or its API, that holds instead.
        """
        now = self._now()
        async with self._db.settle(step, Done(), now) as tx:
            case = await cases.lock(tx, step.case_id)
            if await self._still_waits(tx, case):
                fulfil = Instructed(Instruction.FULFIL)
                await self._instructing.hear(tx, case, str(step.payload["actor"]), fulfil, now)

    async def _still_waits(self, tx: Connection, case: Case) -> bool:
        if status_of(case.state, case.outcome) is not Status.PENDING:
            return False
        return not any(event.type == INSTRUCTED for event in await events.of_case(tx, case.id))


async def _one(connection: Connection, actor: ControllerActor, asked_id: UUID, now: datetime) -> OpendsrRow:
    row = await opendsr.one(connection, actor.id, asked_id, now)
    if row is None:
        raise NotFound("no such request")
    return row
